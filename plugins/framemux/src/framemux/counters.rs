// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted of each camera. The property `stats` of its pad lists all of it.

counters::counters! {
    /// What became of the frames of one camera; every count only grows.
    pub struct Counters {
        /// Frames that arrived, whatever became of them.
        frames,
        /// Packets that hold a new frame of the camera.
        fresh,
        /// Packets that hold a frame again that an earlier packet held.
        cached,
        /// Packets without a frame of the camera.
        missing,
        /// Frames dropped because a newer one fell into the same interval.
        dropped_newer,
        /// Frames dropped because the packet they belong to had been made already.
        late,
        /// Frames dropped because their time fitted neither the camera's other frames nor, live, their arrival.
        misstamped,
        /// Frames dropped because their source marked them as a repetition of an earlier one (flag GAP).
        repeated,
        /// Frames dropped because they had no timestamp.
        untimed,
        /// Frames dropped because they lay outside their segment.
        clipped,
        /// Frames dropped because their data did not fit their caps.
        broken,
        /// Frames dropped by a flush.
        flushed,
    }
}
