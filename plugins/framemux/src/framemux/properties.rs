// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element's properties: specifications, values and checks.

use gst::glib;
use gst::prelude::*;
use kit::start_time;
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
    pub utc_start_time: String,
    /// Cameras to wait for before the first packet in a pipeline that is not live.
    pub cameras: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval: 200 * MS,
            max_age: 1_000 * MS,
            silence_timeout: 2_000 * MS,
            utc_start_time: String::from(start_time::DEFAULT),
            cameras: 0,
        }
    }
}

impl Settings {
    /// UTC of stream time 0, or a sentence for the user.
    pub fn utc_start_time(&self) -> Result<Timestamp, String> {
        start_time::parse(&self.utc_start_time)
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

    /// Sets property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "interval" => kit::properties::assign(&mut self.interval, value),
            "max-age" => kit::properties::assign(&mut self.max_age, value),
            "silence-timeout" => kit::properties::assign(&mut self.silence_timeout, value),
            start_time::NAME => {
                let text = value.get::<Option<String>>().ok().flatten();
                self.utc_start_time = text.unwrap_or_else(|| start_time::DEFAULT.to_owned());
            }
            "cameras" => kit::properties::assign(&mut self.cameras, value),
            _ => unimplemented!(),
        }
    }

    /// The value of property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "interval" => self.interval.to_value(),
            "max-age" => self.max_age.to_value(),
            "silence-timeout" => self.silence_timeout.to_value(),
            start_time::NAME => self.utc_start_time.to_value(),
            "cameras" => self.cameras.to_value(),
            _ => unimplemented!(),
        }
    }
}

/// The properties that the element has besides those of its base class.
pub fn specifications() -> Vec<glib::ParamSpec> {
    let defaults = Settings::default();
    vec![
        glib::ParamSpecUInt64::builder("interval")
            .nick("Interval")
            .blurb("Time from packet to packet in ns. Packets lie at whole multiples of it in running time")
            .minimum(MIN_INTERVAL)
            .maximum(MAX_INTERVAL)
            .default_value(defaults.interval)
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt64::builder("max-age")
            .nick("Maximum age")
            .blurb(
                "How long the last frame of a camera is repeated (as cached) when no new one comes, in ns. After that \
                 the camera is missing from the packets",
            )
            .default_value(defaults.max_age)
            .mutable_playing()
            .build(),
        glib::ParamSpecUInt64::builder("silence-timeout")
            .nick("Silence timeout")
            .blurb("Time without a frame after which a camera is reported as silent by a message on the bus, in ns")
            .default_value(defaults.silence_timeout)
            .mutable_playing()
            .build(),
        start_time::property(),
        glib::ParamSpecUInt::builder("cameras")
            .nick("Cameras")
            .blurb(
                "Number of sink pads to wait for before the first packet; 0: do not wait. For files whose pads are added \
                 late, as by uridecodebin; ignored for live input",
            )
            .default_value(defaults.cameras)
            .mutable_ready()
            .build(),
        kit::properties::stats("packets, and cameras: an array with the stats of every pad"),
    ]
}

/// The greatest number that divides both; at least 1.
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
            utc_start_time: "yesterday".into(),
            ..Settings::default()
        };
        let message = settings.utc_start_time().unwrap_err();
        assert!(
            message.contains("utc-start-time") && message.contains("yesterday"),
            "{message}"
        );
    }
}
