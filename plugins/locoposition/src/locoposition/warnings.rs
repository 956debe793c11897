// SPDX-License-Identifier: MIT OR Apache-2.0
//! The warning that no detector stands before the element.

use super::stats::Counters;

/// Buffers after which at least one frame should have been inferred.
const PATIENCE: u64 = 100;

/// Watches whether any detector infers the frames of a stream.
#[derive(Debug)]
pub struct DetectorWatch {
    /// `gie-unique-id` of the detector.
    component: u32,
    /// Whether the stream holds packets of frames.
    packets: bool,
}

impl DetectorWatch {
    /// Watches for `component`.
    pub fn new(component: u32) -> Self {
        Self {
            component,
            packets: false,
        }
    }

    /// A buffer, a packet or not, has passed and been counted; the warning, once, if no frame of the first ones was inferred.
    pub fn passed(&mut self, packet: bool, counters: &Counters) -> Option<String> {
        self.packets |= packet;
        if counters.buffers == PATIENCE {
            self.warning(counters)
        } else {
            None
        }
    }

    /// The stream ends; the warning for one that was too short for [`Self::passed`] to give it.
    pub fn ended(&self, counters: &Counters) -> Option<String> {
        if (1..PATIENCE).contains(&counters.buffers) {
            self.warning(counters)
        } else {
            None
        }
    }

    /// Why no frame was inferred, and what to do about it.
    fn warning(&self, counters: &Counters) -> Option<String> {
        let Counters {
            buffers,
            frames,
            looks,
            ..
        } = counters;
        let component = self.component;
        match (frames, looks) {
            // All cameras of these packets are silent, and framemux warns of that.
            (0, 0) if self.packets => None,
            (0, 0) => Some(format!(
                "None of the first {buffers} buffers carries the description of a frame, so no reports are written; \
                 put ortinfer, or nvstreammux and nvinfer, before this element"
            )),
            (_, 0) => Some(format!(
                "None of the first {frames} frames was inferred by component {component}, so no reports are written; \
                 put a detector with that id before this element (unique-id, gie-unique-id in its configuration), \
                 or set 'component' to the id of the detector that is there"
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The warnings at the hundredth buffer and at the end of a stream of so many buffers, frames and inferred frames.
    fn warnings(packet: bool, [buffers, frames, looks]: [u64; 3]) -> [bool; 2] {
        let mut watch = DetectorWatch::new(1);
        let counters = Counters {
            buffers,
            frames,
            looks,
            ..Counters::default()
        };
        [
            watch.passed(packet, &counters).is_some(),
            watch.ended(&counters).is_some(),
        ]
    }

    #[test]
    fn the_warning_is_given_once() {
        assert_eq!(warnings(false, [3, 3, 0]), [false, true]);
        assert_eq!(warnings(false, [PATIENCE, 100, 0]), [true, false]);
        assert_eq!(warnings(false, [PATIENCE + 1, 101, 0]), [false, false]);
    }

    #[test]
    fn silent_cameras_and_inferred_frames_are_no_reason() {
        assert_eq!(warnings(true, [3, 0, 0]), [false, false]);
        assert_eq!(warnings(false, [3, 3, 1]), [false, false]);
        assert_eq!(warnings(false, [0, 0, 0]), [false, false]);
    }
}
