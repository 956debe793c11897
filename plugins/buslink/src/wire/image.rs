// SPDX-License-Identifier: MIT OR Apache-2.0
//! The data of a message of kind `image`: everything that is known of a frame but its pixels.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The format of a picture that is compressed.
pub const JPEG: &str = "jpeg";

/// How a frame came into its packet, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlotWord {
    /// New in this packet.
    Fresh,
    /// The frame of an earlier packet again; its pixels are not sent twice.
    Cached,
    /// No frame.
    Missing,
}

/// The place of a frame in a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Number of the packet at its sender.
    pub id: u64,
    /// Which slot this is, from 0.
    pub index: u32,
    /// How many slots the packet has.
    pub of: u32,
    /// How the frame came into it.
    pub status: SlotWord,
    /// Time since a cached frame was captured, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_ns: Option<u64>,
    /// Time stamp of the frame's own buffer, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pts_ns: Option<u64>,
    /// Duration of the frame's own buffer, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ns: Option<u64>,
}

/// Where one plane of raw pixels lies in the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plane {
    /// First byte.
    pub offset: usize,
    /// Bytes from one row to the next.
    pub stride: i32,
}

/// The clock behind the event time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockWords {
    /// Whose clock it is: `rtcp` or `arrival`.
    pub source: String,
    /// How far it may be off, nanoseconds.
    pub error_ns: u64,
}

/// The labels of a detector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// `gie-unique-id` of the detector.
    pub component: u32,
    /// Its labels, by class.
    pub labels: Vec<String>,
}

/// One answer of a classifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// `gie-unique-id` of the classifier.
    pub component: u32,
    /// Index of the answer.
    #[serde(rename = "class")]
    pub index: i32,
    /// Text of the answer.
    pub label: String,
    /// Probability.
    pub confidence: f32,
}

/// One detected object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// `gie-unique-id` of the detector.
    pub component: u32,
    /// Class index.
    #[serde(rename = "class")]
    pub index: i32,
    /// Class name.
    pub label: String,
    /// Probability.
    pub confidence: f32,
    /// Left, top, width and height, pixels.
    #[serde(rename = "box")]
    pub bounding_box: [f32; 4],
    /// Identity given by a tracker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracker_id: Option<u64>,
    /// Index of the object that this one is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<usize>,
    /// What classifiers said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classifications: Vec<Class>,
}

/// A word for an overlay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caption {
    /// Index of the object that it is about.
    pub object: usize,
    /// The word.
    pub text: String,
}

/// What is known of a frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Image {
    /// Camera id.
    pub camera: String,
    /// Index of the camera at the aggregator.
    #[serde(default)]
    pub source: u32,
    /// Number of the frame at its camera, from 0.
    #[serde(default)]
    pub frame: u64,
    /// Width of the picture that boxes refer to, pixels.
    #[serde(default)]
    pub width: u32,
    /// Its height, pixels.
    #[serde(default)]
    pub height: u32,
    /// Width of a pixel over its height; left out if 1 or unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel_aspect: Option<f64>,
    /// `jpeg`, or a raw format as `GStreamer` names it, such as BGR; left out if there are no pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The caps of the pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caps: Option<String>,
    /// Where the planes of raw pixels lie, if not as usual.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planes: Vec<Plane>,
    /// Its place in a packet; left out of a single stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<Place>,
    /// Running time of the buffer or packet, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_ns: Option<u64>,
    /// Duration of the buffer or packet, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ns: Option<u64>,
    /// The clock behind the event time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockWords>,
    /// `gie-unique-id` of every component that has inferred the frame.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inferred_by: Vec<u32>,
    /// Labels of the detectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Labels>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<Object>,
    /// What estimators reported: whole documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Box<RawValue>>,
    /// Words for overlays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<Caption>,
}
