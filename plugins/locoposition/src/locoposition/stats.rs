// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted for the property `stats`.

kit::counters! {
    /// Counters since the start; of the detections that were dropped, [`estimation::lpe::Dropped`] counts the rest.
    pub struct Counters {
        /// Buffers that arrived.
        buffers,
        /// New frames on them; cached frames of a packet do not count again.
        frames,
        /// Frames that the detector has inferred, whatever it found.
        looks,
        /// Reports written.
        reports,
        /// Ends reported.
        ends,
        /// Inferred frames of cameras that the facility file does not describe well enough.
        unknown_camera,
        /// Detections whose label is none of head, tail, plate and body.
        unknown_label,
        /// Inferred frames without a report because the detector's labels mean nothing to position estimation.
        unknown_labels,
        /// Inferred frames whose picture has another shape than the one that its camera is calibrated for.
        wrong_aspect,
        /// Cameras all of whose inferred frames are without a report now.
        discarded_cameras,
        /// Reports dropped because a value in them was impossible.
        invalid,
    }
}
