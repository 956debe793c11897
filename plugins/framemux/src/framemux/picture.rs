// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a buffer holds the picture that its caps promise.

use gst_video::{VideoFormatFlags, VideoInfo};

/// Whether `buffer` is big enough for a picture of `info`; a buffer may lay its planes out differently and say so.
pub fn is_whole(buffer: &gst::BufferRef, info: &VideoInfo) -> bool {
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
