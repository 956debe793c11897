// SPDX-License-Identifier: MIT OR Apache-2.0
//! What may be: every way to explain the ends on a track, and what it is worth.

use messages::{Side, Timestamp};

use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::logistic;
use crate::fse::model::parameters::{CLAIM_HITS, LABEL_WEIGHT, NODE_LEAST_LLR, OVERLAP};
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

mod coupled;
mod keep;
mod one_end;
mod two_end;

/// Whose end a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Known(usize, Side),
    Tentative(usize),
}

/// One way to explain some ends.
#[derive(Debug, Clone)]
pub(crate) enum Explanation {
    /// The locomotive stays as it is.
    Keep(usize),
    /// Two ends make a locomotive.
    TwoEnd(Node, Node),
    /// One end, `side` of its locomotive; the other end is at one of these (length, log weight).
    OneEnd(Node, Side, Vec<(f64, f64)>),
    /// Two locomotives face each other; only their outer ends are seen.
    Coupled(Node, Node, Vec<(f64, f64)>, Vec<(f64, f64)>),
}

/// An explanation, the ends it uses, the metres it takes and its worth.
#[derive(Debug, Clone)]
pub(crate) struct Hypothesis {
    pub(crate) explanation: Explanation,
    pub(crate) nodes: [Option<Node>; 2],
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Nats.
    pub(crate) score: f64,
    /// Whether it was known long enough to be believed. What is not ripe yet keeps worse explanations away.
    pub(crate) confirmed: bool,
}

impl Tracker {
    pub(crate) fn hypotheses(&self, track: usize, now: Timestamp) -> Vec<Hypothesis> {
        let (mut all, mut turned): (Vec<Hypothesis>, Vec<Option<Hypothesis>>) =
            (0..self.tracks[track].locomotives.len())
                .map(|index| {
                    let extensions = self.one_end_extensions(track, now, index);
                    (
                        self.keep(track, index, &extensions),
                        self.turn(track, index, extensions),
                    )
                })
                .unzip();
        let nodes = self.nodes(track);
        for (i, &low) in nodes.iter().enumerate() {
            for &high in &nodes[i + 1..] {
                all.extend(self.two_end(track, now, low, high));
                if self.tracks[track].may_be_coupled(low, high) {
                    all.extend(self.coupled(track, now, low, high));
                }
            }
            all.extend(match low {
                Node::Tentative(index) => self.one_end(track, now, index),
                Node::Known(locomotive, side) => self.drop_lost_end(track, now, locomotive, side),
            });
            if let Node::Known(locomotive, _) = low {
                all.extend(turned[locomotive].take());
            }
        }
        all
    }

    /// Ends of locomotives that were seen and strong tentative ends, in order.
    pub(crate) fn nodes(&self, track: usize) -> Vec<Node> {
        let state = &self.tracks[track];
        let seen =
            |&(locomotive, side): &(usize, Side)| !state.locomotives[locomotive].never_seen(side);
        let ends = (0..state.locomotives.len())
            .flat_map(|locomotive| [(locomotive, Side::Low), (locomotive, Side::High)])
            .filter(seen)
            .map(|(locomotive, side)| Node::Known(locomotive, side));
        let tentative = state
            .tentative
            .iter()
            .enumerate()
            .filter(|(_, c)| {
                c.existence.chance_llr > NODE_LEAST_LLR && c.existence.hits >= CLAIM_HITS
            })
            .map(|(index, _)| Node::Tentative(index));
        let mut nodes: Vec<Node> = ends.chain(tentative).collect();
        nodes.sort_by(|a, b| state.node_place(*a).0.total_cmp(&state.node_place(*b).0));
        nodes
    }

    /// Worth of the labels of two ends of one locomotive: `head` says how surely one is a head and the other none.
    pub(crate) fn label_worth(&self, head: f64) -> f64 {
        if self.site.ablation.kinds {
            0.0
        } else {
            LABEL_WEIGHT * (head.abs().min(3.0) - 1.0)
        }
    }
}

impl TrackState {
    pub(crate) fn node_place(&self, node: Node) -> (f64, f64) {
        match node {
            Node::Known(locomotive, side) => self.locomotives[locomotive].motion.place(side),
            Node::Tentative(index) => self.tentative[index].place(),
        }
    }

    pub(crate) fn node_speed(&self, node: Node) -> (f64, f64) {
        match node {
            Node::Known(locomotive, _) => {
                let motion = &self.locomotives[locomotive].motion;
                (motion.speed(), motion.run_speed().1)
            }
            Node::Tentative(index) => self.tentative[index].speed(),
        }
    }

    pub(crate) fn node_existence(&self, node: Node) -> &EndExistence {
        match node {
            Node::Known(locomotive, side) => self.locomotives[locomotive].end(side),
            Node::Tentative(index) => &self.tentative[index].existence,
        }
    }

    /// Log probability that none of the tentative ends in [from, to] is an end, `own` ones left out: nothing ends inside a locomotive.
    pub(crate) fn no_end_inside(&self, from: f64, to: f64, own: &[Option<Node>; 2]) -> f64 {
        self.tentative
            .iter()
            .enumerate()
            .filter(|(index, tentative)| {
                let place = tentative.place().0;
                tentative.existence.hits >= CLAIM_HITS
                    && place > from + OVERLAP
                    && place < to - OVERLAP
                    && !own.contains(&Some(Node::Tentative(*index)))
            })
            .map(|(_, tentative)| logistic(-tentative.existence.log_odds()).ln())
            .sum()
    }
}
