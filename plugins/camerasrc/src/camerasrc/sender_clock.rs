// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the camera's own clock is believed.
//!
//! A camera tells its time in RTCP sender reports. A time that is implausible when compared with the picture's arrival (a
//! clock that is an hour off, or counts from its start) would tear the camera apart from the others, so it is not used.

use messages::{Clock, ClockSource};

/// Farthest from the arrival that a camera's clock is believed, ns. More than synchronised clocks differ, less than delays a
/// hall.
const PLAUSIBLE: i64 = 2_000_000_000;

/// Where the time of pictures comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// The arrival of the data, by this machine's clock.
    #[default]
    Arrival,
    /// The camera's clock.
    Rtcp,
}

impl Source {
    /// The word in statistics and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Rtcp => "rtcp",
        }
    }
}

impl From<Source> for ClockSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Arrival => Self::Arrival,
            Source::Rtcp => Self::Rtcp,
        }
    }
}

/// What is known of a camera's clock.
#[derive(Debug, Default)]
pub struct SenderClock {
    /// Where the last picture's time came from.
    pub source: Source,
    /// Camera's clock minus arrival of the last picture that had both, ns.
    pub offset: Option<i64>,
    /// Whether it was said that the clock is wrong.
    told: bool,
}

/// What to do with the camera's time on a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There is none.
    None,
    /// It is used.
    Believed,
    /// It is taken off. `news` once for each time that the clock goes wrong.
    Refused {
        /// Whether to say it.
        news: bool,
    },
}

impl SenderClock {
    /// The clock behind the last picture's time; the arrival may be wrong by the jitter buffer's `latency`, ns.
    pub fn clock(&self, latency: u64) -> Clock {
        let error_ns = match self.source {
            Source::Arrival => latency,
            Source::Rtcp => self.offset.unwrap_or_default().unsigned_abs(),
        };
        Clock {
            source: self.source.into(),
            error_ns,
        }
    }

    /// Whether a `reference` time is close enough to the `arrival`.
    pub fn is_plausible(reference: i64, arrival: i64) -> bool {
        reference.saturating_sub(arrival).saturating_abs() <= PLAUSIBLE
    }

    /// Judges the `reference` time on a picture (UTC, ns) that arrived at `arrival` (UTC, ns).
    pub fn judge(&mut self, reference: Option<i64>, arrival: i64) -> Verdict {
        let Some(reference) = reference else {
            self.source = Source::Arrival;
            return Verdict::None;
        };
        let offset = reference.saturating_sub(arrival);
        self.offset = Some(offset);
        if Self::is_plausible(reference, arrival) {
            self.source = Source::Rtcp;
            self.told = false;
            return Verdict::Believed;
        }
        self.source = Source::Arrival;
        let news = !std::mem::replace(&mut self.told, true);
        Verdict::Refused { news }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_refused_and_said_once() {
        let mut clock = SenderClock::default();
        let now = 1_772_344_800_000_000_000;
        assert_eq!(clock.judge(None, now), Verdict::None);
        assert_eq!(clock.judge(Some(now - 300_000_000), now), Verdict::Believed);
        assert_eq!(clock.source, Source::Rtcp);
        let hour = 3_600_000_000_000;
        assert_eq!(
            clock.judge(Some(now + hour), now),
            Verdict::Refused { news: true }
        );
        assert_eq!(clock.judge(Some(12), now), Verdict::Refused { news: false });
        assert_eq!(clock.source, Source::Arrival);
        assert_eq!(clock.judge(Some(now), now), Verdict::Believed);
        assert_eq!(
            clock.judge(Some(i64::MIN), now),
            Verdict::Refused { news: true }
        );
    }
}
