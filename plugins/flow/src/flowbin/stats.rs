// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted beside the input queue's own numbers, and the property `stats`.

use super::latency::Latency;

kit::counters! {
    /// What happened since the start.
    pub struct Counters {
        /// Packets that came out of inner bins.
        out,
        /// Inner bins made anew after a failure.
        restarts,
        /// Reloads that took over.
        reloads,
        /// `DeepStream` batches that could not be copied and were left out.
        unreadable,
        /// User metas of `DeepStream` batches that cannot be copied.
        lost_metas,
    }
}

/// Counters, times and the newest error since the start.
#[derive(Debug, Default)]
pub struct Stats {
    /// What happened.
    pub counters: Counters,
    /// How long inner bins hold a packet.
    pub latency: Latency,
    /// Why the flow failed last.
    pub last_error: Option<String>,
}

impl Stats {
    /// The property `stats`; `queue` are the numbers of the input queue.
    pub fn structure(
        &self,
        queue: impl IntoIterator<Item = (&'static str, u64)>,
    ) -> gst::Structure {
        let [p50, p99] = self.latency.percentiles();
        let latency = [("latency-p50", p50), ("latency-p99", p99)];
        let numbers = queue.into_iter().chain(self.counters.iter()).chain(latency);
        let mut structure = kit::stats::structure("flowbin-stats", numbers);
        structure.set("last-error", self.last_error.as_deref());
        structure
    }
}
