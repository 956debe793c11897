// SPDX-License-Identifier: MIT OR Apache-2.0
//! Roundhouse's elements in your own Rust program: it prints states and reacts to messages about cameras and flows.
//!
//!     . scripts/env.sh && cargo run --example embed -- tests/data/demo

use std::error::Error;

use gst::prelude::*;
use messages::{Data, Event};

/// Two cameras, one flow. An error in the flow is reported and does not stop the pipeline; the flow starts anew after a second.
fn pipeline(folder: &str) -> String {
    format!(
        "framemux name=mux interval=200000000 utc-start-time=2026-03-01T06:00:00Z
           ! flowbin flow=prod leaky=no description=\"
               ortinfer config-file-path=models/trt/locodetector/config_infer.txt
               ! locoposition facility={folder}/facility.toml
               ! fsefuse facility={folder}/facility.toml interval=1000000000\"
           ! appsink name=states max-buffers=8 sync=false
         filesrc location={folder}/C4.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_3
         filesrc location={folder}/C8.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_7"
    )
}

/// Each buffer is one state: a CloudEvents document in JSON.
fn on_state(sink: &gst_app::AppSink) -> Result<gst::FlowSuccess, gst::FlowError> {
    let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
    let buffer = sample.buffer().ok_or(gst::FlowError::Error)?;
    let bytes = buffer.map_readable().map_err(|_| gst::FlowError::Error)?;
    let text = String::from_utf8_lossy(&bytes);
    let event = Event::parse(&text).map_err(|_| gst::FlowError::Error)?;
    if let Data::State(state) = event.data {
        println!("{} {} locomotives", event.time, state.count);
    }
    Ok(gst::FlowSuccess::Ok)
}

/// Element messages report the state of cameras and flows.
fn react(said: &gst::StructureRef) {
    let word = |name: &str| said.get::<String>(name).unwrap_or_default();
    let (camera, flow, reason) = (word("camera"), word("flow"), word("reason"));
    match said.name().as_str() {
        "roundhouse-camera" => eprintln!("camera {camera}: {}", word("state")),
        "roundhouse-flow" => eprintln!("flow {flow}: {} {reason}", word("event")),
        _ => (),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: embed FOLDER")?;
    gst::init()?;
    let pipeline = gst::parse::launch(&pipeline(&folder))?;
    let bin = pipeline.downcast_ref::<gst::Bin>().ok_or("no pipeline")?;
    let states = bin.by_name("states").and_downcast();
    let states: gst_app::AppSink = states.ok_or("no appsink")?;
    let callbacks = gst_app::AppSinkCallbacks::builder().new_sample(on_state);
    states.set_callbacks(callbacks.build());
    pipeline.set_state(gst::State::Playing)?;
    let bus = pipeline.bus().ok_or("no bus")?;
    let mut result = Ok(());
    for message in bus.iter_timed(gst::ClockTime::NONE) {
        match message.view() {
            gst::MessageView::Element(element) => element.structure().into_iter().for_each(react),
            gst::MessageView::Error(error) => result = Err(error.error().into()),
            gst::MessageView::Eos(_) => break,
            _ => (),
        }
        if result.is_err() {
            break;
        }
    }
    pipeline.set_state(gst::State::Null)?;
    result
}
