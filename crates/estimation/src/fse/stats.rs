// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the fusion counts.

use serde::{Deserialize, Serialize};

counters::counters! {
    /// What was used and what was refused, by reason.
    #[derive(Serialize, Deserialize)]
    #[serde(default)]
    pub struct Counters {
        /// Events pushed.
        events,
        /// Scans taken in.
        scans,
        /// Reports of cameras that the facility does not know.
        unknown_camera,
        /// Ends, covers and attributes on tracks that the facility does not know.
        unknown_track,
        /// Ends with places, sigmas or probabilities that cannot be meant.
        bad_end,
        /// Bodies with places or confidences that cannot be meant.
        bad_body,
        /// Covers that are no stretch of a track.
        bad_cover,
        /// Ends and attributes far outside their track.
        far_place,
        /// Reports of frames that were heard before.
        duplicate,
        /// Reports later than the reorder window.
        late,
        /// Reports from the future: their time was set to their arrival.
        clock_ahead,
        /// Events that arrived at a time far from all others.
        clock_jump,
        /// Events of kinds that the fusion does not use.
        unused,
        /// Model and plate readings that waited in vain for a locomotive where they were read.
        expired_readings,
        /// Reports for which there was no room in the reorder window.
        overflow,
        /// Silences too long to be filled with states.
        gaps,
    }
}
