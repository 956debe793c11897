// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much two boxes have in common.

use crate::detector::NetBox;

/// Intersection over union of plain areas; 0 for two boxes without area.
pub(super) fn overlap(a: &NetBox, b: &NetBox) -> f32 {
    let common = shared(a.left, a.left + a.width, b.left, b.left + b.width)
        * shared(a.top, a.top + a.height, b.top, b.top + b.height);
    let union = a.width * a.height + b.width * b.height - common;
    if union == 0.0 { 0.0 } else { common / union }
}

/// Length that two intervals share.
fn shared(a_min: f32, a_max: f32, b_min: f32, b_max: f32) -> f32 {
    (a_max.min(b_max) - a_min.max(b_min)).max(0.0)
}
