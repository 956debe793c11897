// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether what enters a pipeline also gets through it.
//!
//! A pipeline is stuck if frames reach its aggregator and, from one look to the next, nothing reaches its end. Silent
//! cameras do not make it stuck: a restart would not help them. The end is `fsefuse`, whose states come by the clock and prove
//! nothing; in a pipeline without it, the sinks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gst::glib;
use gst::prelude::*;

use super::lost_cameras::aggregator_pads;

/// What takes packets and gives something else.
const FUSION: &str = "fsefuse";

/// Counts what enters a pipeline and what gets through.
pub struct Throughput {
    /// `None` once it is over.
    pipeline: Option<gst::glib::WeakRef<gst::Pipeline>>,
    entered: Arc<AtomicU64>,
    through: Arc<AtomicU64>,
    /// The pads at its end that are counted. A flow that is reloaded has new ones.
    ends: Vec<glib::WeakRef<gst::Pad>>,
    balance: Balance,
}

/// What a look finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Frames come in and nothing gets through.
    pub stuck: bool,
    /// So for the first time.
    pub newly: bool,
}

/// What was counted when something last got through.
#[derive(Debug, Default)]
struct Balance {
    entered: u64,
    through: u64,
    stuck: bool,
}

impl Throughput {
    /// Counts from now on.
    pub fn new(pipeline: &gst::Pipeline) -> Self {
        let throughput = Self {
            pipeline: Some(pipeline.downgrade()),
            entered: Arc::default(),
            through: Arc::default(),
            ends: Vec::new(),
            balance: Balance::default(),
        };
        for pad in aggregator_pads(pipeline) {
            count(&pad, &throughput.entered);
        }
        throughput
    }

    /// How it is now, compared with the look before.
    pub fn look(&mut self) -> Look {
        let pipeline = self.pipeline.as_ref().and_then(glib::WeakRef::upgrade);
        let Some(pipeline) = pipeline else {
            return Look::default();
        };
        let is_new = self.count_ends(&pipeline);
        let entered = self.entered.load(Ordering::Relaxed);
        let through = self.through.load(Ordering::Relaxed);
        self.balance.look(entered, through, is_new)
    }

    /// The pipeline is over: nothing is expected of it.
    pub fn close(&mut self) {
        self.pipeline = None;
    }

    /// Counts at the pads of the pipeline's end; whether any was not counted before.
    fn count_ends(&mut self, pipeline: &gst::Pipeline) -> bool {
        let known: Vec<gst::Pad> = self
            .ends
            .iter()
            .filter_map(glib::WeakRef::upgrade)
            .collect();
        let ends = ends(pipeline);
        let new: Vec<_> = ends.iter().filter(|pad| !known.contains(pad)).collect();
        for pad in &new {
            count(pad, &self.through);
        }
        let is_new = !new.is_empty();
        self.ends = ends.iter().map(ObjectExt::downgrade).collect();
        is_new
    }
}

impl Balance {
    /// Compares the counts with those of the look before. Pads that are new have not counted all of the time.
    fn look(&mut self, entered: u64, through: u64, is_new: bool) -> Look {
        if is_new || through != self.through {
            (self.entered, self.through) = (entered, through);
        }
        let stuck = entered != self.entered;
        let newly = stuck && !self.stuck;
        self.stuck = stuck;
        Look { stuck, newly }
    }
}

/// The pads at which packets end.
fn ends(pipeline: &gst::Pipeline) -> Vec<gst::Pad> {
    let elements = pipeline.iterate_recurse().into_iter().flatten();
    let fusions = elements.filter(|element| {
        let factory = element.factory();
        factory.is_some_and(|factory| factory.name() == FUSION)
    });
    let pads: Vec<gst::Pad> = fusions.flat_map(|fusion| fusion.sink_pads()).collect();
    if !pads.is_empty() {
        return pads;
    }
    let sinks = pipeline.iterate_sinks().into_iter().flatten();
    sinks.flat_map(|sink| sink.sink_pads()).collect()
}

/// Counts the buffers that come to `pad`.
fn count(pad: &gst::Pad, counter: &Arc<AtomicU64>) {
    let counter = Arc::clone(counter);
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST;
    pad.add_probe(kinds, move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        gst::PadProbeReturn::Ok
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_do_not_get_through_are_found_at_the_next_look() {
        let mut balance = Balance::default();
        let mut look = |entered, through| balance.look(entered, through, false);
        let (stuck, goes) = (true, Look::default());
        assert_eq!(look(0, 0), goes, "no camera has come yet");
        assert_eq!(look(10, 5), goes);
        assert_eq!(look(20, 5), Look { stuck, newly: true });
        assert_eq!(
            look(20, 5),
            Look {
                stuck,
                newly: false
            },
            "nothing fits in any more"
        );
        assert_eq!(look(22, 6), goes);
        assert_eq!(look(22, 6), goes, "all cameras are silent");
    }

    #[test]
    fn a_flow_that_was_reloaded_gets_time() {
        let mut balance = Balance::default();
        assert!(!balance.look(10, 0, true).stuck);
        assert!(balance.look(20, 0, false).stuck);
    }

    #[test]
    fn without_an_aggregator_nothing_is_expected() {
        gst::init().unwrap();
        let pipeline = gst::parse::launch("fakesrc ! fakesink").unwrap();
        let mut throughput = Throughput::new(pipeline.downcast_ref().unwrap());
        assert_eq!([throughput.look(), throughput.look()], [Look::default(); 2]);
    }
}
