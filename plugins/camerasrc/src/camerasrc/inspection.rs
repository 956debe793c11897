// SPDX-License-Identifier: MIT OR Apache-2.0
//! Looks at each picture of a camera: whether it shows the hall, from where the camera is calibrated for.

use std::path::Path;

use gst_video::prelude::*;
use gst_video::{VideoFormatFlags, VideoFrameRef, VideoInfo};
use image::GrayImage;
use picture::{Checks, Condition, Luma, Verdict};

use super::properties::Settings;

/// What is set of the checks, and the picture that the camera is compared with.
#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    settings: picture::Settings,
    reference: String,
}

/// What a picture was found to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspected {
    /// Whether seeing nothing on it means that nothing is there.
    pub is_scan: bool,
    /// What is wrong with the camera, if that is new.
    pub news: Option<Condition>,
    /// Why the camera cannot be compared with its reference picture, said once.
    pub mistake: Option<String>,
}

impl Inspected {
    /// A picture that was not looked at.
    const UNSEEN: Self = Self {
        is_scan: true,
        news: None,
        mistake: None,
    };
}

/// The checks of one camera, over all its connections.
#[derive(Default)]
pub struct Inspection {
    /// The checks, and what was set when they were made.
    checks: Option<(Wanted, Checks)>,
    condition: Option<Condition>,
}

impl Inspection {
    /// Looks at the picture in `buffer` of `time` (ns, never decreasing); `is_key`: it was encoded without reference to others.
    /// Pictures in the memory of a graphics card, with more than 8 bits, or without a plane of brightness (RGB) are not looked at.
    pub fn look(
        &mut self,
        buffer: &gst::BufferRef,
        caps: &gst::CapsRef,
        time: i64,
        is_key: bool,
        settings: &Settings,
    ) -> Inspected {
        if !settings.checks {
            let news = self.forget();
            return Inspected {
                news,
                ..Inspected::UNSEEN
            };
        }
        let looked = with_luma(buffer, caps, |luma| {
            let (checks, mistake) = self.checks(luma, settings);
            (checks.check(luma, time, is_key), mistake)
        });
        let Some((verdict, mistake)) = looked else {
            return Inspected::UNSEEN;
        };
        Inspected {
            is_scan: verdict.is_scan(),
            news: self.news(&verdict),
            mistake,
        }
    }

    /// The checks that `settings` ask for, and why they have no reference picture, if they were made now.
    fn checks(&mut self, luma: Luma<'_>, settings: &Settings) -> (&mut Checks, Option<String>) {
        let wanted = settings.picture_checks();
        let fits = |made: &Wanted| made.settings == wanted && made.reference == settings.reference;
        if !self.checks.as_ref().is_some_and(|(made, _)| fits(made)) {
            self.checks = None;
        }
        let mut mistake = None;
        let made = self.checks.get_or_insert_with(|| {
            let reference = read_reference(&settings.reference, luma);
            let reference = reference.unwrap_or_else(|why| {
                mistake = Some(why);
                None
            });
            let plane = reference.as_ref().and_then(luma_of);
            let made = Wanted {
                settings: wanted,
                reference: settings.reference.clone(),
            };
            (made, Checks::new(wanted, plane))
        });
        (&mut made.1, mistake)
    }

    /// What is wrong with the camera by `verdict`, if that is new.
    fn news(&mut self, verdict: &Verdict) -> Option<Condition> {
        let before = self.condition.replace(verdict.condition);
        let word = before.map_or(Condition::Good.word(), |before| before.word());
        (word != verdict.condition.word()).then_some(verdict.condition)
    }

    /// The checks are switched off: what they found holds no longer.
    fn forget(&mut self) -> Option<Condition> {
        self.checks = None;
        let before = self.condition.take()?;
        (before != Condition::Good).then_some(Condition::Good)
    }
}

/// Calls `look` with the brightness of the picture in `buffer`, if it has a plane of it that can be read.
fn with_luma<T>(
    buffer: &gst::BufferRef,
    caps: &gst::CapsRef,
    look: impl FnOnce(Luma<'_>) -> T,
) -> Option<T> {
    let in_memory = caps
        .features(0)
        .is_none_or(|features| features.is_equal(gst::CAPS_FEATURES_MEMORY_SYSTEM_MEMORY.as_ref()));
    let info = VideoInfo::from_caps(caps).ok().filter(|_| in_memory)?;
    let format = info.format_info();
    let is_bright = format
        .flags()
        .intersects(VideoFormatFlags::YUV | VideoFormatFlags::GRAY);
    if !is_bright || format.depth().first() != Some(&8) || format.pixel_stride().first() != Some(&1)
    {
        return None;
    }
    let frame = VideoFrameRef::from_buffer_ref_readable(buffer, &info).ok()?;
    let stride = *frame.plane_stride().first()?;
    let plane = frame.plane_data(0).ok()?;
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let luma = Luma::new(plane, width, height, usize::try_from(stride).ok()?).ok()?;
    Some(look(luma))
}

/// The reference picture in `file`, if one is named; it must be as large as the camera's picture.
fn read_reference(file: &str, luma: Luma<'_>) -> Result<Option<GrayImage>, String> {
    if file.is_empty() {
        return Ok(None);
    }
    let remedy = "write a new one with roundhouse cameras --reference";
    let picture = image::open(Path::new(file))
        .map_err(|error| format!("its reference picture {file} cannot be read: {error}: {remedy}"))?
        .into_luma8();
    let size = (picture.width() as usize, picture.height() as usize);
    if size != (luma.width(), luma.height()) {
        return Err(format!(
            "its reference picture {file} has {}x{} pixels, the camera gives {}x{}: {remedy}",
            size.0,
            size.1,
            luma.width(),
            luma.height()
        ));
    }
    Ok(Some(picture))
}

/// The plane of `picture`.
fn luma_of(picture: &GrayImage) -> Option<Luma<'_>> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Luma::new(picture.as_raw(), width, height, width).ok()
}
