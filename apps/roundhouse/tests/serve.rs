// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse serve` as a process: killed at any time, and refused where it would be open to all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "../../../crates/store/tests/support/server.rs"]
mod postgresql;
mod tool;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use messages::Timestamp;
use store::{Scope, Span, SqliteStore, Store};
use tool::roundhouse;

/// States in a batch.
const BATCH: u64 = 20;
/// How often the server is killed; a soak says more by `ROUNDHOUSE_KILLS`.
const KILLS: u64 = 4;

/// A server and its address.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts over the database in a folder or at an address.
    fn start(data: &Path) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_roundhouse")), data)
    }

    /// Starts as if the disk had room for files of so many blocks of 512 bytes only.
    fn with_room(folder: &Path, blocks: u32) -> Self {
        let mut command = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_roundhouse")]);
        Self::of(command, folder)
    }

    /// Starts by a command.
    fn of(mut command: Command, data: &Path) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut places = lines.map_while(Result::ok).filter_map(|line| {
            let place = line.split_once("http://")?.1;
            Some(place.split_once('/')?.0.to_owned())
        });
        let address = places.next().expect("it says where it listens");
        Self { child, address }
    }
}

/// The answer to a batch, if it was taken.
fn post(address: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    write!(
        stream,
        "POST /api/events HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.starts_with("HTTP/1.1 200").then_some(answer)
}

/// The answer to a question.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// State number `number`, one a second; a locomotive comes and goes every 200 s.
fn state(number: u64) -> String {
    let begin = Timestamp::from_nanos(1_772_344_800_000_000_000);
    let time = begin.saturating_add(number as i64 * 1_000_000_000);
    let locomotive = r#"{"id":"L1","track":"T1","head":{"s":5,"sigma":0.1},"tail":{"s":20,"sigma":0.1},"orientation_confidence":0.9,"velocity":0,"moving":false,"confidence":0.9,"status":"confirmed","model":null,"plate":null,"last_seen":"2026-03-01T06:00:00Z","seen_by":[]}"#;
    let locomotives = if number % 200 < 120 { locomotive } else { "" };
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.facility-state.v1","source":"/hall/fsefuse/prod","id":"1-{number}","time":"{time}","flow":"prod","data":{{"state":{number},"count":1,"inputs":[],"locomotives":[{locomotives}],"cameras":[]}}}}"#
    )
}

/// The states of a batch. Batches come in another order than their times: some of them late.
fn batch(number: u64) -> impl Iterator<Item = u64> {
    let place = number ^ 1;
    place * BATCH..(place + 1) * BATCH
}

/// Posts batches from `first` on until the server answers no more; tells of each that is confirmed.
fn send(address: String, first: u64) -> Receiver<u64> {
    let (tell, told) = channel();
    thread::spawn(move || {
        for number in first.. {
            let body: String = batch(number).map(|number| state(number) + "\n").collect();
            if post(&address, &body).is_none() || tell.send(number).is_err() {
                return;
            }
        }
    });
    told
}

/// All that is derived, as text.
fn history(store: &dyn Store, scope: &Scope) -> String {
    let always = Span {
        from: Timestamp::from_nanos(i64::MIN),
        to: Timestamp::from_nanos(i64::MAX),
    };
    format!(
        "{:?} {:?} {:?} {:?}",
        store.stays(scope, always).unwrap(),
        store.moves(scope, always).unwrap(),
        store.visits(scope, always).unwrap(),
        store.coverage(scope, always).unwrap(),
    )
}

#[test]
fn what_is_confirmed_outlives_a_kill_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    kill_while_it_takes_events(folder.path());
}

#[test]
fn what_is_confirmed_outlives_a_kill_at_any_time_with_postgresql() {
    let database = postgresql::Server::shared().database();
    kill_while_it_takes_events(Path::new(&database));
}

