// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many boxes of one object become one, by nvinfer's cluster modes.

mod dbscan;
mod overlap;

use crate::config::{ClassAttributes, ClusterMode};
use crate::detector::NetBox;
use overlap::overlap;

/// What `cluster-mode=0` is in nvinfer's default build, for every class.
const GROUPS_IOU: f32 = 0.5;
const GROUPS_TOP_K: usize = 20;

/// Clusters the `found` boxes of one frame; the result is grouped by class, best first within a class.
///
/// Boxes of classes without attributes and boxes below their class's `pre-cluster-threshold` are dropped first.
#[must_use]
pub fn cluster(found: &[NetBox], mode: ClusterMode, classes: &[ClassAttributes]) -> Vec<NetBox> {
    let mut clustered = Vec::new();
    for (class, attributes) in classes.iter().enumerate() {
        let boxes: Vec<NetBox> = found
            .iter()
            .filter(|found| {
                found.class == class && found.confidence >= attributes.pre_cluster_threshold
            })
            .copied()
            .collect();
        clustered.extend(match mode {
            ClusterMode::Groups => suppress(
                boxes,
                GROUPS_IOU,
                attributes.post_cluster_threshold,
                Some(GROUPS_TOP_K),
            ),
            ClusterMode::Dbscan => {
                let mut boxes = if attributes.min_boxes > 0 {
                    dbscan::merge(&boxes, attributes)
                } else {
                    boxes
                };
                boxes.retain(|found| found.confidence >= attributes.post_cluster_threshold);
                top(boxes, attributes.top_k)
            }
            ClusterMode::Nms => suppress_by(boxes, attributes),
            ClusterMode::Hybrid => {
                let boxes = if attributes.min_boxes > 0 {
                    dbscan::without_noise(&boxes, attributes)
                } else {
                    boxes
                };
                suppress_by(boxes, attributes)
            }
            ClusterMode::None => top(boxes, attributes.top_k),
        });
    }
    clustered
}

/// Non-maximum suppression as a class wants it.
fn suppress_by(boxes: Vec<NetBox>, attributes: &ClassAttributes) -> Vec<NetBox> {
    suppress(
        boxes,
        attributes.nms_iou_threshold,
        attributes.post_cluster_threshold,
        attributes.top_k,
    )
}

/// Non-maximum suppression: a box stays if it overlaps every better one that stays by at most `iou`; then those *above*
/// `threshold` stay, then the best `top_k`.
fn suppress(boxes: Vec<NetBox>, iou: f32, threshold: f32, top_k: Option<usize>) -> Vec<NetBox> {
    let mut kept: Vec<NetBox> = Vec::new();
    for candidate in top(boxes, None) {
        if kept.iter().all(|kept| overlap(&candidate, kept) <= iou) {
            kept.push(candidate);
        }
    }
    kept.retain(|found| found.confidence > threshold);
    kept.truncate(top_k.unwrap_or(usize::MAX));
    kept
}

