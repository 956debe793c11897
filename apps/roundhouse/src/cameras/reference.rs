// SPDX-License-Identifier: MIT OR Apache-2.0
//! Decodes one key picture of a stream, and writes it as PNG where that is wanted.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use gst::prelude::*;
use kit::lock;

/// The branch that decodes.
pub struct Branch {
    /// Where encoded pictures enter.
    sink: gst::Pad,
    picture: Arc<Mutex<Option<Vec<u8>>>>,
}

impl Branch {
    /// Adds the branch to `pipeline`.
    pub fn new(pipeline: &gst::Pipeline) -> Result<Self, gst::glib::BoolError> {
        let queue = gst::ElementFactory::make("queue").build()?;
        let decoder = gst::ElementFactory::make("decodebin").build()?;
        let convert = gst::ElementFactory::make("videoconvert").build()?;
        let encoder = gst::ElementFactory::make("pngenc").build()?;
        let end = gst::ElementFactory::make("fakesink")
            .property("sync", false)
            .property("async", false)
            .build()?;
        pipeline.add_many([&queue, &decoder, &convert, &encoder, &end])?;
        queue.link(&decoder)?;
        gst::Element::link_many([&convert, &encoder, &end])?;
        decoder.connect_pad_added(move |_, pad| {
            if let Some(sink) = convert.static_pad("sink") {
                // What cannot be converted is no picture, and then none is decoded.
                let _ = pad.link(&sink);
            }
        });
        let picture = Arc::new(Mutex::new(None));
        if let Some(pad) = end.static_pad("sink") {
            keep_first(&pad, Arc::clone(&picture));
        }
        let sink = queue.static_pad("sink");
        let sink = sink.ok_or_else(|| gst::glib::bool_error!("the queue has no input"))?;
        Ok(Self { sink, picture })
    }

    /// Feeds the branch from `pad`, which gives encoded pictures.
    pub fn feed(&self, pad: &gst::Pad) -> Result<(), gst::glib::BoolError> {
        pad.link(&self.sink)
            .map_err(|error| gst::glib::bool_error!("{error}"))?;
        let sink = self.sink.clone();
        pass_one_key_picture(pad, move |pad| {
            // Unlinked, so that the end is none for those that are still measured.
            let _ = pad.unlink(&sink);
            sink.send_event(gst::event::Eos::new());
        });
        Ok(())
    }

    /// Whether a picture was decoded.
    pub fn has_decoded(&self) -> bool {
        lock(&self.picture).is_some()
    }

    /// Writes the picture of `camera` into `folder`, if one was decoded.
    pub fn write(&self, folder: &Path, camera: &str) -> std::io::Result<Option<PathBuf>> {
        let Some(picture) = lock(&self.picture).take() else {
            return Ok(None);
        };
        let name = camera.replace(|sign: char| sign == '/' || sign.is_control(), "_");
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, picture)?;
        Ok(Some(path))
    }
}

/// Lets the first key picture through; with the next picture it calls `end`, after which
/// the decoder gives the first one out.
fn pass_one_key_picture(pad: &gst::Pad, end: impl Fn(&gst::Pad) + Send + Sync + 'static) {
    let stage = Mutex::new(Stage::Before);
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let mut stage = lock(&stage);
        let is_key = info
            .buffer()
            .is_some_and(|buffer| !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
        match *stage {
            Stage::Before if is_key => {
                *stage = Stage::Passed;
                return gst::PadProbeReturn::Ok;
            }
            Stage::Passed => {
                *stage = Stage::Ended;
                drop(stage);
                end(pad);
            }
            Stage::Before | Stage::Ended => (),
        }
        gst::PadProbeReturn::Drop
    });
}

/// What the decoder was given.
#[derive(Clone, Copy)]
enum Stage {
    /// Nothing.
    Before,
    /// A key picture.
    Passed,
    /// A key picture and the end.
    Ended,
}

/// Keeps the first buffer that comes by.
fn keep_first(pad: &gst::Pad, kept: Arc<Mutex<Option<Vec<u8>>>>) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let mut kept = lock(&kept);
        if kept.is_none()
            && let Some(bytes) = info.buffer().and_then(|buffer| buffer.map_readable().ok())
        {
            *kept = Some(bytes.to_vec());
        }
        gst::PadProbeReturn::Ok
    });
}
