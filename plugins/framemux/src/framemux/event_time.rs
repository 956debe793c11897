// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the light hit the sensor, UTC: from the camera's own clock if that can be right, else from the packets' time line.
//! The event time of one camera never goes back.

use messages::Timestamp;

/// Live: so far a camera's clock may be ahead of the arrival of its frames, nanoseconds.
const CLOCK_AHEAD: i64 = 1_000_000_000;
/// Live: so far a camera's clock may be behind the arrival, nanoseconds, besides the delay that its source announces.
const CLOCK_BEHIND: i64 = 2_000_000_000;

/// The event times of one camera.
#[derive(Debug, Clone, Default)]
pub struct EventClock {
    /// Running time and event time of the last frame.
    last: Option<(u64, Timestamp)>,
    /// What is added to the times of a recording, because it began anew without a seek, nanoseconds.
    shift: i64,
}

impl EventClock {
    /// A recording: the event time of a frame at running time `time`, for which the recording says `utc`.
    ///
    /// Where that goes back without a seek (another recording follows), event time goes on as running time does.
    pub fn follow_recording(&mut self, time: u64, utc: Timestamp) -> Timestamp {
        let mut event = utc.saturating_add(self.shift);
        if let Some((last_time, last)) = self.last
            && event <= last
        {
            let passed = i64::try_from(time.saturating_sub(last_time)).unwrap_or(i64::MAX);
            event = last.saturating_add(passed.max(1));
            self.shift = event.since(utc);
        }
        self.last = Some((time, event));
        event
    }

    /// The event time of a frame at running time `time`, for which a clock says `utc`. A clock that goes back is waited for.
    pub fn follow_clock(&mut self, time: u64, utc: Timestamp) -> Timestamp {
        let event = match self.last {
            Some((_, last)) if utc <= last => last.saturating_add(1),
            _ => utc,
        };
        self.last = Some((time, event));
        event
    }
}

/// How far a camera's clock that says `camera` is ahead of `arrival`, nanoseconds, if it cannot be right: its frames take at
/// most `announced`.
pub fn implausible(camera: Timestamp, arrival: Timestamp, announced: u64) -> Option<i64> {
    let ahead = camera.since(arrival);
    let announced = i64::try_from(announced).unwrap_or(i64::MAX);
    let behind = CLOCK_BEHIND.saturating_add(announced);
    (ahead > CLOCK_AHEAD || ahead < -behind).then_some(ahead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: i64 = 1_000_000_000;

    #[test]
    fn a_recording_that_begins_anew_goes_on() {
        let mut clock = EventClock::default();
        let mut at = |time: u64, stream: i64| {
            let event = clock.follow_recording(time, Timestamp::from_nanos(stream));
            event.nanos()
        };
        assert_eq!(at(0, 100), 100);
        assert_eq!(at(50, 150), 150);
        // Another recording: its time begins at 100 again.
        assert_eq!(at(70, 100), 170);
        assert_eq!(at(120, 150), 220);
    }

    #[test]
    fn a_camera_an_hour_off_is_not_believed() {
        let now = Timestamp::from_nanos(7_200 * S);
        let camera = |ahead: i64| implausible(now.saturating_add(ahead), now, 2 * S as u64);
        assert_eq!(camera(-3_600 * S), Some(-3_600 * S));
        assert_eq!(camera(3_600 * S), Some(3_600 * S));
        assert_eq!((camera(-3 * S), camera(S / 2)), (None, None));
    }

    proptest! {
        #[test]
        fn event_time_never_goes_back(
            steps in prop::collection::vec((0_u64..10, -20_i64..20, any::<bool>()), 0..50),
        ) {
            let mut clock = EventClock::default();
            let (mut time, mut last) = (0, None);
            for (passed, utc, is_clock) in steps {
                time += passed;
                let utc = Timestamp::from_nanos(utc);
                let event = if is_clock {
                    clock.follow_clock(time, utc)
                } else {
                    clock.follow_recording(time, utc)
                };
                prop_assert!(last.is_none_or(|last| last < event));
                last = Some(event);
            }
        }
    }
}
