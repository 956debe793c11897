// SPDX-License-Identifier: MIT OR Apache-2.0
//! GStreamer's frames as pictures: formats, colours, planes.

use gst_video::prelude::*;
use gst_video::{VideoColorMatrix, VideoColorRange, VideoFormat, VideoFrameRef};

use super::stats::Failure;
use crate::preprocess::{ColorMatrix, Colorimetry, Picture, PixelFormat, Plane};

/// The formats that are read as they are; those in [`super::convert::CONVERTED`] are converted to one of these first.
pub const FORMATS: [VideoFormat; 17] = [
    VideoFormat::I420,
    VideoFormat::Nv12,
    VideoFormat::Yv12,
    VideoFormat::Nv21,
    VideoFormat::Y42b,
    VideoFormat::Y444,
    VideoFormat::Rgb,
    VideoFormat::Bgr,
    VideoFormat::Gray8,
    VideoFormat::Rgbx,
    VideoFormat::Bgrx,
    VideoFormat::Xrgb,
    VideoFormat::Xbgr,
    VideoFormat::Rgba,
    VideoFormat::Bgra,
    VideoFormat::Argb,
    VideoFormat::Abgr,
];

/// Our name for a format, if it is one of [`FORMATS`].
fn pixel_format(format: VideoFormat) -> Option<PixelFormat> {
    let packed = |step, red, green, blue| {
        Some(PixelFormat::Packed {
            step,
            red,
            green,
            blue,
        })
    };
    match format {
        VideoFormat::I420 => Some(PixelFormat::I420),
        VideoFormat::Yv12 => Some(PixelFormat::Yv12),
        VideoFormat::Nv12 => Some(PixelFormat::Nv12),
        VideoFormat::Nv21 => Some(PixelFormat::Nv21),
        VideoFormat::Y42b => Some(PixelFormat::Y42b),
        VideoFormat::Y444 => Some(PixelFormat::Y444),
        VideoFormat::Gray8 => Some(PixelFormat::Gray8),
        VideoFormat::Rgb => packed(3, 0, 1, 2),
        VideoFormat::Bgr => packed(3, 2, 1, 0),
        VideoFormat::Rgbx | VideoFormat::Rgba => packed(4, 0, 1, 2),
        VideoFormat::Bgrx | VideoFormat::Bgra => packed(4, 2, 1, 0),
        VideoFormat::Xrgb | VideoFormat::Argb => packed(4, 1, 2, 3),
        VideoFormat::Xbgr | VideoFormat::Abgr => packed(4, 3, 2, 1),
        _ => None,
    }
}

/// Whether a format is read as it is.
pub fn is_read(format: VideoFormat) -> bool {
    FORMATS.contains(&format)
}

/// The colours of a format.
fn colorimetry(info: &gst_video::VideoInfo) -> Colorimetry {
    let colorimetry = info.colorimetry();
    Colorimetry {
        matrix: match colorimetry.matrix() {
            VideoColorMatrix::Bt709 => ColorMatrix::Bt709,
            VideoColorMatrix::Bt2020 => ColorMatrix::Bt2020,
            _ => ColorMatrix::Bt601,
        },
        full_range: match colorimetry.range() {
            VideoColorRange::Range0_255 => true,
            VideoColorRange::Range16_235 => false,
            // Grey and colours come in full range where nobody says otherwise, Y'CbCr does not.
            _ => !info.format_info().is_yuv(),
        },
    }
}

/// The pixels of `frame`, where they are.
///
/// # Errors
/// When the format is not one of [`FORMATS`] or the planes cannot be read.
pub fn picture<'a>(frame: &'a VideoFrameRef<&gst::BufferRef>) -> Result<Picture<'a>, Failure> {
    let format = pixel_format(frame.format()).ok_or(Failure::Format)?;
    let mut planes = [Plane::default(); 3];
    let count = frame.n_planes().min(3);
    for (index, plane) in (0..count).zip(&mut planes) {
        let stride = frame
            .plane_stride()
            .get(index as usize)
            .copied()
            .unwrap_or(0);
        *plane = Plane {
            data: frame.plane_data(index).map_err(|_| Failure::Unreadable)?,
            stride: usize::try_from(stride).map_err(|_| Failure::Unreadable)?,
        };
    }
    Ok(Picture {
        format,
        colorimetry: colorimetry(frame.info()),
        width: frame.width() as usize,
        height: frame.height() as usize,
        planes,
    })
}
