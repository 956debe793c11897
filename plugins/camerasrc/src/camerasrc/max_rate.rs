// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fewer pictures than the camera sends: which ones go, before the decoder has had work with them where that is possible.

use std::time::Duration;

/// How much early a picture may be and still count as due: cameras are not exact.
const TOLERANCE: f64 = 0.25;

/// Whether an encoded picture is given to the decoder.
#[derive(Debug, Default)]
pub struct BeforeDecoder {
    every: Every,
    /// When the last key picture came, and how far it was from the one before.
    last_key: Option<Duration>,
    key_distance: Option<Duration>,
}

impl BeforeDecoder {
    /// Whether the picture at `time` is kept if pictures are wanted `distance` apart. `alone` are pictures of codecs that
    /// need no other picture (JPEG); others can be left out only if key pictures are close enough together to do alone.
    pub fn keep(
        &mut self,
        time: Duration,
        is_key: bool,
        alone: bool,
        distance: Option<Duration>,
    ) -> bool {
        let Some(distance) = distance else {
            return true;
        };
        if alone {
            return self.every.keep(time, distance);
        }
        if is_key {
            self.key_distance = self.last_key.map(|last| time.saturating_sub(last));
            self.last_key = Some(time);
        }
        let keys_do = self
            .key_distance
            .is_some_and(|keys| keys <= distance.mul_f64(1.0 + TOLERANCE));
        is_key || !keys_do
    }
}

/// Lets pictures through that are at least a distance apart.
#[derive(Debug, Default)]
pub struct Every {
    /// When the next one is due.
    due: Option<Duration>,
}

impl Every {
    /// Whether the picture at `time` is kept; in the mean pictures are kept `distance` apart.
    pub fn keep(&mut self, time: Duration, distance: Duration) -> bool {
        let tolerance = distance.mul_f64(TOLERANCE);
        let far = |due: Duration| time + distance + tolerance < due;
        let due = self.due.filter(|&due| !far(due)).unwrap_or(time);
        if time + tolerance < due {
            return false;
        }
        // A camera that was away does not catch up.
        self.due = Some((due + distance).max((time + distance).saturating_sub(tolerance)));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ms(milliseconds: u32) -> Duration {
        Duration::from_millis(milliseconds.into())
    }

    #[test]
    fn keeps_the_rate_in_the_mean() {
        let mut every = Every::default();
        // 25 a second, with jitter, 2 a second wanted.
        let kept = (0..2500_u32)
            .filter(|index| every.keep(ms(40 * index + index * 7919 % 11), SECOND / 2))
            .count();
        assert!((198..=203).contains(&kept), "{kept}");
    }

    #[test]
    fn a_slower_camera_loses_nothing() {
        let mut every = Every::default();
        assert!((0..100).all(|index| every.keep(ms(200 * index), ms(100))));
    }

    #[test]
    fn time_that_steps_back_stops_nothing() {
        let mut every = Every::default();
        assert!(every.keep(100 * SECOND, SECOND));
        assert!(every.keep(SECOND, SECOND));
    }

    #[test]
    fn key_pictures_do_when_they_are_close_enough() {
        let mut rate = BeforeDecoder::default();
        let kept: Vec<u32> = (0..30)
            .filter(|index| rate.keep(ms(200 * index), index % 5 == 0, false, Some(SECOND)))
            .collect();
        // Up to the second key picture their distance is not known.
        assert_eq!(kept, [0, 1, 2, 3, 4, 5, 10, 15, 20, 25]);
    }

    #[test]
    fn pictures_that_others_need_are_kept_when_key_pictures_are_rare() {
        let mut rate = BeforeDecoder::default();
        assert!((0..200).all(|index| rate.keep(
            ms(200 * index),
            index % 50 == 0,
            false,
            Some(SECOND)
        )));
        let mut alone = BeforeDecoder::default();
        let kept = (0..50).filter(|index| alone.keep(ms(200 * index), true, true, Some(SECOND)));
        assert!((10..=11).contains(&kept.count()));
    }
}
