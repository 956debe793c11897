// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `stats`.

use bus::OutboxStats;

counters::counters! {
    /// What the element itself counts.
    pub struct Counters {
        /// Buffers that were taken.
        buffers,
        /// Buffers that could not be sent.
        errors,
        /// Buffers that gave way to newer ones because making messages is slower than the stream.
        dropped_unmade,
        /// Raw results of networks on frames, which do not cross the bus.
        tensors_left_behind,
    }
}

/// The value of the property.
pub fn structure(counters: Counters, outbox: &OutboxStats) -> gst::Structure {
    let numbers = counters
        .iter()
        .chain(outbox.counters.iter())
        .chain(outbox.refused.iter())
        .chain([
            ("waiting", outbox.waiting),
            ("waiting-bytes", outbox.waiting_bytes),
            ("reconnects", outbox.link.reconnects),
        ]);
    let mut structure = kit::stats::structure("bussink-stats", numbers);
    if let Some(spool) = &outbox.spool {
        structure.set("spool-bytes", spool.bytes);
        structure.set(
            "spool-oldest-s",
            spool.oldest.map_or(0, |oldest| oldest.as_secs()),
        );
        structure.set("spool-damaged", spool.damaged);
        structure.set("spool-error", &spool.fault);
    }
    structure.set("connected", outbox.link.connected);
    structure.set("last-error", &outbox.link.last_fault);
    structure
}