/// The best `top_k` boxes, best first; equals keep their order.
fn top(mut boxes: Vec<NetBox>, top_k: Option<usize>) -> Vec<NetBox> {
    boxes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    boxes.truncate(top_k.unwrap_or(usize::MAX));
    boxes
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these numbers pass through unchanged")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn square(left: f32, confidence: f32) -> NetBox {
        NetBox {
            class: 0,
            confidence,
            left,
            top: 0.0,
            width: 10.0,
            height: 10.0,
        }
    }

    fn attributes() -> ClassAttributes {
        ClassAttributes {
            nms_iou_threshold: 0.5,
            ..ClassAttributes::default()
        }
    }

    fn run(found: &[NetBox], mode: ClusterMode, attributes: ClassAttributes) -> Vec<(f32, f32)> {
        cluster(found, mode, &[attributes])
            .iter()
            .map(|found| (found.left, found.confidence))
            .collect()
    }

    #[test]
    fn overlap_of_half_shifted_squares_is_a_third() {
        assert!((overlap(&square(0.0, 1.0), &square(5.0, 1.0)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(overlap(&square(0.0, 1.0), &square(30.0, 1.0)), 0.0);
        let point = NetBox::default();
        assert_eq!(overlap(&point, &point), 0.0);
    }

    #[test]
    fn nms_keeps_the_best_of_each_heap() {
        let found = [
            square(0.0, 0.6),
            square(1.0, 0.9),
            square(2.0, 0.7),
            square(50.0, 0.3),
        ];
        assert_eq!(
            run(&found, ClusterMode::Nms, attributes()),
            [(1.0, 0.9), (50.0, 0.3)]
        );
    }

    #[test]
    fn an_overlap_at_the_threshold_stays() {
        let limit = overlap(&square(0.0, 1.0), &square(5.0, 1.0));
        let found = [square(0.0, 0.9), square(5.0, 0.8)];
        let at = ClassAttributes {
            nms_iou_threshold: limit,
            ..attributes()
        };
        assert_eq!(run(&found, ClusterMode::Nms, at).len(), 2);
        let below = ClassAttributes {
            nms_iou_threshold: limit - 1e-4,
            ..attributes()
        };
        assert_eq!(run(&found, ClusterMode::Nms, below).len(), 1);
    }

    #[test]
    fn a_box_suppressed_suppresses_nobody() {
        // Each overlaps the next by 0.54; the first and the third do not touch enough.
        let found = [square(0.0, 0.9), square(3.0, 0.8), square(6.0, 0.7)];
        assert_eq!(
            run(&found, ClusterMode::Nms, attributes()),
            [(0.0, 0.9), (6.0, 0.7)]
        );
    }

    #[test]
    fn equals_keep_their_order() {
        let found = [square(0.0, 0.5), square(50.0, 0.5), square(100.0, 0.5)];
        let two = ClassAttributes {
            top_k: Some(2),
            ..attributes()
        };
        assert_eq!(
            run(&found, ClusterMode::Nms, two),
            [(0.0, 0.5), (50.0, 0.5)]
        );
    }

    #[test]
    fn the_post_cluster_threshold_is_strict_for_nms_and_not_for_dbscan() {
        let found = [square(0.0, 0.5)];
        let at = ClassAttributes {
            post_cluster_threshold: 0.5,
            ..attributes()
        };
        assert!(run(&found, ClusterMode::Nms, at.clone()).is_empty());
        assert_eq!(run(&found, ClusterMode::Dbscan, at.clone()).len(), 1);
        assert_eq!(
            run(&found, ClusterMode::None, at).len(),
            1,
            "mode 4 has no threshold"
        );
    }

    #[test]
    fn mode_0_is_nms_at_a_half_with_20_boxes() {
        let found: Vec<_> = (0..30)
            .map(|i| square(i as f32 * 20.0, 0.9 - i as f32 * 0.01))
            .collect();
        let mine = ClassAttributes {
            nms_iou_threshold: 0.0,
            top_k: Some(3),
            ..attributes()
        };
        assert_eq!(run(&found, ClusterMode::Groups, mine).len(), 20);
    }

    #[test]
    fn mode_4_keeps_all_but_sorts_them() {
        let found = [square(0.0, 0.3), square(1.0, 0.9)];
        assert_eq!(
            run(&found, ClusterMode::None, attributes()),
            [(1.0, 0.9), (0.0, 0.3)]
        );
    }

    #[test]
    fn classes_do_not_meet() {
        let other = NetBox {
            class: 1,
            ..square(0.0, 0.8)
        };
        let found = [other, square(0.0, 0.9), NetBox { class: 7, ..other }];
        let classes = [attributes(), attributes()];
        let kept: Vec<_> = cluster(&found, ClusterMode::Nms, &classes)
            .iter()
            .map(|found| found.class)
            .collect();
        assert_eq!(kept, [0, 1], "grouped by class; class 7 is unknown");
    }

    fn boxes() -> impl Strategy<Value = Vec<NetBox>> {
        let one = (
            0usize..3,
            0.2f32..1.0,
            0f32..60.0,
            0f32..60.0,
            0f32..30.0,
            0f32..30.0,
        );
        prop::collection::vec(one, 0..40).prop_map(|all| {
            all.into_iter()
                .map(|(class, confidence, left, top, width, height)| NetBox {
                    class,
                    confidence,
                    left,
                    top,
                    width,
                    height,
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn nms_leaves_no_pair_above_the_threshold_and_drops_nothing_without_cause(found in boxes()) {
            let classes = vec![attributes(); 3];
            let kept = cluster(&found, ClusterMode::Nms, &classes);
            for (i, a) in kept.iter().enumerate() {
                for b in kept[i + 1..].iter().filter(|b| b.class == a.class) {
                    prop_assert!(overlap(a, b) <= 0.5 && a.confidence >= b.confidence);
                }
            }
            for lost in found.iter().filter(|found| !kept.contains(found)) {
                prop_assert!(kept.iter().any(|kept| kept.class == lost.class
                    && kept.confidence >= lost.confidence && overlap(kept, lost) > 0.5));
            }
        }

        #[test]
        fn clustering_again_changes_nothing(found in boxes()) {
            let classes = vec![attributes(); 3];
            for mode in [ClusterMode::Groups, ClusterMode::Nms, ClusterMode::None] {
                let once = cluster(&found, mode, &classes);
                prop_assert_eq!(&cluster(&once, mode, &classes), &once);
            }
        }
    }
}
