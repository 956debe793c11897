// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that the threads of a `flowbin` share.
//!
//! The element and its supervisor own it; workers own it while they run; pads of inner bins refer to it weakly, so that an
//! inner bin that never lets go keeps nothing but itself alive. No lock is held while something is pushed, posted, queried
//! or changes state.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gst::glib;
use gst::prelude::*;
use kit::lock;

use super::debug::CAT;
use super::inner_bin::InnerBin;
use super::input_queue::InputQueue;
use super::properties::{Settings, Status};
use super::stats::Stats;

/// What the supervisor is told.
pub enum Command {
    /// The inner bin of this generation failed, and why.
    Failed(u64, String),
    /// The text gave no inner bin when the element started, and why.
    Unplayable(String),
    /// Bring up the text as it is now, beside what runs.
    Reload,
    /// The stream ended while there is no inner bin.
    InputEnded,
    /// The element stops.
    Quit,
}

/// The inner bin that a reload brings up.
pub struct Candidate {
    /// It does not get packets yet.
    pub inner: Arc<InnerBin>,
    /// The first error in it.
    pub error: Option<String>,
}

/// Which inner bins there are, and where they are to go.
pub struct State {
    /// The inner bin that plays.
    pub running: Option<Arc<InnerBin>>,
    /// What a reload brings up.
    pub candidate: Option<Candidate>,
    /// Why the text gave no inner bin when the element started.
    pub unplayable: Option<String>,
    /// How the flow is.
    pub status: Status,
    /// The state that inner bins are brought to.
    pub target: gst::State,
    /// Inner bins made so far.
    pub generations: u64,
    /// To the supervisor, while there is one.
    pub commands: Option<Sender<Command>>,
}

/// Everything that the threads of a `flowbin` share.
pub struct Flow {
    /// The element, as the bin that it is.
    element: glib::WeakRef<gst::Bin>,
    /// The element's pad `sink`.
    pub sink_pad: gst::Pad,
    /// The element's pad `src`; on the element as soon as an inner bin has an output.
    pub src_pad: gst::Pad,
    /// What the user has set.
    pub settings: Mutex<Settings>,
    /// Packets that wait for the inner bin.
    pub input_queue: InputQueue,
    /// Which inner bins there are.
    pub state: Mutex<State>,
    /// What is counted.
    pub stats: Mutex<Stats>,
}

impl Flow {
    /// A flow without an inner bin, of an element that has these pads.
    pub fn new(sink_pad: gst::Pad, src_pad: gst::Pad) -> Self {
        Self {
            element: glib::WeakRef::new(),
            input_queue: InputQueue::new(sink_pad.clone()),
            sink_pad,
            src_pad,
            settings: Mutex::default(),
            state: Mutex::new(State {
                running: None,
                candidate: None,
                unplayable: None,
                status: Status::Stopped,
                target: gst::State::Null,
                generations: 0,
                commands: None,
            }),
            stats: Mutex::default(),
        }
    }

    /// Tells it which element it belongs to.
    pub fn set_element(&self, element: &gst::Bin) {
        self.element.set(Some(element));
    }

    /// The element; `None` once nobody needs it any more.
    pub fn element(&self) -> Option<gst::Bin> {
        self.element.upgrade()
    }

    /// The element's name, for threads.
    pub fn name(&self) -> String {
        self.element()
            .map_or_else(|| "flowbin".to_owned(), |element| element.name().into())
    }

    /// A copy of the settings.
    pub fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    /// The inner bin that plays.
    pub fn running(&self) -> Option<Arc<InnerBin>> {
        lock(&self.state).running.clone()
    }

    /// The inner bin that plays, if it is the one of this generation.
    pub fn running_as(&self, generation: u64) -> Option<Arc<InnerBin>> {
        let state = lock(&self.state);
        let running = state.running.as_ref();
        running
            .filter(|inner| inner.generation == generation)
            .cloned()
    }

    /// Sets how the flow is.
    pub fn set_status(&self, status: Status) {
        lock(&self.state).status = status;
    }

    /// Whether the element has its pad `src`.
    pub fn has_src_pad(&self) -> bool {
        self.src_pad.parent().is_some()
    }

    /// The property `stats`.
    pub fn statistics(&self) -> gst::Structure {
        let queue = self.input_queue.counts();
        lock(&self.stats).structure(queue)
    }

    /// Sends `command` to the supervisor; whether there is one.
    pub fn tell(&self, command: Command) -> bool {
        let commands = lock(&self.state).commands.clone();
        commands.is_some_and(|commands| commands.send(command).is_ok())
    }

    /// Tells the supervisor that the inner bin of this generation failed.
    pub fn fail(&self, generation: u64, reason: String) {
        self.tell(Command::Failed(generation, reason));
    }

    /// Posts the element message `roundhouse-flow` with `event`.
    pub fn announce(&self, event: &str, reason: Option<&str>, delay: Option<Duration>) {
        gst::info!(CAT, obj = self.sink_pad, "{event} {reason:?} {delay:?}");
        let mut structure = gst::Structure::builder("roundhouse-flow")
            .field("flow", self.settings().flow)
            .field("event", event);
        if let Some(reason) = reason {
            structure = structure.field("reason", reason);
        }
        if let Some(delay) = delay {
            structure = structure.field("delay", delay.as_nanos() as u64);
        }
        let Some(element) = self.element() else {
            return;
        };
        let message = gst::message::Element::builder(structure.build())
            .src(&element)
            .build();
        // Without a bus nobody wants to know.
        let _ = element.post_message(message);
    }

    /// Notes a failure and posts it: as message `roundhouse-flow` with the event `failed` and as WARNING.
    pub fn report_failure(&self, reason: &str) {
        lock(&self.stats).last_error = Some(reason.to_owned());
        self.announce("failed", Some(reason), None);
        if let Some(element) = self.element() {
            gst::element_warning!(
                element,
                gst::LibraryError::Failed,
                ("Flow {}: {reason}; the rest plays on", self.settings().flow)
            );
        }
    }

    /// Posts that the element is at the end of its stream.
    pub fn post_eos(&self) {
        if let Some(element) = self.element() {
            let eos = gst::message::Eos::builder().src(&element).build();
            // Without a bus nobody waits for the end.
            let _ = element.post_message(eos);
        }
    }
}
