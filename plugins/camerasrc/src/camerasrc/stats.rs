// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `stats`.

use std::sync::atomic::{AtomicU64, Ordering};

use super::announce;
use super::fault::Fault;
use super::receiver::Receiver;
use super::recorder::Recorded;
use super::supervisor::Report;

/// The structure of the property `stats`.
pub fn structure(report: &Report, receiver: &Receiver, recorded: &Recorded) -> gst::Structure {
    let mut structure =
        kit::stats::structure("roundhouse-camerasrc-stats", receiver.counters().iter());
    structure.set("status", report.status.word());
    structure.set("reason", report.fault.as_ref().map_or("none", Fault::word));
    announce::set_shift(&mut structure, report.fault.as_ref());
    structure.set("since", report.since.map(|since| since.to_string()));
    let (source, offset) = receiver.clock();
    structure.set("clock-source", source.word());
    if let Some(offset) = offset {
        structure.set("clock-offset", offset);
    }
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    structure.set("recorded", load(&recorded.written));
    structure.set("record-lost", load(&recorded.lost));
    structure.set("decoder", receiver.decoder().unwrap_or_default());
    structure
}
