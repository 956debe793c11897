// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the detections on a frame stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use estimation::lpe::{BoxKind, Lpe, Place};
use facility::Facility;
use meta::FrameInfo;

use crate::boxes::{Boxes, in_image, kind};

/// The position estimators of a facility's cameras, each made at its camera's first frame.
#[derive(Debug)]
pub struct Places {
    facility: Facility,
    cameras: BTreeMap<Arc<str>, Option<Camera>>,
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

    /// Where the detection of this index stands; `None` if it is on no track or masked. A detection of a label that
    /// position estimation does not know is located as a plate is.
    #[must_use]
    pub fn place(&self, frame: &FrameInfo, index: usize) -> Option<Place> {
        let detection = frame.detections.get(index)?;
        let kind = kind(detection).unwrap_or(BoxKind::Plate);
        let place = in_image(frame, detection, kind, self.image);
        let others = self.boxes(frame, detection.component).boxes;
        self.lpe.place(place, &others)
    }
}
