// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long the stream is held up by handing one packet of eight frames to a flow.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use clap::Args;
use gst::prelude::*;
use serde::{Deserialize, Serialize};

use super::table;
use crate::bench::child::{output_of, this_program};
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
    let pipeline = gst::Pipeline::new();
    let bin = gst::parse::bin_from_description(entry, false).map_err(|error| failed(&error))?;
    pipeline.add(&bin).map_err(|error| failed(&error))?;
    let sink = bin
        .by_name("entry")
        .and_then(|entry| entry.static_pad("sink"));
    let sink = sink.ok_or_else(|| failed(&"no entry"))?;
    let source = gst::Pad::new(gst::PadDirection::Src);
    source.link(&sink).map_err(|error| failed(&error))?;
    source.set_active(true).map_err(|error| failed(&error))?;
    pipeline
        .set_state(gst::State::Playing)
        .map_err(|error| failed(&error))?;
    source.push_event(gst::event::StreamStart::new("entry"));
    source.push_event(gst::event::Caps::new(&caps));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    source.push_event(gst::event::Segment::new(&segment));
    let mut took = Vec::with_capacity(PACKETS);
    for _ in 0..PACKETS {
        let packet = packet.clone();
        let start = Instant::now();
        source.push(packet).map_err(|error| failed(&error))?;
        took.push(start.elapsed().as_secs_f64() * 1e6);
        std::thread::sleep(PAUSE);
    }
    let _ = pipeline.set_state(gst::State::Null);
    let [p50, p99] = percentiles(took);
    println!("{}", serde_json::json!(Cost { p50, p99 }));
    Ok(())
}

/// A packet of eight frames of 960x540, with its caps.
fn packet() -> Option<(gst::Buffer, gst::Caps)> {
    let cameras: String = (0..8)
        .map(|index| {
            format!("videotestsrc num-buffers=2 ! video/x-raw,format=I420,width=960,height=540,framerate=5/1 ! mux.sink_{index} ")
        })
        .collect();
    let description = format!("framemux name=mux ! fakesink name=out {cameras}");
    let pipeline = gst::parse::launch(&description).ok()?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().ok()?;
    let pad = pipeline.by_name("out")?.static_pad("sink")?;
    let (send, packets) = channel();
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        if let (Some(buffer), Some(caps)) = (info.buffer(), pad.current_caps()) {
            // Only the first one is taken.
            let _ = send.send((buffer.clone(), caps));
        }
        gst::PadProbeReturn::Ok
    });
    pipeline.set_state(gst::State::Playing).ok()?;
    let packet = packets.recv_timeout(Duration::from_secs(20)).ok();
    let _ = pipeline.set_state(gst::State::Null);
    packet
}
