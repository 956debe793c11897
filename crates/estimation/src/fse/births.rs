// SPDX-License-Identifier: MIT OR Apache-2.0
//! An explanation becomes machines.

use messages::{Side, Timestamp};

use super::attributes::Attributes;
use super::constants::GATE_SPEED_IN;
use super::evidence::Evidence;
use super::hypotheses::{Explanation, Node};
use super::machine::{Machine, Unseen, other};
use super::motion::Motion;
use super::tracker::TrackState;

impl TrackState {
    /// The machines that an explanation makes, without names.
    pub(crate) fn made(&self, explanation: &Explanation, now: Timestamp) -> Vec<Machine> {
        match explanation {
            Explanation::Keep(_) => Vec::new(),
            Explanation::Pair(low, high) => vec![self.paired(*low, *high, now)],
            Explanation::Half(node, side, weights) => {
                vec![self.halved(*node, *side, weights.clone(), now)]
            }
            Explanation::Rake(a, b, first, second) => vec![
                self.halved(*a, Side::Low, first.clone(), now),
                self.halved(*b, Side::High, second.clone(), now),
            ],
        }
    }

    /// A machine of two ends.
    fn paired(&self, low: Node, high: Node, now: Timestamp) -> Machine {
        match (low, high) {
            (Node::Known(machine, Side::Low), Node::Candidate(index)) => {
                self.reanchored(machine, Side::High, index)
            }
            (Node::Candidate(index), Node::Known(machine, Side::High)) => {
                self.reanchored(machine, Side::Low, index)
            }
            _ => {
                let speeds = [self.node_speed(low), self.node_speed(high)];
                let speed = 0.5 * (speeds[0].0 + speeds[1].0);
                let variance = 0.5 * (speeds[0].1 + speeds[1].1);
                let mut machine = machine(
                    Motion::new(
                        self.node_place(low),
                        self.node_place(high),
                        (speed, variance),
                        if speed.abs() > GATE_SPEED_IN {
                            0.8
                        } else {
                            0.15
                        },
                    ),
                    now,
                );
                for (node, side) in [(low, Side::Low), (high, Side::High)] {
                    *machine.evidence_mut(side) = self.node_evidence(node).clone();
                }
                machine
            }
        }
    }

    /// A known machine whose `side` is the candidate.
    fn reanchored(&self, machine: usize, side: Side, index: usize) -> Machine {
        let candidate = &self.candidates[index];
        let mut machine = self.machines[machine].clone();
        let (known, known_variance) = machine.motion.place(other(side));
        let (place, variance) = candidate.place();
        machine.motion.place_unseen(
            side,
            (place - known).abs(),
            variance + 0.25 * known_variance,
        );
        let mut evidence = candidate.evidence.clone();
        evidence.merge(machine.evidence(side));
        *machine.evidence_mut(side) = evidence;
        machine.unseen = None;
        machine.challenged = None;
        machine.name = 0;
        machine
    }

    /// A machine of which only one end was seen.
    fn halved(&self, node: Node, side: Side, lengths: Vec<(f64, f64)>, now: Timestamp) -> Machine {
        let (place, speed) = (self.node_place(node), self.node_speed(node));
        let moving = if speed.0.abs() > GATE_SPEED_IN {
            0.8
        } else {
            0.15
        };
        let mut machine = machine(Motion::new(place, place, speed, moving), now);
        *machine.evidence_mut(side) = self.node_evidence(node).clone();
        machine.unseen = Some(Unseen {
            side: other(side),
            lengths,
        });
        machine.settle_unseen();
        machine
    }
}

/// A machine without a name.
fn machine(motion: Motion, now: Timestamp) -> Machine {
    Machine {
        name: 0,
        motion,
        low: Evidence::new(0.0),
        high: Evidence::new(0.0),
        unseen: None,
        attributes: Attributes::default(),
        coupled_to: None,
        born: now,
        challenged: None,
    }
}
