// SPDX-License-Identifier: MIT OR Apache-2.0
//! `framedemux`, fed with packets of the test's own, and behind `framemux`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use gst::prelude::*;
use messages::Timestamp;
use meta::{FrameInfo, Packet, Slot, SlotStatus};

use crate::camera::{caps, init, ms, picture, segment};

/// What came out, in words, by camera.
type Log = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

/// A framedemux whose cameras' streams are written down.
struct Bench {
    demux: gst::Element,
    input: gst::Pad,
    bus: gst::Bus,
    log: Log,
}

fn words(event: &gst::Event) -> String {
    match event.view() {
        gst::EventView::Caps(caps) => {
            let caps = caps.caps().structure(0).unwrap();
            format!("caps {}", caps.get::<i32>("width").unwrap())
        }
        gst::EventView::Gap(gap) => {
            let (start, duration) = gap.get();
            format!(
                "gap {} for {}",
                start.mseconds(),
                duration.unwrap().mseconds()
            )
        }
        _ => event.type_().name().to_string(),
    }
}

impl Bench {
    /// A camera's stream goes on as `flow` says; `None`: its pad stays unlinked.
    fn new(flow: impl Fn(&str) -> Option<gst::FlowReturn> + Send + Sync + 'static) -> Self {
        init();
        let demux = gst::ElementFactory::make("framedemux").build().unwrap();
        let bus = gst::Bus::new();
        demux.set_bus(Some(&bus));
        let log = Log::default();
        let writer = Arc::clone(&log);
        demux.connect_pad_added(move |_, pad| {
            let camera: String = pad.property("camera");
            let Some(flow) = flow(&camera) else { return };
            pad.link(&sink(camera, flow, &writer)).unwrap();
        });
        let input = gst::Pad::builder(gst::PadDirection::Src)
            .query_function(|_, _, query| match query.view_mut() {
                gst::QueryViewMut::Latency(latency) => {
                    latency.set(true, ms(300), ms(900));
                    true
                }
                _ => false,
            })
            .build();
        input.set_active(true).unwrap();
        input.link(&demux.static_pad("sink").unwrap()).unwrap();
        demux.set_state(gst::State::Playing).unwrap();
        input.push_event(gst::event::StreamStart::new("packets"));
        let caps = gst::Caps::builder(meta::PACKET_CAPS)
            .field("framerate", gst::Fraction::new(5, 1))
            .build();
        input.push_event(gst::event::Caps::new(&caps));
        input.push_event(gst::event::Segment::new(&segment(0, 0)));
        Self {
            demux,
            input,
            bus,
            log,
        }
    }

    fn linked() -> Self {
        Self::new(|_| Some(gst::FlowReturn::Ok))
    }

    fn push(&self, time: u64, slots: Vec<Slot>) -> Result<gst::FlowSuccess, gst::FlowError> {
        let mut buffer = gst::Buffer::new();
        let writable = buffer.get_mut().unwrap();
        writable.set_pts(ms(time));
        writable.set_duration(ms(200));
        Packet { slots }.attach(writable);
        self.input.push(buffer)
    }

    /// What came out of `camera` since the last question.
    fn take(&self, camera: &str) -> Vec<String> {
        let mut log = self.log.lock().unwrap();
        log.get_mut(camera).map(std::mem::take).unwrap_or_default()
    }

    fn pads(&self) -> Vec<String> {
        let pads = self.demux.src_pads();
        pads.iter()
            .map(|pad| format!("{} {}", pad.name(), pad.property::<String>("camera")))
            .collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = self.demux.set_state(gst::State::Null);
        self.bus.set_flushing(true);
    }
}

/// A pad that writes down what `camera` sends.
fn sink(camera: String, flow: gst::FlowReturn, log: &Log) -> gst::Pad {
    let write = {
        let log = Arc::clone(log);
        move |text: String| {
            let mut log = log.lock().unwrap();
            log.entry(camera.clone()).or_default().push(text);
        }
    };
    let write_event = write.clone();
    // Without a template a pad takes no caps but its first.
    let template = gst::PadTemplate::new(
        "sink",
        gst::PadDirection::Sink,
        gst::PadPresence::Always,
        &gst::Caps::new_any(),
    )
    .unwrap();
    let sink = gst::Pad::builder_from_template(&template)
        .chain_function(move |_, _, buffer| {
            let again = buffer.flags().contains(gst::BufferFlags::GAP);
            let time = buffer.pts().unwrap().mseconds();
            write(format!("{} {time}", if again { "again" } else { "frame" }));
            flow.into_result()
        })
        .event_function(move |_, _, event| {
            write_event(words(&event));
            true
        })
        .build();
    sink.set_active(true).unwrap();
    sink
}

fn slot(source: u32, status: SlotStatus, frame: Option<gst::Buffer>, width: i32) -> Slot {
    let format = gst_video::VideoInfo::from_caps(&caps(width, 5)).unwrap();
    Slot {
        camera: Arc::from(format!("C{}", source + 1)),
        source,
        status,
        video_info: frame.is_some().then_some(format),
        frame,
    }
}

