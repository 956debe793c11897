// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element's properties, checked.

use messages::Timestamp;

/// Nanoseconds of a millisecond.
const MS: u64 = 1_000_000;
/// Shortest interval, nanoseconds: packets are made one by one.
pub const MIN_INTERVAL: u64 = MS;
/// Longest interval, nanoseconds: an hour.
pub const MAX_INTERVAL: u64 = 3_600_000 * MS;

/// What the user has set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Time from packet to packet, nanoseconds.
    pub interval: u64,
    /// A frame older than this is not shown again, nanoseconds.
    pub max_age: u64,
    /// A camera without a frame for longer than this is silent, nanoseconds.
    pub silence_timeout: u64,
    /// UTC of stream time 0 in a pipeline that is not live, as the user wrote it.
    pub start_time: String,
    /// Cameras to wait for before the first packet in a pipeline that is not live.
    pub cameras: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval: 200 * MS,
            max_age: 1_000 * MS,
            silence_timeout: 2_000 * MS,
            start_time: String::from("1970-01-01T00:00:00Z"),
            cameras: 0,
        }
    }
}

impl Settings {
    /// UTC of stream time 0, or a sentence for the user.
    pub fn start_time(&self) -> Result<Timestamp, String> {
        self.start_time.parse().map_err(|error| {
            format!("Property start-time: {error}. Give UTC or a zone offset, or leave it out.")
        })
    }

    /// Packets per second; 0/1 (no fixed rate, in caps) where it does not fit a fraction of two 32 bit numbers.
    pub fn rate(&self) -> gst::Fraction {
        let second = 1_000 * MS;
        let divisor = greatest_common_divisor(second, self.interval);
        match (
            i32::try_from(second / divisor),
            i32::try_from(self.interval / divisor),
        ) {
            (Ok(numerator), Ok(denominator)) => gst::Fraction::new(numerator, denominator),
            _ => gst::Fraction::new(0, 1),
        }
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a.max(1)
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(interval: u64) -> (i32, i32) {
        let settings = Settings {
            interval,
            ..Settings::default()
        };
        let rate = settings.rate();
        (rate.numer(), rate.denom())
    }

    #[test]
    fn rates_are_exact_or_variable() {
        assert_eq!(rate(200_000_000), (5, 1));
        assert_eq!(rate(40_000_000), (25, 1));
        assert_eq!(rate(2_000_000_000), (1, 2));
        assert_eq!(rate(33_333_333), (1_000_000_000, 33_333_333));
        assert_eq!(rate(MAX_INTERVAL), (1, 3600));
        assert_eq!(rate(2_500_000_001), (0, 1));
    }

    #[test]
    fn a_wrong_start_time_is_named() {
        let settings = Settings {
            start_time: "yesterday".into(),
            ..Settings::default()
        };
        let message = settings.start_time().unwrap_err();
        assert!(
            message.contains("start-time") && message.contains("yesterday"),
            "{message}"
        );
    }
}
