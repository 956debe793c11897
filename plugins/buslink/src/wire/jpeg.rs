// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw pixels as JPEG, and back.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use gst::prelude::*;
use image::{DynamicImage, ImageFormat, ImageReader};

use super::image::Plane;

/// Longer than any frame takes; only an encoder that is broken reaches it.
const HANG: gst::ClockTime = gst::ClockTime::from_seconds(10);

/// Encodes frames, with one encoder for each format.
#[derive(Debug)]
pub struct JpegEncoders {
    quality: u32,
    encoders: BTreeMap<String, Encoder>,
}

/// An encoder: a hidden pipeline of `GStreamer`'s own elements.
#[derive(Debug)]
struct Encoder {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    sink: gst_app::AppSink,
}

impl JpegEncoders {
    /// Encoders of a quality from 1 to 100.
    pub fn new(quality: u32) -> Self {
        Self {
            quality,
            encoders: BTreeMap::new(),
        }
    }

    /// The JPEG of a frame of these caps.
    ///
    /// # Errors
    /// It cannot be encoded; the sentence says why.
    pub fn encode(&mut self, frame: &gst::Buffer, caps: String) -> Result<gst::Buffer, String> {
        let encoder = match self.encoders.entry(caps) {
            Entry::Occupied(made) => made.into_mut(),
            Entry::Vacant(place) => {
                let encoder = Encoder::new(place.key(), self.quality)?;
                place.insert(encoder)
            }
        };
        encoder.encode(frame)
    }
}

impl Encoder {
    /// An encoder for frames of these caps.
    fn new(caps: &str, quality: u32) -> Result<Self, String> {
        let missing =
            |error: gst::glib::BoolError| format!("{error}: install GStreamer's good plugins");
        let caps = caps.parse::<gst::Caps>().map_err(missing)?;
        let source = gst_app::AppSrc::builder()
            .caps(&caps)
            .format(gst::Format::Time)
            .build();
        let converter = gst::ElementFactory::make("videoconvert")
            .build()
            .map_err(missing)?;
        let encoder = gst::ElementFactory::make("jpegenc")
            .property("quality", i32::try_from(quality).unwrap_or(85))
            .build()
            .map_err(missing)?;
        let sink = gst_app::AppSink::builder().sync(false).build();
        let pipeline = gst::Pipeline::new();
        let elements: [&gst::Element; 4] =
            [source.upcast_ref(), &converter, &encoder, sink.upcast_ref()];
        pipeline.add_many(elements).map_err(missing)?;
        gst::Element::link_many(elements).map_err(missing)?;
        pipeline
            .set_state(gst::State::Playing)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            pipeline,
            source,
            sink,
        })
    }

    /// The JPEG of a frame.
    fn encode(&self, frame: &gst::Buffer) -> Result<gst::Buffer, String> {
        let pushed = self.source.push_buffer(frame.clone());
        pushed.map_err(|error| format!("JPEG encoder: {error}"))?;
        let sample = self.sink.try_pull_sample(HANG);
        sample
            .and_then(|sample| sample.buffer_owned())
            .ok_or_else(|| "JPEG encoder: no picture comes out".to_owned())
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // It goes in any case.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// The pixels of a JPEG, the format that they have, and where they lie.
///
/// # Errors
/// It cannot be decoded; the sentence says why.
pub fn decode(jpeg: &[u8]) -> Result<(Vec<u8>, gst_video::VideoInfo, Vec<Plane>), String> {
    let reader = ImageReader::with_format(std::io::Cursor::new(jpeg), ImageFormat::Jpeg);
    let (pixels, format, width, height, depth) =
        match reader.decode().map_err(|error| error.to_string())? {
            DynamicImage::ImageLuma8(grey) => {
                let (width, height) = grey.dimensions();
                (
                    grey.into_raw(),
                    gst_video::VideoFormat::Gray8,
                    width,
                    height,
                    1,
                )
            }
            other => {
                let colour = other.into_rgb8();
                let (width, height) = colour.dimensions();
                (
                    colour.into_raw(),
                    gst_video::VideoFormat::Rgb,
                    width,
                    height,
                    3,
                )
            }
        };
    let info = gst_video::VideoInfo::builder(format, width, height).build();
    let info = info.map_err(|error| error.to_string())?;
    let stride = i32::try_from(width * depth).map_err(|error| error.to_string())?;
    let usual = info.stride().first() == Some(&stride);
    let planes = if usual {
        Vec::new()
    } else {
        vec![Plane { offset: 0, stride }]
    };
    Ok((pixels, info, planes))
}
