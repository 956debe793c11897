// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties `stats` of the element and of its pads.

use gst::prelude::*;
use gst::subclass::prelude::*;

use super::state::FrameMux;

impl FrameMux {
    /// What became of the frames of camera `index`, whose name is `camera`.
    pub fn camera_stats(&self, index: u32, camera: &str) -> gst::Structure {
        let (counters, silent, discarded) = {
            let state = self.state();
            (
                state.collector.counters(index),
                state.collector.is_silent(index),
                state.discards.is_told(camera),
            )
        };
        let mut stats = kit::stats::structure("roundhouse-camera-stats", counters.iter());
        stats.set("camera", camera);
        stats.set("source", index);
        stats.set("silent", silent);
        stats.set("discarded", discarded);
        stats
    }

    /// The number of packets and the stats of all cameras.
    pub fn stats(&self) -> gst::Structure {
        let cameras = self.pads().into_iter().map(|pad| {
            let pad = pad.imp();
            self.camera_stats(pad.index(), &pad.camera())
                .to_send_value()
        });
        let cameras = gst::Array::from_values(cameras);
        gst::Structure::builder("roundhouse-framemux-stats")
            .field("packets", self.state().collector.packets())
            .field("cameras", cameras)
            .build()
    }
}
