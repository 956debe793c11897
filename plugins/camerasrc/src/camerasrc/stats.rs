// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted, and the property `stats`.

use super::receiver::Receiver;
use super::supervisor::Report;

kit::counters! {
    /// Counters since the element was started. Every picture that was decoded is either `out`, or counted by the reason why not.
    pub struct Counters {
        /// Pictures that were decoded.
        pictures,
        /// Pictures that were sent on.
        out,
        /// Encoded pictures that `max-rate` kept from the decoder.
        skipped_encoded,
        /// Decoded pictures that `max-rate` left out.
        skipped,
        /// Pictures that what follows was too slow for.
        overrun,
        /// Pictures of a time that was already told to be a gap.
        in_gap,
        /// Pictures whose time was not plausible, so that it was taken from the clock.
        reanchored,
        /// Pictures whose time by the camera's clock was not plausible, so that it was taken off.
        clock_refused,
        /// Gaps that were told.
        gaps,
        /// Encoded bytes that came.
        bytes,
        /// Attempts to connect.
        attempts,
        /// Connections that gave a picture.
        connections,
        /// Connections that were lost after a picture, and attempts that failed.
        losses,
    }
}

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
