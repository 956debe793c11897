// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long the stream is held up by handing something to `bussink`.

use std::path::Path;
use std::time::Duration;

use crate::bench::packet::{Call, hand_over, packet};
use crate::bench::percentiles::median;
use crate::failure::{Failure, Outcome};

/// A position report as `locoposition` writes it.
const REPORT: &str = r#"{"specversion":"1.0","id":"1-17","source":"/demo/locoposition/prod/C1","type":"com.roundhouse.position-report.v1","subject":"camera/C1","time":"2026-03-01T06:00:03.412Z","flow":"prod","data":{"camera":"C1","frame":17,"ends":[{"track":"T1","s":12.345,"sigma":0.12,"faces":"up","confidence":0.9731},{"track":"T1","s":31.02,"sigma":0.2,"faces":"down","confidence":0.91}],"bodies":[{"track":"T1","from":12.345,"to":31.02,"confidence":0.88}],"covers":[{"track":"T1","from":0.0,"to":60.0}]}}"#;
/// Documents, and the time between two of them.
const DOCUMENTS: (usize, Duration) = (4000, Duration::from_millis(1));
/// Packets, and the time between two of them: longer than encoding their frames takes.
const PACKETS: (usize, Duration) = (100, Duration::from_millis(100));

/// So many undisturbed calls say something.
const LEAST: usize = 20;

/// The simplest element: what handing over costs in any case.
const SIMPLEST: &str = "fakesink name=entry sync=false async=false";

/// How long a document holds the stream up, µs: half of all no longer than this. Behind it the same of the simplest element.
pub fn documents(address: &str) -> Outcome<[f64; 2]> {
    start()?;
    let caps = gst::Caps::new_empty_simple("application/x-roundhouse-report");
    let document = gst::Buffer::from_slice(format!("{REPORT}\n"));
    let description = format!("bussink name=entry uri={address}");
    middles(&description, &document, &caps, DOCUMENTS)
}

/// The same of a packet of eight frames that are sent as references to JPEG in a store.
pub fn pictures(address: &str, facility: &Path) -> Outcome<[f64; 2]> {
    start()?;
    let (packet, caps) =
        packet().ok_or_else(|| Failure::new("entering: no packet came out of framemux"))?;
    let scratch = tempfile::tempdir();
    let scratch = scratch.map_err(|error| Failure::file(&std::env::temp_dir(), &error))?;
    let description = format!(
        "bussink name=entry uri={address} facility={} jpeg-quality=85 image-store=dir://{}",
        facility.display(),
        scratch.path().display()
    );
    middles(&description, &packet, &caps, PACKETS)
}

/// The times of the element that is described, and of the simplest one.
fn middles(
    description: &str,
    buffer: &gst::Buffer,
    caps: &gst::Caps,
    (times, pause): (usize, Duration),
) -> Outcome<[f64; 2]> {
    let of = |description| middle(&hand_over(description, buffer, caps, times, pause)?);
    Ok([of(description)?, of(SIMPLEST)?])
}

/// The time that half of the calls do not exceed, µs; of those that nothing else on this machine held up.
fn middle(calls: &[Call]) -> Outcome<f64> {
    let undisturbed: Vec<&Call> = calls.iter().filter(|call| !call.preempted).collect();
    if undisturbed.len() < LEAST {
        return Err(Failure::new(format!(
            "bussink: of {} calls all but {} were disturbed by other programs: measure when this computer is less busy",
            calls.len(),
            undisturbed.len()
        )));
    }
    Ok(median(undisturbed.iter().map(|call| call.took)))
}

/// Starts `GStreamer`.
fn start() -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))
}
