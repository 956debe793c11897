// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures that lie are said, and are no evidence.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use gst::prelude::*;
use support::{Camera, LIMIT, init};

/// Frames a second, and from one key picture to the next, of made clips.
const ENCODED: &str = "videoconvert ! x264enc speed-preset=ultrafast tune=zerolatency key-int-max=5 ! mp4mux ! filesink name=out";

/// Plays a pipeline text to its end, after `change` had a look at it.
fn make(text: &str, out: &Path, change: impl FnOnce(&gst::Pipeline)) {
    init();
    let pipeline = gst::parse::launch(text)
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
    pipeline
        .by_name("out")
        .unwrap()
        .set_property("location", out.to_str().unwrap());
    change(&pipeline);
    pipeline.set_state(gst::State::Playing).unwrap();
    let limit = gst::ClockTime::try_from(LIMIT).unwrap();
    let wanted = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().unwrap().timed_pop_filtered(limit, &wanted);
    assert_eq!(
        end.expect("the clip is made in time").type_(),
        gst::MessageType::Eos
    );
    pipeline.set_state(gst::State::Null).unwrap();
}

/// A camera of the demo.
fn footage() -> PathBuf {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/demo/C1.mp4"
    ))
    .canonicalize()
    .unwrap()
}

/// The first picture of the footage as PNG.
fn reference(out: &Path, width: u32) {
    let text = format!(
        "filesrc location={} ! decodebin ! videoconvert ! videoscale ! video/x-raw,width={width} ! identity eos-after=2 \
         ! pngenc snapshot=true ! filesink name=out",
        footage().display()
    );
    make(&text, out, |_| ());
}

/// A clip of a generated pattern, 5 pictures a second.
fn pattern(out: &Path, pattern: &str) {
    let text = format!(
        "videotestsrc pattern={pattern} num-buffers=100 ! video/x-raw,format=I420,width=960,height=540,framerate=5/1 ! {ENCODED}"
    );
    make(&text, out, |_| ());
}

/// Plays a file as camera C1.
fn play(file: &Path, properties: &str) -> Camera {
    Camera::play(&format!(
        "uri=file://{} camera=C1 {properties}",
        file.display()
    ))
}

#[test]
fn a_moved_camera_is_said_with_its_shift() {
    let folder = tempfile::tempdir().unwrap();
    let (clip, picture) = (folder.path().join("C1.mp4"), folder.path().join("C1.png"));
    reference(&picture, 960);
    let text = format!(
        "filesrc location={} ! decodebin ! videoconvert ! identity name=count eos-after=100 ! videobox name=box ! {ENCODED}",
        footage().display()
    );
    // From the fiftieth picture on, ten seconds, everything lies 12 pixels further left.
    make(&text, &clip, |pipeline| {
        let pad = pipeline.by_name("count").unwrap().static_pad("sink");
        let frame = pipeline.by_name("box").unwrap();
        let count = AtomicU32::new(0);
        pad.unwrap()
            .add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                if count.fetch_add(1, Ordering::Relaxed) == 50 {
                    frame.set_property("left", 12_i32);
                    frame.set_property("right", -12_i32);
                }
                gst::PadProbeReturn::Ok
            });
    });
    let camera = play(&clip, &format!("reference={}", picture.display()));
    camera.wait_for("online");
    let message = camera.wait_for("moved");
    let shift = |name: &str| message.get::<f64>(name).unwrap();
    assert!((shift("shift-x") + 12.0).abs() < 2.0, "{message}");
    assert!(shift("shift-y").abs() < 2.0, "{message}");
    assert_eq!(message.get("reason"), Ok("moved"));
    // Its pictures go on: they show the hall, only its metres are wrong.
    camera.forget_pictures();
    camera.pictures(2, None);
    // The clip begins anew, where the camera looks as it should.
    camera.wait_for("online");
}

#[test]
fn black_pictures_are_no_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("black.mp4");
    pattern(&clip, "black");
    let camera = play(&clip, "");
    let message = camera.wait_for("blind");
    assert_eq!(message.get("reason"), Ok("black"));
    let reason = camera.health(messages::Health::Blind).unwrap();
    assert!(reason.contains("C1 is black"), "{reason}");
    assert!(camera.count("blind") > 0);
    // Who does not want to know gets them all.
    gst::prelude::ObjectExt::set_property(&camera.element, "checks", false);
    camera.wait_for("online");
    camera.forget_pictures();
    camera.pictures(2, None);
}

#[test]
fn a_picture_that_stands_over_key_pictures_is_frozen() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("still.mp4");
    pattern(&clip, "checkers-8");
    let camera = play(&clip, "freeze-timeout=3000000000");
    camera.wait_for("online");
    assert_eq!(camera.wait_for("frozen").get("reason"), Ok("frozen"));
    camera.gap();
}

#[test]
fn a_reference_of_another_size_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("C1.png");
    reference(&picture, 480);
    let camera = play(&footage(), &format!("reference={}", picture.display()));
    let message = camera.wait_for("no-reference");
    let sentence = message.get::<&str>("message").unwrap();
    assert!(sentence.contains("480x540"), "{sentence}");
    camera.pictures(2, None);
}
