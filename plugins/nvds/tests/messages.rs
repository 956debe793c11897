// SPDX-License-Identifier: MIT OR Apache-2.0
//! States on batches, as `nvmsgconv` finds them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/double.rs"]
mod double;
#[path = "support/family.rs"]
mod family;

use std::ffi::c_int;
use std::time::{Duration, Instant};

use double::{Raw, fixture};
use family::in_each_family;
use gst::prelude::*;

in_each_family! {
    deepstream_6_4 = "6.4",
    deepstream_7_1 = "7.1",
    deepstream_8_0 = "8.0",
    deepstream_9_1 = "9.1";
    (the_newest_state_is_on_the_first_frame_of_each_batch, each_state_is_on_one_batch_only)
}

/// Ten times what anything takes on a busy machine.
const HANG: Duration = Duration::from_mins(2);

/// A pipeline with batches from `in`, states from `states`, and an end `out`.
struct Play {
    pipeline: gst::Pipeline,
    batches: gst_app::AppSrc,
    states: gst_app::AppSrc,
    out: gst_app::AppSink,
    pushed: u64,
}

impl Play {
    /// Starts it.
    fn start(settings: &str) -> Self {
        gst::init().unwrap();
        register();
        let pipeline: gst::Pipeline = gst::parse::launch(&format!(
            "appsrc name=in format=time caps=video/x-raw(memory:NVMM),format=NV12,width=64,height=64,framerate=5/1 \
               ! statetobatch name=s {settings} ! appsink name=out sync=false \
             appsrc name=states format=time caps=application/x-roundhouse-state ! s.state"
        ))
        .unwrap()
        .downcast()
        .unwrap();
        let of = |name: &str| pipeline.by_name(name).unwrap();
        let play = Self {
            batches: of("in").downcast().unwrap(),
            states: of("states").downcast().unwrap(),
            out: of("out").downcast().unwrap(),
            pipeline,
            pushed: 0,
        };
        play.pipeline.set_state(gst::State::Playing).unwrap();
        play
    }

    /// A counter of the element.
    fn count(&self, name: &str) -> u64 {
        let element = self.pipeline.by_name("s").unwrap();
        element
            .property::<gst::Structure>("stats")
            .get(name)
            .unwrap()
    }

    /// Gives it a state, and waits until it has it.
    fn state(&mut self, text: &str) {
        let buffer = gst::Buffer::from_slice(format!("{text}\n"));
        self.states.push_buffer(buffer).unwrap();
        self.pushed += 1;
        let begin = Instant::now();
        while self.count("states") < self.pushed {
            assert!(begin.elapsed() < HANG);
            std::thread::yield_now();
        }
    }

    /// What comes out of a batch of two frames.
    fn batch(&self) -> gst::Buffer {
        self.push(fixture().batch(2).0)
    }

    /// What comes out of a buffer.
    fn push(&self, buffer: gst::Buffer) -> gst::Buffer {
        self.batches.push_buffer(buffer).unwrap();
        self.out.pull_sample().unwrap().buffer_owned().unwrap()
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.pipeline.set_state(gst::State::Null).ok();
    }
}

/// Registers the element, once in a process.
fn register() {
    gst::Element::register(
        None,
        "statetobatch",
        gst::Rank::NONE,
        statetobatch::StateToBatch::static_type(),
    )
    .unwrap();
}

/// The messages on each frame of a batch, read as `nvmsgconv` does.
fn messages(buffer: &gst::BufferRef) -> Vec<Vec<String>> {
    let nvds = fixture();
    let kind: c_int = match &*std::env::var(double::TABLE).unwrap() {
        table if table.contains("-6.4") || table.contains("-7.1") => 28,
        _ => 29,
    };
    let batch = nvds.batch_of(buffer);
    let frames = nvds.list(batch, "NvDsBatchMeta", "frame_meta_list");
    let texts = |frame: Raw| {
        let users = nvds.list(frame, "NvDsFrameMeta", "frame_user_meta_list");
        let users = users.into_iter();
        users
            .filter(|&user| nvds.get::<c_int>(user, "NvDsBaseMeta", "meta_type") == kind)
            .map(|user| {
                let info: Raw = nvds.get(user, "NvDsUserMeta", "user_meta_data");
                let text: *const u8 = nvds.get(info, "NvDsCustomMsgInfo", "message");
                let size: u32 = nvds.get(info, "NvDsCustomMsgInfo", "size");
                // SAFETY: the message says its size.
                let bytes = unsafe { std::slice::from_raw_parts(text, size as usize) };
                String::from_utf8(bytes.to_vec()).unwrap()
            })
            .collect()
    };
    frames.into_iter().map(texts).collect()
}

fn the_newest_state_is_on_the_first_frame_of_each_batch() {
    let mut play = Play::start("");
    let none: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    assert_eq!(messages(&play.batch()), none);
    play.state(r#"{"state":1}"#);
    play.state(r#"{"state":2}"#);
    let second = [vec![r#"{"state":2}"#.to_owned()], Vec::new()];
    let first = play.batch();
    for buffer in [&first, &play.batch()] {
        assert_eq!(messages(buffer), second);
    }
    let held = first.clone();
    let copies = [first.copy(), roundhouse_nvds::isolate(held).unwrap().buffer];
    drop(first);
    for copy in copies {
        assert_eq!(messages(&copy), second);
    }
    // A state that cannot be a message is none, and buffers without frames go through.
    play.state("");
    assert_eq!(messages(&play.batch()), second);
    play.push(gst::Buffer::new());
    play.push(fixture().batch(0).0);
    let counted = [
        "batches",
        "states",
        "messages",
        "superseded",
        "bad-states",
        "without-frames",
    ];
    assert_eq!(counted.map(|name| play.count(name)), [6, 3, 3, 1, 1, 2]);
}

fn each_state_is_on_one_batch_only() {
    let mut play = Play::start("repeat=false");
    for number in 1..=2 {
        let state = format!("{{\"state\":{number}}}");
        play.state(&state);
        assert_eq!(messages(&play.batch()), [vec![state], Vec::new()]);
        assert_eq!(messages(&play.batch()), [const { Vec::<String>::new() }; 2]);
    }
}
