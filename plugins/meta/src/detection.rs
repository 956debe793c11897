// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an inference element found on a frame.

use std::sync::Arc;

/// An axis-aligned rectangle in pixels of the frame that carries it; `x`, `y` is the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BoundingBox {
    /// Left edge, pixels.
    pub x: f32,
    /// Top edge, pixels.
    pub y: f32,
    /// Width, pixels.
    pub width: f32,
    /// Height, pixels.
    pub height: f32,
}

impl BoundingBox {
    /// The same rectangle on a frame that was resized by `x` and `y`.
    #[must_use]
    pub fn scaled(self, x: f32, y: f32) -> Self {
        Self {
            x: self.x * x,
            y: self.y * y,
            width: self.width * x,
            height: self.height * y,
        }
    }
}

/// One answer of a classifier about a detection.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// `gie-unique-id` of the inference component that answered.
    pub component: u32,
    /// Index of the answer in the component's output.
    pub class_id: i32,
    /// Text of the answer.
    pub label: Arc<str>,
    /// Probability, 0 to 1.
    pub confidence: f32,
}

/// A raw output of a network, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// `gie-unique-id` of the inference component that made it.
    pub component: u32,
    /// Name of the network's output.
    pub name: Arc<str>,
    /// Size of each dimension, without the batch.
    pub shape: Vec<usize>,
    /// Values, `shape`'s product of them.
    pub data: Arc<[f32]>,
}

/// One object that a detector found.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// `gie-unique-id` of the inference component that found it.
    pub component: u32,
    /// Class index in the component's label file.
    pub class_id: i32,
    /// Class name, empty when the component has no label file.
    pub label: Arc<str>,
    /// Probability, 0 to 1.
    pub confidence: f32,
    /// Where it is, in pixels of the frame.
    pub bounding_box: BoundingBox,
    /// Identity given by a tracker.
    pub tracker_id: Option<u64>,
    /// Index of the detection this one was found inside of, in the frame's list.
    pub parent: Option<usize>,
    /// What classifiers said of it.
    pub classifications: Vec<Classification>,
    /// Raw outputs about it.
    pub tensors: Vec<Tensor>,
}

impl Detection {
    /// A detection without tracker, parent, classifications or tensors.
    #[must_use]
    pub fn new(
        component: u32,
        class_id: i32,
        label: Arc<str>,
        confidence: f32,
        bounding_box: BoundingBox,
    ) -> Self {
        Self {
            component,
            class_id,
            label,
            confidence,
            bounding_box,
            tracker_id: None,
            parent: None,
            classifications: Vec::new(),
            tensors: Vec::new(),
        }
    }
}
