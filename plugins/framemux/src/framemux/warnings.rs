// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user is told about a camera's frames that had to be dropped: once per camera and kind, with the remedy.

use std::collections::HashSet;

use kit::discards::Reason;

/// Why frames of a camera are dropped.
#[derive(Debug, Clone, Copy)]
pub enum Warning {
    /// The caps are no picture format.
    Caps,
    /// Frames have no time.
    Untimed,
    /// A frame does not hold what its caps promise.
    Broken {
        /// Bytes that it has.
        size: usize,
        /// Bytes that its caps ask for; `None` without usable caps.
        expected: Option<usize>,
    },
    /// A frame came after its packet had been made.
    Late {
        /// How far it lies before the last packet, nanoseconds.
        by: u64,
    },
    /// For long, the times of frames have fitted neither each other nor their arrival.
    Unsteady,
    /// The camera's own clock cannot be right.
    Clock {
        /// How far it is ahead of the arrival of its frames, nanoseconds.
        ahead: i64,
    },
}

impl Warning {
    /// The kind of GStreamer's warning.
    pub fn domain(self) -> gst::StreamError {
        match self {
            Self::Caps => gst::StreamError::Format,
            Self::Broken { .. } => gst::StreamError::Decode,
            Self::Untimed | Self::Late { .. } | Self::Unsteady | Self::Clock { .. } => {
                gst::StreamError::Failed
            }
        }
    }

    /// Why frames are discarded if it is for this; `None` if none are.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Caps | Self::Broken { expected: None, .. } => Some(Reason::Format),
            Self::Untimed => Some(Reason::Untimed),
            Self::Broken { .. } => Some(Reason::Pixels),
            Self::Late { .. } => Some(Reason::Late),
            Self::Unsteady => Some(Reason::Time),
            Self::Clock { .. } => None,
        }
    }

    /// The sentence for the user about `camera` at `pad`.
    pub fn sentence(self, camera: &str, pad: &str) -> String {
        format!("Camera {camera} ({pad}) {}.", self.clause())
    }

    /// What the sentence says of the camera.
    pub fn clause(self) -> String {
        match self {
            Self::Caps => "has caps that are no picture format: its frames are dropped until the caps change. Put \
                           videoconvert before the pad"
                .to_owned(),
            Self::Untimed => "sends frames without a time: they are dropped. Set do-timestamp=true at its source, or \
                              format=time if it is an appsrc"
                .to_owned(),
            Self::Broken { size, expected } => {
                let expected = expected.map_or_else(
                    || "known caps first".to_owned(),
                    |expected| format!("{expected} bytes"),
                );
                format!(
                    "sent a frame of {size} bytes that should have {expected}: such frames are dropped, the other cameras \
                     go on. Check its decoder and caps"
                )
            }
            Self::Late { by } => format!(
                "sends frames that come after their packets were made, one by {} ms: they are dropped. Live: raise the \
                 property latency by at least that much; files: the timestamps of the stream run backwards, or its pad \
                 came late (see the property cameras)",
                by / 1_000_000
            ),
            Self::Unsteady => "sends frames whose times fit neither each other nor their arrival: they are dropped. Set \
                               do-timestamp=true at its source, or repair the camera's clock"
                .to_owned(),
            Self::Clock { ahead } => format!(
                "has a clock that is {:.1} s {} this computer's: its frames are timed by their arrival. Let both take \
                 their time from one NTP server",
                ahead.unsigned_abs() as f64 / 1e9,
                if ahead > 0 { "ahead of" } else { "behind" }
            ),
        }
    }
}

/// The warnings of all cameras.
#[derive(Debug, Default)]
pub struct Warnings {
    /// Those that the user has not been given yet.
    due: Vec<(u32, Warning)>,
    /// Cameras and kinds of which the user knows.
    given: HashSet<(u32, Option<Reason>)>,
}

impl Warnings {
    /// Adds a warning about camera `index`, unless there was one of its kind before.
    pub fn add(&mut self, index: u32, warning: Warning) {
        if self.given.insert((index, warning.reason())) {
            self.due.push((index, warning));
        }
    }

    /// Whether the user was warned that frames of camera `index` are discarded for `reason`.
    pub fn has_given(&self, index: u32, reason: Reason) -> bool {
        self.given.contains(&(index, Some(reason)))
    }

    /// Takes the warnings that the user has not been given yet.
    pub fn take(&mut self) -> Vec<(u32, Warning)> {
        std::mem::take(&mut self.due)
    }

    /// Forgets camera `index`, so that another one with its number is warned about again.
    pub fn forget(&mut self, index: u32) {
        self.given.retain(|(of, _)| *of != index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_once_per_camera() {
        let mut warnings = Warnings::default();
        for (index, warning) in [
            (0, Warning::Untimed),
            (0, Warning::Late { by: 1 }),
            (1, Warning::Untimed),
            (0, Warning::Late { by: 2 }),
        ] {
            warnings.add(index, warning);
        }
        assert_eq!(warnings.take().len(), 3);
        warnings.add(0, Warning::Untimed);
        assert!(warnings.take().is_empty());
        warnings.forget(0);
        warnings.add(0, Warning::Untimed);
        warnings.add(1, Warning::Untimed);
        assert_eq!(warnings.take().len(), 1);
    }
}
