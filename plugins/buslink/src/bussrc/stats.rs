// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `stats`.

use bus::InboxStats;

counters::counters! {
    /// What the element itself counts.
    pub struct Counters {
        /// Buffers that were put out.
        buffers,
        /// Messages that could not be understood.
        errors,
        /// Slots of packets that did not arrive.
        incomplete,
    }
}

/// The value of the property.
pub fn structure(counters: Counters, inbox: &InboxStats) -> gst::Structure {
    let numbers = counters
        .iter()
        .chain(inbox.counters.iter())
        .chain(inbox.refused.iter())
        .chain([
            ("waiting", inbox.waiting),
            ("waiting-bytes", inbox.waiting_bytes),
            ("reconnects", inbox.link.reconnects),
        ]);
    let mut structure = kit::stats::structure("bussrc-stats", numbers);
    structure.set("connected", inbox.link.connected);
    structure.set("last-error", &inbox.link.last_fault);
    structure
}
