// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hypotheses: every way to explain some ends on a track as locomotives, and what it is worth.
//!
//! A score is a sum of log odds and log priors, in nats: existence of the ends, prior of the length, side and labels of the
//! ends, less a price for what is new. Hypotheses compete in [`selection`](super::selection).

use messages::{Side, Timestamp};

use crate::fse::model::existence::EndExistence;
use crate::fse::model::gaussian::{Gaussian, logistic};
use crate::fse::model::locomotive::LengthWeight;
use crate::fse::model::parameters::{CLAIM_HITS, parameters};
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

pub(crate) mod coupled;
pub(crate) mod keep;
pub(crate) mod one_end;
pub(crate) mod two_end;

parameters! {
    /// Worth of labels that agree (one head, one tail), per nat.
    LABEL_WEIGHT: f64 = 0.3, "", "Larger: labels decide more which ends belong together.";
}

/// An end that takes part in hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    /// An end of the locomotive with this index.
    Known(usize, Side),
    /// The tentative end with this index.
    Tentative(usize),
}

/// One way to explain some ends.
#[derive(Debug, Clone)]
pub(crate) enum Explanation {
    /// The locomotive stays as it is.
    Keep(usize),
    /// Two ends make a locomotive.
    TwoEnd(Node, Node),
    /// One end, `side` of its locomotive; the other end is out of sight, at one of these lengths.
    OneEnd(Node, Side, Vec<LengthWeight>),
    /// Two locomotives face each other; only their outer ends are in sight.
    Coupled(Node, Node, CoupledLengths),
}

/// The lengths that two coupled locomotives may have.
#[derive(Debug, Clone)]
pub(crate) struct CoupledLengths {
    /// Those of the lower one.
    pub(crate) low: Vec<LengthWeight>,
    /// Those of the upper one.
    pub(crate) high: Vec<LengthWeight>,
}

/// An explanation, the ends it uses, the metres it takes and its worth.
#[derive(Debug, Clone)]
pub(crate) struct Hypothesis {
    pub(crate) explanation: Explanation,
    pub(crate) nodes: [Option<Node>; 2],
    pub(crate) span: Span,
    /// Nats.
    pub(crate) score: f64,
    /// Whether its ends are old enough and have enough hits (M of N confirmation). Until then it keeps worse hypotheses away, but
    /// is not adopted.
    pub(crate) confirmed: bool,
}

impl Tracker {
    /// Every hypothesis for the ends on a track.
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

    /// Ends of locomotives that were ever detected and likely tentative ends, in order along the track.
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
            .filter(|(_, c)| c.existence.is_likely() && c.existence.hits >= CLAIM_HITS)
            .map(|(index, _)| Node::Tentative(index));
        let mut nodes: Vec<Node> = ends.chain(tentative).collect();
        nodes.sort_by(|a, b| {
            state
                .node_place(*a)
                .mean
                .total_cmp(&state.node_place(*b).mean)
        });
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
    /// Where an end is.
    pub(crate) fn node_place(&self, node: Node) -> Gaussian {
        match node {
            Node::Known(locomotive, side) => self.locomotives[locomotive].motion.place(side),
            Node::Tentative(index) => self.tentative[index].place(),
        }
    }

    /// How fast an end moves.
    pub(crate) fn node_speed(&self, node: Node) -> Gaussian {
        match node {
            Node::Known(locomotive, _) => {
                let motion = &self.locomotives[locomotive].motion;
                Gaussian {
                    mean: motion.speed(),
                    variance: motion.run_speed().variance,
                }
            }
            Node::Tentative(index) => self.tentative[index].speed(),
        }
    }

    /// Whether an end exists.
    pub(crate) fn node_existence(&self, node: Node) -> &EndExistence {
        match node {
            Node::Known(locomotive, side) => self.locomotives[locomotive].end(side),
            Node::Tentative(index) => &self.tentative[index].existence,
        }
    }

    /// Log probability that none of the tentative ends inside a span is an end, `own` ones left out: nothing ends inside a
    /// locomotive.
    pub(crate) fn no_end_inside(&self, span: Span, own: &[Option<Node>; 2]) -> f64 {
        self.tentative
            .iter()
            .enumerate()
            .filter(|(index, tentative)| {
                let place = tentative.place().mean;
                tentative.existence.hits >= CLAIM_HITS
                    && span.has_inside(place)
                    && !own.contains(&Some(Node::Tentative(*index)))
            })
            .map(|(_, tentative)| logistic(-tentative.existence.log_odds()).ln())
            .sum()
    }
}
