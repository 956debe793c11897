// SPDX-License-Identifier: MIT OR Apache-2.0
//! Servers that are measured, each with an empty folder.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::client::Client;
use crate::bench::beside::{Beside, free_port};
use crate::bench::child::itself;
use crate::failure::{Failure, Outcome};

/// Longest wait for a server that starts, and how often it is asked.
const PATIENCE: Duration = Duration::from_mins(1);
const INTERVAL: Duration = Duration::from_millis(50);

/// A server. Dropping it ends it.
pub struct Running {
    process: Beside,
    pub port: u16,
}

impl Running {
    /// Starts `roundhouse serve` over the database in a folder.
    pub fn ours(folder: &Path) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = itself()?;
        command.arg("serve").arg("--data").arg(folder);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        Self::of(&mut command, port)
    }

    /// Starts the peer.
    pub fn peer(python: &Path, peer: &Path, folder: &Path) -> Outcome<Self> {
        let port = free_port()?;
        let mut command = Command::new(python);
        command.arg(peer).arg(folder).arg(port.to_string());
        Self::of(&mut command, port)
    }

    /// Starts a server, and waits until it answers.
    fn of(command: &mut Command, port: u16) -> Outcome<Self> {
        let process = Beside::start(command)?;
        let client = Client::new(port);
        let begin = Instant::now();
        while let Err(failure) = client.ask("/readyz") {
            if begin.elapsed() > PATIENCE {
                return Err(failure);
            }
            std::thread::sleep(INTERVAL);
        }
        Ok(Self { process, port })
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

/// An empty folder on the disk of `disk`.
pub fn scratch(disk: &Path) -> Outcome<TempDir> {
    tempfile::Builder::new()
        .prefix("roundhouse-serve-")
        .tempdir_in(disk)
        .map_err(|error| Failure::file(disk, &error))
}
