// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bin that plays inside, with a pad of `flowbin` on either side of it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gst::prelude::*;
use kit::lock;

/// How far an inner bin is with its packets.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Progress {
    /// A packet is being pushed in since then.
    pub pushing: Option<Instant>,
    /// Packets went in and nothing came out since then.
    pub waiting: Option<Instant>,
    /// What comes out waits for the stream behind `flowbin`.
    pub held_downstream: bool,
    /// The end of the stream was sent in: the stream's own, or because the inner bin is replaced.
    pub eos_sent: bool,
    /// It is being replaced: its end goes no further.
    pub draining: bool,
    /// Its end has come out.
    pub eos_seen: bool,
    /// Its worker feeds it no longer.
    pub worker_ended: bool,
    /// The sticky events of its output have been passed on.
    pub sticky_events_sent: bool,
}

/// One inner bin and its two pads.
pub struct InnerBin {
    /// Counts the inner bins of a `flowbin`.
    pub generation: u64,
    /// The elements.
    pub bin: gst::Bin,
    /// Feeds it.
    pub input: gst::Pad,
    /// Takes what comes out, if it has an open output.
    pub output: Option<gst::Pad>,
    /// When it was made.
    pub since: Instant,
    progress: Mutex<Progress>,
    changed: Condvar,
}

impl InnerBin {
    /// An inner bin of `bin`, whose open pads are its static pads; `output` is of use only if one of them is a source.
    pub fn new(
        generation: u64,
        bin: gst::Bin,
        input: gst::Pad,
        output: gst::Pad,
    ) -> Result<Self, String> {
        if bin.static_pad("sink").is_none() {
            return Err("the text has no open sink pad: begin it with an element whose input is not linked, such as 'queue ! …'".to_owned());
        }
        let output = bin.static_pad("src").map(|_| output);
        // Pads without a parent and without an activation of their own do not refuse.
        let _ = input.set_active(true);
        output.as_ref().map(|output| output.set_active(true));
        Ok(Self {
            generation,
            bin,
            input,
            output,
            since: Instant::now(),
            progress: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Links it with its pads, once it is in its element: a bin removes every link from what is added to it.
    pub fn link(&self) -> Result<(), String> {
        if let Some(sink) = self.bin.static_pad("sink") {
            self.input
                .link(&sink)
                .map_err(|error| format!("the input cannot be linked: {error}"))?;
        }
        if let (Some(source), Some(output)) = (self.bin.static_pad("src"), &self.output) {
            source
                .link(output)
                .map_err(|error| format!("the output cannot be linked: {error}"))?;
        }
        Ok(())
    }

    /// How far it is with its packets.
    pub fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Changes the progress and wakes who waits for it.
    pub fn note(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress());
        self.changed.notify_all();
    }

    /// Waits until `reached` holds, at most for `limit`; whether it does.
    pub fn wait_for(&self, limit: Duration, reached: impl Fn(&Progress) -> bool) -> bool {
        let result = self
            .changed
            .wait_timeout_while(self.progress(), limit, |progress| !reached(progress));
        let (progress, _) = result.unwrap_or_else(PoisonError::into_inner);
        reached(&progress)
    }

    /// Whether it holds a packet, or has put nothing out, for longer than `limit` through its own fault.
    pub fn is_stalled(&self, limit: Duration) -> bool {
        let progress = self.progress();
        let since = if self.output.is_some() {
            progress.waiting.or(progress.pushing)
        } else {
            progress.pushing
        };
        !progress.held_downstream && since.is_some_and(|since| since.elapsed() > limit)
    }

    /// Whether something inside is an end of the pipeline.
    pub fn has_sinks(&self) -> bool {
        self.bin.element_flags().contains(gst::ElementFlags::SINK)
    }

    /// Brings it to NULL; may take for ever.
    pub fn shut_down(&self) {
        // What does not go to NULL cannot be helped.
        let _ = self.bin.set_state(gst::State::Null);
        let _ = self.input.set_active(false);
        self.output.as_ref().map(|output| output.set_active(false));
    }
}
