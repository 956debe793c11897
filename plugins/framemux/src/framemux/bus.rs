// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is posted on the bus: warnings and announcements that are due.

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::FrameMuxPad;
use super::announcements::Announcement;
use super::state::{CAT, FrameMux};

impl FrameMux {
    /// Posts the warnings that are due.
    pub fn post_warnings(&self, pads: &[FrameMuxPad]) {
        let warnings = self.state().warnings.take();
        for (index, warning) in warnings {
            let Some(pad) = pads.iter().find(|pad| pad.imp().index() == index) else {
                continue;
            };
            let sentence = warning.sentence(&pad.imp().camera(), &pad.name());
            gst::element_imp_warning!(self, warning.domain(), ["{sentence}"]);
        }
    }

    /// Says on the bus what became of `camera` at running time `time`.
    pub fn announce(&self, camera: &str, announcement: Announcement, time: u64) {
        gst::info!(
            CAT,
            imp = self,
            "camera {camera} at {time} ns: {announcement:?}"
        );
        let message = gst::message::Element::builder(announcement.structure(camera, time))
            .src(&*self.obj())
            .build();
        if self.obj().post_message(message).is_err() {
            gst::debug!(
                CAT,
                imp = self,
                "no bus for the message about camera {camera}"
            );
        }
    }

    /// Posts the announcements that are due.
    pub fn post_announcements(&self, pads: &[FrameMuxPad]) {
        let announcements = std::mem::take(&mut self.state().announcements);
        for (index, announcement, time) in announcements {
            if let Some(pad) = pads.iter().find(|pad| pad.imp().index() == index) {
                self.announce(&pad.imp().camera(), announcement, time);
            }
        }
    }
}
