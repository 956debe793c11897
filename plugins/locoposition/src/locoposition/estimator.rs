// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the boxes on a frame to its report; knows no GStreamer.

use std::collections::BTreeMap;
use std::sync::Arc;

use estimation::lpe::{Dropped, Look, Lpe};
use facility::Facility;
use messages::{Data, EndReport, Event, PositionReport};
use meta::FrameInfo;

use crate::boxes::{boxes, in_image, kind};

/// Looks are taken to be of good quality: nothing measures darkness or blur yet.
const QUALITY: f64 = 1.0;
/// An end found by itself and among others is the same within this, m.
const SAME: f64 = 1e-6;
/// Buffers after which something should have been looked at.
const PATIENCE: u64 = 100;

/// The estimators of all cameras.
pub struct Estimator {
    facility: Facility,
    component: u32,
    flow: String,
    /// First part of the reports' ids.
    epoch: Option<u64>,
    cameras: BTreeMap<Arc<str>, Option<Camera>>,
    /// Whether what passes is packets.
    packets: bool,
    counters: Counters,
}

/// One camera of the facility.
struct Camera {
    lpe: Lpe,
    source: String,
    /// Size of the image that it is calibrated for, pixels.
    image: Option<(u32, u32)>,
    reports: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    buffers: u64,
    frames: u64,
    looks: u64,
    reports: u64,
    ends: u64,
    unknown_camera: u64,
    unknown_label: u64,
    invalid: u64,
    dropped: Dropped,
}

impl Estimator {
    /// Estimators for `facility`, reading the boxes of `component`.
    pub fn new(facility: Facility, component: u32, flow: String) -> Self {
        Self {
            facility,
            component,
            flow,
            epoch: None,
            cameras: BTreeMap::new(),
            packets: false,
            counters: Counters::default(),
        }
    }

    /// Whether the epoch of the ids has not been set.
    pub fn needs_epoch(&self) -> bool {
        self.epoch.is_none()
    }

    /// Sets the first part of the reports' ids.
    pub fn set_epoch(&mut self, epoch: u64) {
        self.epoch = Some(epoch);
    }

    /// Puts a report on a new frame if the component has looked at it; what the user should know is returned once.
    pub fn look(&mut self, frame: &mut FrameInfo) -> Option<String> {
        self.counters.frames += 1;
        if !frame.is_inferred_by(self.component) {
            return None;
        }
        self.counters.looks += 1;
        let warning = self.meet(&frame.camera);
        let Some(Some(camera)) = self.cameras.get_mut(&frame.camera) else {
            self.counters.unknown_camera += 1;
            return warning;
        };
        let boxes = boxes(
            frame,
            self.component,
            camera.image,
            &mut self.counters.unknown_label,
        );
        let look = camera.lpe.look(&boxes, QUALITY);
        caption(frame, self.component, camera, &look);
        self.counters.ends += look.ends.len() as u64;
        self.counters.add_dropped(&look.counters);
        camera.reports += 1;
        let event = Event {
            id: format!("{}-{}", self.epoch.unwrap_or(1), camera.reports),
            source: camera.source.clone(),
            subject: Some(format!("camera/{}", frame.camera)),
            time: frame.capture_time,
            received: None,
            recorded: None,
            flow: self.flow.clone(),
            data: Data::Position(report(frame, look)),
        };
        match event.canonical() {
            Ok(event) => {
                self.counters.reports += 1;
                frame.reports.push(Arc::new(event));
                warning
            }
            Err(error) => {
                self.counters.invalid += 1;
                warning.or(Some(format!(
                    "Camera '{}': report dropped: {error}",
                    frame.camera
                )))
            }
        }
    }

    /// A buffer, a packet or not, has passed; once, what the user should know if nothing of the first ones was looked at.
    pub fn passed(&mut self, packet: bool) -> Option<String> {
        self.packets |= packet;
        self.counters.buffers += 1;
        if self.counters.buffers == PATIENCE {
            self.blindness()
        } else {
            None
        }
    }

