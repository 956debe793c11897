// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras that are not there, fail at the start, fall silent or end: the others go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gst::prelude::*;

use crate::camera::{Bench, Camera, begin, caps, ms};
use crate::recording::{Piece, pictures, play};

/// A way to fail at the start: how the camera is plugged in, and what comes from it.
type Fault = (&'static str, fn(&Bench) -> Camera, fn(&Camera));

/// What can be wrong with a live camera from the start.
const FAULTS: [Fault; 9] = [
    ("its pad is not linked", unlinked, |_| {}),
    ("nothing comes", Bench::dead_camera, |_| {}),
    (
        "nothing comes and nobody answers queries",
        unconnected,
        |_| {},
    ),
    (
        "it announces a long latency and sends nothing",
        |bench| bench.slow_camera(ms(2_000), ms(5_000)),
        |_| {},
    ),
    (
        "its stream starts and has no caps",
        Bench::dead_camera,
        |camera| {
            camera.event(gst::event::StreamStart::new("camera"));
        },
    ),
    ("it has caps and no segment", Bench::dead_camera, |camera| {
        camera.event(gst::event::StreamStart::new("camera"));
        camera.event(gst::event::Caps::new(&caps(16, 5)));
    }),
    ("its caps are no picture format", Bench::camera, |camera| {
        let caps = gst::Caps::builder("video/x-raw").field("format", "NOSUCH");
        camera.event(gst::event::Caps::new(&caps.build()));
        camera.push(0);
    }),
    ("it ends without a frame", Bench::camera, |camera| {
        camera.event(gst::event::Eos::new());
    }),
    (
        "it ends and nobody answers queries",
        unconnected,
        |camera| {
            camera.event(gst::event::StreamStart::new("lost"));
            camera.event(gst::event::Eos::new());
        },
    ),
];

/// A camera that answers no query.
fn unconnected(bench: &Bench) -> Camera {
    bench.unconnected_camera(Arc::default())
}

/// A pad that no camera is linked to.
fn unlinked(bench: &Bench) -> Camera {
    let camera = bench.dead_camera();
    camera.output.unlink(&camera.input).unwrap();
    camera
}

#[test]
fn a_live_camera_that_fails_at_the_start_holds_nobody_at_any_pad() {
    for (name, plug_in, fail) in FAULTS {
        for first in [true, false] {
            println!("{name}, first pad: {first}");
            let bench = Bench::live();
            bench.play();
            let bad_first = first.then(|| plug_in(&bench));
            let good = bench.camera();
            let bad = bad_first.unwrap_or_else(|| plug_in(&bench));
            fail(&bad);
            let camera = good.input.property::<String>("camera");
            for number in 0..5 {
                let time = number * 200;
                good.push(time);
                let packet = bench.within(ms(time + 200));
                let fresh = format!("{camera}=F{number}");
                assert!(packet.starts_with(&format!("{time}: ")), "{packet}");
                assert!(packet.contains(&fresh), "{packet}");
            }
        }
    }
}

#[test]
fn cameras_that_connect_late_are_live_all_the_same() {
    let bench = Bench::live();
    let connected: [Arc<AtomicBool>; 2] = Default::default();
    let cameras = connected
        .clone()
        .map(|connected| bench.unconnected_camera(connected));
    bench.play();
    bench.clock.set_time(ms(5_000));
    let [_, second] = &cameras;
    connected[1].store(true, Ordering::SeqCst);
    let second = begin(Camera {
        output: second.output.clone(),
        input: second.input.clone(),
    });
    second.push(5_000);
    assert_eq!(bench.within(ms(5_200)), "5000: C1=- C2=F0");
    connected[0].store(true, Ordering::SeqCst);
    let [first, _] = cameras;
    let first = begin(first);
    first.push(5_200);
    second.push(5_200);
    assert_eq!(bench.at_once(), "5200: C1=F0 C2=F1");
}

#[test]
fn a_silent_camera_with_a_long_latency_delays_nobody() {
    let bench = Bench::live();
    let good = bench.camera();
    let silent = bench.slow_camera(ms(2_000), ms(5_000));
    bench.play();
    for time in [0, 200] {
        bench.clock.set_time(ms(time));
        good.push(time);
        silent.push(time);
        assert_eq!(
            bench.at_once(),
            format!("{time}: C1=F{0} C2=F{0}", time / 200)
        );
    }
    for time in (400..3_000).step_by(200) {
        good.push(time);
        bench.due();
        assert_eq!(bench.clock.time(), ms(time + 200), "one interval, no more");
    }
    assert_eq!(bench.presence(), ["C2 silent 2400"]);
}

#[test]
fn the_end_of_a_live_camera_is_a_loss_and_it_may_come_back() {
    let bench = Bench::live();
    let (good, lost) = (bench.camera(), bench.camera());
    bench.play();
    good.push(0);
    lost.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    lost.event(gst::event::Eos::new());
    for time in (200..=4_000).step_by(200) {
        bench.clock.set_time(ms(time));
        good.push(time);
        assert!(bench.at_once().starts_with(&format!("{time}: C1=F")));
    }
    let messages = bench.messages(gst::MessageType::Element);
    let structure = messages[0].structure().unwrap();
    assert_eq!(structure.get::<String>("state").unwrap(), "lost");
    assert_eq!(
        structure.get::<String>("reason").unwrap(),
        "its stream ended"
    );
    assert_eq!(messages.len(), 1, "it is not silent as well: {messages:?}");
    // A new stream on the same pad.
    let lost = begin(lost);
    bench.clock.set_time(ms(4_200));
    lost.push(4_200);
    bench.taken(&lost, 2);
    good.push(4_200);
    assert_eq!(bench.at_once(), "4200: C1=F21 C2=F1");
    assert_eq!(bench.presence(), ["C2 returned 4200"]);
    good.push(4_400);
    assert!(bench.nothing(), "and it is waited for again");
    assert_eq!(bench.due(), "4400: C1=F22 C2=200");
}

#[test]
fn a_gap_tells_at_once_that_a_camera_is_silent() {
    let bench = Bench::live();
    let (good, silent) = (bench.camera(), bench.camera());
    bench.play();
    good.push(0);
    silent.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    silent.event(gst::event::Gap::builder(ms(200)).duration(ms(800)).build());
    for time in (200..=800).step_by(200) {
        bench.clock.set_time(ms(time));
        good.push(time);
        assert!(bench.at_once().starts_with(&format!("{time}: C1=F")));
        assert_eq!(bench.clock.time(), ms(time), "no time passes");
    }
}

#[test]
fn a_recording_without_frames_is_given_up_at_once() {
    for first in [true, false] {
        let mut recordings = vec![pictures([0, 200, 400])];
        recordings.insert(usize::from(!first), Vec::<Piece>::new());
        let outcome = play("", "identity", recordings);
        assert_eq!(outcome.packets.len(), 3, "empty one first: {first}");
        assert_eq!(outcome.error(), None);
    }
}

#[test]
fn a_recording_that_is_slow_is_waited_for_and_named() {
    let bench = Bench::files();
    let (quick, slow) = (bench.camera(), bench.camera());
    bench.play();
    quick.push(0);
    for _ in 0..10 {
        assert!(bench.nothing());
        assert!(bench.clock.crank());
    }
    assert_eq!(
        bench.presence(),
        ["C2 awaited 0"],
        "once, after five seconds"
    );
    slow.push(0);
    quick.event(gst::event::Eos::new());
    slow.event(gst::event::Eos::new());
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    assert_eq!(bench.presence(), ["C2 returned 0"]);
}
