// SPDX-License-Identifier: MIT OR Apache-2.0
//! Element messages `roundhouse-camera`: what became of a camera.

use super::camera::Presence;

/// What became of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// It delivers no frames, or delivers again.
    Presence(Presence),
    /// Live: its stream ended.
    Lost,
    /// Recordings: the packets wait for it.
    Awaited,
    /// Its clock stepped; its times are moved by so many nanoseconds.
    Reanchored {
        /// Nanoseconds.
        by: i64,
    },
}

impl Announcement {
    /// The field `state` of the message.
    fn state(self) -> &'static str {
        match self {
            Self::Presence(Presence::Silent) => "silent",
            Self::Presence(Presence::Returned) => "returned",
            Self::Lost => "lost",
            Self::Awaited => "awaited",
            Self::Reanchored { .. } => "re-anchored",
        }
    }

    /// The message about `camera` at running time `time`, nanoseconds.
    pub fn structure(self, camera: &str, time: u64) -> gst::Structure {
        let structure = gst::Structure::builder("roundhouse-camera")
            .field("camera", camera)
            .field("state", self.state())
            .field("running-time", gst::ClockTime::from_nseconds(time))
            .field("message", self.sentence(camera));
        match self {
            Self::Presence(_) | Self::Awaited => structure,
            Self::Lost => structure.field("reason", "its stream ended"),
            Self::Reanchored { by } => structure.field("shift", by),
        }
        .build()
    }

    /// What people are told about `camera`.
    fn sentence(self, camera: &str) -> String {
        match self {
            Self::Presence(Presence::Silent) => format!("camera {camera} is silent"),
            Self::Presence(Presence::Returned) => format!("camera {camera} is back"),
            Self::Lost => format!("camera {camera} is lost: its stream ended"),
            Self::Awaited => format!("camera {camera} sends nothing: all others wait for it"),
            Self::Reanchored { by } => format!(
                "the times of camera {camera} stepped: they are moved by {:+.3} s from now on",
                by as f64 / 1e9
            ),
        }
    }
}
