// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that run beside this one, and end with it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::child::this_program;
use crate::failure::{Failure, Outcome};

/// A running program. Dropping it kills it.
pub struct Beside {
    name: String,
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Beside {
    /// Starts a program.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        let program = Path::new(command.get_program()).to_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::file(&program, &error))?;
        Ok(Self {
            name: program.display().to_string(),
            output: child.stdout.take().map(BufReader::new),
            child,
        })
    }

    /// Starts a part of this benchmark.
    pub fn part(arguments: &[&str]) -> Outcome<Self> {
        Self::start(this_program("bus-part")?.args(arguments))
    }

    /// The number on the next line that it prints.
    pub fn number(&mut self) -> Outcome<f64> {
        let mut line = String::new();
        if let Some(output) = &mut self.output {
            // What cannot be read is no number.
            let _ = output.read_line(&mut line);
        }
        let number = line.trim().parse();
        number.map_err(|_| {
            Failure::new(format!(
                "{} measured nothing, see what it says above",
                self.name
            ))
        })
    }

    /// Waits until it has ended well.
    pub fn finish(mut self) -> Outcome {
        let status = self.child.wait();
        let status = status.map_err(|error| Failure::file(Path::new(&self.name), &error))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!("{} ended with {status}", self.name)))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Outcome {
        kill(Pid::from_raw(self.child.id() as i32), signal)
            .map_err(|error| Failure::new(format!("{} takes no {signal}: {error}", self.name)))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of this machine that nobody uses.
pub fn free_port() -> Outcome<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("there is no free port: {error}")))
}
