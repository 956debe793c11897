// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that run beside this one, and end with it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::child::this_program;
use crate::failure::{Failure, Outcome};

/// How often it is looked whether programs have ended.
const INTERVAL: Duration = Duration::from_millis(50);

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

    /// Starts a part of the benchmark of the bus.
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
    pub fn finish(self) -> Outcome {
        finish_all(vec![self])
    }

    /// Whether it has ended; only well is good.
    fn has_ended(&mut self) -> Outcome<bool> {
        let status = self.child.try_wait();
        let status = status.map_err(|error| Failure::file(Path::new(&self.name), &error))?;
        match status {
            Some(status) if !status.success() => {
                Err(Failure::new(format!("{} ended with {status}", self.name)))
            }
            status => Ok(status.is_some()),
        }
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

/// Waits until all have ended well. If one fails, the others are killed: they would wait for it.
pub fn finish_all(mut running: Vec<Beside>) -> Outcome {
    while let Some(program) = running.last_mut() {
        if program.has_ended()? {
            running.pop();
            continue;
        }
        for program in &mut running {
            program.has_ended()?;
        }
        std::thread::sleep(INTERVAL);
    }
    Ok(())
}

/// A port of this machine that nobody uses.
pub fn free_port() -> Outcome<u16> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("there is no free port: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shell that runs this.
    fn shell(script: &str) -> Beside {
        Beside::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn whoever_fails_ends_those_that_wait_for_it() {
        let failure = finish_all(vec![shell("exit 3"), shell("exec sleep 600")]).unwrap_err();
        assert!(failure.to_string().contains("exit status: 3"), "{failure}");
        assert!(finish_all(vec![shell("true"), shell("exit 0")]).is_ok());
    }

    #[test]
    fn numbers_are_read_line_by_line() {
        let mut program = shell("echo 1.5; echo 2; echo none");
        assert_eq!(program.number().unwrap().to_bits(), 1.5_f64.to_bits());
        assert_eq!(program.number().unwrap().to_bits(), 2.0_f64.to_bits());
        let failure = program.number().unwrap_err().to_string();
        assert!(failure.contains("measured nothing"), "{failure}");
    }
}
