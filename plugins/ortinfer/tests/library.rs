// SPDX-License-Identifier: MIT OR Apache-2.0
//! Without ONNX Runtime the element says how to get it, and works as soon as it is there. One process, one library: this
//! test has a process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod scene;

use gst::prelude::*;
use scene::{Config, gstreamer, ortinfer};

#[test]
fn a_missing_library_is_an_error_that_tells_the_way() {
    gstreamer();
    let config = Config::detector("");
    let element = ortinfer(&config);
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let no_library = scene::model("detector.onnx");
    for library in ["/nowhere/libonnxruntime.so", no_library.to_str().unwrap()] {
        element.set_property("onnxruntime-library", library);
        assert!(element.set_state(gst::State::Paused).is_err());
        element.set_state(gst::State::Null).unwrap();
        let message = bus
            .pop_filtered(&[gst::MessageType::Error])
            .expect("an error");
        let gst::MessageView::Error(error) = message.view() else {
            unreachable!()
        };
        let said = format!("{} {}", error.error(), error.debug().unwrap_or_default());
        for part in [
            library,
            "scripts/setup.sh",
            "ORT_DYLIB_PATH",
            "onnxruntime-library",
        ] {
            assert!(said.contains(part), "\"{part}\" is missing in: {said}");
        }
    }
    element.set_property("onnxruntime-library", None::<&str>);
    element
        .set_state(gst::State::Paused)
        .expect("ONNX Runtime is needed here: run scripts/setup.sh");
    element.set_state(gst::State::Null).unwrap();
    // Another library beside the first is not loaded, and that is told.
    element.set_property("onnxruntime-library", "/nowhere/libonnxruntime.so");
    element.set_state(gst::State::Paused).unwrap();
    element.set_state(gst::State::Null).unwrap();
    assert!(bus.pop_filtered(&[gst::MessageType::Warning]).is_some());
}
