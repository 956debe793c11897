// SPDX-License-Identifier: MIT OR Apache-2.0
//! Workers of one group, each a process, of which one is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{BufRead, BufReader, Read, Write, stdin, stdout};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::tests::cluster;
use super::tests::traffic::*;
use crate::{Endpoint, Inbox, InboxSettings, Message, News};

/// The address of the cluster, for a worker.
const ADDRESS: &str = "ROUNDHOUSE_WORKER_TEST";
/// So many that no partition is without one.
const CAMERAS: u64 = 24;

/// A worker: says what it gets, and when its connection is lost.
#[test]
#[ignore = "the other test starts it"]
fn works_until_it_is_killed() {
    let Ok(address) = env::var(ADDRESS) else {
        return;
    };
    let settings = InboxSettings {
        endpoint: Endpoint::parse(&address).unwrap(),
        options: of_flow("workers", "prod"),
        queue: 64,
        queue_bytes: 1 << 20,
        image_store: None,
    };
    let tell = |news: News| {
        if let News::Lost(fault) = news {
            writeln!(stdout(), "lost {fault}").unwrap();
        }
    };
    let inbox = Inbox::start(&settings, Box::new(tell)).unwrap();
    // It ends with the test, however that ends.
    std::thread::spawn(|| {
        stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(0);
    });
    loop {
        if let Some(message) = inbox.next(Duration::from_millis(100)) {
            let (about, number) = (&message.envelope.about, sequence(&message));
            writeln!(stdout(), "got {about} {number}").unwrap();
        }
        inbox.done();
    }
}

/// What a worker has said, and which one.
type Said = (usize, String);

/// A worker and a thread that passes on what it says.
fn worker(name: usize, address: &str, said: &Sender<Said>) -> Child {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--nocapture", "works_until_it_is_killed"])
        .env(ADDRESS, address)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = said.clone();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            said.send((name, line)).ok();
        }
    });
    child
}

/// What came so far.
#[derive(Default)]
struct Heard {
    all: BTreeSet<u64>,
    /// The newest number of each worker and camera.
    newest: BTreeMap<(usize, String), u64>,
}

impl Heard {
    /// Listens until `done`.
    fn until(&mut self, said: &Receiver<Said>, what: &str, done: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !done(self) {
            assert!(
                begin.elapsed() < HANG,
                "never: {what}; {} came",
                self.all.len()
            );
            let Ok((worker, line)) = said.recv_timeout(HANG) else {
                panic!("never: {what}");
            };
            assert!(!line.contains("lost "), "worker {worker}: {line}");
            // The first line stands behind what the test program says of itself.
            let Some((_, line)) = line.split_once("got ") else {
                continue;
            };
            let (camera, number) = line.split_once(' ').unwrap();
            let (camera, number) = (camera.to_owned(), number.parse().unwrap());
            let newest = self.newest.entry((worker, camera)).or_default();
            assert!(number > *newest, "worker {worker}: {number} after {newest}");
            *newest = number;
            self.all.insert(number);
        }
    }
}

/// A report of a camera.
fn report(number: u64) -> Message {
    let camera = format!("C{}", number % CAMERAS);
    event("position-report", "prod", &camera, number)
}

#[test]
fn the_cameras_of_a_worker_that_is_killed_go_to_the_others() {
    let cluster = cluster("workers");
    let address = &cluster.address;
    let (send, said) = channel();
    let mut workers: Vec<Child> = (0..4).map(|name| worker(name, address, &send)).collect();
    let (sent, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut heard = Heard::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut sender = publishing(address, &options("sender"));
            while !stop.load(Ordering::Relaxed) {
                let first = sent.load(Ordering::Relaxed) + 1;
                let batch: Vec<Message> = (first..first + CAMERAS).map(report).collect();
                publish(&mut *sender, &batch);
                sent.fetch_add(CAMERAS, Ordering::Relaxed);
                // So many that workers keep up with them.
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let works = |heard: &Heard, name| heard.newest.keys().any(|(worker, _)| *worker == name);
        heard.until(&said, "all work", |heard| {
            (0..4).all(|name| works(heard, name))
        });
        workers[0].kill().unwrap();
        workers[0].wait().unwrap();
        let after = sent.load(Ordering::Relaxed);
        heard.until(&said, "the others have all cameras", |heard| {
            let newer = heard
                .newest
                .iter()
                .filter(|((worker, _), newest)| *worker != 0 && **newest > after);
            let cameras: BTreeSet<_> = newer.map(|((_, camera), _)| camera).collect();
            cameras.len() as u64 == CAMERAS
        });
        stop.store(true, Ordering::Relaxed);
    });
    let sent = sent.into_inner();
    heard.until(&said, "everything came", |heard| {
        heard.all.len() as u64 == sent
    });
    for mut worker in workers {
        drop(worker.stdin.take());
        worker.wait().unwrap();
    }
}
