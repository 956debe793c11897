// SPDX-License-Identifier: MIT OR Apache-2.0
//! How soon a camera that was away gives a fresh frame again.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use gst::prelude::*;

use crate::bench::percentiles::percentiles;
use crate::bench::simulation::Simulation;
use crate::bench::verdict::verdict;
use crate::failure::{Failure, Outcome};

/// Longest wait between attempts to connect.
const RETRY: Duration = Duration::from_secs(1);
/// Distance of the simulated camera's key pictures.
const KEY_DISTANCE: Duration = Duration::from_secs(1);
/// What connecting may take besides.
const CONNECT: Duration = Duration::from_secs(2);
/// The camera is away for this time at least, ...
const AWAY: Duration = Duration::from_secs(2);
/// ... and for up to this much longer, by turns, so that it does not come back in step with the attempts.
const AWAY_MORE: Duration = Duration::from_secs(3);
/// Longest wait for a frame.
const PATIENCE: Duration = Duration::from_mins(1);

/// Kills and restarts a camera so many times and prints how long it took; the limit, if it is missed.
pub fn measure(clips: &Path, returns: u32) -> Outcome<Option<String>> {
    let mut simulation = Simulation::start(clips, 1, 5.0, None)?;
    let failed = |reason: &dyn std::fmt::Display| Failure::new(format!("camerasrc: {reason}"));
    gst::init().map_err(|error| failed(&error))?;
    let description = format!(
        "camerasrc name=camera uri={} max-retry-interval={} ! fakesink sync=false async=false",
        simulation.uris[0],
        RETRY.as_nanos()
    );
    let pipeline = gst::parse::launch(&description).map_err(|error| failed(&error))?;
    let pipeline = pipeline
        .downcast::<gst::Pipeline>()
        .map_err(|_| failed(&"no pipeline"))?;
    let frames = frames(&pipeline).ok_or_else(|| failed(&"no pad"))?;
    pipeline
        .set_state(gst::State::Playing)
        .map_err(|error| failed(&error))?;
    let took = all(&mut simulation, &frames, returns);
    // Whether it stops well is not what is measured.
    let _ = pipeline.set_state(gst::State::Null);
    Ok(print(took?))
}

/// When each frame came.
fn frames(pipeline: &gst::Pipeline) -> Option<Receiver<Instant>> {
    let pad = pipeline.by_name("camera")?.static_pad("src")?;
    let (frame, frames) = channel();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        // Nobody listens at the end.
        let _ = frame.send(Instant::now());
        gst::PadProbeReturn::Ok
    });
    Some(frames)
}

/// Seconds from the moment at which the camera listens again to its first frame, each time.
fn all(simulation: &mut Simulation, frames: &Receiver<Instant>, returns: u32) -> Outcome<Vec<f64>> {
    first_after(frames, Instant::now())?;
    let mut took = Vec::new();
    for turn in 0..returns {
        eprintln!("bench: return {} of {returns}", turn + 1);
        simulation.command("C1 kill")?;
        // The golden ratio spreads the turns evenly.
        let share = (f64::from(turn) * 0.618_034).fract();
        std::thread::sleep(AWAY + AWAY_MORE.mul_f64(share));
        simulation.command("C1 restart")?;
        let back = Instant::now();
        let frame = first_after(frames, back)?;
        took.push((frame - back).as_secs_f64());
    }
    Ok(took)
}

/// When the first frame after `since` came.
fn first_after(frames: &Receiver<Instant>, since: Instant) -> Outcome<Instant> {
    loop {
        let frame = frames
            .recv_timeout(PATIENCE)
            .map_err(|_| Failure::new("camerasrc: the camera listens, but no frame comes"))?;
        if frame > since {
            return Ok(frame);
        }
    }
}

/// Prints how long it took; the limit, if it is missed.
fn print(took: Vec<f64>) -> Option<String> {
    let limit = (RETRY + CONNECT + KEY_DISTANCE).as_secs_f64();
    let count = took.len();
    let [half, most] = percentiles(took);
    let missed =
        (half > limit).then(|| format!("first frame of a camera that is back, {half:.1} s"));
    println!(
        "| a camera is back: its first frame after | median, s | slowest of {count}, s | median at most, s |"
    );
    println!("|---|--:|--:|--:|");
    println!("| `camerasrc` | {half:.2} | {most:.2} | {limit:.0} |");
    println!(
        "\nThe limit is the longest retry interval ({} s), the distance of key pictures ({} s) and {} s: {}.\n",
        RETRY.as_secs(),
        KEY_DISTANCE.as_secs(),
        CONNECT.as_secs(),
        verdict(missed.is_none())
    );
    missed
}
