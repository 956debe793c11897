// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long the stream is held up by handing one packet of eight frames to a flow.

use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::table;
use crate::bench::child::{output_of, this_program};
use crate::bench::packet::{hand_over, packet};
use crate::bench::percentiles::{median, percentiles};
use crate::failure::{Failure, Outcome};

/// What a packet is handed to. The content passes packets on as they are.
const ENTRIES: [(&str, &str); 3] = [
    (
        "`flowbin`",
        "flowbin name=entry description=\"identity ! fakesink sync=false async=false\"",
    ),
    (
        "`queue`",
        "queue name=entry ! identity ! fakesink sync=false async=false",
    ),
    (
        "`queue leaky`",
        "queue name=entry leaky=downstream ! identity ! fakesink sync=false async=false",
    ),
];
/// Packets of a run.
const PACKETS: usize = 2000;
/// Time between two of them, so that the content waits for each, as it does with cameras.
const PAUSE: Duration = Duration::from_micros(500);

/// Which entry.
#[derive(Args)]
pub struct EntryArguments {
    index: usize,
}

/// Time of handing over a packet, half and 99 in 100 at most, µs.
#[derive(Debug, Serialize, Deserialize)]
struct Cost {
    p50: f64,
    p99: f64,
}

/// Measures the entries in turns and prints their table.
pub fn measure_all(runs: u32) -> Outcome {
    let mut costs: Vec<Vec<Cost>> = ENTRIES.iter().map(|_| Vec::new()).collect();
    for turn in 1..=runs {
        eprintln!("bench: turn {turn} of {runs}: entering");
        for (index, costs) in costs.iter_mut().enumerate() {
            let mut command = this_program("flow-entry")?;
            command.arg(index.to_string());
            let output = output_of(&mut command)?;
            costs.push(serde_json::from_str(&output).map_err(|error| {
                Failure::new(format!("entering: nothing was measured: {error}"))
            })?);
        }
    }
    let rows = ENTRIES.iter().zip(&costs).map(|((title, _), costs)| {
        let half = median(costs.iter().map(|cost| cost.p50));
        let most = median(costs.iter().map(|cost| cost.p99));
        (*title, half, most)
    });
    table::print_entry(rows);
    Ok(())
}

/// Measures one entry in this process; prints its cost as JSON.
pub fn run_here(arguments: &EntryArguments) -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let failed = |reason: &dyn std::fmt::Display| Failure::new(format!("entering: {reason}"));
    let (_, entry) = ENTRIES
        .get(arguments.index)
        .ok_or_else(|| failed(&"there is no such entry"))?;
    let (packet, caps) = packet().ok_or_else(|| failed(&"no packet came out of framemux"))?;
    let calls = hand_over(entry, &packet, &caps, PACKETS, PAUSE)?;
    let [p50, p99] = percentiles(calls.iter().map(|call| call.took).collect());
    println!("{}", serde_json::json!(Cost { p50, p99 }));
    Ok(())
}
