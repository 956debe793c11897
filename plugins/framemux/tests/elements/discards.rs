// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras whose frames come and are all discarded: that is said instead of silence, and that it is over.

use gst::prelude::*;
use messages::Health;

use crate::camera::{Bench, Camera, ms, picture};

/// A picture of which something is missing.
fn broken(time: u64) -> gst::Buffer {
    let mut buffer = gst::Buffer::with_size(3).unwrap();
    buffer.get_mut().unwrap().set_pts(ms(time));
    buffer
}

/// What was said about cameras, each with its reason.
fn said(bench: &Bench) -> Vec<String> {
    let messages = bench.messages(gst::MessageType::Element);
    let said = messages.iter().map(|message| {
        let structure = message.structure().unwrap();
        let text = |field| structure.get::<String>(field).unwrap_or_default();
        format!("{} {} {}", text("camera"), text("state"), text("reason"))
    });
    said.map(|text| text.trim_end().to_owned()).collect()
}

/// Plays for 12 s: all is well at 0 and in the last second, between that C2 sends what `bad` makes for a time.
fn play(bench: &Bench, two: &Camera, good: &Camera, bad: impl Fn(u64) -> gst::Buffer) {
    for time in (0..=12_000).step_by(200) {
        good.push(time);
        let is_well = time == 0 || time > 11_000;
        if is_well {
            two.push(time);
            bench.at_once();
        } else {
            two.push_buffer(bad(time)).unwrap();
            bench.due();
        }
    }
}

/// A bench that plays and calls cameras silent after half a second, and its two cameras.
fn play_two() -> (Bench, Camera, Camera) {
    let bench = Bench::live();
    bench.mux.set_property("silence-timeout", 500_000_000_u64);
    let (good, two) = (bench.camera(), bench.camera());
    bench.play();
    (bench, good, two)
}

#[test]
fn broken_frames_are_told_as_discarded_and_not_as_silence() {
    let (bench, good, two) = play_two();
    play(&bench, &two, &good, broken);
    assert_eq!(said(&bench), ["C2 discarded unreadable pixels", "C2 used"]);
    let stats = two.input.property::<gst::Structure>("stats");
    assert_eq!(stats.get::<bool>("discarded"), Ok(false));
}

#[test]
fn a_camera_whose_discarded_frames_stop_is_silent() {
    let (bench, good, two) = play_two();
    good.push(0);
    two.push(0);
    bench.at_once();
    for time in (200..=2_000).step_by(200) {
        good.push(time);
        if time <= 800 {
            two.push_buffer(broken(time)).unwrap();
        }
        bench.due();
    }
    assert_eq!(said(&bench), ["C2 silent"]);
}

#[test]
fn a_warning_says_it_once_and_with_the_remedy() {
    let (bench, good, two) = play_two();
    play(&bench, &two, &good, |_| picture(16, None));
    let warnings = bench.messages(gst::MessageType::Warning);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(format!("{:?}", warnings[0]).contains("do-timestamp"));
}

#[test]
fn frames_whose_times_stand_still_are_told_with_the_remedy() {
    let (bench, good, two) = play_two();
    good.push(0);
    two.push(0);
    bench.at_once();
    for time in (200..=11_000).step_by(200) {
        good.push(time);
        two.push(0);
        bench.due();
    }
    let warnings = bench.messages(gst::MessageType::Warning);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let gst::MessageView::Warning(warning) = warnings[0].view() else {
        panic!("no warning");
    };
    let text = warning.error().to_string();
    assert!(
        text.contains("All frames of camera C2") && text.contains("do-timestamp"),
        "{text}"
    );
}

#[test]
fn what_follows_is_told_how_cameras_are() {
    let (bench, good, two) = play_two();
    let told = |bench: &Bench| {
        let pad = bench.mux.static_pad("src").unwrap();
        let mut told = Vec::new();
        pad.sticky_events_foreach(|event| {
            if let Some((health, _)) = meta::health_of(event) {
                told.push((health.camera, health.health));
            }
            std::ops::ControlFlow::Continue(gst::EventForeachAction::Keep)
        });
        told
    };
    good.push(0);
    two.push(0);
    bench.at_once();
    assert!(told(&bench).is_empty(), "nothing is wrong");
    for time in (200..=800).step_by(200) {
        good.push(time);
        bench.due();
    }
    let stalled = ("C2".to_owned(), Health::Stalled);
    assert_eq!(told(&bench), [stalled]);
    for time in [1_000, 1_200] {
        good.push(time);
        two.push(time);
        bench.at_once();
    }
    // The event of a packet follows it, so the one before has come.
    let online = ("C2".to_owned(), Health::Online);
    assert_eq!(told(&bench), [online]);
}

#[test]
fn what_a_source_says_of_its_camera_is_passed_on() {
    let (bench, good, two) = play_two();
    let health = messages::CameraHealth::new("other", Health::Offline);
    let time = messages::Timestamp::from_nanos(1);
    two.event(meta::health_event(0, &health, time));
    for time in [0, 200] {
        good.push(time);
        bench.due();
    }
    let pad = bench.mux.static_pad("src").unwrap();
    let mut told = Vec::new();
    pad.sticky_events_foreach(|event| {
        told.extend(meta::health_of(event));
        std::ops::ControlFlow::Continue(gst::EventForeachAction::Keep)
    });
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0.camera, "C2");
    assert_eq!(told[0].0.health, Health::Offline);
}