fn fresh(source: u32, time: u64) -> Slot {
    wide(source, time, 16)
}

fn wide(source: u32, time: u64, width: i32) -> Slot {
    let mut frame = picture(width as usize, ms(time));
    FrameInfo::new("C", source, Timestamp::from_nanos(0)).attach(frame.get_mut().unwrap());
    slot(source, SlotStatus::Fresh, Some(frame), width)
}

fn cached(source: u32, time: u64, age: u64) -> Slot {
    let frame = picture(16, ms(time));
    let age = age * 1_000_000;
    slot(source, SlotStatus::Cached { age }, Some(frame), 16)
}

fn missing(source: u32) -> Slot {
    slot(source, SlotStatus::Missing, None, 16)
}

const START: [&str; 3] = ["stream-start", "caps 16", "segment"];

#[test]
fn fresh_frames_come_out_at_their_own_time() {
    let bench = Bench::linked();
    bench.push(200, vec![fresh(0, 150), fresh(1, 200)]).unwrap();
    bench.push(400, vec![fresh(0, 390), fresh(1, 400)]).unwrap();
    assert_eq!(
        bench.take("C1"),
        [&START[..], &["frame 150", "frame 390"]].concat()
    );
    assert_eq!(
        bench.take("C2"),
        [&START[..], &["frame 200", "frame 400"]].concat()
    );
    assert_eq!(bench.pads(), ["src_0 C1", "src_1 C2"]);
}

#[test]
fn what_is_not_fresh_is_a_gap() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0)]).unwrap();
    bench.push(200, vec![cached(0, 0, 200)]).unwrap();
    bench.push(400, vec![missing(0)]).unwrap();
    bench.push(600, vec![fresh(0, 500)]).unwrap();
    let expected = ["frame 0", "gap 0 for 200", "gap 200 for 200", "frame 500"];
    assert_eq!(bench.take("C1")[3..], expected);
}

#[test]
fn cached_frames_come_out_if_wanted() {
    let bench = Bench::linked();
    bench.demux.set_property("cached", true);
    bench.push(0, vec![fresh(0, 0)]).unwrap();
    bench.push(200, vec![cached(0, 0, 200)]).unwrap();
    bench.push(400, vec![fresh(0, 350)]).unwrap();
    assert_eq!(bench.take("C1")[3..], ["frame 0", "again 200", "frame 350"]);
}

#[test]
fn pads_appear_with_their_first_frame() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0), missing(1)]).unwrap();
    assert_eq!(bench.pads(), ["src_0 C1"]);
    bench.push(200, vec![fresh(0, 200), fresh(1, 200)]).unwrap();
    assert_eq!(bench.pads(), ["src_0 C1", "src_1 C2"]);
    assert_eq!(bench.take("C2"), [&START[..], &["frame 200"]].concat());
}

#[test]
fn a_camera_that_left_the_packets_ends() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0), fresh(1, 0)]).unwrap();
    bench.push(200, vec![fresh(1, 200)]).unwrap();
    assert_eq!(bench.take("C1").last().unwrap(), "eos");
    assert_eq!(bench.pads(), ["src_1 C2"]);
}

#[test]
fn another_camera_under_the_same_number_is_another_stream() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0)]).unwrap();
    let mut other = fresh(0, 200);
    other.camera = Arc::from("North");
    bench.push(200, vec![other]).unwrap();
    assert_eq!(bench.take("C1").last().unwrap(), "eos");
    assert_eq!(bench.pads(), ["src_0 North"]);
    assert_eq!(bench.take("North"), [&START[..], &["frame 200"]].concat());
}

#[test]
fn size_may_change() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0)]).unwrap();
    bench.push(200, vec![wide(0, 200, 32)]).unwrap();
    bench.push(400, vec![wide(0, 400, 32)]).unwrap();
    let expected = ["frame 0", "caps 32", "frame 200", "frame 400"];
    assert_eq!(bench.take("C1")[3..], expected);
}

#[test]
fn a_new_segment_reaches_every_camera() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0), fresh(1, 0)]).unwrap();
    bench
        .input
        .push_event(gst::event::Segment::new(&segment(1_000, 0)));
    bench
        .push(1_200, vec![fresh(0, 1_200), missing(1)])
        .unwrap();
    assert_eq!(bench.take("C1")[4..], ["segment", "frame 1200"]);
    assert_eq!(bench.take("C2")[4..], ["segment", "gap 1000 for 200"]);
}

#[test]
fn a_flush_passes_and_time_starts_anew() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0)]).unwrap();
    bench.input.push_event(gst::event::FlushStart::new());
    bench.input.push_event(gst::event::FlushStop::new(true));
    bench
        .input
        .push_event(gst::event::Segment::new(&segment(0, 0)));
    bench.push(0, vec![fresh(0, 0)]).unwrap();
    let expected = ["frame 0", "flush-start", "flush-stop", "segment", "frame 0"];
    assert_eq!(bench.take("C1")[3..], expected);
}

