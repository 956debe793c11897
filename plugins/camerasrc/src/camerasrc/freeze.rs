// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a camera shows the same picture for ever.
//!
//! The same picture for a while is no fault: codecs repeat the picture of a still hall. Only key pictures are filmed anew, with
//! the noise of a sensor, so a picture that is identical over key pictures and for long is one that the camera made up.

use std::time::Duration;

/// Key pictures that must have come while the picture stayed the same.
const KEY_PICTURES: u64 = 2;
/// One block in so many is looked at.
const SAMPLED: usize = 8;
/// Size of a block, bytes.
const BLOCK: usize = 64;

/// What is known of a camera's pictures.
#[derive(Debug, Default)]
pub struct Freeze {
    /// The picture, when it came, and the number of key pictures before it.
    first: Option<(u64, Duration, u64)>,
    frozen: bool,
}

impl Freeze {
    /// Forgets everything: a connection begins. It is not frozen then.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Looks at a picture of this `fingerprint` that came at `now`, after so many `keys`; whether it is frozen, if that is new.
    pub fn look(
        &mut self,
        fingerprint: u64,
        now: Duration,
        keys: u64,
        timeout: Duration,
    ) -> Option<bool> {
        let (same, since, keys_before) = match self.first {
            Some((first, since, keys_before)) => (first == fingerprint, since, keys_before),
            None => (false, now, keys),
        };
        if !same {
            self.first = Some((fingerprint, now, keys));
        }
        let frozen = same
            && now.saturating_sub(since) >= timeout
            && keys.saturating_sub(keys_before) >= KEY_PICTURES;
        let is_new = frozen != self.frozen;
        self.frozen = frozen;
        is_new.then_some(frozen)
    }
}

/// A number that differs when pictures differ, from a sample of their bytes (FNV-1a over words).
pub fn fingerprint(data: &[u8]) -> u64 {
    let blocks = data.chunks_exact(BLOCK).step_by(SAMPLED);
    let words = blocks.flat_map(|block| block.chunks_exact(8));
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_same_over_key_pictures_and_for_long_is_frozen() {
        let mut freeze = Freeze::default();
        for second in 0..60 {
            assert_eq!(freeze.look(7, s(second), second, LIMIT), None);
        }
        assert_eq!(freeze.look(7, s(60), 60, LIMIT), Some(true));
        assert_eq!(freeze.look(7, s(61), 61, LIMIT), None);
        assert_eq!(freeze.look(8, s(62), 62, LIMIT), Some(false));
    }

    #[test]
    fn a_still_hall_between_rare_key_pictures_is_not() {
        let mut freeze = Freeze::default();
        assert!(
            (0..600).all(|second| freeze.look(7, s(second), 1 + second / 400, LIMIT).is_none())
        );
    }

    #[test]
    fn fingerprints_tell_pictures_apart() {
        let picture = vec![90_u8; 960 * 540];
        let mut other = picture.clone();
        other[512 * 100 + 5] = 91;
        assert_eq!(fingerprint(&picture), fingerprint(&picture.clone()));
        assert_ne!(fingerprint(&picture), fingerprint(&other));
        assert_eq!(fingerprint(&[]), fingerprint(&[1, 2, 3]));
    }
}
