// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the labels of the detector mean anything to position estimation.

use std::sync::Arc;

use kit::labels::LabelReview;
use meta::FrameInfo;

/// What is known of the labels of the detector.
#[derive(Debug, Default)]
pub struct DetectorLabels {
    /// The labels that its element has named on the last frame, if it does.
    named: Option<Arc<[Arc<str>]>>,
    review: LabelReview,
    /// What the user has been told of them.
    told: Option<String>,
}

impl DetectorLabels {
    /// Looks at the labels of `component` on `frame`: at all its labels if the frame names them, else at those seen so far. What
    /// is wrong with them is returned once, for the user.
    pub fn look(&mut self, frame: &FrameInfo, component: u32) -> Option<String> {
        match frame.labels_of(component) {
            Some(labels)
                if self
                    .named
                    .as_ref()
                    .is_some_and(|it| Arc::ptr_eq(it, labels)) =>
            {
                return None;
            }
            Some(labels) => {
                self.review = LabelReview::of(labels.iter().map(|label| &**label));
                self.named = Some(Arc::clone(labels));
            }
            None => {
                self.named = None;
                for found in &frame.detections {
                    if found.component == component {
                        self.review.add(&found.label);
                    }
                }
            }
        }
        let problem = if self.mean_nothing() {
            Some(self.review.problem())
        } else {
            self.review.misspelt()
        };
        let is_new = problem.is_some() && problem != self.told;
        if is_new {
            self.told.clone_from(&problem);
        }
        problem.filter(|_| is_new)
    }

    /// Whether what the detector finds, and does not find, says nothing about where locomotives stand: by its labels it cannot
    /// find both ends, or, where they are not named, it has only found what nobody knows.
    pub fn mean_nothing(&self) -> bool {
        match self.named {
            Some(_) => !self.review.finds_both_ends(),
            None => self.review.means_nothing(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use messages::Timestamp;
    use meta::{BoundingBox, Detection};

    /// A frame with these detections of component 1, which names its labels or not.
    fn frame(found: &[&str], named: Option<&[&str]>) -> FrameInfo {
        let mut frame = FrameInfo::new("C1", 0, Timestamp::from_nanos(0));
        let detection =
            |label: &&str| Detection::new(1, 0, (*label).into(), 0.9, BoundingBox::default());
        frame.detections = found.iter().map(detection).collect();
        let named = named.map(|labels| (1, labels.iter().map(|label| Arc::from(*label)).collect()));
        frame.labels.extend(named);
        frame
    }

    #[test]
    fn named_labels_are_judged_before_anything_is_found() {
        let mut labels = DetectorLabels::default();
        let frame = frame(&[], Some(&["front", "rear", "number"]));
        assert!(labels.look(&frame, 1).unwrap().contains("'front'"));
        assert!(labels.mean_nothing());
        assert_eq!(labels.look(&frame, 1), None);
    }

    #[test]
    fn a_plate_alone_finds_no_locomotive() {
        let mut labels = DetectorLabels::default();
        labels.look(&frame(&[], Some(&["locomotive", "person", "plate"])), 1);
        assert!(labels.mean_nothing());
        labels.look(&frame(&[], Some(&["Head", "Tail", "Plate"])), 1);
        assert!(!labels.mean_nothing());
    }

    #[test]
    fn labels_that_nobody_names_are_judged_by_what_is_found() {
        let mut labels = DetectorLabels::default();
        assert_eq!(labels.look(&frame(&[], None), 1), None);
        assert!(!labels.mean_nothing());
        assert!(labels.look(&frame(&["front"], None), 1).is_some());
        assert!(labels.mean_nothing());
        assert_eq!(labels.look(&frame(&["front"], None), 1), None);
        labels.look(&frame(&["tail"], None), 1);
        assert!(!labels.mean_nothing());
        assert_eq!(labels.look(&frame(&["person"], None), 1), None);
    }
}
