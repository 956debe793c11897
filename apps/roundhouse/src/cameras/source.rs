// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element that reads an address.

use gst::prelude::*;

use super::address::{Address, Kind};

/// Makes the element that reads `address`, with its user and password.
pub fn source(address: &Address) -> Result<gst::Element, String> {
    let (factory, place) = match address.kind {
        Kind::Rtsp => ("rtspsrc", "location"),
        Kind::Http => ("souphttpsrc", "location"),
        Kind::File => ("filesrc", "location"),
        Kind::V4l2 => ("v4l2src", "device"),
    };
    let source = gst::ElementFactory::make(factory)
        .property(place, &address.location)
        .build()
        .map_err(|_| {
            format!("the element '{factory}' is missing: install gstreamer1.0-plugins-good")
        })?;
    if let Some((user, password)) = &address.login {
        source.set_property("user-id", user);
        source.set_property("user-pw", password);
    }
    match address.kind {
        Kind::Rtsp => prepare_rtsp(&source),
        Kind::Http => {
            source.set_property("is-live", true);
            source.set_property("do-timestamp", true);
        }
        Kind::File | Kind::V4l2 => (),
    }
    Ok(source)
}

/// RTSP over TCP, as cameras in a hall are best read, with the camera's own time where GStreamer can say it.
fn prepare_rtsp(source: &gst::Element) {
    source.set_property_from_str("protocols", "tcp");
    source.set_property("latency", 200_u32);
    // Since GStreamer 1.22.
    if source.has_property("add-reference-timestamp-meta") {
        source.set_property("add-reference-timestamp-meta", true);
    }
}