#[test]
fn it_goes_on_when_postgresql_is_back() {
    let mut database = postgresql::Server::start();
    let url = database.database();
    let mut server = Server::start(Path::new(&url));
    let body = |number| -> String { batch(number).map(|number| state(number) + "\n").collect() };
    for number in 0..6 {
        if number % 2 == 1 {
            database.kill();
            assert_eq!(post(&server.address, &body(number)), None);
            let answer = get(&server.address, "/api/halls");
            assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
            assert!(get(&server.address, "/healthz").starts_with("HTTP/1.1 200"));
            database.restart();
        }
        post(&server.address, &body(number)).unwrap();
        let answer = get(&server.address, "/api/halls");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let store = store::open(Path::new(&url)).unwrap();
    let (kept, _) = store
        .after(&Scope::new("hall", "prod"), 0, i64::MAX)
        .unwrap();
    assert_eq!(kept.len() as u64, 6 * BATCH);
}

/// Kills a server over this database again and again; then looks for what it had confirmed.
fn kill_while_it_takes_events(data: &Path) {
    let kills = std::env::var("ROUNDHOUSE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let (mut next, mut confirmed) = (0, BTreeSet::new());
    let mut chance = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..kills {
        let mut server = Server::start(data);
        let told = send(server.address.clone(), next);
        for _ in 0..5 {
            next = told.recv().unwrap() + 1;
            confirmed.extend(batch(next - 1));
        }
        // Somewhere in the middle of one of the next batches.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        for _ in 0..chance % 3_000_000 {
            std::hint::spin_loop();
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        // What was not confirmed is sent again, by whoever comes next.
        for number in told {
            next = number + 1;
            confirmed.extend(batch(number));
        }
    }
    let store = store::open(data).unwrap();
    let scope = Scope::new("hall", "prod");
    let (kept, _) = store.after(&scope, 0, i64::MAX).unwrap();
    let ids: BTreeSet<&str> = kept.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(ids.len(), kept.len(), "once each");
    for number in &confirmed {
        assert!(
            ids.contains(format!("1-{number}").as_str()),
            "{number} is lost"
        );
    }
    let derived = history(&*store, &scope);
    store.rederive().unwrap();
    assert_eq!(history(&*store, &scope), derived);
    println!(
        "{kills} kills, {} states confirmed, {} kept",
        confirmed.len(),
        kept.len()
    );
}

#[test]
fn a_full_disk_is_answered_and_loses_nothing_that_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::with_room(folder.path(), 2000);
    let mut confirmed = 0;
    for number in 0.. {
        let body: String = batch(number).map(|number| state(number) + "\n").collect();
        if post(&server.address, &body).is_none() {
            break;
        }
        confirmed += BATCH;
    }
    assert!(confirmed > 0);
    // It lives, and says what is wrong to whoever sends.
    let more: String = batch(1000).map(|number| state(number) + "\n").collect();
    assert_eq!(post(&server.address, &more), None);
    assert!(get(&server.address, "/healthz").starts_with("HTTP/1.1 200"));
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let mut server = Server::start(folder.path());
    assert!(
        post(&server.address, &more).is_some(),
        "there is room again"
    );
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let (kept, _) = store
        .after(&Scope::new("hall", "prod"), 0, i64::MAX)
        .unwrap();
    assert_eq!(kept.len() as u64, confirmed + BATCH);
}

#[test]
fn a_copy_brings_a_hall_from_a_folder_to_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.sqlite");
    let (data, copy) = (folder.path().to_str().unwrap(), copy.to_str().unwrap());
    let mut server = Server::start(folder.path());
    let lines: String = (0..400).map(|number| state(number) + "\n").collect();
    post(&server.address, &lines).unwrap();
    let done = roundhouse(&["serve", "--data", data, "--backup", copy]);
    assert!(done.ok, "{}", done.err);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let database = postgresql::Server::shared().database();
    let done = roundhouse(&["serve", "--data", &database, "--restore", copy]);
    assert!(done.ok, "{}", done.err);
    let report = |data| {
        let days = ["--from", "2026-03-01", "--to", "2026-03-02"];
        let report = roundhouse(&[&["report", "moves", "--data", data], &days[..]].concat());
        assert!(report.ok, "{}", report.err);
        report.out
    };
    assert_eq!(report(&database), report(data));
    let full = roundhouse(&["serve", "--data", &database, "--restore", copy]);
    assert!(full.err.contains("empty"), "{}", full.err);
}

#[test]
fn nobody_else_is_let_in_without_tokens() {
    let said = roundhouse(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(!said.ok);
    assert!(said.err.contains("--tokens"), "{}", said.err);
}

#[test]
fn a_report_needs_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let file = folder.path().join("states.jsonl");
    let mut server = Server::start(folder.path());
    let lines: String = (0..400).map(|number| state(number) + "\n").collect();
    std::fs::write(file, &lines).unwrap();
    post(&server.address, &lines).unwrap();
    let report = [
        "report",
        "moves",
        "--data",
        data,
        "--from",
        "2026-03-01",
        "--to",
        "2026-03-02",
    ];
    let table = roundhouse(&report);
    assert!(table.ok, "{}", table.err);
    assert!(
        table.out.contains("Arrivals, departures and moves: hall"),
        "{}",
        table.out
    );
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let csv = roundhouse(&[&report[..], &["--format", "csv"]].concat());
    let kinds: Vec<&str> = csv
        .out
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    assert_eq!(kinds, ["departure", "arrival", "departure"], "{}", csv.out);
    let unknown = roundhouse(&["report", "weather", "--data", data]);
    assert!(unknown.err.contains("occupancy"), "{}", unknown.err);
}
