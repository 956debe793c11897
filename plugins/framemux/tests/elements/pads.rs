// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras that come and go.

use gst::prelude::*;

use crate::camera::{Bench, ms, picture};

#[test]
fn a_camera_may_come_while_playing() {
    let bench = Bench::live();
    let one = bench.camera();
    bench.play();
    one.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0");
    let two = bench.camera();
    one.push(200);
    two.push(200);
    assert_eq!(bench.at_once(), "200: C1=F1 C2=F0");
}

#[test]
fn a_camera_may_go_while_playing() {
    let bench = Bench::live();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    assert_eq!(bench.due(), "0: C1=F0 C2=-");
    one.push(200);
    bench.unplug(&two);
    assert_eq!(bench.at_once(), "200: C1=F1");
}

#[test]
fn all_cameras_may_go_and_another_come() {
    let bench = Bench::live();
    let one = bench.camera();
    bench.play();
    one.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0");
    bench.unplug(&one);
    bench.clock.set_time(ms(60_001));
    let two = bench.camera();
    two.push(60_010);
    assert_eq!(
        bench.at_once(),
        "60200: C2=F0",
        "and no packets for the empty minute"
    );
}

#[test]
fn files_go_on_when_a_camera_goes_that_held_them() {
    let bench = Bench::files();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    two.push(0);
    // Takes the frames of tick 0, and waits for two, which never sends again.
    let held = std::thread::scope(|scope| {
        scope.spawn(|| {
            for time in [200, 400, 600] {
                one.push(time);
            }
            one.event(gst::event::Eos::new());
        });
        assert_eq!(bench.mux.state(gst::ClockTime::ZERO).1, gst::State::Playing);
        bench.unplug(&two);
        let mut packets = Vec::new();
        while packets
            .last()
            .is_none_or(|packet: &String| !packet.starts_with("600"))
        {
            packets.push(bench.at_once());
        }
        packets
    });
    assert_eq!(held.last().unwrap(), "600: C1=F3");
}

#[test]
fn a_camera_may_be_renamed() {
    let bench = Bench::live();
    let one = bench.camera();
    bench.play();
    one.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0");
    one.input.set_property("camera", "North");
    one.push(200);
    assert_eq!(bench.at_once(), "200: North=F1");
}

#[test]
fn names_come_from_numbers() {
    let bench = Bench::files();
    for (request, camera) in [("sink_%u", "C1"), ("sink_6", "C7"), ("sink_%u", "C8")] {
        let pad = bench.mux.request_pad_simple(request).unwrap();
        assert_eq!(pad.property::<String>("camera"), camera);
    }
}

#[test]
fn two_pads_of_one_camera_are_refused_at_the_start() {
    let bench = Bench::files();
    let (_one, two) = (bench.camera(), bench.camera());
    two.input.set_property("camera", "C1");
    assert!(bench.mux.set_state(gst::State::Paused).is_err());
    let errors = bench.messages(gst::MessageType::Error);
    let text = format!("{:?}", errors[0]);
    for word in ["sink_0", "sink_1", "C1", "sink_1::camera="] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn two_pads_of_one_camera_are_refused_while_playing() {
    let bench = Bench::live();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    two.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    two.input.set_property("camera", "C1");
    one.push(200);
    two.push(200);
    assert!(bench.error().contains("sink_1::camera="));
}

#[test]
fn pads_are_children_so_that_a_launch_line_can_name_them() {
    let bench = Bench::files();
    let _cameras = (bench.camera(), bench.camera());
    let proxy = bench.mux.dynamic_cast_ref::<gst::ChildProxy>().unwrap();
    assert_eq!(proxy.children_count(), 2);
    proxy.set_child_property("sink_1::camera", "South".to_value());
    let child = proxy.child_by_index(1).unwrap();
    assert_eq!(child.property::<String>("camera"), "South");
}

#[test]
fn a_hundred_rounds_of_coming_and_going_leave_nothing_behind() {
    let bench = Bench::live();
    let stays = bench.camera();
    bench.play();
    let weak: Vec<_> = (0..100)
        .map(|round| {
            let guest = bench.camera();
            stays.push(round);
            guest.push_buffer(picture(16, ms(round))).unwrap();
            let pad = guest.input.downgrade();
            bench.unplug(&guest);
            pad
        })
        .collect();
    bench.mux.set_state(gst::State::Null).unwrap();
    assert!(weak.iter().all(|pad| pad.upgrade().is_none()));
    let stats: gst::Structure = bench.mux.property("stats");
    let cameras: gst::Array = stats.get("cameras").unwrap();
    assert_eq!(cameras.len(), 1);
}

#[test]
fn everything_is_given_back() {
    let bench = Bench::live();
    let camera = bench.camera();
    bench.play();
    camera.push(0);
    bench.at_once();
    bench.mux.set_state(gst::State::Null).unwrap();
    let mux = bench.mux.downgrade();
    let input = camera.input.downgrade();
    drop((camera, bench));
    assert!(mux.upgrade().is_none());
    assert!(input.upgrade().is_none());
}
