// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames that could not be inferred are counted, and the user is told.

use gst::subclass::prelude::*;
use kit::discards::{Change, DiscardWatch};
use kit::lock;

use super::imp::{CAT, OrtInfer};
use super::stats::{Failure, Outcome};
use super::warnings;

impl OrtInfer {
    /// Counts what became of a frame, and tells of a camera all of whose frames are discarded.
    pub(super) fn follow(&self, watch: &mut DiscardWatch, outcome: Outcome) {
        let Outcome { frame, failure } = outcome;
        let change = match (frame, failure) {
            (Some((camera, time)), None) => watch.used(&camera, time),
            (Some((camera, time)), Some((failure, problem))) => {
                self.fail(failure, &problem);
                let reason = failure.reason();
                reason.and_then(|reason| watch.discarded(&camera, time, reason, || problem))
            }
            (None, Some((failure, problem))) => {
                self.fail(failure, &problem);
                None
            }
            (None, None) => None,
        };
        self.tell(change);
    }

    /// Tells what has become of cameras.
    pub(super) fn tell(&self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            change.post(&*self.obj(), "frames");
        }
    }

    /// Counts a frame that could not be inferred; a warning is posted for the first one of each kind.
    pub(super) fn fail(&self, failure: Failure, problem: &str) {
        // Of a format the camera's own message tells.
        if lock(&self.stats).fail(failure) && failure != Failure::Format {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Decode,
                ("{}", warnings::not_inferred(problem))
            );
        } else {
            gst::debug!(CAT, imp = self, "frame not inferred: {problem}");
        }
    }
}
