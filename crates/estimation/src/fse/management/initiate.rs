// SPDX-License-Identifier: MIT OR Apache-2.0
//! Track initiation: an adopted hypothesis becomes locomotives.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Node};
use crate::fse::model::attributes::Attributes;
use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::Gaussian;
use crate::fse::model::locomotive::{LengthWeight, Locomotive, UnseenEnd, other};
use crate::fse::model::motion::{Motion, is_motion};
use crate::fse::model::parameters::parameters;
use crate::fse::model::track::TrackState;

parameters! {
    /// Probability that a new locomotive moves whose ends were detected in motion.
    INITIATED_MOVING: f64 = 0.8, "", "Larger: it is expected to run on.";
    /// Probability that a new locomotive moves whose ends were detected at rest.
    INITIATED_AT_REST: f64 = 0.15, "", "Larger: it is followed sooner when it starts.";
}

impl TrackState {
    /// The locomotives that an explanation makes, without identities.
    pub(crate) fn initiate(&self, explanation: &Explanation, now: Timestamp) -> Vec<Locomotive> {
        match explanation {
            Explanation::Keep(_) => Vec::new(),
            Explanation::TwoEnd(low, high) => vec![self.with_two_ends(*low, *high, now)],
            Explanation::OneEnd(node, side, lengths) => {
                vec![self.with_one_end(*node, *side, lengths.clone(), now)]
            }
            Explanation::Coupled(low, high, lengths) => vec![
                self.with_one_end(*low, Side::Low, lengths.low.clone(), now),
                self.with_one_end(*high, Side::High, lengths.high.clone(), now),
            ],
        }
    }

    /// A locomotive of two ends.
    fn with_two_ends(&self, low: Node, high: Node, now: Timestamp) -> Locomotive {
        match (low, high) {
            (Node::Known(locomotive, Side::Low), Node::Tentative(index)) => {
                self.with_new_end(locomotive, Side::High, index)
            }
            (Node::Tentative(index), Node::Known(locomotive, Side::High)) => {
                self.with_new_end(locomotive, Side::Low, index)
            }
            _ => {
                let (one, two) = (self.node_speed(low), self.node_speed(high));
                let speed = Gaussian {
                    mean: 0.5 * (one.mean + two.mean),
                    variance: 0.5 * (one.variance + two.variance),
                };
                let (low_place, high_place) = (self.node_place(low), self.node_place(high));
                let motion = Motion::new(low_place, high_place, speed, moving(speed));
                let mut locomotive = locomotive(motion, now);
                for (node, side) in [(low, Side::Low), (high, Side::High)] {
                    *locomotive.end_mut(side) = self.node_existence(node).clone();
                }
                locomotive
            }
        }
    }

    /// A known locomotive whose `side` is the tentative end.
    fn with_new_end(&self, locomotive: usize, side: Side, index: usize) -> Locomotive {
        let tentative = &self.tentative[index];
        let mut locomotive = self.locomotives[locomotive].clone();
        let known = locomotive.motion.place(other(side));
        let place = tentative.place();
        let length = Gaussian {
            mean: (place.mean - known.mean).abs(),
            variance: place.variance + 0.25 * known.variance,
        };
        locomotive.motion.place_unseen(side, length);
        let mut existence = tentative.existence.clone();
        existence.merge(locomotive.end(side));
        *locomotive.end_mut(side) = existence;
        locomotive.unseen = None;
        locomotive.hysteresis_start = None;
        locomotive.id = 0;
        locomotive
    }

    /// A locomotive of which only one end was detected.
    fn with_one_end(
        &self,
        node: Node,
        side: Side,
        lengths: Vec<LengthWeight>,
        now: Timestamp,
    ) -> Locomotive {
        let (place, speed) = (self.node_place(node), self.node_speed(node));
        let mut locomotive = locomotive(Motion::new(place, place, speed, moving(speed)), now);
        *locomotive.end_mut(side) = self.node_existence(node).clone();
        locomotive.unseen = Some(UnseenEnd {
            side: other(side),
            lengths,
        });
        locomotive.place_unseen_end();
        locomotive
    }
}

/// Probability that a new locomotive moves whose ends have this speed.
fn moving(speed: Gaussian) -> f64 {
    if is_motion(speed.mean) {
        INITIATED_MOVING
    } else {
        INITIATED_AT_REST
    }
}

/// A locomotive without an identity.
fn locomotive(motion: Motion, now: Timestamp) -> Locomotive {
    Locomotive {
        id: 0,
        motion,
        low: EndExistence::new(0.0),
        high: EndExistence::new(0.0),
        unseen: None,
        attributes: Attributes::default(),
        coupled_to: None,
        initiated: now,
        hysteresis_start: None,
    }
}
