// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the detections on a frame stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use estimation::lpe::{BoxKind, Lpe, Place};
use facility::Facility;
use meta::FrameInfo;

use crate::boxes::{Boxes, in_image};
use crate::labels::kind;

/// The position estimators of a facility's cameras, each made at its camera's first frame.
#[derive(Debug)]
pub struct Places {
    facility: Facility,
    cameras: BTreeMap<Arc<str>, Option<Camera>>,
}

/// Shapes (width over height) that differ by a smaller share are the same: codecs round sizes to whole blocks.
const SHAPE_TOLERANCE: f64 = 0.02;

/// Whether two shapes (width over height) are the same.
#[must_use]
pub fn same_shape(one: f64, other: f64) -> bool {
    (one / other - 1.0).abs() <= SHAPE_TOLERANCE
}

/// A camera whose pixels can be turned into metres.
#[derive(Debug)]
pub struct Camera {
    /// Its position estimator.
    pub lpe: Lpe,
    /// Size of the image that it is calibrated for, pixels.
    image: Option<(u32, u32)>,
}

impl Places {
    /// The cameras of `facility`.
    #[must_use]
    pub fn new(facility: Facility) -> Self {
        Self {
            facility,
            cameras: BTreeMap::new(),
        }
    }

    /// Makes the estimator of the camera of this name if there is none yet. If that is impossible, the reason is returned
    /// once, for the user.
    pub fn prepare(&mut self, id: &Arc<str>) -> Option<String> {
        if self.cameras.contains_key(id) {
            return None;
        }
        let (camera, warning) = match Lpe::new(&self.facility, id) {
            Ok(lpe) => {
                let image = self.facility.camera(id).and_then(|camera| camera.image);
                (Some(Camera { lpe, image }), None)
            }
            Err(error) => (
                None,
                Some(format!(
                    "{error}; no reports are written for this camera, the other cameras are not affected"
                )),
            ),
        };
        self.cameras.insert(id.clone(), camera);
        warning
    }

    /// The camera of this name, if it has been prepared and its pixels can be turned into metres.
    #[must_use]
    pub fn camera(&self, id: &str) -> Option<&Camera> {
        self.cameras.get(id)?.as_ref()
    }
}

impl Camera {
    /// The boxes of `component` on a frame of this camera.
    #[must_use]
    pub fn boxes(&self, frame: &FrameInfo, component: u32) -> Boxes {
        Boxes::of(frame, component, self.image)
    }

    /// Why the metres of `frame` would be wrong, with the remedy, if it has another shape than the image that the camera is
    /// calibrated for: then its edges were cut off, or bars were added.
    #[must_use]
    pub fn misfit(&self, frame: &FrameInfo) -> Option<String> {
        let (width, height) = self.image?;
        let shape = frame.shape()?;
        let calibrated = f64::from(width) / f64::from(height);
        (!same_shape(shape, calibrated)).then(|| {
            format!(
                "its pictures of {}x{} are {shape:.3} times as wide as high, but it is calibrated for {width}x{height}, \
                 {calibrated:.3} times, so its metres would be wrong. Let the camera send the whole picture in the shape \
                 that it was calibrated with, or calibrate it again",
                frame.width, frame.height
            )
        })
    }

    /// Where the detection of this index stands; `None` if it is on no track or masked, or if the frame is a [`Self::misfit`].
    /// A detection of a label that
    /// position estimation does not know is located as a plate is.
    #[must_use]
    pub fn place(&self, frame: &FrameInfo, index: usize) -> Option<Place> {
        let detection = frame.detections.get(index)?;
        if self.misfit(frame).is_some() {
            return None;
        }
        let kind = kind(&detection.label).unwrap_or(BoxKind::Plate);
        let place = in_image(frame, detection, kind, self.image);
        let others = self.boxes(frame, detection.component).boxes;
        self.lpe.place(place, &others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_codecs_round_have_the_same_shape_and_a_crop_has_not() {
        let shape = |width: f64, height: f64| width / height;
        for (width, height) in [
            (1920.0, 1080.0),
            (1920.0, 1088.0),
            (640.0, 360.0),
            (352.0, 200.0),
        ] {
            assert!(
                same_shape(shape(width, height), shape(960.0, 540.0)),
                "{width}"
            );
        }
        for (width, height) in [(640.0, 480.0), (640.0, 384.0), (540.0, 960.0)] {
            assert!(
                !same_shape(shape(width, height), shape(960.0, 540.0)),
                "{width}"
            );
        }
    }
}
