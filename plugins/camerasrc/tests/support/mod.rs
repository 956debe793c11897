// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated cameras, and an element under test. Nothing here sleeps: everything waits for what happens, with a limit.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use gst::prelude::*;

/// Longest wait for anything: a busy machine encodes a clip first.
pub const LIMIT: Duration = Duration::from_mins(1);

/// Registers the element.
pub fn init() {
    static INIT: Once = Once::new();
    INIT.call_once(|| {
        gst::init().unwrap();
        gst::Element::register(
            None,
            "camerasrc",
            gst::Rank::NONE,
            roundhouse_camerasrc::CameraSrc::static_type(),
        )
        .unwrap();
    });
}

/// Cameras of `roundhouse simulate-cameras`, which end with this value.
pub struct Simulator {
    process: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
    /// URI of each camera, in their order.
    pub uris: Vec<String>,
}

impl Simulator {
    /// Starts cameras on free ports.
    pub fn start(options: &[&str]) -> Self {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let mut process = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg("apps/roundhouse/src/simulate_cameras")
            .args(["--port", "0", "--cameras", "1", "--length", "4s"])
            .args(options)
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let commands = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut simulator = Self {
            process,
            commands,
            lines,
            uris: Vec::new(),
        };
        loop {
            let line = simulator.line();
            if line == "ready" {
                return simulator;
            }
            let (_, uri) = line.split_once(' ').unwrap();
            simulator.uris.push(uri.to_owned());
        }
    }

    fn line(&self) -> String {
        self.lines
            .recv_timeout(LIMIT)
            .expect("the simulator needs python3-gi and gir1.2-gst-rtsp-server-1.0 (scripts/setup.sh --checks)")
    }

    /// Gives a command and waits until it is carried out.
    pub fn command(&mut self, command: &str) {
        writeln!(self.commands, "{command}").unwrap();
        assert_eq!(self.line(), "ok", "{command}");
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // Its cameras end with it.
        let _ = writeln!(self.commands, "quit");
        let _ = self.process.wait();
    }
}

/// A playing `camerasrc`, and what it gave.
pub struct Camera {
    pipeline: gst::Pipeline,
    pub element: gst::Element,
    pictures: Receiver<gst::Sample>,
    events: Receiver<gst::Event>,
    formats: Arc<Mutex<Vec<gst::Caps>>>,
}

impl Camera {
    /// Plays `camerasrc` with these properties.
    pub fn play(properties: &str) -> Self {
        init();
        let text = format!(
            "camerasrc name=camera {properties} ! appsink name=sink sync=false max-buffers=100 drop=true"
        );
        let pipeline = gst::parse::launch(&text)
            .unwrap()
            .downcast::<gst::Pipeline>()
            .unwrap();
        let element = pipeline.by_name("camera").unwrap();
        let sink = pipeline
            .by_name("sink")
            .unwrap()
            .downcast::<gst_app::AppSink>()
            .unwrap();
        let (picture, pictures) = channel();
        sink.set_callbacks(
            gst_app::AppSinkCallbacks::builder()
                .new_sample(move |sink| {
                    let _ = picture.send(sink.pull_sample().unwrap());
                    Ok(gst::FlowSuccess::Ok)
                })
                .build(),
        );
        let (event, events) = channel();
        let formats = Arc::<Mutex<Vec<gst::Caps>>>::default();
        element
            .static_pad("src")
            .unwrap()
            .add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, {
                let formats = Arc::clone(&formats);
                move |_, info| {
                    let told = info.event().unwrap().clone();
                    match told.view() {
                        gst::EventView::Caps(caps) => {
                            formats.lock().unwrap().push(caps.caps_owned());
                        }
                        gst::EventView::Eos(_)
                        | gst::EventView::FlushStart(_)
                        | gst::EventView::FlushStop(_) => panic!("{told:?}"),
                        _ => (),
                    }
                    let _ = event.send(told);
                    gst::PadProbeReturn::Ok
                }
            });
        let before = Instant::now();
        let result = pipeline.set_state(gst::State::Playing);
        assert_eq!(result, Ok(gst::StateChangeSuccess::Async));
        assert!(
            before.elapsed() < Duration::from_secs(10),
            "it holds nobody up"
        );
        Self {
            pipeline,
            element,
            pictures,
            events,
            formats,
        }
    }

    /// Waits until the camera is said to be in `state`; the message.
    pub fn wait_for(&self, state: &str) -> gst::Structure {
        let bus = self.pipeline.bus().unwrap();
        let deadline = Instant::now() + LIMIT;
        loop {
            let patience = deadline.saturating_duration_since(Instant::now());
            let patience = gst::ClockTime::try_from(patience).unwrap();
            let message = bus.timed_pop_filtered(
                patience,
                &[
                    gst::MessageType::Element,
                    gst::MessageType::Error,
                    gst::MessageType::Eos,
                    gst::MessageType::Latency,
                ],
            );
            let message = message.unwrap_or_else(|| panic!("never {state}: {}", self.stats()));
            match message.view() {
                gst::MessageView::Element(element) => {
                    let structure = element.structure().unwrap();
                    if structure.name() == "roundhouse-camera"
                        && structure.get::<&str>("state") == Ok(state)
                    {
                        return structure.to_owned();
                    }
                }
                gst::MessageView::Latency(_) => self.pipeline.recalculate_latency().unwrap(),
                other => panic!("it never errors and never ends: {other:?}"),
            }
        }
    }

    /// Waits for the next picture.
    pub fn picture(&self) -> gst::Sample {
        self.pictures
            .recv_timeout(LIMIT)
            .unwrap_or_else(|_| panic!("no picture: {}", self.stats()))
    }

    /// Waits for pictures, and checks that their times grow, after `last`; the last time.
    pub fn pictures(&self, count: usize, last: Option<gst::ClockTime>) -> Option<gst::ClockTime> {
        (0..count).fold(last, |last, _| {
            let time = self.picture().buffer().unwrap().pts();
            assert!(time > last, "{time:?} after {last:?}");
            time
        })
    }

    /// Pictures that came and were not looked at.
    pub fn forget_pictures(&self) {
        while self.pictures.try_recv().is_ok() {}
    }

    /// Waits for a gap.
    pub fn gap(&self) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let patience = deadline.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(patience).expect("a gap");
            if event.type_() == gst::EventType::Gap {
                return;
            }
        }
    }

    /// Waits until what follows is told that the camera's health is so; the reason.
    pub fn health(&self, wanted: messages::Health) -> Option<String> {
        let deadline = Instant::now() + LIMIT;
        loop {
            let patience = deadline.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(patience).expect("its health");
            if let Some((health, _)) = meta::health_of(&event)
                && health.health == wanted
            {
                return health.reason;
            }
        }
    }

    /// Formats that were sent.
    pub fn formats(&self) -> Vec<gst::Caps> {
        self.formats.lock().unwrap().clone()
    }

    pub fn stats(&self) -> gst::Structure {
        self.element.property("stats")
    }

    pub fn count(&self, counter: &str) -> u64 {
        self.stats().get(counter).unwrap()
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        let before = Instant::now();
        self.pipeline.set_state(gst::State::Null).unwrap();
        let took = before.elapsed();
        if !std::thread::panicking() {
            assert!(took < Duration::from_secs(20), "stopped after {took:?}");
        }
    }
}

/// Width and height of a picture.
pub fn size(sample: &gst::Sample) -> (i32, i32) {
    let structure = sample.caps().unwrap().structure(0).unwrap();
    (
        structure.get("width").unwrap(),
        structure.get("height").unwrap(),
    )
}
