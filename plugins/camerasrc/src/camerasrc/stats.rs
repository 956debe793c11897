// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `stats`.

use super::receiver::Receiver;
use super::supervisor::Report;

/// The structure of the property `stats`.
pub fn structure(report: &Report, receiver: &Receiver) -> gst::Structure {
    let mut structure =
        kit::stats::structure("roundhouse-camerasrc-stats", receiver.counters().iter());
    structure.set("status", report.status.word());
    structure.set(
        "reason",
        report.loss.as_ref().map_or("none", super::loss::Loss::word),
    );
    structure.set("since", report.since.clone());
    let (source, offset) = receiver.clock();
    structure.set("clock-source", source.word());
    if let Some(offset) = offset {
        structure.set("clock-offset", offset);
    }
    structure.set("decoder", receiver.decoder().unwrap_or_default());
    structure
}
