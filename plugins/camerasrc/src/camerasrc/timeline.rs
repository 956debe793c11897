// SPDX-License-Identifier: MIT OR Apache-2.0
//! One timeline over all connections of a camera: times that only grow and stay near the clock.
//!
//! A picture's time is the one its connection gives, as long as it is plausible. If it lies before what was already sent, or
//! far from the clock, the connection's times are anchored anew: this picture gets the time of the clock, the next ones keep
//! their distance from it.

use std::time::Duration;

/// How far a picture may lie before the clock: latency, decoding and a slow network together.
const BEHIND: Duration = Duration::from_secs(5);
/// How far a picture may lie after the clock.
const AHEAD: Duration = Duration::from_secs(1);
/// A picture that lies so little before the end of a told gap crossed with it.
const CROSSED: Duration = Duration::from_secs(1);

/// Where a picture lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At this running time.
    At(Duration),
    /// At this running time, by the clock: the connection's times were not plausible.
    Anchored(Duration),
    /// Nowhere: that time was told to be a gap.
    InGap,
}

/// The running times of one camera.
#[derive(Debug, Default)]
pub struct Timeline {
    /// What is added to the connection's times, ns.
    shift: i128,
    /// The last picture's time.
    last: Option<Duration>,
    /// How far it lay behind the clock. The next ones may, too, so no gap is told of that time.
    behind: Duration,
    /// Up to here it was told that there is nothing.
    gap_end: Duration,
}

impl Timeline {
    /// A new connection begins, with times of its own.
    pub fn reconnect(&mut self) {
        self.shift = 0;
        self.behind = Duration::ZERO;
    }

    /// Places a picture of the connection's `time`, if it has one, that came at `now`.
    pub fn place(&mut self, time: Option<Duration>, now: Duration) -> Place {
        let shifted = time.and_then(|time| shifted(time, self.shift));
        let plausible = shifted.filter(|&at| {
            at + BEHIND >= now && at <= now + AHEAD && self.last.is_none_or(|last| at > last)
        });
        if let Some(at) = plausible {
            self.behind = now.saturating_sub(at);
            if at < self.gap_end && self.gap_end.saturating_sub(at) <= CROSSED {
                return Place::InGap;
            }
            if at >= self.gap_end {
                self.last = Some(at);
                return Place::At(at);
            }
        }
        if let Some(time) = time {
            self.shift = now.as_nanos() as i128 - time.as_nanos() as i128;
        }
        let after_last = self.last.map(|last| last + Duration::from_nanos(1));
        let at = now.max(self.gap_end).max(after_last.unwrap_or_default());
        self.last = Some(at);
        self.behind = Duration::ZERO;
        Place::Anchored(at)
    }

    /// Tells that there is nothing up to where a picture that came `now` would lie; the gap, if it is not empty.
    pub fn gap(&mut self, now: Duration) -> Option<(Duration, Duration)> {
        let start = self.gap_end.max(self.last.unwrap_or_default());
        let end = now.saturating_sub(self.behind);
        let length = end.checked_sub(start).filter(|length| !length.is_zero())?;
        self.gap_end = end;
        Some((start, length))
    }
}

/// `time` moved by `shift` ns, if that is a time.
fn shifted(time: Duration, shift: i128) -> Option<Duration> {
    let nanos = (time.as_nanos() as i128).checked_add(shift)?;
    u64::try_from(nanos).ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn plausible_times_are_kept() {
        let mut line = Timeline::default();
        assert_eq!(line.place(Some(s(9.8)), s(10.0)), Place::At(s(9.8)));
        assert_eq!(line.place(Some(s(10.0)), s(10.9)), Place::At(s(10.0)));
    }

    #[test]
    fn steps_are_anchored_at_once_and_distances_kept() {
        for step in [-1.0, -9.0, 3600.0, 1.7e9] {
            let mut line = Timeline::default();
            line.place(Some(s(9.8)), s(10.0));
            assert_eq!(
                line.place(Some(s(10.0 + step)), s(10.2)),
                Place::Anchored(s(10.2)),
                "{step}"
            );
            let Place::At(at) = line.place(Some(s(10.2 + step)), s(10.45)) else {
                panic!("{step}: anchored for one picture only");
            };
            assert!((at.as_secs_f64() - 10.4).abs() < 1e-6, "{step}: {at:?}");
        }
    }

    #[test]
    fn pictures_without_a_time_get_that_of_the_clock() {
        let mut line = Timeline::default();
        assert_eq!(line.place(None, s(3.0)), Place::Anchored(s(3.0)));
        assert_eq!(
            line.place(None, s(3.0)),
            Place::Anchored(s(3.0) + Duration::from_nanos(1))
        );
    }

    #[test]
    fn what_was_told_to_be_a_gap_stays_one() {
        let mut line = Timeline::default();
        line.place(Some(s(1.0)), s(1.1));
        assert_eq!(line.gap(s(2.1)), Some((s(1.0), s(1.0))));
        assert_eq!(line.gap(s(2.1)), None);
        assert_eq!(line.place(Some(s(1.9)), s(2.1)), Place::InGap);
        assert_eq!(line.place(Some(s(2.1)), s(2.3)), Place::At(s(2.1)));
        assert_eq!(line.gap(s(3.2)), Some((s(2.1), s(0.9))));
    }

    #[test]
    fn a_gap_swallows_no_picture_that_lies_as_far_behind_the_clock_as_those_before() {
        let mut line = Timeline::default();
        let behind = 0.25;
        let places: Vec<bool> = (5..100)
            .filter(|tick| !(20..26).contains(tick))
            .map(|tick| {
                let now = f64::from(tick) * 0.2;
                let at = line.place(Some(s(now - behind)), s(now));
                // A gap is told at any time that nothing came for long.
                line.gap(s(now + 0.15));
                matches!(at, Place::At(_))
            })
            .collect();
        assert!(places.iter().all(|placed| *placed), "{places:?}");
    }

    #[test]
    fn a_new_connection_brings_times_of_its_own() {
        let mut line = Timeline::default();
        line.place(Some(s(500.0)), s(10.0));
        line.reconnect();
        assert_eq!(line.place(Some(s(11.8)), s(12.0)), Place::At(s(11.8)));
    }

    #[test]
    fn times_never_go_back() {
        let mut line = Timeline::default();
        let mut last = Duration::ZERO;
        for step in 0..1000_u32 {
            let now = s(f64::from(step) * 0.2);
            let time = s(f64::from(step.wrapping_mul(7919) % 101));
            if step % 17 == 0 {
                line.gap(now);
            }
            if let Place::At(at) | Place::Anchored(at) = line.place(Some(time), now) {
                assert!(at > last || step == 0, "{step}");
                last = at;
            }
        }
    }
}
