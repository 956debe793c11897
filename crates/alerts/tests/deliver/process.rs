// SPDX-License-Identifier: MIT OR Apache-2.0
//! Servers of others, as processes that end with the test.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A guard against hanging, nothing that decides.
const PATIENCE: Duration = Duration::from_mins(1);

/// A process that is killed at the end.
pub struct Process(pub Child);

impl Process {
    /// Starts it, and waits until it listens at a port.
    pub fn listening(command: &mut Command, port: u16) -> Self {
        let mut process = Self(command.stdin(Stdio::null()).spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(process.0.try_wait().unwrap().is_none(), "{command:?} ended");
            assert!(begun.elapsed() < PATIENCE, "{command:?} never listened");
            std::thread::yield_now();
        }
        process
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The Python of the tests' environment, which `scripts/setup.sh --checks` makes.
pub fn python() -> PathBuf {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let own = std::env::var_os("ROUNDHOUSE_CACHE").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home);
    let cache = own.or_else(|| cache.map(|cache| cache.join("roundhouse")));
    let python = cache.unwrap_or_default().join("peers/bin/python");
    assert!(
        python.exists(),
        "{} is not there: run scripts/setup.sh --checks",
        python.display()
    );
    python
}
