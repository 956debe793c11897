// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `utc-start-time`: when a recording began.

use gst::glib;
use gst::prelude::*;
use messages::Timestamp;

/// Name of the property.
pub const NAME: &str = "utc-start-time";

/// Value of the property if it is not set: time counts from 1970, so that equal files give equal results.
pub const DEFAULT: &str = "1970-01-01T00:00:00Z";

/// Specification of the property.
#[must_use]
pub fn property() -> glib::ParamSpec {
    glib::ParamSpecString::builder(NAME)
        .nick("UTC start time")
        .blurb(
            "UTC of stream time 0 as RFC 3339, for recordings whose frames carry no absolute time; live input takes the \
             system clock instead",
        )
        .default_value(Some(DEFAULT))
        .mutable_ready()
        .build()
}

/// The instant that `text` names.
///
/// # Errors
/// A sentence for the user: `text` is no RFC 3339 time.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| {
        format!("Property '{NAME}': {error}. Give UTC or a zone offset, or leave it out.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_time_zero() {
        assert_eq!(parse(DEFAULT), Ok(Timestamp::from_nanos(0)));
    }

    #[test]
    fn a_wrong_time_is_named() {
        let message = parse("yesterday").unwrap_err();
        assert!(
            message.contains("utc-start-time") && message.contains("yesterday"),
            "{message}"
        );
    }
}