    /// The stream ends; the same for one that was too short.
    pub fn ended(&self) -> Option<String> {
        if (1..PATIENCE).contains(&self.counters.buffers) {
            self.blindness()
        } else {
            None
        }
    }

    /// Why there were no looks, and what to do.
    fn blindness(&self) -> Option<String> {
        let Counters {
            buffers,
            frames,
            looks,
            ..
        } = self.counters;
        let component = self.component;
        match (frames, looks) {
            // The cameras of these packets are silent, which is told where the packets are made.
            (0, 0) if self.packets => None,
            (0, 0) => Some(format!(
                "None of the first {buffers} buffers says what is on it, so there are no reports; \
                 put ortinfer, or nvstreammux and nvinfer, before this element"
            )),
            (_, 0) => Some(format!(
                "None of the first {frames} frames was looked at by component {component}, so there are no reports; \
                 put a detector with that number before this element (unique-id, gie-unique-id in its configuration), \
                 or set 'component' to the number of the one that is there"
            )),
            _ => None,
        }
    }

    /// Makes the estimator of a camera at its first look; why there is none, if so.
    fn meet(&mut self, id: &Arc<str>) -> Option<String> {
        if self.cameras.contains_key(id) {
            return None;
        }
        let (camera, warning) = match Lpe::new(&self.facility, id) {
            Ok(lpe) => {
                let camera = Camera {
                    lpe,
                    source: format!("/{}/locoposition/{}/{id}", self.facility.name, self.flow),
                    image: self.facility.camera(id).and_then(|camera| camera.image),
                    reports: 0,
                };
                (Some(camera), None)
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

    /// Name and value of every counter.
    pub fn counters(&self) -> Vec<(&'static str, u64)> {
        let counters = &self.counters;
        vec![
            ("buffers", counters.buffers),
            ("frames", counters.frames),
            ("looks", counters.looks),
            ("reports", counters.reports),
            ("ends", counters.ends),
            ("unknown-camera", counters.unknown_camera),
            ("unknown-label", counters.unknown_label),
            ("invalid", counters.invalid),
            ("unusable", counters.dropped.unusable),
            ("masked", counters.dropped.masked),
            ("off-track", counters.dropped.off_track),
            ("cut", counters.dropped.cut),
            ("nested", counters.dropped.nested),
            ("duplicate", counters.dropped.duplicate),
        ]
    }
}

impl Counters {
    fn add_dropped(&mut self, more: &Dropped) {
        let sum = &mut self.dropped;
        sum.unusable += more.unusable;
        sum.masked += more.masked;
        sum.off_track += more.off_track;
        sum.cut += more.cut;
        sum.nested += more.nested;
        sum.duplicate += more.duplicate;
    }
}

/// Writes the place of each end that `look` found at its detection.
fn caption(frame: &mut FrameInfo, component: u32, camera: &Camera, look: &Look) {
    for (index, detection) in frame.detections.iter().enumerate() {
        let Some(kind) = kind(detection).filter(|_| detection.component == component) else {
            continue;
        };
        let alone = in_image(frame, detection, kind, camera.image);
        let alone = camera.lpe.look(&[alone], QUALITY).ends;
        let found = |end: &&EndReport| {
            alone
                .iter()
                .any(|alone| alone.track == end.track && (alone.s - end.s).abs() < SAME)
        };
        if let Some(end) = look.ends.iter().find(found) {
            let words = format!("{} {:.1} m", end.track, end.s);
            frame.captions.push((index, words));
        }
    }
}

fn report(frame: &FrameInfo, look: Look) -> PositionReport {
    PositionReport {
        camera: frame.camera.to_string(),
        frame: frame.sequence,
        covers: look.covers,
        ends: look.ends,
        bodies: look.bodies,
    }
}
