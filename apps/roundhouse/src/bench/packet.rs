// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is handed to an element that is measured: a packet of a hall, by a thread of its own.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use gst::prelude::*;

use super::usage::preemptions;
use crate::failure::{Failure, Outcome};

/// Longer than making a packet takes.
const HANG: Duration = Duration::from_secs(20);

/// How long one call took.
pub struct Call {
    /// Time on the wall, µs.
    pub took: f64,
    /// Whether the system took the processor away from the thread meanwhile: the time says little then.
    pub preempted: bool,
}

/// A packet of eight frames of 960x540, with its caps.
pub fn packet() -> Option<(gst::Buffer, gst::Caps)> {
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
    let packet = packets.recv_timeout(HANG).ok();
    let _ = pipeline.set_state(gst::State::Null);
    packet
}

/// Hands `buffer` so many times to the element `entry` of `description`, with a pause behind each: how long each took.
pub fn hand_over(
    description: &str,
    buffer: &gst::Buffer,
    caps: &gst::Caps,
    times: usize,
    pause: Duration,
) -> Outcome<Vec<Call>> {
    let failed = |reason: &dyn std::fmt::Display| Failure::new(format!("entering: {reason}"));
    let pipeline = gst::Pipeline::new();
    let bin =
        gst::parse::bin_from_description(description, false).map_err(|error| failed(&error))?;
    pipeline.add(&bin).map_err(|error| failed(&error))?;
    let entry = bin.by_name("entry");
    let sink = entry.and_then(|entry| entry.static_pad("sink"));
    let sink = sink.ok_or_else(|| failed(&"no entry"))?;
    let source = gst::Pad::builder(gst::PadDirection::Src)
        .query_function(|pad, parent, query| {
            if let gst::QueryViewMut::Latency(latency) = query.view_mut() {
                latency.set(true, gst::ClockTime::ZERO, gst::ClockTime::NONE);
                return true;
            }
            gst::Pad::query_default(pad, parent, query)
        })
        .build();
    source.link(&sink).map_err(|error| failed(&error))?;
    source.set_active(true).map_err(|error| failed(&error))?;
    pipeline
        .set_state(gst::State::Playing)
        .map_err(|error| failed(&error))?;
    source.push_event(gst::event::StreamStart::new("entry"));
    source.push_event(gst::event::Caps::new(caps));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    source.push_event(gst::event::Segment::new(&segment));
    let mut calls = Vec::with_capacity(times);
    for _ in 0..times {
        let buffer = buffer.clone();
        let before = preemptions()?;
        let start = Instant::now();
        source.push(buffer).map_err(|error| failed(&error))?;
        let took = start.elapsed().as_secs_f64() * 1e6;
        let preempted = preemptions()? != before;
        calls.push(Call { took, preempted });
        std::thread::sleep(pause);
    }
    let _ = pipeline.set_state(gst::State::Null);
    Ok(calls)
}
