// SPDX-License-Identifier: MIT OR Apache-2.0
//! RabbitMQ with a name service of its own.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use super::certificates::Certificates;
use super::{Broker, Process, answers, free_port};

/// The program itself: what Debian puts into the path wants to be the user `rabbitmq`.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const CONTROL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";

/// Two users and one virtual host: `guest` may do everything, `me` with the password `secret` nothing. The hashes are those of the
/// passwords after four bytes of salt.
const DEFINITIONS: &str = r#"{
  "users": [
    {"name": "guest", "tags": [], "password_hash": "c2FsdDRwMuw4kgNZhm0cEYx1m4NAR6BCdplxDdFbnDjbRIKq", "hashing_algorithm": "rabbit_password_hashing_sha256"},
    {"name": "me", "tags": [], "password_hash": "c2FsdL7ekDhtRQzqi3e4IviIcGXk5avxMsL53M/Mf71Mul41", "hashing_algorithm": "rabbit_password_hashing_sha256"}
  ],
  "vhosts": [{"name": "/"}],
  "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}]
}"#;

/// A broker with one node.
pub struct RabbitMq {
    pub port: u16,
    distribution: u16,
    names: u16,
    folder: TempDir,
    server: Option<Process>,
    _name_service: Process,
}

impl RabbitMq {
    /// Starts one and waits until it answers.
    pub fn start() -> Self {
        Self::with("")
    }

    /// Starts one that takes encrypted connections at another port, which is returned, too.
    pub fn encrypted(certificates: &Certificates) -> (Self, u16) {
        let port = free_port();
        let broker = Self::with(&format!(
            "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.certfile = {}\nssl_options.keyfile = {}\nssl_options.cacertfile = {}\n",
            certificates.server().display(),
            certificates.key().display(),
            certificates.authority().display()
        ));
        (broker, port)
    }

    /// Starts one with more lines of configuration.
    fn with(lines: &str) -> Self {
        let (port, distribution, names) = (free_port(), free_port(), free_port());
        let mut epmd = Command::new("epmd");
        let epmd = epmd.args(["-port", &names.to_string(), "-address", "127.0.0.1"]);
        let mut name_service = Process::start(epmd);
        // Else the node starts another one, which outlives the test.
        name_service.until(|| TcpStream::connect(("127.0.0.1", names)).is_ok());
        let mut broker = Self {
            port,
            distribution,
            names,
            folder: TempDir::new().unwrap(),
            server: None,
            _name_service: name_service,
        };
        let place = |name: &str| broker.folder.path().join(name);
        let definitions = place("definitions.json");
        let configuration = format!(
            "vm_memory_high_watermark.absolute = 1GB\nload_definitions = {}\n{lines}",
            definitions.display()
        );
        std::fs::write(&definitions, DEFINITIONS).unwrap();
        std::fs::write(place("plugins"), "[].").unwrap();
        std::fs::write(place("rabbitmq.conf"), configuration).unwrap();
        broker.restart();
        broker
    }

    /// Ends it as an operator does.
    pub fn stop(&mut self) {
        self.control(&["stop"]);
        self.server = None;
    }

    /// Runs `rabbitmqctl`.
    pub fn control(&self, arguments: &[&str]) {
        let done = self.command(CONTROL).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }

    /// An address in it: `amqp://USER@127.0.0.1:PORT/PLACE`.
    pub fn address(&self, user: &str, place: &str) -> String {
        format!("amqp://{user}@127.0.0.1:{}/{place}", self.port)
    }

    /// One of its programs, which find each other by the environment.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let place = |name: &str| -> std::path::PathBuf { Path::new(self.folder.path()).join(name) };
        command
            .env("HOME", self.folder.path())
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_NODENAME", format!("test{}@localhost", self.port))
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env("ERL_EPMD_PORT", self.names.to_string())
            .env("RABBITMQ_MNESIA_BASE", place("data"))
            .env("RABBITMQ_LOG_BASE", place("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", place("plugins"))
            .env("RABBITMQ_CONFIG_FILE", place("rabbitmq"))
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", place("advanced"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 +sbwt none");
        command
    }
}

impl Broker for RabbitMq {
    fn signal(&self, signal: Signal) {
        self.server.as_ref().unwrap().signal(signal);
    }

    fn kill(&mut self) {
        self.server = None;
    }

    fn forget(&mut self) {
        std::fs::remove_dir_all(self.folder.path().join("data")).unwrap();
    }

    fn restart(&mut self) {
        let mut server = Process::start(&mut self.command(SERVER));
        server.until(|| answers(self.port, b"AMQP\0\0\x09\x01"));
        self.server = Some(server);
    }
}
