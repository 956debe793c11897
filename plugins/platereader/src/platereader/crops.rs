// SPDX-License-Identifier: MIT OR Apache-2.0
//! The last crops of plates and what was read on them, from which a network can be trained.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use gst_video::prelude::*;
use gst_video::{VideoConverter, VideoConverterConfig, VideoFormat, VideoFrame, VideoInfo};
use meta::{BoundingBox, FrameInfo, Packet, SlotStatus};

use super::reader::Reading;

/// A folder of crops.
#[derive(Debug)]
pub struct Crops {
    folder: PathBuf,
    most: usize,
    /// File name and line of the table, the oldest first.
    kept: VecDeque<(String, String)>,
}

impl Crops {
    /// Keeps the last `most` crops in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(folder: &Path, most: usize) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            most,
            kept: VecDeque::new(),
        })
    }

    /// Keeps the crops of the plates that were read on the frame in `buffer`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep(
        &mut self,
        buffer: &gst::Buffer,
        info: &VideoInfo,
        readings: &[Reading],
    ) -> io::Result<()> {
        let Some(frame) = FrameInfo::of(buffer) else {
            return Ok(());
        };
        for reading in readings {
            let Some(detection) = frame.detections.get(reading.detection) else {
                continue;
            };
            let Some(crop) = cut(buffer, info, detection.bounding_box) else {
                continue;
            };
            let name = format!(
                "{}-{}-{}.png",
                file_name(&frame.camera),
                frame.sequence,
                reading.detection
            );
            crop.save(self.folder.join(&name))
                .map_err(io::Error::other)?;
            let line = format!(
                "{name},\"{}\",{:.4},{}\n",
                reading.text.replace('"', "\"\""),
                reading.confidence,
                frame.capture_time
            );
            self.kept.push_back((name, line));
        }
        while self.kept.len() > self.most {
            if let Some((name, _)) = self.kept.pop_front() {
                std::fs::remove_file(self.folder.join(name))?;
            }
        }
        let lines: String = self.kept.iter().map(|(_, line)| line.as_str()).collect();
        let table = format!("file,text,confidence,time\n{lines}");
        std::fs::write(self.folder.join("readings.csv"), table)
    }
}

/// Keeps the crops of the fresh frames in `buffer`, whose `readings` come in the order of these frames. `info` is the format of
/// a single stream; a packet gives the format of each frame itself.
///
/// # Errors
/// When a file cannot be written.
pub fn keep(
    crops: &mut Crops,
    buffer: &gst::BufferRef,
    info: Option<&VideoInfo>,
    readings: &[Vec<Reading>],
) -> io::Result<()> {
    let Some(packet) = Packet::of(buffer) else {
        return match (info, readings.first()) {
            (Some(info), Some(readings)) if !readings.is_empty() => {
                crops.keep(&buffer.to_owned(), info, readings)
            }
            _ => Ok(()),
        };
    };
    let fresh = packet
        .slots
        .iter()
        .filter(|slot| slot.status == SlotStatus::Fresh && slot.frame.is_some());
    for (slot, readings) in fresh.zip(readings) {
        if let (Some(frame), Some(info), false) =
            (&slot.frame, &slot.video_info, readings.is_empty())
        {
            crops.keep(frame, info, readings)?;
        }
    }
    Ok(())
}

/// A camera's name without what a file name cannot have.
fn file_name(camera: &str) -> String {
    let fit = |sign: char| {
        if sign.is_alphanumeric() { sign } else { '_' }
    };
    camera.chars().map(fit).collect()
}

/// The pixels inside `bounds` as a picture; `None` if there are none.
fn cut(buffer: &gst::Buffer, info: &VideoInfo, bounds: BoundingBox) -> Option<image::RgbImage> {
    let frame = VideoFrame::from_buffer_readable(buffer.clone(), info).ok()?;
    let clamp = |value: f32, most: u32| value.clamp(0.0, most as f32) as u32;
    let (left, top) = (
        clamp(bounds.x, info.width()),
        clamp(bounds.y, info.height()),
    );
    let right = clamp(bounds.x + bounds.width, info.width());
    let bottom = clamp(bounds.y + bounds.height, info.height());
    let (width, height) = (right.checked_sub(left)?, bottom.checked_sub(top)?);
    if width == 0 || height == 0 {
        return None;
    }
    let target = VideoInfo::builder(VideoFormat::Rgb, width, height)
        .fps(info.fps())
        .build()
        .ok()?;
    let mut config = VideoConverterConfig::new();
    config.set_src_x(left as i32);
    config.set_src_y(top as i32);
    config.set_src_width(Some(width as i32));
    config.set_src_height(Some(height as i32));
    let converter = VideoConverter::new(info, &target, Some(config)).ok()?;
    let pixels = gst::Buffer::with_size(target.size()).ok()?;
    let mut pixels = VideoFrame::from_buffer_writable(pixels, &target).ok()?;
    converter.frame(&frame, &mut pixels);
    let stride = *pixels.plane_stride().first()? as usize;
    let row = width as usize * 3;
    let rows = pixels.plane_data(0).ok()?.chunks(stride);
    let packed: Vec<u8> = rows
        .take(height as usize)
        .flat_map(|line| &line[..row.min(line.len())])
        .copied()
        .collect();
    image::RgbImage::from_raw(width, height, packed)
}
