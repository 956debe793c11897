// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a report arrives, and what is reported of cameras that do not deliver.

use messages::{CameraHealth, Data, Event, Health, Timestamp};

use crate::draw::Draw;
use crate::faults::Fate;
use crate::kind::Delay;

/// When every scenario starts: 2026-03-01T06:00:00Z.
pub const START: Timestamp = Timestamp::from_nanos(1_772_344_800_000_000_000);

/// How long after a camera's death or return it is known, s.
const NOTICED: f64 = 2.0;
/// Time in which what piled up comes in after a backlog, s.
const BACKLOG_CLEARED: f64 = 0.3;

/// When a report made at `t` arrives.
pub(crate) fn arrival(delay: &Delay, fate: &Fate, t: f64, draw: &mut Draw) -> f64 {
    let arrival = t + fate.delay + draw.exponential(delay.exponential);
    let backlog = fate
        .backlogs
        .iter()
        .find(|span| (span.0..span.1).contains(&arrival));
    match backlog {
        Some(span) => span.1 + BACKLOG_CLEARED * (arrival - span.0) / (span.1 - span.0),
        None => arrival,
    }
}

/// What is reported about the health of a camera.
pub(crate) fn health(camera: &str, fate: &Fate, source: &str) -> Vec<Event> {
    let reported = fate.outages.iter().filter(|(_, reported)| *reported);
    let changes =
        reported.flat_map(|(span, _)| [(span.0, Health::Offline), (span.1, Health::Online)]);
    changes
        .enumerate()
        .map(|(index, (t, health))| Event {
            id: format!("1-{}", index + 1),
            source: source.to_owned(),
            subject: Some(format!("camera/{camera}")),
            time: instant(t + NOTICED),
            received: Some(instant(t + NOTICED)),
            recorded: None,
            flow: "prod".to_owned(),
            data: Data::Health(CameraHealth::new(camera, health)),
        })
        .collect()
}

/// `t` seconds after the start, in whole milliseconds.
pub(crate) fn instant(t: f64) -> Timestamp {
    START.saturating_add((t * 1e3).round() as i64 * 1_000_000)
}
