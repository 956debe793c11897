// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests of `fsefuse` share: a hall of two tracks and two cameras, frames with hand-made reports, pipelines.
#![allow(dead_code, reason = "no test file uses all of it")]

pub mod bench;

use std::path::PathBuf;
use std::sync::{Arc, Once};

use gst::glib;
use gst::prelude::*;
use messages::{Data, EndKind, EndReport, Event, FacilityState, PositionReport, Timestamp};
use meta::FrameInfo;

pub const FACILITY: &str = r#"
facility = "hall-a"
[[track]]
id = "T1"
length = 80.0
gates = ["low"]
[[camera]]
id = "C1"
rate = 5.0
covers = [ { track = "T1", from = 0.0, to = 40.0 } ]
[[camera]]
id = "C2"
rate = 5.0
covers = [ { track = "T1", from = 20.0, to = 80.0 } ]
"#;

/// 2026-03-01T06:00:00Z.
pub const START: Timestamp = Timestamp::from_nanos(1_772_344_800_000_000_000);
/// Time between two frames of a camera, ns.
pub const FRAME: u64 = 200_000_000;

fn plugin_init(plugin: &gst::Plugin) -> Result<(), glib::BoolError> {
    roundhouse_fsefuse::register(plugin)
}

gst::plugin_define!(
    fsefusetest,
    "fsefuse under test",
    plugin_init,
    "0.1.0",
    "MIT/X11",
    "fsefusetest",
    "fsefusetest",
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
pub struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub fn new() -> Self {
        init();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("facility.toml"), FACILITY).unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn facility(&self) -> String {
        self.path("facility.toml").display().to_string()
    }
}

/// When frame `number` was taken.
pub fn time_of(number: u64) -> Timestamp {
    START.saturating_add((number * FRAME) as i64)
}

/// A look of `camera` that shows a locomotive of 20 m from 10 m on, as far as the camera sees it.
pub fn report(camera: &str, number: u64) -> Event {
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
    let mut ends = vec![end(30.0, EndKind::Tail)];
    if camera == "C1" {
        ends.insert(0, end(10.0, EndKind::Head));
    }
    Event {
        id: format!("1-{}", number + 1),
        source: format!("/hall-a/locoposition/prod/{camera}"),
        subject: None,
        time: time_of(number),
        received: None,
        recorded: None,
        flow: "prod".to_owned(),
        data: Data::Position(PositionReport {
            clock: None,
            camera: camera.to_owned(),
            frame: number,
            covers: None,
            ends,
            bodies: Vec::new(),
        }),
    }
}

/// Makes `buffer` frame `number` of `camera`, with its report.
pub fn make_frame(buffer: &mut gst::BufferRef, camera: &str, number: u64) {
    let mut info = FrameInfo::new(camera, 0, time_of(number));
    info.sequence = number;
    info.inferred_by.push(1);
    info.reports.push(Arc::new(report(camera, number)));
    info.attach(buffer);
}

/// Makes the buffers that pass `element`'s source pad frames of `camera`, by their time stamps.
pub fn film(pipeline: &gst::Pipeline, element: &str, camera: &'static str) {
    let pad = pipeline
        .by_name(element)
        .unwrap()
        .static_pad("src")
        .unwrap();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer_mut() {
            let number = buffer.pts().unwrap().nseconds().div_ceil(FRAME);
            make_frame(buffer.make_mut(), camera, number);
        }
        gst::PadProbeReturn::Ok
    });
}

pub fn launch(description: &str) -> gst::Pipeline {
    init();
    gst::parse::launch(description).unwrap().downcast().unwrap()
}

/// Plays to the end (or the first error, which is returned); the warnings on the way.
pub fn play(pipeline: &gst::Pipeline) -> Result<Vec<String>, String> {
    let bus = pipeline.bus().unwrap();
    let mut warnings = Vec::new();
    let started = pipeline.set_state(gst::State::Playing);
    let mut result = Err("no end within a minute".to_owned());
    for message in bus.iter_timed(gst::ClockTime::from_seconds(60)) {
        match message.view() {
            gst::MessageView::Eos(_) => {
                result = Ok(warnings);
                break;
            }
            gst::MessageView::Error(error) => {
                result = Err(error.error().to_string());
                break;
            }
            gst::MessageView::Warning(warning) => warnings.push(warning.error().to_string()),
            _ => (),
        }
    }
    assert!(started.is_ok() || result.is_err());
    pipeline.set_state(gst::State::Null).unwrap();
    result
}

/// Keeps the buffers that reach the sink named `out`.
#[allow(
    clippy::type_complexity,
    reason = "time and text of each document, shared with a probe"
)]
pub fn collect(pipeline: &gst::Pipeline) -> Arc<std::sync::Mutex<Vec<(Option<u64>, String)>>> {
    let collected = Arc::<std::sync::Mutex<Vec<_>>>::default();
    let kept = collected.clone();
    let pad = pipeline.by_name("out").unwrap().static_pad("sink").unwrap();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        if let Some(buffer) = info.buffer() {
            let text = String::from_utf8(buffer.map_readable().unwrap().to_vec()).unwrap();
            kept.lock()
                .unwrap()
                .push((buffer.pts().map(gst::ClockTime::nseconds), text));
        }
        gst::PadProbeReturn::Ok
    });
    collected
}

/// The state in a document.
pub fn state(document: &str) -> (Event, FacilityState) {
    assert!(document.ends_with('\n') && !document.trim_end().contains('\n'));
    let event = Event::parse(document).unwrap();
    let Data::State(state) = event.data.clone() else {
        panic!("no state: {document}");
    };
    (event, state)
}
