// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mosquitto.

use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use super::certificates::Certificates;
use super::{Broker, Process, answers, free_port};

/// CONNECT of MQTT 3.1.1 with a clean session and the client id `probe`.
const CONNECT: &[u8] = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05probe";

/// A broker.
pub struct Mosquitto {
    pub port: u16,
    folder: TempDir,
    server: Option<Process>,
}

impl Mosquitto {
    /// Starts one that lets everybody in.
    pub fn start() -> Self {
        let mut broker = Self::new("allow_anonymous true");
        broker.restart();
        broker
    }

    /// Starts one that knows only `me` with the password `secret`.
    pub fn with_password() -> Self {
        let mut broker = Self::new("password_file passwords");
        let mut made = Command::new("mosquitto_passwd");
        made.args(["-b", "-c", "passwords", "me", "secret"])
            .current_dir(broker.folder.path());
        assert!(made.status().unwrap().success());
        broker.restart();
        broker
    }

    /// Starts one that lets everybody in, encrypted at another port, which is returned, too.
    pub fn encrypted(certificates: &Certificates) -> (Self, u16) {
        let port = free_port();
        let mut broker = Self::new(&format!(
            "allow_anonymous true\nlistener {port} 127.0.0.1\ncertfile {}\nkeyfile {}",
            certificates.server().display(),
            certificates.key().display()
        ));
        broker.restart();
        (broker, port)
    }

    /// One that does not run yet, with a line of configuration.
    fn new(configuration: &str) -> Self {
        let port = free_port();
        let folder = TempDir::new().unwrap();
        let place = folder.path().display();
        let lines = format!(
            "listener {port} 127.0.0.1\npersistence true\npersistence_location {place}/\nautosave_interval 1\n\
             max_queued_messages 0\nlog_dest none\nuser root\n{configuration}\n"
        );
        std::fs::write(folder.path().join("mosquitto.conf"), lines).unwrap();
        Self {
            port,
            folder,
            server: None,
        }
    }

    /// An address in it.
    pub fn address(&self, place: &str) -> String {
        format!("mqtt://127.0.0.1:{}{place}", self.port)
    }
}

impl Broker for Mosquitto {
    fn signal(&self, signal: Signal) {
        self.server.as_ref().unwrap().signal(signal);
    }

    fn kill(&mut self) {
        self.server = None;
    }

    fn forget(&mut self) {
        // It has none before it has saved for the first time.
        std::fs::remove_file(self.folder.path().join("mosquitto.db")).ok();
    }

    fn restart(&mut self) {
        let mut command = Command::new("mosquitto");
        command
            .args(["-c", "mosquitto.conf"])
            .current_dir(self.folder.path());
        let mut server = Process::start(&mut command);
        server.until(|| answers(self.port, CONNECT));
        self.server = Some(server);
    }
}
