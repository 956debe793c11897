// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who receives: an inbox here, whose consumer may be slow or take nothing, or one in a process of its own, which may be stopped and killed.

use std::env;
use std::io::{BufRead, BufReader, Write, stdout};
use std::process::{ChildStdout, Command};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use roundhouse_bus::{Connector, Endpoint, Inbox, InboxSettings, Options, Subscriber, subscriber};
use rustix::process::Signal;

use crate::brokers::Process;
use crate::history::History;
use crate::run::until;

/// What the process is told: where it receives, and in which group.
const FROM: &str = "ROUNDHOUSE_FAULTS_FROM";
const GROUP: &str = "ROUNDHOUSE_FAULTS_GROUP";
/// Longest wait between two attempts to connect.
const RECONNECT: Duration = Duration::from_millis(200);
/// How long a slow consumer takes for a message.
const SLOW: Duration = Duration::from_millis(2);

/// What several threads note.
pub type Log = Arc<Mutex<History>>;

/// How fast messages are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as they come.
    Fast,
    /// A few hundred a second.
    Slow,
    /// None is taken.
    Stopped,
    /// It is over.
    Ended,
}

/// An inbox of this process.
pub struct Here {
    pub inbox: Inbox,
    pace: Mutex<Pace>,
}

/// An inbox of another process.
pub struct There {
    from: String,
    group: String,
    log: Log,
    process: Mutex<Option<Process>>,
}

/// An inbox that begins to receive.
fn inbox(from: &str, group: &str) -> Inbox {
    let endpoint = Endpoint::parse(from).unwrap();
    let options = Options {
        group: group.to_owned(),
        ..Options::default()
    };
    let settings = InboxSettings {
        endpoint: endpoint.clone(),
        options: options.clone(),
        queue: 64,
        queue_bytes: usize::MAX,
        image_store: None,
    };
    let connector = connector(endpoint, options).with_longest_wait(RECONNECT);
    let inbox = Inbox::with_connector(&settings, connector, Box::new(|_| ())).unwrap();
    // What a broker keeps for a receiver, it keeps from then on.
    until("the receiver is there", || inbox.stats().link.connected);
    inbox
}

/// How an inbox connects; over HTTP it is connected to.
fn connector(endpoint: Endpoint, options: Options) -> Connector<Box<dyn Subscriber>> {
    #[cfg(feature = "http")]
    if endpoint.transport == roundhouse_bus::Transport::Http {
        return crate::http::server(endpoint.hosts[0].1);
    }
    Connector::new(move || subscriber(&endpoint, &options))
}

/// The number of the next message.
fn next(inbox: &Inbox, wait: Duration) -> Option<u64> {
    let message = inbox.next(wait)?;
    let number = message.envelope.id.strip_prefix("1-").unwrap();
    Some(number.parse().unwrap())
}

impl Here {
    /// Begins to receive.
    pub fn start(from: &str, group: &str) -> Self {
        Self {
            inbox: inbox(from, group),
            pace: Mutex::new(Pace::Fast),
        }
    }

    /// How fast messages are taken from now on.
    pub fn pace(&self, pace: Pace) {
        *self.pace.lock().unwrap() = pace;
    }

    /// Takes messages until it is over.
    pub fn receive(&self, log: &Log) {
        loop {
            let pace = *self.pace.lock().unwrap();
            match pace {
                Pace::Ended => return,
                Pace::Slow => thread::sleep(SLOW),
                Pace::Stopped => {
                    thread::sleep(SLOW);
                    continue;
                }
                Pace::Fast => {}
            }
            if let Some(number) = next(&self.inbox, Duration::from_millis(100)) {
                log.lock().unwrap().take(number, Instant::now());
                self.inbox.done();
            }
        }
    }
}

impl There {
    /// Begins to receive.
    pub fn start(from: &str, group: &str, log: &Log) -> Self {
        let there = Self {
            from: from.to_owned(),
            group: group.to_owned(),
            log: Arc::clone(log),
            process: Mutex::default(),
        };
        there.restart();
        there
    }

    /// Kills it without notice.
    pub fn kill(&self) {
        *self.process() = None;
    }

    /// Starts it anew.
    pub fn restart(&self) {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("receiver::receives_until_it_is_killed")
            .env(FROM, &self.from)
            .env(GROUP, &self.group);
        let (process, output) = Process::talking(&mut command);
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while line != "ready\n" {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "it has ended");
        }
        let log = Arc::clone(&self.log);
        thread::spawn(move || note(output, &log));
        *self.process() = Some(process);
    }

    /// Stops it, or lets it go on.
    pub fn signal(&self, signal: Signal) {
        self.process().as_ref().unwrap().signal(signal);
    }

    /// The process.
    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap()
    }
}

/// Notes what a process says that it was handed over.
fn note(output: BufReader<ChildStdout>, log: &Log) {
    for line in output.lines() {
        let line = line.unwrap();
        if let Some(number) = line.strip_prefix("delivered ") {
            let number = number.parse().unwrap();
            log.lock().unwrap().take(number, Instant::now());
        }
    }
}

/// The other process: it says of each message that it was handed over, and then that it is done with it.
#[test]
#[ignore = "the other tests start it"]
fn receives_until_it_is_killed() {
    let (Ok(from), Ok(group)) = (env::var(FROM), env::var(GROUP)) else {
        return;
    };
    let inbox = inbox(&from, &group);
    // The harness of tests has begun a line with the name of this one.
    writeln!(stdout(), "\nready").unwrap();
    loop {
        if let Some(number) = next(&inbox, Duration::from_secs(1)) {
            writeln!(stdout(), "delivered {number}").unwrap();
            inbox.done();
        }
    }
}
