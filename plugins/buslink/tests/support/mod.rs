// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests of these elements share. Longer than any pipeline takes is [`HANG`]: only a hang reaches it.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::net::TcpListener;
use std::path::Path;
use std::sync::Once;

use gst::prelude::*;

/// Longer than any of these pipelines takes; only a hang reaches it.
pub const HANG: gst::ClockTime = gst::ClockTime::from_seconds(60);

/// `GStreamer` with the elements of these tests, registered once.
pub fn init() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        gst::init().unwrap();
        let elements = [
            ("bussink", roundhouse_buslink::BusSink::static_type()),
            ("bussrc", roundhouse_buslink::BusSrc::static_type()),
            ("framemux", framemux::FrameMux::static_type()),
        ];
        for (name, kind) in elements {
            gst::Element::register(None, name, gst::Rank::NONE, kind).unwrap();
        }
    });
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// The shipped facility.
pub fn facility() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/demo/facility.toml");
    path.display().to_string()
}

/// A pipeline.
pub fn pipeline(description: &str) -> gst::Pipeline {
    let pipeline = gst::parse::launch(description).unwrap();
    pipeline.downcast::<gst::Pipeline>().unwrap()
}
