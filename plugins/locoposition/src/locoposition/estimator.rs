// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the boxes on a frame to its report; knows no GStreamer.

use estimation::lpe::{Dropped, Look};
use facility::Facility;
use kit::{Boxes, Camera, Envelope, Places};
use messages::{Data, EndReport, PositionReport};
use meta::FrameInfo;

/// Looks are taken to be of good quality: nothing measures darkness or blur yet.
const QUALITY: f64 = 1.0;
/// An end found by itself and among others is the same within this, m.
const SAME: f64 = 1e-6;
/// Buffers after which something should have been looked at.
const PATIENCE: u64 = 100;

/// The estimators of all cameras.
pub struct Estimator {
    component: u32,
    places: Places,
    /// What the reports have in common.
    pub envelope: Envelope,
    /// Whether what passes is packets.
    packets: bool,
    counters: Counters,
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
    pub fn new(facility: Facility, component: u32, flow: &str) -> Self {
        Self {
            component,
            envelope: Envelope::new(&facility.name, "locoposition", flow),
            places: Places::new(facility),
            packets: false,
            counters: Counters::default(),
        }
    }

    /// Puts a report on a new frame if the component has looked at it; what the user should know is returned once.
    pub fn look(&mut self, frame: &mut FrameInfo) -> Option<String> {
        self.counters.frames += 1;
        if !frame.is_inferred_by(self.component) {
            return None;
        }
        self.counters.looks += 1;
        let warning = self.places.prepare(&frame.camera);
        let Some(camera) = self.places.camera(&frame.camera) else {
            self.counters.unknown_camera += 1;
            return warning;
        };
        let boxes = camera.boxes(frame, self.component);
        self.counters.unknown_label += boxes.unknown_labels;
        let look = camera.lpe.look(&boxes.boxes, QUALITY);
        caption(frame, camera, &boxes, &look);
        self.counters.ends += look.ends.len() as u64;
        self.counters.add_dropped(&look.counters);
        match self
            .envelope
            .seal(frame, Data::Position(report(frame, look)))
        {
            Ok(event) => {
                self.counters.reports += 1;
                frame.reports.push(event);
                warning
            }
            Err(problem) => {
                self.counters.invalid += 1;
                warning.or(Some(problem))
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
fn caption(frame: &mut FrameInfo, camera: &Camera, boxes: &Boxes, look: &Look) {
    for (index, alone) in boxes.detections.iter().zip(&boxes.boxes) {
        let alone = camera.lpe.look(&[*alone], QUALITY).ends;
        let found = |end: &&EndReport| {
            alone
                .iter()
                .any(|alone| alone.track == end.track && (alone.s - end.s).abs() < SAME)
        };
        if let Some(end) = look.ends.iter().find(found) {
            let words = format!("{} {:.1} m", end.track, end.s);
            frame.captions.push((*index, words));
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
