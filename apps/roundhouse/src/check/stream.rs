// SPDX-License-Identifier: MIT OR Apache-2.0
//! What video a file holds, found without decoding it.

use std::path::Path;
use std::sync::{Arc, Mutex};

use gst::prelude::*;

/// A file that has not shown its streams by then is left alone.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(5);

/// The first video stream of a file.
#[derive(Debug, Clone)]
pub struct Stream {
    /// `video/x-h264`.
    pub codec: String,
    /// Pixels.
    pub width: i32,
    /// Pixels.
    pub height: i32,
    /// Width over height as it is shown, if the size is known.
    pub shape: Option<f64>,
}

impl Stream {
    /// The stream of these caps, if it is video.
    fn of(caps: &gst::CapsRef) -> Option<Self> {
        let caps = caps.structure(0)?;
        let codec = caps.name().to_string();
        if !codec.starts_with("video/") && !codec.starts_with("image/") {
            return None;
        }
        let size = |name| caps.get::<i32>(name).ok().filter(|size| *size > 0);
        let (width, height) = (size("width"), size("height"));
        let pixel = caps
            .get::<gst::Fraction>("pixel-aspect-ratio")
            .map_or(1.0, |par| f64::from(par.numer()) / f64::from(par.denom()));
        Some(Self {
            codec,
            width: width.unwrap_or_default(),
            height: height.unwrap_or_default(),
            shape: width
                .zip(height)
                .map(|(width, height)| pixel * f64::from(width) / f64::from(height)),
        })
    }
}

/// The first video stream of `file`; `None` if it has none or cannot be read.
pub fn stream(file: &Path) -> Option<Stream> {
    let pipeline = gst::Pipeline::new();
    let source = gst::ElementFactory::make("filesrc")
        .property("location", file)
        .build()
        .ok()?;
    let parsers = gst::ElementFactory::make("parsebin").build().ok()?;
    pipeline.add_many([&source, &parsers]).ok()?;
    source.link(&parsers).ok()?;
    let found = Arc::new(Mutex::new(None));
    let first = Arc::clone(&found);
    let weak = pipeline.downgrade();
    parsers.connect_pad_added(move |_, pad| {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let mut first = kit::lock(&first);
        if first.is_none() {
            *first = Stream::of(&caps);
        }
        drop(first);
        // Without a sink the stream would end in an error.
        if let (Some(pipeline), Ok(sink)) = (
            weak.upgrade(),
            gst::ElementFactory::make("fakesink").build(),
        ) && pipeline.add(&sink).is_ok()
        {
            let linked = sink.static_pad("sink").map(|sink| pad.link(&sink));
            if linked.is_some_and(|linked| linked.is_ok()) {
                let _ = sink.sync_state_with_parent();
            }
        }
    });
    let bus = pipeline.bus()?;
    if pipeline.set_state(gst::State::Paused).is_ok() {
        let ends = [
            gst::MessageType::AsyncDone,
            gst::MessageType::Error,
            gst::MessageType::Eos,
        ];
        bus.timed_pop_filtered(PATIENCE, &ends);
    }
    let _ = pipeline.set_state(gst::State::Null);
    kit::lock(&found).take()
}
