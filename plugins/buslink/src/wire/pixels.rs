// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pixels as bytes of a message, without a copy, and back.

use bytes::Bytes;

use super::image::Plane;

/// The bytes of a buffer, as long as they are needed; `None` if it cannot be read.
pub fn bytes_of(buffer: &gst::Buffer) -> Option<Bytes> {
    let mapped = buffer.clone().into_mapped_buffer_readable().ok()?;
    Some(Bytes::from_owner(mapped))
}

/// A buffer of these bytes.
pub fn buffer_of(bytes: Bytes) -> gst::Buffer {
    gst::Buffer::from_slice(bytes)
}

/// Where the planes of a raw buffer lie; empty if as its format says.
pub fn planes_of(buffer: &gst::BufferRef, info: &gst_video::VideoInfo) -> Vec<Plane> {
    let Some(video) = buffer.meta::<gst_video::VideoMeta>() else {
        return Vec::new();
    };
    if video.offset() == info.offset() && video.stride() == info.stride() {
        return Vec::new();
    }
    let planes = video.offset().iter().zip(video.stride());
    planes
        .map(|(&offset, &stride)| Plane { offset, stride })
        .collect()
}

/// Says in `buffer` where its planes lie, if not as its format says.
///
/// # Errors
/// They do not lie in the buffer; the sentence says so.
pub fn set_planes(
    buffer: &mut gst::BufferRef,
    info: &gst_video::VideoInfo,
    planes: &[Plane],
) -> Result<(), String> {
    let least = if planes.is_empty() {
        info.size()
    } else {
        let rows = |plane: usize| {
            info.comp_height(plane.min(info.n_components() as usize - 1) as u8) as usize
        };
        let end = |(index, plane): (usize, &Plane)| {
            plane.offset + plane.stride.unsigned_abs() as usize * rows(index).saturating_sub(1)
        };
        planes.iter().enumerate().map(end).max().unwrap_or_default()
    };
    if buffer.size() < least {
        return Err(format!(
            "{} bytes of pixels, {least} are needed for {} of {}x{}",
            buffer.size(),
            info.format(),
            info.width(),
            info.height()
        ));
    }
    if planes.is_empty() {
        return Ok(());
    }
    let offsets: Vec<usize> = planes.iter().map(|plane| plane.offset).collect();
    let strides: Vec<i32> = planes.iter().map(|plane| plane.stride).collect();
    gst_video::VideoMeta::add_full(
        buffer,
        gst_video::VideoFrameFlags::empty(),
        info.format(),
        info.width(),
        info.height(),
        &offsets,
        &strides,
    )
    .map(|_| ())
    .map_err(|error| format!("planes that cannot be: {error}"))
}
