// SPDX-License-Identifier: MIT OR Apache-2.0
//! The meta that makes a video buffer a frame of a camera.

use std::ffi::CStr;
use std::sync::{Arc, LazyLock};

use gst::glib;
use messages::{Clock, Event, Timestamp};

use crate::detection::{Detection, Tensor};
use crate::glue::{self, MetaInfo, Payload};

/// What is known about one frame of one camera; rides on the frame's buffer.
#[derive(Debug, Clone)]
pub struct FrameInfo {
    /// Camera id, as in the facility file.
    pub camera: Arc<str>,
    /// Index of the camera at the aggregator, or the `source_id` of DeepStream.
    pub source: u32,
    /// When the light hit the sensor, UTC.
    pub capture_time: Timestamp,
    /// The clock behind `capture_time`, where it is known: of live frames.
    pub clock: Option<Clock>,
    /// Number of this frame at its camera, counted from 0.
    pub sequence: u64,
    /// Width in pixels of the picture that the boxes refer to; 0 while it is unknown.
    pub width: u32,
    /// Height in pixels of the picture that the boxes refer to; 0 while it is unknown.
    pub height: u32,
    /// Width of a pixel over its height; 1 while it is unknown.
    pub pixel_aspect: f64,
    /// `gie-unique-id` of every component that has inferred this frame, whatever it found.
    pub inferred_by: Vec<u32>,
    /// The labels of all classes of each detector among these, by its `gie-unique-id`; a detector of `DeepStream` is not in it.
    pub labels: Vec<(u32, Arc<[Arc<str>]>)>,
    /// What was found.
    pub detections: Vec<Detection>,
    /// Raw outputs about the whole frame.
    pub tensors: Vec<Tensor>,
    /// What Roundhouse's estimators concluded.
    pub reports: Vec<Arc<Event>>,
    /// Words for overlays, each with the index of the detection that they are about.
    pub captions: Vec<(usize, String)>,
}

impl FrameInfo {
    /// A frame that no component has inferred.
    #[must_use]
    pub fn new(camera: impl Into<Arc<str>>, source: u32, capture_time: Timestamp) -> Self {
        Self {
            camera: camera.into(),
            source,
            capture_time,
            clock: None,
            sequence: 0,
            width: 0,
            height: 0,
            pixel_aspect: 1.0,
            inferred_by: Vec::new(),
            labels: Vec::new(),
            detections: Vec::new(),
            tensors: Vec::new(),
            reports: Vec::new(),
            captions: Vec::new(),
        }
    }

    /// Makes `buffer` a frame: attaches what is known about it.
    ///
    /// It is cloned when the buffer is copied, and follows a resize by `videoscale`.
    pub fn attach(self, buffer: &mut gst::BufferRef) {
        glue::add(buffer, &INFO, self);
    }

    /// What is known about the frame in `buffer`, if it is one.
    #[must_use]
    pub fn of(buffer: &gst::BufferRef) -> Option<&Self> {
        glue::get(buffer, *API)
    }

    /// What is known about the frame in `buffer`, to change; `None` if it is no frame.
    pub fn of_mut(buffer: &mut gst::BufferRef) -> Option<&mut Self> {
        glue::get_mut(buffer, *API)
    }

    /// Whether `component` has inferred this frame.
    #[must_use]
    pub fn is_inferred_by(&self, component: u32) -> bool {
        self.inferred_by.contains(&component)
    }

    /// The labels of all classes of the detector `component`, where they are known.
    #[must_use]
    pub fn labels_of(&self, component: u32) -> Option<&Arc<[Arc<str>]>> {
        let mut known = self.labels.iter();
        known.find_map(|(of, labels)| (*of == component).then_some(labels))
    }

    /// Width over height of what the camera sees; `None` while the size is unknown.
    #[must_use]
    pub fn shape(&self) -> Option<f64> {
        let is_known = self.width > 0 && self.height > 0;
        is_known.then(|| self.pixel_aspect * f64::from(self.width) / f64::from(self.height))
    }
}

impl Payload for FrameInfo {
    const API: &'static CStr = c"RoundhouseFrameMetaAPI";
    const IMPLEMENTATION: &'static CStr = c"RoundhouseFrameMeta";
    const TAGS: &'static [&'static CStr] = &[c"video", c"size"];

    fn scaled(&self, x: f32, y: f32) -> Self {
        let mut frame = self.clone();
        frame.width = (frame.width as f32 * x).round() as u32;
        frame.height = (frame.height as f32 * y).round() as u32;
        // What the camera sees keeps its shape, however its pixels are squeezed.
        frame.pixel_aspect *= f64::from(y / x);
        for detection in &mut frame.detections {
            detection.bounding_box = detection.bounding_box.scaled(x, y);
        }
        frame
    }
}

static API: LazyLock<glib::Type> = LazyLock::new(glue::register_api::<FrameInfo>);
static INFO: LazyLock<MetaInfo> = LazyLock::new(|| glue::register_info::<FrameInfo>(*API));
