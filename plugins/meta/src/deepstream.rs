// SPDX-License-Identifier: MIT OR Apache-2.0
//! `DeepStream`'s batches as frames, and our reports as user metas on them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use messages::{Event, Timestamp};

use crate::capture::after;
use crate::detection::{BoundingBox, Classification, Detection, Tensor};
use crate::frame::FrameInfo;
use crate::packet::SlotStatus;
use crate::view;

/// Why a batch of `DeepStream` cannot be read or written.
pub type ViewError = nvds::Error;

/// One view of a single frame, a packet of frames, or a batch of `DeepStream`.
///
/// Nothing of `DeepStream` is looked for until a buffer carries a batch of it.
#[derive(Debug, Default)]
pub struct View {
    cameras: BTreeMap<u32, Arc<str>>,
    ids: BTreeSet<Arc<str>>,
    components: Vec<u32>,
    base: Option<Timestamp>,
    skipped: nvds::Skipped,
    silent: bool,
}

/// A report on a frame of a batch. User metas come in no promised order, so each knows its place.
struct AttachedReport {
    place: usize,
    report: Arc<Event>,
}

impl View {
    /// A view for an element that reads what `components` found at `cameras`, each with its `source_id`.
    pub fn new<'a>(
        cameras: impl IntoIterator<Item = (u32, &'a str)>,
        components: Vec<u32>,
    ) -> Self {
        let cameras: BTreeMap<u32, Arc<str>> = cameras
            .into_iter()
            .map(|(source, id)| (source, id.into()))
            .collect();
        Self {
            ids: cameras.values().cloned().collect(),
            cameras,
            components,
            ..Self::default()
        }
    }

    /// Sets UTC of time 0, for frames of a batch that bring no time of their own; 1970 without it.
    pub fn set_base(&mut self, base: Timestamp) {
        self.base = Some(base);
    }

    /// Whether captions become display text of a batch's objects, which `nvdsosd` draws; they do if this is not called.
    pub fn set_display_text(&mut self, on: bool) {
        self.silent = !on;
    }

    /// Changes the fresh frames in `buffer`; reports that `update` adds travel on with them.
    ///
    /// Of a frame of a batch only new reports and captions are kept: what `DeepStream` found stays as it is.
    ///
    /// # Errors
    /// The buffer carries a batch of `DeepStream` that cannot be read or written.
    pub fn update_frames(
        &mut self,
        buffer: &mut gst::BufferRef,
        mut update: impl FnMut(&mut FrameInfo),
    ) -> Result<(), ViewError> {
        let Some(batch) = nvds::Batch::of(buffer)? else {
            view::update_frames(buffer, update);
            return Ok(());
        };
        let content = batch.read(&self.components)?;
        self.count(&content.skipped);
        for frame in &content.frames {
            let mut info = self.convert(frame);
            let known = info.reports.len();
            update(&mut info);
            for (place, report) in info.reports.into_iter().enumerate().skip(known) {
                frame.attach(Arc::new(AttachedReport { place, report }))?;
            }
            for (index, caption) in info.captions.iter().filter(|_| !self.silent) {
                if let Some(object) = frame.objects.get(*index) {
                    object.show(caption);
                }
            }
        }
        Ok(())
    }

