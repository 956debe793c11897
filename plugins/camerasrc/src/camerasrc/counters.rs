// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is counted.

kit::counters! {
    /// Counters since the element was started. Every picture that was decoded is either `out`, or counted by the reason why not.
    pub struct Counters {
        /// Pictures that were decoded.
        pictures,
        /// Pictures that were sent on.
        out,
        /// Encoded pictures that `max-rate` kept from the decoder.
        skipped_encoded,
        /// Decoded pictures that `max-rate` left out.
        skipped,
        /// Pictures that what follows was too slow for.
        overrun,
        /// Pictures of a time that was already told to be a gap.
        in_gap,
        /// First pictures of a connection that waited too long for its decoder.
        stale,
        /// Pictures that do not show the hall: frozen, black, white, covered or damaged.
        blind,
        /// Pictures whose time was not plausible, so that it was taken from the clock.
        reanchored,
        /// Pictures whose time by the camera's clock was not plausible, so that it was taken off.
        clock_refused,
        /// Gaps that were told.
        gaps,
        /// Encoded bytes that came.
        bytes,
        /// Attempts to connect.
        attempts,
        /// Connections that gave a picture.
        connections,
        /// Connections that were lost after a picture, and attempts that failed.
        losses,
    }
}
