// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the objects on a frame stand, for estimators of other things than positions.

use std::collections::BTreeMap;
use std::sync::Arc;

use estimation::lpe::{BoxKind, Lpe, Place};
use facility::Facility;
use meta::FrameInfo;

use crate::boxes::{boxes, in_image, kind};

/// The cameras of a facility, each made at its first frame.
#[derive(Debug)]
pub struct Places {
    facility: Facility,
    cameras: BTreeMap<Arc<str>, Option<Camera>>,
}

#[derive(Debug)]
struct Camera {
    lpe: Lpe,
    image: Option<(u32, u32)>,
}

impl Places {
    /// The cameras of `facility`.
    pub fn new(facility: Facility) -> Self {
        Self {
            facility,
            cameras: BTreeMap::new(),
        }
    }

    /// The facility.
    pub fn facility(&self) -> &Facility {
        &self.facility
    }

    /// Gets to know the camera of a frame; why it has no places, once.
    pub fn meet(&mut self, id: &Arc<str>) -> Option<String> {
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
                    "{error}; its frames make no reports, the other cameras go on"
                )),
            ),
        };
        self.cameras.insert(id.clone(), camera);
        warning
    }

    /// Whether the camera is one of the facility whose pixels mean metres.
    pub fn knows(&self, id: &str) -> bool {
        self.cameras.get(id).is_some_and(Option::is_some)
    }

    /// Where the detection of this index stands; `None` on no track, masked, or by a camera that is not known.
    /// A box of a label that is none of ours is taken for a plate.
    pub fn place(&self, frame: &FrameInfo, index: usize) -> Option<Place> {
        let camera = self.cameras.get(&frame.camera)?.as_ref()?;
        let detection = frame.detections.get(index)?;
        let kind = kind(detection).unwrap_or(BoxKind::Plate);
        let place = in_image(frame, detection, kind, camera.image);
        let others = boxes(frame, detection.component, camera.image, &mut 0);
        camera.lpe.place(place, &others)
    }
}
