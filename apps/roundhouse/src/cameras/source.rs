// SPDX-License-Identifier: MIT OR Apache-2.0
//! The elements that read an address.

use std::str::FromStr;

use facility::{Address, AddressKind, Credentials};
use gst::prelude::*;

/// Makes the element that reads `address`, with its user and password.
pub fn source(address: &Address) -> Result<gst::Element, String> {
    let (factory, place) = match address.kind {
        AddressKind::Rtsp => ("rtspsrc", "location"),
        AddressKind::Http => ("souphttpsrc", "location"),
        AddressKind::File => ("filesrc", "location"),
        AddressKind::V4l2 => ("v4l2src", "device"),
    };
    let source = gst::ElementFactory::make(factory)
        .property(place, &address.location)
        .build()
        .map_err(|_| {
            format!("the element '{factory}' is missing: install gstreamer1.0-plugins-good")
        })?;
    if let Some(Credentials { user, password }) = &address.credentials {
        source.set_property("user-id", user);
        source.set_property("user-pw", password);
    }
    match address.kind {
        AddressKind::Rtsp => prepare_rtsp(&source),
        AddressKind::Http => {
            source.set_property("is-live", true);
            source.set_property("do-timestamp", true);
        }
        AddressKind::File | AddressKind::V4l2 => (),
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

/// What takes H.264 or H.265 out of the RTP packets of `pad`; nothing for other streams, which `parsebin` can do alone.
///
/// In the format that `parsebin` would choose (byte-stream), the depayloaders of `GStreamer` 1.22 end a picture where parameter
/// sets are repeated between its slices: the decoder would show its upper part only.
pub fn depayloader(pad: &gst::Pad) -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let encoding = caps
        .structure(0)
        .filter(|structure| structure.name() == "application/x-rtp")
        .and_then(|structure| structure.get::<String>("encoding-name").ok());
    let (factory, format) = match encoding.as_deref() {
        Some("H264") => (
            "rtph264depay",
            "video/x-h264,stream-format=avc,alignment=au",
        ),
        Some("H265") => (
            "rtph265depay",
            "video/x-h265,stream-format=hvc1,alignment=au",
        ),
        _ => return Ok(Vec::new()),
    };
    let depayloader = gst::ElementFactory::make(factory).build()?;
    let filter = gst::ElementFactory::make("capsfilter")
        .property("caps", gst::Caps::from_str(format)?)
        .build()?;
    Ok(vec![depayloader, filter])
}
