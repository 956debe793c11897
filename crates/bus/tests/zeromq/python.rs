// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs of others, in Python.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than any of them needs for a line; only a hang reaches it.
const HANG: Duration = Duration::from_mins(1);

/// A running program, which ends with the test.
pub struct Python {
    program: String,
    child: Child,
    lines: Receiver<String>,
}

/// The interpreter that `scripts/setup.sh` makes.
fn interpreter() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("ROUNDHOUSE_CACHE").unwrap_or_else(|| {
        let home = || variable("HOME").unwrap().join(".cache");
        variable("XDG_CACHE_HOME")
            .unwrap_or_else(home)
            .join("roundhouse")
    });
    let python = cache.join("peers/bin/python");
    let shown = python.display();
    assert!(
        python.exists(),
        "there is no {shown}: run scripts/setup.sh --checks"
    );
    python
}

impl Python {
    /// Starts a program of `tests/peers`.
    pub fn start(program: &str, arguments: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/bus/tests/peers");
        let mut child = Command::new(interpreter())
            .arg(folder.join(program))
            .args(arguments)
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            program: format!("{program} {}", arguments.join(" ")),
            child,
            lines,
        }
    }

    /// The next line that it prints, which must come.
    pub fn line(&self) -> String {
        match self.lines.recv_timeout(HANG) {
            Ok(line) => line,
            Err(error) => panic!("{} prints nothing more: {error}", self.program),
        }
    }

    /// The next line, if there is one already.
    pub fn line_now(&self) -> Option<String> {
        self.lines.try_recv().ok()
    }

    /// Gives it a line.
    pub fn tell(&mut self) {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
