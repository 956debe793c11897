// SPDX-License-Identifier: MIT OR Apache-2.0
//! Formats that the network's preprocessing does not read, such as those of 10-bit cameras, become one that it reads.

use gst_video::prelude::*;
use gst_video::{
    VideoConverter, VideoFormat, VideoFormatInfo, VideoFrame, VideoFrameRef, VideoInfo,
    video_frame::Readable,
};

/// The formats that are converted first.
pub const CONVERTED: [VideoFormat; 27] = [
    VideoFormat::I42010le,
    VideoFormat::I42012le,
    VideoFormat::I42210le,
    VideoFormat::I42212le,
    VideoFormat::Y44410le,
    VideoFormat::Y44412le,
    VideoFormat::P01010le,
    VideoFormat::P012Le,
    VideoFormat::P016Le,
    VideoFormat::I42010be,
    VideoFormat::I42210be,
    VideoFormat::Y44410be,
    VideoFormat::P01010be,
    VideoFormat::Gray16Le,
    VideoFormat::Gray16Be,
    VideoFormat::Gray10Le32,
    VideoFormat::Yuy2,
    VideoFormat::Uyvy,
    VideoFormat::Yvyu,
    VideoFormat::Nv16,
    VideoFormat::Nv24,
    VideoFormat::Y41b,
    VideoFormat::V210,
    VideoFormat::Y210,
    VideoFormat::Y410,
    VideoFormat::Gbr,
    VideoFormat::Gbr10le,
];

/// Conversions that are kept at most: cameras change their format seldom, but they may.
const MOST: usize = 16;

/// The conversions made so far, one per format and size.
#[derive(Debug, Default)]
pub struct Converters {
    made: Vec<Conversion>,
}

/// From one format to another.
#[derive(Debug)]
struct Conversion {
    from: VideoInfo,
    to: VideoInfo,
    converter: VideoConverter,
}

impl Converters {
    /// The picture in `frame` in a format that is read; `None` if that is impossible.
    pub fn convert(
        &mut self,
        frame: &VideoFrameRef<&gst::BufferRef>,
    ) -> Option<VideoFrame<Readable>> {
        let conversion = self.conversion(frame.info())?;
        let pixels = gst::Buffer::with_size(conversion.to.size()).ok()?;
        let mut picture = VideoFrame::from_buffer_writable(pixels, &conversion.to).ok()?;
        conversion
            .converter
            .frame_ref(frame, &mut picture.as_mut_video_frame_ref());
        VideoFrame::from_buffer_readable(picture.into_buffer(), &conversion.to).ok()
    }

    /// The conversion of pictures like `from`.
    fn conversion(&mut self, from: &VideoInfo) -> Option<&Conversion> {
        if let Some(index) = self.made.iter().position(|made| made.from == *from) {
            return self.made.get(index);
        }
        let to = VideoInfo::builder(target(from.format_info())?, from.width(), from.height())
            .par(from.par())
            .fps(from.fps())
            .colorimetry(&from.colorimetry())
            .build()
            .ok()?;
        let converter = VideoConverter::new(from, &to, None).ok()?;
        if self.made.len() == MOST {
            self.made.remove(0);
        }
        self.made.push(Conversion {
            from: from.clone(),
            to,
            converter,
        });
        self.made.last()
    }
}

/// The format of 8 bits that loses least of another one; `None` for one whose pixels GStreamer cannot read either.
fn target(from: VideoFormatInfo) -> Option<VideoFormat> {
    if !CONVERTED.contains(&from.format()) {
        return None;
    }
    let chroma = 1;
    Some(if from.is_rgb() {
        VideoFormat::Rgbx
    } else if from.is_gray() {
        VideoFormat::Gray8
    } else if from.h_sub().get(chroma) == Some(&1) {
        VideoFormat::I420
    } else if from.w_sub().get(chroma) == Some(&0) {
        VideoFormat::Y444
    } else {
        VideoFormat::Y42b
    })
}
