// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real brokers for tests: each on ports and in a folder of its own, killed at will and ended with the test.
#![allow(dead_code)] // Each test program uses one broker of these.

pub mod certificates;
pub mod mosquitto;
pub mod rabbitmq;
pub mod traffic;

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// Ten times what the slowest broker takes on a busy machine.
const HANG: Duration = Duration::from_mins(5);

/// A broker at the mercy of a test.
pub trait Broker {
    /// Stops it as it stands, or lets it go on.
    fn signal(&self, signal: Signal);
    /// Kills it without notice.
    fn kill(&mut self);
    /// Removes what it has on its disk; it must have been killed.
    fn forget(&mut self);
    /// Starts it on what it has on its disk.
    fn restart(&mut self);
}

/// A port that nobody uses.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The port of somebody who answers the first `greeting` bytes of each connection as a server of HTTP does.
pub fn port_of_http(greeting: usize) -> u16 {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.read_exact(&mut vec![0; greeting]).ok();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").ok();
        }
    });
    port
}

/// A process with its children, killed when it is dropped, and also when this process ends in any other way.
pub struct Process {
    child: Child,
    watchdog: Child,
}

impl Process {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        Self::spawn(command.stdout(Stdio::null()))
    }

    /// Starts it; what it prints can be read.
    pub fn talking(command: &mut Command) -> (Self, ChildStdout) {
        let mut process = Self::spawn(command.stdout(Stdio::piped()));
        let output = process.child.stdout.take().unwrap();
        (process, output)
    }

    /// Starts it in a group of its own, and beside it a shell that kills the group when its input ends.
    fn spawn(command: &mut Command) -> Self {
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?}: {error}; `scripts/setup.sh --checks` installs it")
        });
        let watchdog = Command::new("sh")
            .args(["-c", &format!("read line; kill -s KILL -- -{}", child.id())])
            .process_group(0)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        Self {
            child,
            watchdog: watchdog.unwrap(),
        }
    }

    /// Stops all of its group, or lets it go on.
    pub fn signal(&self, signal: Signal) {
        kill_process_group(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until `answers`, while the process lives.
    pub fn until(&mut self, answers: impl Fn() -> bool) {
        let begin = Instant::now();
        while !answers() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the broker ended by itself: {ended:?}");
            assert!(begin.elapsed() < HANG, "the broker does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
        self.child.wait().ok();
    }
}

/// Whether whoever listens at `port` answers to `greeting`.
pub fn answers(port: u16, greeting: &[u8]) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    // A broker that is still starting takes connections that it never answers.
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok();
    stream.write_all(greeting).is_ok() && matches!(stream.read(&mut [0]), Ok(1))
}
