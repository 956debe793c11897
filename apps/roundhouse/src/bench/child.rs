// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that are measured in processes of their own.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome};

/// This program.
pub fn itself() -> Outcome<Command> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("this program cannot find itself: {error}")))?;
    Ok(Command::new(program))
}

/// This program, with a hidden part of `bench` to run.
pub fn this_program(part: &str) -> Outcome<Command> {
    let mut command = itself()?;
    command.args(["bench", part]);
    Ok(command)
}

/// Runs a program to its end; what it prints, without blanks around it.
pub fn output_of(command: &mut Command) -> Outcome<String> {
    let program = Path::new(command.get_program()).to_owned();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::file(&program, &error))?;
    if !output.status.success() {
        return Err(Failure::new(format!(
            "{} ended with {}",
            program.display(),
            output.status
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
