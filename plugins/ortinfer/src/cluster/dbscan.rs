// SPDX-License-Identifier: MIT OR Apache-2.0
//! DBSCAN over boxes, with the peculiarities of the code that NVIDIA published for `DetectNet`.
//!
//! Two boxes are neighbours when `1 - IoU < eps`. A cluster is a core box with those of its neighbours that are core
//! boxes and belong to no cluster yet; it does not grow further, and boxes that are no core stay noise.

use super::overlap::overlap;
use crate::config::ClassAttributes;
use crate::detector::NetBox;

/// A cluster's side, `sqrt(area)`, per box (and one) may not exceed this many pixels: larger ones are thinly supported.
const AREA_PER_BOX: f32 = 60.0;

/// One box per cluster: the mean of its boxes weighted by confidence, with the highest confidence.
pub(super) fn merge(boxes: &[NetBox], attributes: &ClassAttributes) -> Vec<NetBox> {
    clusters(boxes, attributes)
        .iter()
        .filter_map(|members| merged(boxes, members, attributes.dbscan_min_score))
        .collect()
}

/// The boxes that belong to a cluster, unchanged and in their order.
pub(super) fn without_noise(boxes: &[NetBox], attributes: &ClassAttributes) -> Vec<NetBox> {
    let mut members: Vec<usize> = clusters(boxes, attributes).concat();
    members.sort_unstable();
    members.into_iter().map(|index| boxes[index]).collect()
}

/// Indices of the boxes of each cluster, in the order in which they joined.
fn clusters(boxes: &[NetBox], attributes: &ClassAttributes) -> Vec<Vec<usize>> {
    let neighbours: Vec<Vec<usize>> = (0..boxes.len())
        .map(|i| {
            (0..boxes.len())
                .filter(|j| *j != i && 1.0 - overlap(&boxes[i], &boxes[*j]) < attributes.eps)
                .collect()
        })
        .collect();
    let is_core = |i: usize| neighbours[i].len() + 1 >= attributes.min_boxes;
    let mut taken = vec![false; boxes.len()];
    let mut clusters = Vec::new();
    for seed in 0..boxes.len() {
        if taken[seed] || !is_core(seed) {
            continue;
        }
        taken[seed] = true;
        let mut members = vec![seed];
        for &neighbour in &neighbours[seed] {
            if !taken[neighbour] && is_core(neighbour) {
                taken[neighbour] = true;
                members.push(neighbour);
            }
        }
        clusters.push(members);
    }
    clusters
}

/// The box that a cluster becomes: weighted by confidence; none if it is doubtful, or large for so few boxes.
fn merged(boxes: &[NetBox], members: &[usize], min_score: f32) -> Option<NetBox> {
    let score: f32 = members.iter().map(|i| boxes[*i].confidence).sum();
    let mean = |value: fn(&NetBox) -> f32| {
        let weighted = members
            .iter()
            .map(|i| boxes[*i].confidence * value(&boxes[*i]));
        weighted.sum::<f32>() / score
    };
    let merged = NetBox {
        class: boxes[*members.first()?].class,
        confidence: members
            .iter()
            .map(|i| boxes[*i].confidence)
            .fold(0.0, f32::max),
        left: mean(|b| b.left),
        top: mean(|b| b.top),
        width: mean(|b| b.width),
        height: mean(|b| b.height),
    };
    let side = (merged.width * merged.height).sqrt();
    let thin = side / (members.len() + 1) as f32 > AREA_PER_BOX;
    (score > 0.0 && score >= min_score && !thin).then_some(merged)
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers pass through unchanged")]
mod tests {
    use super::*;

    fn square(left: f32, size: f32, confidence: f32) -> NetBox {
        NetBox {
            class: 0,
            confidence,
            left,
            top: 0.0,
            width: size,
            height: size,
        }
    }

    fn attributes(min_boxes: usize) -> ClassAttributes {
        ClassAttributes {
            eps: 0.5,
            min_boxes,
            ..ClassAttributes::default()
        }
    }

    #[test]
    fn a_heap_becomes_its_weighted_mean_and_a_loner_is_noise() {
        let boxes = [
            square(0.0, 10.0, 0.2),
            square(1.0, 10.0, 0.6),
            square(50.0, 10.0, 0.9),
        ];
        let merged = merge(&boxes, &attributes(2));
        assert_eq!(merged.len(), 1);
        assert!(
            (merged[0].left - 0.75).abs() < 1e-6,
            "(0 * 0.2 + 1 * 0.6) / 0.8"
        );
        assert_eq!(merged[0].confidence, 0.6);
        assert_eq!(without_noise(&boxes, &attributes(2)), boxes[..2]);
    }

    #[test]
    fn clusters_do_not_grow_beyond_the_first_neighbours() {
        // 0 and 1, 1 and 2, 2 and 3 are neighbours (IoU 0.6); a textbook DBSCAN would make one cluster of all.
        let boxes: Vec<_> = (0..4).map(|i| square(i as f32 * 2.5, 10.0, 0.5)).collect();
        assert_eq!(clusters(&boxes, &attributes(2)), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn boxes_at_the_rim_are_no_members() {
        // Only the middle one has two neighbours.
        let boxes: Vec<_> = (0..3).map(|i| square(i as f32 * 2.5, 10.0, 0.5)).collect();
        assert_eq!(clusters(&boxes, &attributes(3)), [vec![1]]);
    }

    #[test]
    fn weak_and_thin_clusters_are_dropped() {
        let weak = [square(0.0, 10.0, 0.2), square(1.0, 10.0, 0.2)];
        let strict = ClassAttributes {
            dbscan_min_score: 0.5,
            ..attributes(2)
        };
        assert!(merge(&weak, &strict).is_empty());
        // 200 px wide: 200 / 3 boxes > 60.
        let thin = [square(0.0, 200.0, 0.9), square(1.0, 200.0, 0.9)];
        assert!(merge(&thin, &attributes(2)).is_empty());
        let supported = [thin[0], thin[1], square(2.0, 200.0, 0.9)];
        assert_eq!(merge(&supported, &attributes(2)).len(), 1);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(merge(&[], &attributes(1)).is_empty());
    }
}
