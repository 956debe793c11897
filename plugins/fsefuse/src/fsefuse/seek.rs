// SPDX-License-Identifier: MIT OR Apache-2.0
//! Flushing seeks: every input is sought, and when the last one has been flushed the fusion begins a new history.
//!
//! A flush that no seek through the source pad has caused concerns its own input alone; nothing behind `fsefuse` sees it.

use gst::prelude::*;
use gst::subclass::prelude::*;
use kit::lock;

use super::imp::{CAT, FseFuse};
use crate::inputs::Merging;

impl FseFuse {
    /// Seeks all inputs; whether one of them followed. Live inputs cannot be sought.
    pub(super) fn seek(&self, event: &gst::Event) -> bool {
        if self.queue.merging() == Some(Merging::Eager) {
            gst::debug!(CAT, imp = self, "seek refused: the inputs are live");
            return false;
        }
        let pads = lock(&self.pads).clone();
        self.queue
            .change(|queue| queue.expect_flush(pads.keys().copied()));
        let mut done = false;
        for (number, pad) in &pads {
            if pad.push_event(event.clone()) {
                done = true;
                continue;
            }
            gst::debug!(CAT, obj = pad, "the input does not follow the seek");
            if self.queue.change(|queue| queue.expect_no_flush(*number)) {
                self.end_seek(
                    gst::event::FlushStop::builder(true)
                        .seqnum(event.seqnum())
                        .build(),
                );
            }
        }
        done
    }

    /// An input's flush begins.
    pub(super) fn flush_start(&self, number: u32, event: gst::Event) {
        if self.queue.change(|queue| queue.flush_start(number)) {
            self.begin_seek(event);
        }
    }

    /// An input's flush ends.
    pub(super) fn flush_stop(&self, number: u32, event: gst::Event) {
        if self.queue.change(|queue| queue.flush_stop(number)) {
            self.end_seek(event);
        }
    }

    /// The first input is flushed: nothing from before the seek may come out any more.
    fn begin_seek(&self, flush_start: gst::Event) {
        gst::debug!(CAT, imp = self, "seek begins");
        self.src_pad.push_event(flush_start);
        if let Err(error) = self.src_pad.stop_task() {
            gst::warning!(CAT, imp = self, "{error}");
        }
    }

    /// The last input is flushed: the fusion begins a new history.
    fn end_seek(&self, flush_stop: gst::Event) {
        gst::debug!(CAT, imp = self, "seek ends");
        if let Some(run) = lock(&self.run).as_mut() {
            run.begin_again();
        }
        self.src_pad.push_event(flush_stop);
        if let Err(error) = self.start_task() {
            gst::element_imp_error!(
                self,
                gst::CoreError::Thread,
                ("Cannot go on after a seek: {error}")
            );
        }
    }
}
