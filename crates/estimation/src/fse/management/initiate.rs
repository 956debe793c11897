// SPDX-License-Identifier: MIT OR Apache-2.0
//! An explanation becomes locomotives.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Node};
use crate::fse::model::attributes::Attributes;
use crate::fse::model::existence::EndExistence;
use crate::fse::model::locomotive::{Locomotive, Unseen, other};
use crate::fse::model::motion::Motion;
use crate::fse::model::parameters::DOOR_SPEED_IN;
use crate::fse::model::track::TrackState;

impl TrackState {
    /// The locomotives that an explanation makes, without names.
    pub(crate) fn initiated_by(
        &self,
        explanation: &Explanation,
        now: Timestamp,
    ) -> Vec<Locomotive> {
        match explanation {
            Explanation::Keep(_) => Vec::new(),
            Explanation::TwoEnd(low, high) => vec![self.from_two_ends(*low, *high, now)],
            Explanation::OneEnd(node, side, weights) => {
                vec![self.from_one_end(*node, *side, weights.clone(), now)]
            }
            Explanation::Coupled(a, b, first, second) => vec![
                self.from_one_end(*a, Side::Low, first.clone(), now),
                self.from_one_end(*b, Side::High, second.clone(), now),
            ],
        }
    }

    /// A locomotive of two ends.
    pub(crate) fn from_two_ends(&self, low: Node, high: Node, now: Timestamp) -> Locomotive {
        match (low, high) {
            (Node::Known(locomotive, Side::Low), Node::Tentative(index)) => {
                self.with_new_end(locomotive, Side::High, index)
            }
            (Node::Tentative(index), Node::Known(locomotive, Side::High)) => {
                self.with_new_end(locomotive, Side::Low, index)
            }
            _ => {
                let speeds = [self.node_speed(low), self.node_speed(high)];
                let speed = 0.5 * (speeds[0].0 + speeds[1].0);
                let variance = 0.5 * (speeds[0].1 + speeds[1].1);
                let mut locomotive = locomotive(
                    Motion::new(
                        self.node_place(low),
                        self.node_place(high),
                        (speed, variance),
                        if speed.abs() > DOOR_SPEED_IN {
                            0.8
                        } else {
                            0.15
                        },
                    ),
                    now,
                );
                for (node, side) in [(low, Side::Low), (high, Side::High)] {
                    *locomotive.end_mut(side) = self.node_existence(node).clone();
                }
                locomotive
            }
        }
    }

    /// A known locomotive whose `side` is the tentative end.
    pub(crate) fn with_new_end(&self, locomotive: usize, side: Side, index: usize) -> Locomotive {
        let tentative = &self.tentative[index];
        let mut locomotive = self.locomotives[locomotive].clone();
        let (known, known_variance) = locomotive.motion.place(other(side));
        let (place, variance) = tentative.place();
        locomotive.motion.place_unseen(
            side,
            (place - known).abs(),
            variance + 0.25 * known_variance,
        );
        let mut existence = tentative.existence.clone();
        existence.merge(locomotive.end(side));
        *locomotive.end_mut(side) = existence;
        locomotive.unseen = None;
        locomotive.hysteresis_start = None;
        locomotive.id = 0;
        locomotive
    }

    /// A locomotive of which only one end was seen.
    pub(crate) fn from_one_end(
        &self,
        node: Node,
        side: Side,
        lengths: Vec<(f64, f64)>,
        now: Timestamp,
    ) -> Locomotive {
        let (place, speed) = (self.node_place(node), self.node_speed(node));
        let moving = if speed.0.abs() > DOOR_SPEED_IN {
            0.8
        } else {
            0.15
        };
        let mut locomotive = locomotive(Motion::new(place, place, speed, moving), now);
        *locomotive.end_mut(side) = self.node_existence(node).clone();
        locomotive.unseen = Some(Unseen {
            side: other(side),
            lengths,
        });
        locomotive.place_unseen_end();
        locomotive
    }
}

/// A locomotive without a name.
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
