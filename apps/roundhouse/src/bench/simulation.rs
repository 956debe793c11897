// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated cameras beside the program that is measured.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::bench::child::itself;
use crate::failure::{Failure, Outcome};

/// Cameras of `roundhouse simulate-cameras`, which end with this value.
pub struct Simulation {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Address of each camera.
    pub uris: Vec<String>,
}

impl Simulation {
    /// Starts cameras that show `clips`, on free ports, and waits until all listen. `facility`: the facility file of the clips is
    /// written there with their addresses.
    pub fn start(clips: &Path, cameras: u32, rate: f64, facility: Option<&Path>) -> Outcome<Self> {
        eprintln!("bench: {cameras} simulated cameras");
        let mut command = itself()?;
        command.arg("simulate-cameras").arg("--clips").arg(clips);
        command.args(["--port", "0", "--cameras", &cameras.to_string()]);
        command.args(["--rate", &rate.to_string()]);
        if let Some(facility) = facility {
            command.arg("--facility").arg(facility);
        }
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::new(format!("the cameras cannot be simulated: {error}")))?;
        let mut simulation = Self::of(child)?;
        loop {
            let line = simulation.line()?;
            if line == "ready" {
                return Ok(simulation);
            }
            let (_, uri) = line
                .split_once(' ')
                .ok_or_else(|| Failure::new(format!("the simulated cameras say '{line}'")))?;
            simulation.uris.push(uri.to_owned());
        }
    }

    /// Takes the ends of the process's pipes.
    fn of(mut process: Child) -> Outcome<Self> {
        match (process.stdin.take(), process.stdout.take()) {
            (Some(commands), Some(answers)) => Ok(Self {
                process,
                commands,
                answers: BufReader::new(answers),
                uris: Vec::new(),
            }),
            _ => Err(Failure::new("the simulated cameras take no commands")),
        }
    }

    /// The next line that they say.
    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(length) if length > 0 => Ok(line.trim_end().to_owned()),
            _ => Err(Failure::new("the simulated cameras have ended, see above")),
        }
    }

    /// Gives a command, such as `C1 kill`, and waits until it is carried out.
    pub fn command(&mut self, command: &str) -> Outcome {
        // Who does not read has ended, and then there is no answer.
        let _ = writeln!(self.commands, "{command}");
        match self.line()?.as_str() {
            "ok" => Ok(()),
            answer => Err(Failure::new(format!("'{command}': {answer}"))),
        }
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        // Its cameras end with it; who has ended needs no telling.
        let _ = writeln!(self.commands, "quit");
        let _ = self.process.wait();
    }
}