#[test]
fn the_end_reaches_every_camera() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0), fresh(1, 0)]).unwrap();
    assert!(bench.input.push_event(gst::event::Eos::new()));
    for camera in ["C1", "C2"] {
        assert_eq!(bench.take(camera).last().unwrap(), "eos");
    }
    assert!(bench.bus.pop_filtered(&[gst::MessageType::Error]).is_none());
}

#[test]
fn an_end_without_any_frame_is_an_error_not_a_silence() {
    let bench = Bench::linked();
    bench.push(0, vec![missing(0)]).unwrap();
    bench.input.push_event(gst::event::Eos::new());
    let error = bench.bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    assert!(format!("{error:?}").contains("framemux"));
}

#[test]
fn a_pad_that_nobody_linked_stops_nobody() {
    let bench = Bench::new(|camera| (camera == "C2").then_some(gst::FlowReturn::Ok));
    bench.push(0, vec![fresh(0, 0), missing(1)]).unwrap();
    bench.push(200, vec![fresh(0, 200), fresh(1, 200)]).unwrap();
    assert_eq!(bench.take("C2").last().unwrap(), "frame 200");
}

#[test]
fn a_camera_whose_branch_has_enough_stops_nobody() {
    let bench = Bench::new(|camera| {
        Some(if camera == "C1" {
            gst::FlowReturn::Eos
        } else {
            gst::FlowReturn::Ok
        })
    });
    for time in [0, 200] {
        bench
            .push(time, vec![fresh(0, time), fresh(1, time)])
            .unwrap();
    }
    assert_eq!(bench.take("C2").last().unwrap(), "frame 200");
}

#[test]
fn packets_that_nobody_wants_are_refused() {
    let bench = Bench::new(|_| None);
    let flow = bench.push(0, vec![fresh(0, 0), fresh(1, 0)]);
    assert_eq!(flow, Err(gst::FlowError::NotLinked));
}

#[test]
fn an_error_of_one_branch_is_an_error() {
    let bench = Bench::new(|_| Some(gst::FlowReturn::Error));
    assert_eq!(bench.push(0, vec![fresh(0, 0)]), Err(gst::FlowError::Error));
}

#[test]
fn a_buffer_that_is_no_packet_is_refused_with_a_sentence() {
    let bench = Bench::linked();
    let flow = bench.input.push(picture(16, ms(0)));
    assert_eq!(flow, Err(gst::FlowError::Error));
    let error = bench.bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    assert!(format!("{error:?}").contains("framemux"));
}

#[test]
fn a_frame_may_be_an_interval_older_than_its_packet() {
    let bench = Bench::linked();
    bench.push(200, vec![fresh(0, 100)]).unwrap();
    let pad = bench.demux.static_pad("src_0").unwrap();
    let mut query = gst::query::Latency::new();
    assert!(pad.query(&mut query));
    assert_eq!(query.result(), (true, ms(500), Some(ms(1_100))));
}

#[test]
fn nothing_is_left_after_a_stop() {
    let bench = Bench::linked();
    bench.push(0, vec![fresh(0, 0)]).unwrap();
    let pad = bench.demux.static_pad("src_0").unwrap().downgrade();
    bench.demux.set_state(gst::State::Null).unwrap();
    assert!(bench.pads().is_empty());
    assert!(pad.upgrade().is_none());
    let demux = bench.demux.downgrade();
    drop(bench);
    assert!(demux.upgrade().is_none());
}

#[test]
fn what_goes_into_framemux_comes_out_of_framedemux() {
    init();
    let camera = |rate, pattern| {
        format!(
            "videotestsrc num-buffers={} pattern={pattern} ! video/x-raw,format=GRAY8,width=16,height=16,framerate={rate}/1",
            2 * rate
        )
    };
    let text = format!(
        "framemux name=mux ! framedemux name=demux demux.src_1 ! queue ! appsink name=out sync=false \
         {} ! queue ! mux.sink_0 {} ! queue ! mux.sink_1",
        camera(5, "black"),
        camera(4, "white")
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
    pipeline.set_state(gst::State::Playing).unwrap();
    let samples: Vec<gst::Sample> = std::iter::from_fn(|| out.pull_sample().ok()).collect();
    pipeline.set_state(gst::State::Null).unwrap();
    let times: Vec<u64> = samples
        .iter()
        .map(|sample| sample.buffer().unwrap().pts().unwrap().mseconds())
        .collect();
    assert_eq!(times, [0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750]);
    for sample in samples {
        let pixels = sample.buffer().unwrap().map_readable().unwrap();
        assert_eq!(pixels[0], 235, "white");
        let caps = sample.caps().unwrap().structure(0).unwrap();
        assert_eq!(caps.get("framerate"), Ok(gst::Fraction::new(4, 1)));
    }
}