    /// The fresh frames in `buffer`; of a batch only those with reports.
    ///
    /// # Errors
    /// The buffer carries a batch of `DeepStream` that cannot be read.
    pub fn reported_frames<'b>(
        &mut self,
        buffer: &'b gst::BufferRef,
    ) -> Result<Vec<Cow<'b, FrameInfo>>, ViewError> {
        let Some(batch) = nvds::Batch::of(buffer)? else {
            return Ok(view::frames(buffer)
                .filter(|frame| frame.status == SlotStatus::Fresh)
                .map(|frame| Cow::Borrowed(frame.info))
                .collect());
        };
        let content = batch.read(&[])?;
        self.count(&content.skipped);
        let frames = content.frames.iter().filter_map(|frame| {
            let mut info = self.convert(frame);
            // Whoever reported knows the facility and the clock, and so the frame's time.
            info.capture_time = info.reports.first()?.time;
            Some(Cow::Owned(info))
        });
        Ok(frames.collect())
    }

    /// Name and value of every counter of the metadata of `DeepStream` that cannot be used.
    #[must_use]
    pub fn counters(&self) -> [(&'static str, u64); 3] {
        [
            ("impossible-objects", self.skipped.objects),
            ("impossible-labels", self.skipped.labels),
            ("impossible-tensors", self.skipped.tensors),
        ]
    }

    /// Adds to the counters.
    fn count(&mut self, more: &nvds::Skipped) {
        self.skipped.objects += more.objects;
        self.skipped.labels += more.labels;
        self.skipped.tensors += more.tensors;
    }

    /// A frame of a batch as ours.
    fn convert(&self, frame: &nvds::Frame) -> FrameInfo {
        let mut info = FrameInfo::new(self.camera(frame), frame.source_id, self.time(frame));
        info.sequence = u64::try_from(frame.number).unwrap_or(0);
        (info.width, info.height) = frame.source_size;
        if frame.inferred {
            info.inferred_by.clone_from(&self.components);
        }
        let scale = scale(frame);
        info.detections = frame
            .objects
            .iter()
            .map(|object| detection(object, scale))
            .collect();
        info.tensors = frame.tensors.iter().map(tensor).collect();
        let mut attached: Vec<Arc<AttachedReport>> = frame
            .results
            .iter()
            .filter_map(|results| Arc::clone(results).downcast().ok())
            .collect();
        attached.sort_by_key(|attached| attached.place);
        info.reports = attached
            .iter()
            .map(|attached| attached.report.clone())
            .collect();
        info
    }

    /// The camera of a frame; one that the facility does not know is named by its source, and reports nothing.
    fn camera(&self, frame: &nvds::Frame) -> Arc<str> {
        let sensor = frame.sensor_id.as_deref();
        sensor
            .and_then(|id| self.ids.get(id))
            .or_else(|| self.cameras.get(&frame.source_id))
            .cloned()
            .unwrap_or_else(|| format!("source {}", frame.source_id).into())
    }

    /// When a frame was captured: its NTP time if there is one, else its time on the stream.
    fn time(&self, frame: &nvds::Frame) -> Timestamp {
        if let Some(ntp) = frame.ntp_time.and_then(|time| i64::try_from(time).ok()) {
            return Timestamp::from_nanos(ntp);
        }
        let base = self.base.unwrap_or(Timestamp::from_nanos(0));
        after(base, gst::ClockTime::from_nseconds(frame.pts.unwrap_or(0)))
    }
}

/// From pixels of the batched frame to those of the source's, across and down; 1 when the muxer did not scale.
fn scale(frame: &nvds::Frame) -> (f32, f32) {
    let ratio = |source: u32, muxed: u32| {
        if source == 0 || muxed == 0 {
            1.0
        } else {
            source as f32 / muxed as f32
        }
    };
    let ((width, height), (muxed_width, muxed_height)) = (frame.source_size, frame.pipeline_size);
    (ratio(width, muxed_width), ratio(height, muxed_height))
}

/// An object of a batch as a detection, in pixels of the source.
fn detection(object: &nvds::Object, (x, y): (f32, f32)) -> Detection {
    let bounds = BoundingBox {
        x: object.left,
        y: object.top,
        width: object.width,
        height: object.height,
    };
    Detection {
        component: component(object.component),
        class_id: object.class_id,
        label: object.label.as_str().into(),
        // A tracker that predicts without a detection gives -0.1.
        confidence: object.confidence.clamp(0.0, 1.0),
        bounding_box: bounds.scaled(x, y),
        tracker_id: object.tracker_id,
        parent: object.parent,
        classifications: object.classifications.iter().map(classification).collect(),
        tensors: object.tensors.iter().map(tensor).collect(),
    }
}

/// An answer of a classifier.
fn classification(answer: &nvds::Classification) -> Classification {
    Classification {
        component: component(answer.component),
        class_id: i32::try_from(answer.class_id).unwrap_or(-1),
        label: answer.label.as_str().into(),
        confidence: answer.confidence,
    }
}

/// A raw output of a network.
fn tensor(tensor: &nvds::Tensor) -> Tensor {
    Tensor {
        component: tensor.component,
        name: tensor.name.as_str().into(),
        shape: tensor.shape.clone(),
        data: tensor.data.as_slice().into(),
    }
}

/// Components count from 1; no component is 0.
fn component(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
