// SPDX-License-Identifier: MIT OR Apache-2.0
//! What prod notices of dev, transport by transport: `scripts/soak.sh dev`.
//!
//! ```text
//! dev-and-prod SECONDS [TRANSPORT]
//! ```
//!
//! Prod sends and receives reports as live texts do. After a while without dev, dev's receiver is killed and started again every two
//! seconds, is stopped, and at last dev publishes as fast as it can. Rules: prod loses nothing, keeps its rate within 2 %, and the age of
//! its reports at the 99th percentile within 25 % or 2 ms.
#![allow(clippy::unwrap_used, reason = "a measurement may stop where it stands")]

#[path = "../tests/brokers/mod.rs"]
mod brokers;
#[path = "../tests/dev_and_prod/lanes.rs"]
mod lanes;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lanes::{Dev, Lane, Prod, number};

/// Time between two reports: twice as many as eight cameras send.
const PERIOD: Duration = Duration::from_millis(10);
/// Dev's receiver is killed so often.
const KILLS: Duration = Duration::from_secs(2);
/// So long is waited for the last reports of a phase.
const FAREWELL: Duration = Duration::from_secs(5);

/// What was seen of prod in one phase.
struct Seen {
    sent: u64,
    lost: u64,
    inversions: u64,
    foreign: u64,
    /// Reports a second.
    rate: f64,
    /// Ages in the median and at the 99th percentile, ms.
    ages: [f64; 2],
}

fn main() -> ExitCode {
    lanes::dev();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seconds = arguments.first().map_or(10, |text| text.parse().unwrap());
    let wanted = |name: &&str| {
        arguments
            .get(1)
            .is_none_or(|word| name.contains(word.as_str()))
    };
    println!(
        "| transport | dev | reports sent | lost | out of order | of dev | a second | age median, ms | age p99, ms | rules |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|---|");
    let mut broken = false;
    for name in lanes::NAMES.into_iter().filter(wanted) {
        broken |= !keeps_the_rules(name, Duration::from_secs(seconds));
    }
    if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Measures one transport; whether it keeps the rules.
fn keeps_the_rules(name: &'static str, length: Duration) -> bool {
    let lane = Lane::start(name);
    let mut prod = lane.prod(true);
    prod.meet();
    let before = measure(&mut prod, length, |_| ());
    print(name, "none", &before, None);
    let mut kept = true;
    let mut killed: Option<(u64, Dev)> = None;
    let seen = measure(&mut prod, length, |elapsed| {
        let life = elapsed.as_secs() / KILLS.as_secs();
        if killed.as_ref().is_none_or(|(other, _)| *other != life) {
            killed = None;
            killed = Some((life, lane.receiver(&[])));
        }
    });
    kept &= print(name, "killed every 2 s", &seen, Some(&before));
    if let Some((_, receiver)) = &killed {
        receiver.stop();
    }
    let seen = measure(&mut prod, length, |_| ());
    kept &= print(name, "stopped", &seen, Some(&before));
    drop(killed);
    let flood = lane.flood(&[]);
    let seen = measure(&mut prod, length, |_| ());
    drop(flood);
    kept & print(name, "floods", &seen, Some(&before))
}

/// Lets prod run for a while; `dev` is called before each report.
fn measure(prod: &mut Prod, length: Duration, mut dev: impl FnMut(Duration)) -> Seen {
    let begin = Instant::now();
    let first = prod.sent() + 1;
    let mut sent: BTreeMap<u64, Instant> = BTreeMap::new();
    let (mut ages, mut newest, mut inversions, mut foreign) = (Vec::new(), 0, 0, 0);
    let mut next = begin;
    loop {
        let now = Instant::now();
        let sends = now < begin + length;
        if sends && now >= next {
            dev(now - begin);
            let at = Instant::now();
            sent.insert(prod.send(), at);
            next += PERIOD;
        }
        let over = now >= begin + length + FAREWELL || sent.is_empty();
        if !sends && over {
            break;
        }
        let wait = if sends {
            next.saturating_duration_since(Instant::now())
        } else {
            PERIOD
        };
        if let Some(message) = prod.inbox.next(wait) {
            let number = number(&message);
            foreign += u64::from(message.envelope.flow != "raw");
            inversions += u64::from(number < newest);
            newest = newest.max(number);
            if let Some(at) = sent.remove(&number) {
                ages.push(at.elapsed().as_secs_f64() * 1e3);
            }
        }
        prod.inbox.done();
    }
    ages.sort_by(f64::total_cmp);
    let percentile = |part: f64| ages.get((ages.len() as f64 * part) as usize).copied();
    Seen {
        sent: prod.sent() + 1 - first,
        lost: sent.len() as u64,
        inversions,
        foreign,
        rate: ages.len() as f64 / length.as_secs_f64(),
        ages: [0.5, 0.99].map(|part| percentile(part).unwrap_or(f64::NAN)),
    }
}

/// Prints a row; whether the rules are kept in comparison with `before`.
fn print(name: &str, dev: &str, seen: &Seen, before: Option<&Seen>) -> bool {
    let mut broken = Vec::new();
    if seen.lost + seen.inversions + seen.foreign > 0 {
        broken.push("lost or mixed");
    }
    if let Some(before) = before {
        if (seen.rate / before.rate - 1.0).abs() > 0.02 {
            broken.push("rate");
        }
        let (slow, usual) = (seen.ages[1], before.ages[1]);
        if slow > (usual * 1.25).max(usual + 2.0) {
            broken.push("age");
        }
    }
    let [median, slow] = seen.ages;
    let rules = if broken.is_empty() {
        "kept".to_owned()
    } else {
        format!("broken: {}", broken.join(", "))
    };
    println!(
        "| {name} | {dev} | {} | {} | {} | {} | {:.1} | {median:.2} | {slow:.2} | {rules} |",
        seen.sent, seen.lost, seen.inversions, seen.foreign, seen.rate
    );
    broken.is_empty()
}
