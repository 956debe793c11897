// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures to and from Python's imagezmq.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "../../../crates/bus/tests/zeromq/python.rs"]
#[allow(dead_code, reason = "shared with the tests of the bus")]
mod python;

use gst::prelude::*;
use meta::FrameInfo;
use python::Python;
use support::{facility, free_port, init, pipeline};

#[test]
fn a_hub_of_imagezmq_shows_our_frames() {
    init();
    for (encoding, encoder) in [("raw", ""), ("jpeg", "! jpegenc")] {
        let hub = Python::start("imagezmq_hub.py", &["rep", "tcp://127.0.0.1:*", encoding]);
        let port = hub.line();
        let sender = pipeline(&format!(
            "videotestsrc num-buffers=3 pattern=white ! video/x-raw,format=BGR,width=322,height=240 {encoder} \
             ! bussink uri=imagezmq+req://127.0.0.1:{port} camera=C1 facility={}",
            facility()
        ));
        sender.set_state(gst::State::Playing).unwrap();
        for _ in 0..3 {
            let line = hub.line();
            assert!(line.starts_with("'C1' 240x322x3 25"), "{encoding}: {line}");
        }
        sender.set_state(gst::State::Null).unwrap();
    }
}

#[test]
fn we_take_what_imagezmq_sends() {
    init();
    for (encoding, caps) in [("raw", "video/x-raw"), ("jpeg", "image/jpeg")] {
        let port = free_port();
        let receiver = pipeline(&format!(
            "bussrc uri=imagezmq+rep://127.0.0.1:{port} ! appsink name=out sync=false async=false"
        ));
        let sink = receiver
            .by_name("out")
            .unwrap()
            .downcast::<gst_app::AppSink>()
            .unwrap();
        receiver.set_state(gst::State::Playing).unwrap();
        let address = format!("tcp://127.0.0.1:{port}");
        let _sender = Python::start("imagezmq_sender.py", &["req", &address, encoding, "3"]);
        for _ in 0..3 {
            let sample = sink.try_pull_sample(support::HANG).expect("a picture");
            assert_eq!(sample.caps().unwrap().structure(0).unwrap().name(), caps);
            let info = FrameInfo::of(sample.buffer().unwrap()).unwrap();
            assert_eq!((&*info.camera, info.width, info.height), ("cam-é1", 5, 4));
        }
        receiver.set_state(gst::State::Null).unwrap();
    }
}
