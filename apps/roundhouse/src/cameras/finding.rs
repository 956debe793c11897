// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of a camera after it was probed.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::measured::Measured;
use super::target::Target;

/// Farthest from the arrival that a camera's clock is believed, seconds; as in `camerasrc`.
const PLAUSIBLE: f64 = 2.0;

/// What is known of a camera.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Finding {
    /// Its id, or its position on the command line.
    pub camera: String,
    /// Its address without its password.
    pub uri: Option<String>,
    /// Why it failed.
    pub problem: Option<String>,
    /// The types of all streams that it offers.
    pub streams: Vec<String>,
    /// The codec of its pictures.
    pub codec: Option<String>,
    /// Width and height of its pictures.
    pub size: Option<(i32, i32)>,
    /// Pictures per second.
    pub rate: Option<f64>,
    /// Kilobits per second.
    pub kbit_s: Option<f64>,
    /// Mean distance of key pictures, seconds.
    pub key_distance_s: Option<f64>,
    /// It was measured for so long, seconds.
    pub measured_s: f64,
    /// Where the time of its pictures comes from.
    pub clock: Clock,
    /// The camera's clock minus the arrival of its pictures, seconds.
    pub clock_offset_s: Option<f64>,
    /// From the start to the first picture, seconds.
    pub first_picture_s: Option<f64>,
    /// Round trip to its host, milliseconds.
    pub round_trip_ms: Option<f64>,
    /// The picture that was written.
    pub reference: Option<PathBuf>,
    /// What to set.
    pub advice: Vec<String>,
}

/// Where the time of pictures comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The clock of this machine, when they arrive.
    #[default]
    Arrival,
    /// The camera's clock, told in RTCP sender reports.
    Rtcp,
    /// The same, but too far off to be believed: the arrival is used.
    Implausible,
    /// A file's own.
    File,
}

impl Finding {
    /// Nothing is known yet.
    pub fn of(target: &Target) -> Self {
        Self {
            camera: target.name.clone(),
            uri: target.uri.as_deref().map(kit::mask_passwords),
            ..Self::default()
        }
    }

    /// A camera that failed.
    pub fn failed(target: &Target, problem: &str) -> Self {
        Self {
            problem: Some(kit::mask_passwords(problem)),
            ..Self::of(target)
        }
    }

    /// Takes over what was measured.
    pub fn measure(&mut self, measured: &Measured, is_file: bool) {
        self.rate = measured.rate().map(rounded);
        self.kbit_s = measured.bit_rate().map(|bits| (bits / 1000.0).round());
        self.key_distance_s = measured.key_distance().map(rounded);
        self.measured_s = rounded(measured.length().as_secs_f64());
        self.clock_offset_s = measured.clock().map(rounded);
        self.clock = match measured.clock() {
            _ if is_file => Clock::File,
            None => Clock::Arrival,
            Some(offset) if offset.abs() <= PLAUSIBLE => Clock::Rtcp,
            Some(_) => Clock::Implausible,
        };
    }

    /// Takes over how long connection and first picture took.
    pub fn take_times(&mut self, round_trip: Option<Duration>, first_picture: Option<Duration>) {
        self.round_trip_ms = round_trip.map(|time| rounded(time.as_secs_f64() * 1000.0));
        self.first_picture_s = first_picture.map(|time| rounded(time.as_secs_f64()));
    }
}

/// With three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
