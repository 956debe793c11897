// SPDX-License-Identifier: MIT OR Apache-2.0
//! From running time to UTC and back, learned from the frames that pass.

use messages::Timestamp;

/// When running time 0 was, UTC, as far as one input tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimeBase {
    zero: Option<Timestamp>,
}

impl TimeBase {
    /// Learns from something that happened at `time` and passed at `running` time.
    ///
    /// A packet may carry frames older than itself: the latest zero is the right one.
    pub fn learn(&mut self, time: Timestamp, running: gst::ClockTime) {
        self.zero = self.zero.max(Some(time.saturating_sub(nanos(running))));
    }

    /// UTC of running time 0; `None` as long as nothing that knows its time has passed.
    pub fn zero(self) -> Option<Timestamp> {
        self.zero
    }

    /// UTC of `running` time.
    pub fn utc(self, running: gst::ClockTime) -> Option<Timestamp> {
        Some(self.zero?.saturating_add(nanos(running)))
    }
}

/// Running time of `time`, given when running time 0 was; 0 before that.
pub fn running_time(time: Timestamp, zero: Timestamp) -> gst::ClockTime {
    gst::ClockTime::from_nseconds(u64::try_from(time.since(zero)).unwrap_or(0))
}

/// Nanoseconds, bounded.
fn nanos(running: gst::ClockTime) -> i64 {
    i64::try_from(running.nseconds()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_zero_wins() {
        let mut base = TimeBase::default();
        assert_eq!(base.utc(gst::ClockTime::SECOND), None);
        base.learn(
            Timestamp::from_nanos(900),
            gst::ClockTime::from_nseconds(100),
        );
        base.learn(
            Timestamp::from_nanos(990),
            gst::ClockTime::from_nseconds(200),
        );
        assert_eq!(base.zero(), Some(Timestamp::from_nanos(800)));
        assert_eq!(
            base.utc(gst::ClockTime::from_nseconds(5)),
            Some(Timestamp::from_nanos(805))
        );
    }

    #[test]
    fn nothing_happens_before_running_time_zero() {
        let zero = Timestamp::from_nanos(800);
        assert_eq!(
            running_time(Timestamp::from_nanos(700), zero),
            gst::ClockTime::ZERO
        );
        assert_eq!(running_time(Timestamp::from_nanos(805), zero).nseconds(), 5);
    }
}
