// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every transport through every fault, for as long as it is told: `scripts/soak.sh bus` runs it and says how.

#[cfg(any(feature = "amqp", feature = "mqtt"))]
use std::cell::RefCell;
use std::env;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::time::Duration;

use crate::faults::{ALL, BROKER_EMPTY, BROKER_KILLED, BROKER_STORM, Fault, Needs};
use crate::history::Verdict;
use crate::lines::{self, Line};
use crate::run::{Scale, run};

/// Messages of a run.
const COUNT: u64 = 5000;
/// What is read from the environment: seconds that a fault goes on, a seed, a folder on a disk of a few MB, and a part of the names of
/// the rows that are to be run.
const SECONDS: &str = "ROUNDHOUSE_SOAK_SECONDS";
const SEED: &str = "ROUNDHOUSE_SOAK_SEED";
const SMALL_DISK: &str = "ROUNDHOUSE_SMALL_DISK";
const ROWS: &str = "ROUNDHOUSE_SOAK_ROWS";

/// What is settled of a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// Nothing is lost.
    Whole,
    /// What is under way when a connection ends may be lost.
    Orderly,
}

/// The rule of a row, and whether it was kept.
fn rule(
    promise: Promise,
    line: &Line<'_>,
    fault: &Fault,
    verdict: &Verdict,
) -> (&'static str, bool) {
    let forgets = fault.name == BROKER_EMPTY.name;
    let is_killed = [BROKER_KILLED.name, BROKER_STORM.name].contains(&fault.name);
    if line.name == "kafka" && forgets {
        return ("in order", verdict.is_orderly());
    }
    if forgets || (line.name == "mosquitto" && is_killed) {
        return ("what is lost is counted", verdict.is_announced());
    }
    match (fault.needs, promise) {
        // A spool that has failed goes on as another sender, which is not kept in order with the first one.
        (Needs::Disk, Promise::Orderly) => ("no duplicates", verdict.duplicates == 0),
        (Needs::Disk, Promise::Whole) => {
            let counted = verdict.settled + verdict.given_up == verdict.sent;
            let is_known = verdict.lost <= verdict.given_up;
            (
                "what is lost is counted",
                counted && is_known && verdict.is_orderly(),
            )
        }
        (Needs::Process, Promise::Whole) => ("none lost", verdict.is_whole()),
        (_, Promise::Whole) => ("each once", verdict.is_perfect()),
        (Needs::Process, Promise::Orderly) => ("in order", verdict.inversions == 0),
        (_, Promise::Orderly) => ("in order", verdict.is_orderly()),
    }
}

/// A line of the table.
fn row(name: &str, fault: &Fault, verdict: &Verdict, rule: &str, is_kept: bool) -> String {
    let broken = if is_kept { "" } else { " **broken**" };
    let counted = match (name, fault.needs) {
        // Another process counts for itself, and partitions have gaps.
        (_, Needs::Process) | ("kafka", _) => verdict.given_up,
        _ => verdict.given_up.max(verdict.missing),
    };
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} | {rule}{broken} |",
        fault.name,
        verdict.sent,
        verdict.settled,
        verdict.delivered,
        verdict.lost,
        counted.min(verdict.lost),
        verdict.again,
        verdict.duplicates,
        verdict.inversions,
        verdict.silence.as_secs_f64(),
    )
}

/// The soak.
struct Soak {
    seconds: u64,
    seed: u64,
    small_disk: Option<PathBuf>,
    rows: String,
    table: Vec<String>,
    is_broken: bool,
}

impl Soak {
    /// What the environment says.
    fn new() -> Self {
        let number = |name: &str, usual| env::var(name).map_or(usual, |text| text.parse().unwrap());
        Self {
            seconds: number(SECONDS, 300),
            seed: number(SEED, 1),
            small_disk: env::var_os(SMALL_DISK).map(PathBuf::from),
            rows: env::var(ROWS).unwrap_or_default(),
            table: Vec::new(),
            is_broken: false,
        }
    }

    /// Whether a row is to be run on a transport of this name, which has a broker that can be killed and stopped.
    fn wants(&self, name: &str, fault: &Fault, has_broker: bool, stops: bool) -> bool {
        let is_there = match fault.needs {
            Needs::Broker => has_broker,
            Needs::Stop => stops,
            Needs::Disk => self.small_disk.is_some(),
            _ => true,
        };
        is_there && format!("{name} {}", fault.name).contains(&self.rows)
    }

    /// Runs one row.
    fn run(&mut self, promise: Promise, line: &Line<'_>, fault: &Fault) {
        // Where in the run something goes wrong is the seed's choice.
        let mut hasher = DefaultHasher::new();
        (self.seed, &line.name, fault.name).hash(&mut hasher);
        let scale = Scale {
            count: COUNT,
            begin: COUNT / 20 + hasher.finish() % (COUNT / 2),
            lasts: Duration::from_secs(self.seconds),
            small_disk: self.small_disk.clone(),
        };
        let verdict = run(line, fault, &scale);
        let (rule, is_kept) = rule(promise, line, fault, &verdict);
        self.is_broken |= !is_kept;
        let row = row(&line.name, fault, &verdict, rule, is_kept);
        println!("{row}");
        self.table.push(row);
    }
}

#[test]
#[ignore = "takes hours: scripts/soak.sh bus"]
fn soak() {
    let mut soak = Soak::new();
    for fault in ALL {
        for (sends, receives, promise) in [
            ("req", "rep", Promise::Whole),
            ("push", "pull", Promise::Whole),
            ("pub", "sub", Promise::Orderly),
        ] {
            if soak.wants(&format!("{sends}/{receives}"), fault, false, false) {
                lines::zmq(sends, receives, |line| soak.run(promise, line, fault));
            }
        }
        #[cfg(feature = "http")]
        if soak.wants("http", fault, false, false) {
            lines::http(|line| soak.run(Promise::Whole, line, fault));
        }
        #[cfg(feature = "amqp")]
        if soak.wants("rabbitmq", fault, true, true) {
            let broker = RefCell::new(crate::brokers::rabbitmq::RabbitMq::start());
            let is_killed = fault.needs == Needs::Broker;
            lines::rabbitmq(&broker, is_killed, |line| {
                soak.run(Promise::Whole, line, fault);
            });
        }
        #[cfg(feature = "mqtt")]
        if soak.wants("mosquitto", fault, true, true) {
            let broker = RefCell::new(crate::brokers::mosquitto::Mosquitto::start());
            lines::mosquitto(&broker, |line| soak.run(Promise::Whole, line, fault));
        }
        #[cfg(feature = "kafka")]
        if soak.wants("kafka", fault, true, false) {
            lines::kafka(|line| soak.run(Promise::Whole, line, fault));
        }
    }
    println!(
        "\n| transport | fault | sent | confirmed | delivered once | lost | of it counted | again, left out | duplicates | inversions | longest silence, s | rule |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|"
    );
    soak.table.sort();
    soak.table.iter().for_each(|row| println!("{row}"));
    assert!(!soak.is_broken, "a rule was broken");
}
