// SPDX-License-Identifier: MIT OR Apache-2.0
//! A process with a spool that is killed again and again loses nothing that it has taken.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write, stdout};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use roundhouse_bus::{
    Endpoint, Envelope, Message, OnFull, Options, Outbox, OutboxSettings, SpoolSettings,
};

/// The folder of the run, for the process that is killed.
const FOLDER: &str = "ROUNDHOUSE_KILL_TEST";
/// After how many messages it is killed, life after life.
const LIVES: [u64; 6] = [1, 40, 300, 7, 1000, 90];
/// The test hangs after so long.
const HANGS: Duration = Duration::from_mins(1);

/// An outbox that writes files, with a spool.
fn outbox(folder: &Path) -> Outbox {
    let address = format!("file://{}", folder.join("out").display());
    let settings = OutboxSettings {
        endpoint: Endpoint::parse(&address).unwrap(),
        options: Options::default(),
        queue: 100,
        queue_bytes: 1 << 20,
        spool: Some(SpoolSettings {
            folder: folder.join("spool"),
            most_bytes: 8 << 20,
            min_free_bytes: 0,
            on_full: OnFull::Block,
        }),
        image_store: None,
        sender: "killed".to_owned(),
    };
    Outbox::start(settings, Box::new(|_| ())).unwrap()
}

/// The process that is killed: it offers messages and says after each one that it was taken.
#[test]
#[ignore = "the other test starts it"]
fn offers_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let outbox = outbox(Path::new(&folder));
    let begin: u64 = fs::read_to_string(Path::new(&folder).join("begin"))
        .unwrap()
        .parse()
        .unwrap();
    for number in begin.. {
        assert!(outbox.wait_for_room());
        let document = format!(
            r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/h/t/1","id":"1-{number}"}}"#
        );
        outbox.offer(&document, Bytes::new()).unwrap();
        writeln!(stdout(), "taken {number}").unwrap();
    }
}

#[test]
fn a_process_that_is_killed_loses_nothing_that_it_has_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut taken = 0;
    for messages in LIVES {
        fs::write(folder.path().join("begin"), (taken + 1).to_string()).unwrap();
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--nocapture", "offers_until_it_is_killed"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut count = 0;
        for line in output.lines() {
            if let Some((_, number)) = line.unwrap().split_once("taken ") {
                taken = number.parse().unwrap();
                count += 1;
            }
            if count == messages {
                // SIGKILL; what it said before is still read.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
    }
    let last = outbox(folder.path());
    assert!(last.drain(HANGS), "{:?}", last.stats());
    drop(last);
    check(&folder.path().join("out"), taken);
}

/// Everything that was taken is in the files, once after what has arrived before is left out, in order.
fn check(folder: &Path, taken: u64) {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut numbers = Vec::new();
    for file in files {
        for line in fs::read_to_string(file).unwrap().lines() {
            let event = Bytes::from(line.to_owned());
            let message = Message::read(event, Bytes::new()).unwrap();
            let stamp = message.stamp.unwrap();
            let last = seen.entry(stamp.sender).or_default();
            if stamp.sequence > *last {
                *last = stamp.sequence;
                numbers.push(number(&message.envelope));
            }
        }
    }
    // A message may have been taken without a word, because the process was killed in between: then its number comes again.
    numbers.dedup();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert!(numbers.len() as u64 >= taken);
}

/// The number of a message.
fn number(envelope: &Envelope) -> u64 {
    let number = envelope.id.strip_prefix("1-").unwrap();
    number.parse().unwrap()
}
