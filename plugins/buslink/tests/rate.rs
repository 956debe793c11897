// SPDX-License-Identifier: MIT OR Apache-2.0
//! Live pipelines on a clock that a test turns: whatever is wrong with the bus, each frame goes on at its time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_check::TestClock;
use support::{HANG, facility, free_port, init, pipeline};

/// So many frames are played: half a minute of a camera.
const FRAMES: u64 = 150;

/// Time between two frames.
const INTERVAL: gst::ClockTime = gst::ClockTime::from_mseconds(200);

/// Plays a live camera and an aggregator into a sink, and sees to it that the packet of each frame has gone into the sink before the
/// clock goes on; what the sink counted.
fn play(sink: &str) -> gst::Structure {
    let pipeline = pipeline(&format!(
        "appsrc name=camera is-live=true format=time caps=video/x-raw,format=GRAY8,width=640,height=480,framerate=5/1 \
         ! framemux name=mux ! {sink} name=sink"
    ));
    let clock = TestClock::with_start_time(gst::ClockTime::ZERO);
    pipeline.use_clock(Some(&clock));
    let packets = Arc::new(AtomicU64::new(0));
    let counting = Arc::clone(&packets);
    let output = pipeline.by_name("mux").unwrap().static_pad("src").unwrap();
    output.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        counting.fetch_add(1, Ordering::SeqCst);
        gst::PadProbeReturn::Ok
    });
    pipeline.set_state(gst::State::Playing).unwrap();
    let camera = pipeline.by_name("camera").unwrap();
    let camera = camera.downcast::<gst_app::AppSrc>().unwrap();
    for frame in 0..FRAMES {
        let mut buffer = gst::Buffer::from_mut_slice(vec![frame as u8; 640 * 480]);
        let time = INTERVAL * frame;
        buffer.get_mut().unwrap().set_pts(time);
        buffer.get_mut().unwrap().set_duration(INTERVAL);
        clock.set_time(time);
        camera.push_buffer(buffer).unwrap();
        let begin = Instant::now();
        while packets.load(Ordering::SeqCst) <= frame {
            let hangs = begin.elapsed() > Duration::from(HANG);
            assert!(!hangs, "{sink}: frame {frame} waits for the network");
            std::thread::yield_now();
        }
    }
    assert_eq!(packets.load(Ordering::SeqCst), FRAMES, "{sink}");
    let sink = pipeline.by_name("sink").unwrap();
    let stats = sink.property::<gst::Structure>("stats");
    pipeline.set_state(gst::State::Null).unwrap();
    stats
}

/// A sink of this address.
fn bussink(address: &str) -> String {
    format!(
        "bussink uri={address} max-size-messages=16 facility={}",
        facility()
    )
}

#[test]
fn a_live_stream_goes_on_at_its_rate_whatever_is_wrong_with_the_bus() {
    init();
    // Nobody is there; somebody takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for port in [free_port(), silent.local_addr().unwrap().port()] {
        for address in [
            format!("zmq+push://127.0.0.1:{port}?connect=1"),
            format!("zmq+req://127.0.0.1:{port}"),
            format!("zmq+pub://127.0.0.1:{port}?connect=1"),
            format!("amqp://127.0.0.1:{port}/"),
            format!("kafka://127.0.0.1:{port}"),
            format!("mqtt://127.0.0.1:{port}"),
            format!("http://127.0.0.1:{port}/api/events"),
        ] {
            let stats = play(&bussink(&address));
            assert!(
                stats.get::<u64>("dropped").unwrap() > 0,
                "{address}: {stats}"
            );
        }
    }
}

#[test]
fn a_live_stream_goes_on_at_its_rate_while_its_receiver_takes_nothing() {
    init();
    for (sends, receives) in [("push", "pull"), ("req", "rep"), ("pub", "sub")] {
        let port = free_port();
        let address = format!("zmq+{receives}://127.0.0.1:{port}?bind=1");
        let options = bus::Options {
            queue: 1,
            ..bus::Options::default()
        };
        let _stalled = bus::subscriber(&bus::Endpoint::parse(&address).unwrap(), &options).unwrap();
        let address = format!("zmq+{sends}://127.0.0.1:{port}?connect=1");
        let stats = play(&bussink(&address));
        assert!(stats.get::<u64>("offered").unwrap() >= FRAMES, "{stats}");
    }
}
