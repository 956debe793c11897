// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is posted on the bus: warnings and announcements that are due.

use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use kit::discards::Change;
use messages::{CameraHealth, Health};
use meta::{after, health_event};

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

    /// Says on the bus which cameras are discarded as a whole, and which no longer. Where a warning has said why, it is not
    /// repeated.
    pub fn post_discards(&self, pads: &[FrameMuxPad]) {
        let changes = std::mem::take(&mut self.state().discard_changes);
        for change in changes {
            let (Change::Discarded { camera, .. } | Change::Used { camera, .. }) = &change;
            let pad = pads.iter().find(|pad| pad.imp().camera() == *camera);
            let index = pad.map(|pad| pad.imp().index());
            let mut state = self.state();
            let is_told = match (&change, index) {
                (Change::Discarded { since, reason, .. }, Some(index)) => {
                    let health = CameraHealth {
                        reason: Some(format!("all its frames are discarded: {}", reason.as_str())),
                        since: Some(*since),
                        ..CameraHealth::new(&**camera, Health::Stalled)
                    };
                    state.healths.is_seen(index, Some(health));
                    state.warnings.has_given(index, *reason)
                }
                (Change::Used { .. }, Some(index)) => {
                    state.healths.is_seen(index, None);
                    false
                }
                (_, None) => false,
            };
            drop(state);
            if is_told {
                change.announce(&*self.obj());
            } else {
                change.post(&*self.obj(), "frames");
            }
        }
    }

    /// The source of `pad` says how its camera is. The pad's name for the camera counts.
    pub fn note_health(&self, pad: &FrameMuxPad, mut health: CameraHealth) {
        health.camera = pad.imp().camera().to_string();
        self.state().healths.source_says(pad.imp().index(), health);
    }

    /// Live: tells downstream how cameras are from the packet of `time` on, where that has changed.
    pub fn push_health(&self, time: u64) {
        let base = self.utc_base(true);
        let time = after(base, gst::ClockTime::from_nseconds(time));
        let news = self.state().healths.news();
        for (index, health) in news {
            let event = health_event(index, &health, time);
            // Refused by an element that is being flushed; it stays on the pad all the same.
            self.obj().src_pad().push_event(event);
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
                if announcement == Announcement::Lost {
                    let health = CameraHealth {
                        reason: Some("its stream ended".to_owned()),
                        ..CameraHealth::new(&*pad.imp().camera(), Health::Offline)
                    };
                    self.state().healths.is_seen(index, Some(health));
                }
                self.announce(&pad.imp().camera(), announcement, time);
            }
        }
    }
}
