// SPDX-License-Identifier: MIT OR Apache-2.0
//! How numbers are written: rounded to a stated precision, in the shortest form that says it.
//!
//! A number that is not finite has no form in JSON; it is written as `null`, which every reader here refuses by name.

use serde::{Serialize, Serializer};

/// The nearest multiple of `1 / steps`, and never a negative zero.
fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps + 0.0
}

/// Metres and metres per second: 3 decimals.
// `serialize_with` hands over references.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) fn metres<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    rounded(*value, 1e3).serialize(serializer)
}

/// A standard deviation in metres: 3 decimals, and never written as zero, which readers refuse.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) fn sigma<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    // `max` would turn NaN into a number.
    let value = if *value < 1e-3 { 1e-3 } else { *value };
    rounded(value, 1e3).serialize(serializer)
}

/// [`sigma`] of a value that may be left out.
#[allow(clippy::trivially_copy_pass_by_ref, clippy::ref_option)]
pub(crate) fn optional_sigma<S: Serializer>(
    value: &Option<f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => sigma(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// Probabilities: 4 decimals.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) fn probability<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    rounded(*value, 1e4).serialize(serializer)
}
