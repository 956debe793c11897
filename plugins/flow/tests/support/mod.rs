// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests of `flowbin` share: a hall, frames fed by hand, and an element that makes trouble.
#![allow(dead_code, reason = "no test file uses all of it")]

pub mod trouble;

use std::sync::{Arc, Mutex, Once};

use gst::glib;
use gst::prelude::*;
use messages::{Data, EndKind, EndReport, Event, PositionReport, Timestamp};
use meta::FrameInfo;

const FACILITY: &str = r#"
facility = "hall-a"
[[track]]
id = "T1"
length = 80.0
gates = ["low"]
[[camera]]
id = "C1"
rate = 5.0
covers = [ { track = "T1", from = 0.0, to = 80.0 } ]
"#;

/// 2026-03-01T06:00:00Z.
const START: Timestamp = Timestamp::from_nanos(1_772_344_800_000_000_000);
/// Time between two frames, ns.
const FRAME: u64 = 200_000_000;
/// Longest wait for anything.
pub const LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(20);

fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    fsefuse::register(plugin)?;
    locoposition::register(plugin)?;
    roundhouse_flow::register(plugin)?;
    trouble::register(plugin)
}

gst::plugin_define!(
    flowtest,
    "flowbin under test",
    plugin_init,
    "0.1.0",
    "MIT/X11",
    "flowtest",
    "flowtest",
    "https://roundhouse.example"
);

pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        plugin_register_static().unwrap();
    });
}

/// A folder with the facility in it.
pub struct Site(tempfile::TempDir);

impl Site {
    pub fn new() -> Self {
        init();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("facility.toml"), FACILITY).unwrap();
        Self(folder)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// A fusion of this hall.
    pub fn fusion(&self) -> String {
        format!("fsefuse facility={}", self.path("facility.toml"))
    }
}

/// Niceness of the calling thread.
pub fn niceness() -> i32 {
    rustix::process::getpriority_process(None).unwrap()
}

/// What came to each sink named `out…`, by its name.
pub type Seen = Arc<Mutex<Vec<(String, String)>>>;

/// A pipeline behind `appsrc name=in`, and what comes out of it.
pub struct Play {
    pub pipeline: gst::Pipeline,
    input: gst::Element,
    seen: Seen,
}

impl Play {
    /// Plays what is behind the fork.
    pub fn start(branches: &str) -> Self {
        init();
        let pipeline = gst::parse::launch(&format!(
            "appsrc name=in format=time block=true max-buffers=1 caps=video/x-raw,format=GRAY8,width=16,height=16,framerate=5/1 \
             ! tee name=t {branches}"
        ))
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
        let seen = Seen::default();
        for sink in pipeline.iterate_sinks().into_iter().flatten() {
            let Some(pad) = sink
                .static_pad("sink")
                .filter(|_| sink.name().starts_with("out"))
            else {
                continue;
            };
            let (kept, name) = (seen.clone(), sink.name().to_string());
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
                if let Some(buffer) = info.buffer() {
                    let text =
                        String::from_utf8_lossy(&buffer.map_readable().unwrap()).into_owned();
                    kept.lock().unwrap().push((name.clone(), text));
                }
                gst::PadProbeReturn::Ok
            });
        }
        pipeline.set_state(gst::State::Playing).unwrap();
        let input = pipeline.by_name("in").unwrap();
        Self {
            pipeline,
            input,
            seen,
        }
    }

    /// Feeds these frames.
    pub fn feed(&self, numbers: std::ops::Range<u64>) {
        for number in numbers {
            self.push(&frame(number));
        }
    }

    /// Feeds this buffer.
    pub fn push(&self, buffer: &gst::Buffer) {
        let result: gst::FlowReturn = self.input.emit_by_name("push-buffer", &[buffer]);
        assert_eq!(result, gst::FlowReturn::Ok);
    }

    pub fn flow(&self, name: &str) -> gst::Element {
        self.pipeline.by_name(name).unwrap()
    }

    /// Waits until the flowbin `name` says `event`; the reason.
    pub fn wait(&self, name: &str, event: &str) -> String {
        let bus = self.pipeline.bus().unwrap();
        for message in bus.iter_timed(LIMIT) {
            match message.view() {
                gst::MessageView::Error(error) => panic!("{error:?}"),
                gst::MessageView::Element(element) => {
                    let structure = element.structure().unwrap();
                    let from = message.src().unwrap().name();
                    if from == name && structure.get::<&str>("event") == Ok(event) {
                        return structure.get::<String>("reason").unwrap_or_default();
                    }
                }
                _ => (),
            }
        }
        panic!("{name} never said {event}");
    }

    /// Ends the stream, waits for the end, and gives what came to `sink`.
    pub fn end(self) -> Seen {
        let _: gst::FlowReturn = self.input.emit_by_name("end-of-stream", &[]);
        let bus = self.pipeline.bus().unwrap();
        let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
        let end = bus.timed_pop_filtered(LIMIT, &kinds).expect("an end");
        assert_eq!(end.type_(), gst::MessageType::Eos, "{end:?}");
        self.seen.clone()
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// What came to one sink.
pub fn at(seen: &Seen, sink: &str) -> Vec<String> {
    let seen = seen.lock().unwrap();
    let of_sink = seen.iter().filter(|(name, _)| name == sink);
    of_sink.map(|(_, text)| text.clone()).collect()
}

/// Frame `number`, which shows one locomotive.
pub fn frame(number: u64) -> gst::Buffer {
    let time = START.saturating_add((number * FRAME) as i64);
    let end = |s: f64, kind| EndReport {
        track: "T1".to_owned(),
        s,
        sigma: 0.1,
        sigma_systematic: None,
        kind,
        kind_confidence: 0.9,
        confidence: 0.9,
        body: None,
        alternatives: Vec::new(),
    };
    let report = Event {
        id: format!("1-{}", number + 1),
        source: "/hall-a/locoposition/prod/C1".to_owned(),
        subject: None,
        time,
        received: None,
        recorded: None,
        flow: "prod".to_owned(),
        data: Data::Position(PositionReport {
            clock: None,
            camera: "C1".to_owned(),
            frame: number,
            covers: None,
            ends: vec![end(10.0, EndKind::Head), end(30.0, EndKind::Tail)],
            bodies: Vec::new(),
        }),
    };
    let mut buffer = gst::Buffer::from_slice([0_u8; 256]);
    let writable = buffer.get_mut().unwrap();
    writable.set_pts(gst::ClockTime::from_nseconds(number * FRAME));
    let mut info = FrameInfo::new("C1", 0, time);
    info.sequence = number;
    info.inferred_by.push(1);
    info.reports.push(Arc::new(report));
    info.attach(writable);
    buffer
}
