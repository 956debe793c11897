// SPDX-License-Identifier: MIT OR Apache-2.0
//! What reads an address.

use facility::{Address, AddressKind};
use gst::prelude::*;
use kit::Credentials;

use super::loss::Loss;
use super::make::make;
use super::properties::Settings;

/// The element that reads `address`, not in any pipeline yet.
pub fn make_source(
    address: &Address,
    credentials: Option<&Credentials>,
    settings: &Settings,
) -> Result<gst::Element, Loss> {
    let source = match address.kind {
        AddressKind::Rtsp => rtsp(address, settings)?,
        AddressKind::Http => http(address, settings)?,
        AddressKind::File => {
            let source = make("filesrc")?;
            source.set_property("location", &address.location);
            source
        }
        AddressKind::V4l2 => {
            let source = make("v4l2src")?;
            source.set_property("device", &address.location);
            source
        }
    };
    if let (AddressKind::Rtsp | AddressKind::Http, Some(credentials)) = (address.kind, credentials)
    {
        source.set_property("user-id", &credentials.user);
        source.set_property("user-pw", &credentials.password);
    }
    Ok(source)
}

/// The source for RTSP.
fn rtsp(address: &Address, settings: &Settings) -> Result<gst::Element, Loss> {
    let source = make("rtspsrc")?;
    let microseconds = settings.connect_timeout / 1000;
    source.set_property("location", &address.location);
    source.set_property(
        "latency",
        u32::try_from(settings.latency / 1_000_000).unwrap_or(u32::MAX),
    );
    source.set_property("tcp-timeout", microseconds);
    source.set_property("timeout", microseconds);
    source.set_property_from_str("protocols", settings.protocols.of_rtspsrc());
    if !settings.tls_strict {
        source.set_property_from_str("tls-validation-flags", "no-flags");
    }
    // Since GStreamer 1.22; without it the camera's clock is not known.
    if source
        .find_property("add-reference-timestamp-meta")
        .is_some()
    {
        source.set_property("add-reference-timestamp-meta", true);
    }
    Ok(source)
}

/// The source for pictures over HTTP.
fn http(address: &Address, settings: &Settings) -> Result<gst::Element, Loss> {
    let source = make("souphttpsrc")?;
    let seconds = settings.connect_timeout.div_ceil(1_000_000_000);
    source.set_property("location", &address.location);
    source.set_property("ssl-strict", settings.tls_strict);
    source.set_property("is-live", true);
    source.set_property("do-timestamp", true);
    source.set_property("timeout", u32::try_from(seconds).unwrap_or(u32::MAX));
    // The supervisor makes the next attempt.
    source.set_property("retries", 0);
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_that_cameras_made_themselves_are_taken_only_if_that_is_asked_for() {
        gst::init().unwrap();
        for strict in [true, false] {
            let settings = Settings {
                tls_strict: strict,
                ..Settings::default()
            };
            let source = |uri: &str| {
                let address = Address::parse(uri).unwrap();
                make_source(&address, None, &settings).unwrap()
            };
            let flags = source("rtsps://cam/stream").property_value("tls-validation-flags");
            let flags = gst::glib::FlagsValue::from_value(&flags);
            assert_eq!(flags.is_some_and(|(_, values)| !values.is_empty()), strict);
            let http = source("https://cam/picture.jpg");
            assert_eq!(http.property::<bool>("ssl-strict"), strict);
        }
    }
}
