// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs that are compared with, in Python: this program carries them.

use std::path::PathBuf;
use std::process::Command;

use crate::bench::beside::Beside;
use crate::bench::python::of_setup;
use crate::failure::{Failure, Outcome};

/// Push and pull of pyzmq.
const PYZMQ: &str = include_str!("pyzmq_peer.py");
/// `SQLite`.
const SQLITE: &str = include_str!("sqlite_peer.py");
/// Every interpreter of a system has it built in.
const SYSTEM: &str = "python3";

/// An interpreter.
pub struct Python(PathBuf);

impl Python {
    /// The interpreter `named`, else the one of `scripts/setup.sh`; it must have pyzmq.
    pub fn with_pyzmq(named: Option<&PathBuf>) -> Outcome<Self> {
        let python = named
            .cloned()
            .or_else(|| of_setup("peers"))
            .unwrap_or(SYSTEM.into());
        let tried = Command::new(&python).args(["-c", "import zmq"]).output();
        if tried.is_ok_and(|output| output.status.success()) {
            return Ok(Self(python));
        }
        Err(Failure::new(format!(
            "{} has no pyzmq: scripts/setup.sh --checks makes an interpreter that has, or name one with --python",
            python.display()
        )))
    }

    /// Any interpreter with `SQLite`.
    pub fn with_sqlite(named: Option<&PathBuf>) -> Self {
        Self(named.cloned().unwrap_or(SYSTEM.into()))
    }

    /// Starts the peer on pyzmq.
    pub fn pyzmq(&self, arguments: &[&str]) -> Outcome<Beside> {
        self.start(PYZMQ, arguments)
    }

    /// Starts the peer on `SQLite`.
    pub fn sqlite(&self, arguments: &[&str]) -> Outcome<Beside> {
        self.start(SQLITE, arguments)
    }

    /// Starts a program.
    fn start(&self, source: &str, arguments: &[&str]) -> Outcome<Beside> {
        Beside::start(Command::new(&self.0).args(["-c", source]).args(arguments))
    }
}
