// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came in at a pad: a frame that can be used, or the reason why not.

use gst_video::{VideoFormatFlags, VideoInfo};

/// What a buffer at a sink pad is. Times are running times in nanoseconds.
pub enum Incoming {
    /// A whole picture with a time.
    Frame {
        /// When it was seen.
        time: u64,
        /// When the next one can follow at the earliest.
        end: u64,
        /// Its time in the recording.
        stream_time: Option<u64>,
        /// Its format.
        format: VideoInfo,
    },
    /// The announcement that nothing comes before `end`; or, if `repeated`, a picture that was sent before.
    Gap {
        /// Where the gap begins.
        time: u64,
        /// Where it ends.
        end: u64,
        /// Whether the buffer holds a picture.
        repeated: bool,
    },
    /// A buffer without timestamp, or in a segment that does not count time.
    Untimed,
    /// A buffer outside its segment.
    Clipped,
    /// A buffer that does not hold the picture that its caps promise.
    Broken {
        /// Bytes that it has.
        size: usize,
        /// Bytes that its caps ask for; `None` without usable caps.
        expected: Option<usize>,
    },
}

impl Incoming {
    /// What `buffer` is in a stream of these `segment` and `format`; `None` if its caps were unusable.
    pub fn of(buffer: &gst::BufferRef, segment: &gst::Segment, format: Option<VideoInfo>) -> Self {
        let (Some(segment), Some(pts)) = (segment.downcast_ref::<gst::ClockTime>(), buffer.pts())
        else {
            return Self::Untimed;
        };
        let Some(time) = segment.to_running_time(pts) else {
            return Self::Clipped;
        };
        let time = time.nseconds();
        let duration = buffer.duration().map_or(0, gst::ClockTime::nseconds) as f64;
        let end = time.saturating_add((duration / segment.rate().abs()) as u64);
        if buffer.flags().contains(gst::BufferFlags::GAP) {
            let repeated = buffer.size() > 0;
            return Self::Gap {
                time,
                end,
                repeated,
            };
        }
        match format {
            Some(format) if is_whole(buffer, &format) => Self::Frame {
                time,
                end,
                stream_time: segment.to_stream_time(pts).map(gst::ClockTime::nseconds),
                format,
            },
            format => Self::Broken {
                size: buffer.size(),
                expected: format.map(|format| format.size()),
            },
        }
    }

    /// The same, `shift` nanoseconds later.
    pub fn moved(mut self, shift: i64) -> Self {
        match &mut self {
            Self::Frame {
                time,
                end,
                stream_time,
                ..
            } => {
                *time = time.saturating_add_signed(shift);
                *end = end.saturating_add_signed(shift);
                *stream_time = stream_time.map(|time| time.saturating_add_signed(shift));
            }
            Self::Gap { time, end, .. } => {
                *time = time.saturating_add_signed(shift);
                *end = end.saturating_add_signed(shift);
            }
            Self::Untimed | Self::Clipped | Self::Broken { .. } => {}
        }
        self
    }
}

/// Whether `buffer` is big enough for a picture of `info`; a buffer may lay its planes out differently and say so.
fn is_whole(buffer: &gst::BufferRef, info: &VideoInfo) -> bool {
    let Some(layout) = buffer.meta::<gst_video::VideoMeta>() else {
        return buffer.size() > 0 && buffer.size() >= info.size();
    };
    let format = info.format_info();
    if format
        .flags()
        .intersects(VideoFormatFlags::TILED | VideoFormatFlags::COMPLEX)
    {
        return buffer.size() > 0; // strides count tiles, not bytes
    }
    // A plane without a component is a palette.
    let rows = |plane: usize| {
        let component = format.plane().iter().position(|&of| of as usize == plane);
        component.map_or(1, |component| {
            layout.height().div_ceil(1 << format.h_sub()[component]) as usize
        })
    };
    layout.height() > 0
        && layout.offset().iter().zip(layout.stride()).enumerate().all(
            |(plane, (&offset, &stride))| {
                let Ok(stride) = usize::try_from(stride) else {
                    return false; // upside down: nobody here can read it
                };
                stride
                    .checked_mul(rows(plane).saturating_sub(1))
                    .and_then(|last_row| last_row.checked_add(offset))
                    .is_some_and(|last_row| last_row < buffer.size())
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> VideoInfo {
        gst::init().unwrap();
        VideoInfo::builder(gst_video::VideoFormat::I420, 320, 240)
            .build()
            .unwrap()
    }

    #[test]
    fn size_decides_without_a_layout() {
        let info = info();
        assert!(is_whole(
            &gst::Buffer::with_size(info.size()).unwrap(),
            &info
        ));
        assert!(!is_whole(
            &gst::Buffer::with_size(info.size() - 1).unwrap(),
            &info
        ));
        assert!(!is_whole(&gst::Buffer::new(), &info));
    }

    #[test]
    fn the_last_row_decides_with_a_layout() {
        let info = info();
        let with_layout = |size| {
            let mut buffer = gst::Buffer::with_size(size).unwrap();
            gst_video::VideoMeta::add_full(
                buffer.get_mut().unwrap(),
                gst_video::VideoFrameFlags::empty(),
                gst_video::VideoFormat::I420,
                320,
                240,
                &[0, 384 * 240, 384 * 240 + 192 * 120],
                &[384, 192, 192],
            )
            .unwrap();
            is_whole(&buffer, &info)
        };
        assert!(with_layout(384 * 360));
        assert!(!with_layout(384 * 360 - 192));
    }
}
