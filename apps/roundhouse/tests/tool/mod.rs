// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs the command, as a user would.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a command said.
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            ok: output.status.success(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn command<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundhouse"));
    command.args(arguments);
    command
}

/// Runs `roundhouse` with these arguments.
pub fn roundhouse<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Said {
    command(arguments).output().unwrap().into()
}

/// The same with something on standard input.
pub fn roundhouse_with_input<S: AsRef<std::ffi::OsStr>>(arguments: &[S], input: &str) -> Said {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output.into()
}

/// A folder with a synthetic hall in it.
pub struct Hall {
    folder: tempfile::TempDir,
}

impl Hall {
    pub fn make(kind: &str, seed: u32, seconds: u32) -> Self {
        let hall = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let said = roundhouse(&[
            "scenario",
            "--kind",
            kind,
            "--seed",
            &seed.to_string(),
            "--duration",
            &seconds.to_string(),
            "--out",
            hall.folder().to_str().unwrap(),
        ]);
        assert!(said.ok, "{}", said.err);
        hall
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Arguments of a replay of `reports` to standard output.
    pub fn replay_arguments(&self, reports: &str) -> Vec<String> {
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let reports = if reports == "-" {
            "-".to_owned()
        } else {
            path(reports)
        };
        [
            "replay",
            "--facility",
            &path("facility.toml"),
            "--reports",
            &reports,
            "--out",
            "-",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    /// Replays `reports`; more arguments may follow.
    pub fn replay(&self, reports: &str, more: &[&str]) -> Said {
        let mut arguments = self.replay_arguments(reports);
        arguments.extend(more.iter().map(|&more| more.to_owned()));
        roundhouse(&arguments)
    }

    /// Writes the states of its reports to `states.jsonl` and evaluates them.
    pub fn evaluate(&self, more: &[&str]) -> Said {
        let states = self.replay("reports.jsonl", &[]).out;
        std::fs::write(self.path("states.jsonl"), states).unwrap();
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let mut arguments = vec![
            "evaluate".to_owned(),
            "--truth".to_owned(),
            path("truth.jsonl"),
            "--states".to_owned(),
            path("states.jsonl"),
        ];
        arguments.extend(more.iter().map(|&more| more.to_owned()));
        roundhouse(&arguments)
    }
}
