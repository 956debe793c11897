// SPDX-License-Identifier: MIT OR Apache-2.0
//! Flushes and seeks.

use gst::prelude::*;

use crate::camera::{Bench, init, ms, words};

#[test]
fn a_flush_of_one_camera_forgets_its_frames_only() {
    let bench = Bench::live();
    let (one, two) = (bench.camera(), bench.camera());
    bench.play();
    one.push(0);
    two.push(0);
    assert_eq!(bench.at_once(), "0: C1=F0 C2=F0");
    two.push(200);
    assert!(two.event(gst::event::FlushStart::new()));
    assert!(two.event(gst::event::FlushStop::new(false)));
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    two.event(gst::event::Segment::new(&segment));
    one.push(200);
    assert_eq!(bench.due(), "200: C1=F1 C2=-");
    one.push(400);
    two.push(400);
    assert!(bench.at_once().starts_with("400: C1=F2 C2=F"));
}

#[test]
fn a_seek_starts_time_anew() {
    init();
    let camera = "videotestsrc ! video/x-raw,format=GRAY8,width=16,height=16,framerate=5/1";
    let text = format!(
        "framemux name=mux utc-start-time=2026-03-01T06:00:00Z ! appsink name=out sync=false max-buffers=1 \
         {camera} ! mux.sink_0 {camera} ! mux.sink_1"
    );
    let pipeline = gst::parse::launch(&text)
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
    let out = pipeline
        .by_name("out")
        .unwrap()
        .downcast::<gst_app::AppSink>()
        .unwrap();
    pipeline.set_state(gst::State::Paused).unwrap();
    pipeline.state(ms(10_000)).0.unwrap();
    assert_eq!(
        words(out.pull_preroll().unwrap().buffer().unwrap()),
        "0: C1=F0 C2=F0"
    );
    pipeline
        .seek_simple(gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE, ms(60_000))
        .unwrap();
    pipeline.state(ms(10_000)).0.unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    for number in 0..3_u64 {
        let sample = out.pull_sample().unwrap();
        let buffer = sample.buffer().unwrap();
        assert!(words(buffer).starts_with(&format!("{}: C1=F", number * 200)));
        // Running time starts at 0 again; what was seen, was seen a minute after the start.
        let segment = sample
            .segment()
            .unwrap()
            .downcast_ref::<gst::ClockTime>()
            .unwrap();
        assert_eq!(segment.to_running_time(buffer.pts().unwrap()), buffer.pts());
        let info = meta::frames(buffer).next().unwrap().info.clone();
        let capture = format!("2026-03-01T06:01:00{}Z", ["", ".2", ".4"][number as usize]);
        assert_eq!(info.capture_time.to_string(), capture);
    }
    pipeline.set_state(gst::State::Null).unwrap();
}

#[test]
fn it_plays_again_after_a_stop() {
    init();
    let camera =
        "videotestsrc num-buffers=2 ! video/x-raw,format=GRAY8,width=16,height=16,framerate=5/1";
    let text = format!("{camera} ! framemux name=mux ! appsink name=out sync=false");
    let pipeline = gst::parse::launch(&text)
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
    let out = pipeline
        .by_name("out")
        .unwrap()
        .downcast::<gst_app::AppSink>()
        .unwrap();
    for _ in 0..3 {
        pipeline.set_state(gst::State::Playing).unwrap();
        let packets: Vec<String> = std::iter::from_fn(|| out.pull_sample().ok())
            .map(|sample| words(sample.buffer().unwrap()))
            .collect();
        assert_eq!(packets, ["0: C1=F0", "200: C1=F1"]);
        let mux = pipeline.by_name("mux").unwrap();
        let stats: gst::Structure = mux.property("stats");
        assert_eq!(stats.get::<u64>("packets"), Ok(2), "counts start anew");
        pipeline.set_state(gst::State::Null).unwrap();
    }
}
