// SPDX-License-Identifier: MIT OR Apache-2.0
//! Live: whether frames of a camera come late for so long that the user should know. While networks load and the first
//! pictures are decoded, a busy machine makes some of them late, and that passes.

/// Late frames further apart than this have nothing to do with each other, nanoseconds.
const PAUSE: u64 = 3_000_000_000;
/// Frames must have come late for so long, nanoseconds.
const LASTING: u64 = 15_000_000_000;

/// When frames of one camera came late.
#[derive(Debug, Clone, Default)]
pub struct Lateness {
    /// Arrival of the first and of the last of them, running time in nanoseconds.
    late: Option<(u64, u64)>,
}

impl Lateness {
    /// Notes a late frame that arrived `now`; whether they have come late for long.
    pub fn note(&mut self, now: u64) -> bool {
        let since = match self.late {
            Some((since, last)) if now.saturating_sub(last) <= PAUSE => since,
            _ => now,
        };
        self.late = Some((since, now));
        now.saturating_sub(since) >= LASTING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[test]
    fn some_late_frames_at_the_start_are_nothing() {
        let mut lateness = Lateness::default();
        assert!((0..20).all(|frame| !lateness.note(frame * S / 5)));
        assert!(!lateness.note(60 * S));
    }

    #[test]
    fn frames_that_are_late_again_and_again_are_told_of() {
        let mut lateness = Lateness::default();
        let told = (0..60).find(|frame| lateness.note(frame * 2 * S));
        assert_eq!(told, Some(8));
    }
}
