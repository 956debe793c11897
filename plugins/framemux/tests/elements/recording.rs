// SPDX-License-Identifier: MIT OR Apache-2.0
//! A pipeline of recordings: everything is pushed at the start, everything that came out is given at the end.

use gst::prelude::*;

use crate::camera::{PATIENCE, caps, init, picture, segment, words};

/// One recording: buffers and events of a file, in order.
pub enum Piece {
    Buffer(gst::Buffer),
    Caps(gst::Caps),
    Segment(gst::FormattedSegment<gst::ClockTime>),
    Gap(gst::ClockTime, gst::ClockTime),
}

/// Pictures at these milliseconds.
pub fn pictures(times: impl IntoIterator<Item = u64>) -> Vec<Piece> {
    times
        .into_iter()
        .map(|time| Piece::Buffer(picture(16, gst::ClockTime::from_mseconds(time))))
        .collect()
}

/// What came out of a pipeline.
pub struct Outcome {
    pub packets: Vec<gst::Buffer>,
    pub messages: Vec<gst::Message>,
    /// Stats of the pads.
    pub stats: Vec<gst::Structure>,
}

impl Outcome {
    pub fn words(&self) -> Vec<String> {
        self.packets.iter().map(|packet| words(packet)).collect()
    }

    pub fn count(&self, camera: usize, field: &str) -> u64 {
        self.stats[camera].get(field).unwrap()
    }

    pub fn warnings(&self) -> Vec<String> {
        self.messages
            .iter()
            .filter_map(|message| match message.view() {
                gst::MessageView::Warning(warning) => warning.debug().map(|text| text.to_string()),
                _ => None,
            })
            .collect()
    }

    pub fn error(&self) -> Option<String> {
        self.messages
            .iter()
            .find_map(|message| match message.view() {
                gst::MessageView::Error(error) => error.debug().map(|text| text.to_string()),
                _ => None,
            })
    }

    pub fn presence(&self) -> Vec<String> {
        self.messages
            .iter()
            .filter(|message| message.type_() == gst::MessageType::Element)
            .map(crate::camera::presence)
            .collect()
    }
}

/// Plays `recordings`, one camera each, through `framemux PROPERTIES`; `pace` is an element before each pad.
pub fn play(properties: &str, pace: &str, recordings: Vec<Vec<Piece>>) -> Outcome {
    init();
    let cameras: String = (0..recordings.len())
        .map(|index| {
            format!(
                "appsrc name=camera{index} format=time max-bytes=0 handle-segment-change=true ! {pace} ! queue max-size-buffers=2 ! mux.sink_{index} "
            )
        })
        .collect();
    let text = format!("framemux name=mux {properties} ! appsink name=out sync=false {cameras}");
    let pipeline = gst::parse::launch(&text)
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
    let out = pipeline
        .by_name("out")
        .unwrap()
        .downcast::<gst_app::AppSink>()
        .unwrap();
    let sources: Vec<gst_app::AppSrc> = (0..recordings.len())
        .map(|index| {
            let source = pipeline.by_name(&format!("camera{index}")).unwrap();
            source.downcast().unwrap()
        })
        .collect();
    pipeline.set_state(gst::State::Playing).unwrap();
    for (source, pieces) in sources.iter().zip(recordings) {
        record(source, pieces);
    }
    let mut packets = Vec::new();
    while let Some(sample) = out.try_pull_sample(gst::ClockTime::from_seconds(PATIENCE.as_secs())) {
        packets.push(sample.buffer_owned().unwrap());
    }
    assert!(out.is_eos(), "the pipeline stalls");
    let mux = pipeline.by_name("mux").unwrap();
    let stats = mux
        .sink_pads()
        .iter()
        .map(|pad| pad.property("stats"))
        .collect();
    let bus = pipeline.bus().unwrap();
    let messages = std::iter::from_fn(|| {
        bus.pop_filtered(&[
            gst::MessageType::Element,
            gst::MessageType::Warning,
            gst::MessageType::Error,
        ])
    })
    .collect();
    pipeline.set_state(gst::State::Null).unwrap();
    Outcome {
        packets,
        messages,
        stats,
    }
}

/// Lets `source` play `pieces` and end.
fn record(source: &gst_app::AppSrc, pieces: Vec<Piece>) {
    let mut caps = caps(16, 5);
    let mut segment = segment(0, 0);
    for piece in pieces {
        match piece {
            Piece::Caps(new) => caps = new,
            Piece::Segment(new) => segment = new,
            Piece::Gap(start, duration) => {
                let mut gap = gst::Buffer::new();
                let buffer = gap.get_mut().unwrap();
                buffer.set_pts(start);
                buffer.set_duration(duration);
                buffer.set_flags(gst::BufferFlags::GAP | gst::BufferFlags::DROPPABLE);
                push(source, &gap, &caps, &segment);
            }
            Piece::Buffer(buffer) => push(source, &buffer, &caps, &segment),
        }
    }
    source.end_of_stream().unwrap();
}

fn push(
    source: &gst_app::AppSrc,
    buffer: &gst::Buffer,
    caps: &gst::Caps,
    segment: &gst::FormattedSegment<gst::ClockTime>,
) {
    let sample = gst::Sample::builder()
        .buffer(buffer)
        .caps(caps)
        .segment(segment)
        .build();
    // A pipeline that has given up takes no more; the test sees why on the bus.
    let _ = source.push_sample(&sample);
}
