// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `ingest`: states taken in a second, by us while one watches, and by the peer that nobody watches.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use messages::Timestamp;

use super::client::{Client, watch};
use super::hall::{FLOWS, after, state};
use super::running::{Running, scratch};
use crate::bench::limit::{Limit, Line};
use crate::bench::pairs::in_turns;
use crate::bench::percentiles::median;
use crate::bench::ratio::Ratio;
use crate::failure::{Failure, Outcome};

/// States a second, and those of the peer, at least.
const LEAST: f64 = 10_000.0;
const LEAST_RATIO: f64 = 1.0;
/// States of a batch.
const BATCH: u64 = 200;
/// A second, ns.
const SECOND_NS: i64 = 1_000_000_000;

/// The program to compare with.
#[derive(clap::Args)]
pub struct Peer {
    /// Python interpreter with fastapi and uvicorn; default: that of `scripts/setup.sh --checks`.
    #[arg(long, value_name = "PYTHON")]
    python: Option<PathBuf>,
    /// Python program to compare with.
    #[arg(
        long = "peer",
        value_name = "FILE",
        default_value = "benches/serve_fastapi.py"
    )]
    program: PathBuf,
}

/// The batches of each flow.
type Batches = [Vec<String>; 2];

/// Measures the rates in turns.
pub fn lines(pairs: u32, states: u64, disk: &Path, peer: &Peer) -> Outcome<Vec<Line>> {
    let python = python(peer.python.as_ref())?;
    let batches = batches(states / 2);
    let ours = || rate_of_ours(disk, &batches);
    let theirs = || {
        let folder = scratch(disk)?;
        let server = Running::peer(&python, &peer.program, folder.path())?;
        rate(&server, &batches)
    };
    let (ours, theirs) = in_turns(pairs, "ingest", ours, theirs)?;
    let thousands = |rates: &[f64]| median(rates.iter().copied()) * 1e-3;
    let bytes = batches[0].first().map_or(0, String::len) as f64 / BATCH as f64;
    Ok(vec![
        Line {
            name: "ingest, one watches: states a second".to_owned(),
            seen: format!(
                "median of {}; a state has {:.1} kB",
                ours.len(),
                bytes * 1e-3
            ),
            measured: median(ours.iter().copied()).into(),
            limit: Limit::AtLeast(LEAST),
        },
        Line {
            name: "ingest: ours, watched / FastAPI + sqlite3".to_owned(),
            seen: format!(
                "{:.1}k and {:.1}k states a second",
                thousands(&ours),
                thousands(&theirs)
            ),
            measured: Ratio::of(&ours, &theirs).into(),
            limit: Limit::AtLeast(LEAST_RATIO),
        },
    ])
}

/// Our rate; whoever watches must have been told of something.
fn rate_of_ours(disk: &Path, batches: &Batches) -> Outcome<f64> {
    let folder = scratch(disk)?;
    let server = Running::ours(folder.path())?;
    let watching = watch(server.port, FLOWS[0])?;
    let rate = rate(&server, batches)?;
    drop(server);
    let told = watching.join().unwrap_or(0);
    eprintln!("bench: {rate:.0} states a second, {told} of them told");
    if told == 0 {
        return Err(Failure::new("nothing was told to whoever watches"));
    }
    Ok(rate)
}

/// States a second that a server takes from two senders, one for each flow.
fn rate(server: &Running, batches: &Batches) -> Outcome<f64> {
    let begin = Instant::now();
    let port = server.port;
    let kept = thread::scope(|scope| {
        let send = |batches: &Vec<String>| {
            let client = Client::new(port);
            batches.iter().map(|batch| client.send(batch)).sum()
        };
        let senders = batches
            .each_ref()
            .map(|of_flow| scope.spawn(move || send(of_flow)));
        let kept = senders.map(std::thread::ScopedJoinHandle::join);
        let failed = |_| Failure::new("a sender failed");
        let kept = kept.map(|kept| kept.map_err(failed).and_then(|kept: Outcome<u64>| kept));
        kept.into_iter().sum::<Outcome<u64>>()
    })?;
    let rate = kept as f64 / begin.elapsed().as_secs_f64();
    let sent = batches.iter().map(Vec::len).sum::<usize>() as u64 * BATCH;
    if kept != sent {
        return Err(Failure::new(format!("of {sent} states {kept} were kept")));
    }
    Ok(rate)
}

/// So many states of each flow, in batches: one each second, the last of them now.
fn batches(states: u64) -> Batches {
    let count = states / BATCH;
    let begin = Timestamp::now().saturating_sub((count * BATCH) as i64 * SECOND_NS);
    FLOWS.map(|flow| {
        let line = |number: u64| {
            let time = begin.saturating_add(number as i64 * SECOND_NS);
            state(flow, number + 1, time, &after(number)).to_json()
        };
        let batch = |first: u64| {
            let lines: Vec<String> = (first..first + BATCH).map(line).collect();
            lines.join("\n")
        };
        (0..count).map(|nth| batch(nth * BATCH)).collect()
    })
}

/// The interpreter `named`, else the one of `scripts/setup.sh`.
fn python(named: Option<&PathBuf>) -> Outcome<PathBuf> {
    let python = named
        .cloned()
        .or_else(|| crate::bench::python::of_setup("api"));
    python.ok_or_else(|| {
        Failure::new(
            "there is no Python with fastapi and uvicorn: scripts/setup.sh --checks makes one, or name one with --python",
        )
    })
}
