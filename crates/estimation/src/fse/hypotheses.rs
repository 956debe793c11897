// SPDX-License-Identifier: MIT OR Apache-2.0
//! What may be: every way to explain the ends on a track, and what it is worth.

use messages::{Side, Timestamp};

use super::candidate::Candidate;
use super::constants::{
    CLAIM_HITS, CLAIM_WAIT, COUPLED_DISTANCE, COUPLING, DOORWAY_PRICE, DOUBTFUL_PAIR_WAIT,
    GATE_HALF_WAIT, GATE_SPEED_IN, GATE_TRAIL, GONE, HALF_CLEAR, HALF_PRICE, HALF_WAIT,
    HIDDEN_COUPLED, KEEP_BONUS, LABEL_WEIGHT, LENGTH_SIGMA, LENGTH_SLACK, LENGTH_WEIGHT_WORST,
    LENGTH_WORST, MERGE_PRICE, MOVING, NAMED_HALF_WAIT, NEITHER_SIDE, NODE_WEIGHT, OVERLAP,
    OVERLOOKED, PAIR_FRAMES, PAIR_HITS, PAIR_PRICE, PAIR_WAIT, RAKE_PRICE, RAKE_WAIT,
    SPEED_TOLERANCE,
};
use super::evidence::Evidence;
use super::machine::{Machine, other};
use super::motion::logistic;
use super::tracker::{TrackState, Tracker};
use super::unclaimed::Bond;

/// Whose end a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Known(usize, Side),
    Candidate(usize),
}

/// One way to explain some ends.
#[derive(Debug, Clone)]
pub(crate) enum Explanation {
    /// The machine stays as it is.
    Keep(usize),
    /// Two ends make a machine.
    Pair(Node, Node),
    /// One end, `side` of its machine; the other end is at one of these (length, log weight).
    Half(Node, Side, Vec<(f64, f64)>),
    /// Two machines face each other; only their outer ends are seen.
    Rake(Node, Node, Vec<(f64, f64)>, Vec<(f64, f64)>),
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
    pub(crate) ripe: bool,
}

/// To which side of its seen end a half-seen machine extends.
struct Reach {
    /// Which end is seen.
    side: Side,
    /// Lengths with their log weights.
    lengths: Vec<(f64, f64)>,
    log_p: f64,
}

/// To which sides a half-seen machine may extend, and its worth if it does, nats.
type Halves = [Option<(Reach, f64)>; 2];

impl Tracker {
    pub(crate) fn hypotheses(&self, track: usize, now: Timestamp) -> Vec<Hypothesis> {
        let (mut all, mut turned): (Vec<Hypothesis>, Vec<Option<Hypothesis>>) =
            (0..self.tracks[track].machines.len())
                .map(|index| {
                    let halves = self.half_seen(track, now, index);
                    (
                        self.keep(track, index, &halves),
                        self.turn(track, index, halves),
                    )
                })
                .unzip();
        let nodes = self.nodes(track);
        for (i, &low) in nodes.iter().enumerate() {
            for &high in &nodes[i + 1..] {
                all.extend(self.pair(track, now, low, high));
                if self.tracks[track].may_be_rake(low, high) {
                    all.extend(self.rake(track, now, low, high));
                }
            }
            all.extend(match low {
                Node::Candidate(index) => self.half(track, now, index),
                Node::Known(machine, side) => self.halve(track, now, machine, side),
            });
            if let Node::Known(machine, _) = low {
                all.extend(turned[machine].take());
            }
        }
        all
    }

    /// Ends of machines that were seen and strong candidates, in order.
    fn nodes(&self, track: usize) -> Vec<Node> {
        let state = &self.tracks[track];
        let seen = |&(machine, side): &(usize, Side)| !state.machines[machine].never_seen(side);
        let ends = (0..state.machines.len())
            .flat_map(|machine| [(machine, Side::Low), (machine, Side::High)])
            .filter(seen)
            .map(|(machine, side)| Node::Known(machine, side));
        let candidates = state
            .candidates
            .iter()
            .enumerate()
            .filter(|(_, c)| c.evidence.weight > NODE_WEIGHT && c.evidence.hits >= CLAIM_HITS)
            .map(|(index, _)| Node::Candidate(index));
        let mut nodes: Vec<Node> = ends.chain(candidates).collect();
        nodes.sort_by(|a, b| state.node_place(*a).0.total_cmp(&state.node_place(*b).0));
        nodes
    }

    /// `halves`: what it is worth if it is half seen.
    fn keep(&self, track: usize, index: usize, halves: &Halves) -> Hypothesis {
        let state = &self.tracks[track];
        let machine = &state.machines[index];
        let (from, to) = machine.motion.span();
        let doorway = if self.stands_in_doorway(track, from, to, machine.motion.moving()) {
            DOORWAY_PRICE
        } else {
            0.0
        };
        let score = match self.seen_side(track, index) {
            Some(side) => {
                let half = halves
                    .iter()
                    .flatten()
                    .find(|(reach, _)| reach.side == side);
                KEEP_BONUS + half.map_or(-HALF_PRICE, |half| half.1)
            }
            None => self.whole(machine),
        };
        Hypothesis {
            explanation: Explanation::Keep(index),
            nodes: [
                Some(Node::Known(index, Side::Low)),
                Some(Node::Known(index, Side::High)),
            ],
            from,
            to,
            score: score + state.no_end_inside(from, to, &[None, None]) - doorway,
            ripe: true,
        }
    }

    /// What a machine of which both ends were seen is worth.
    fn whole(&self, machine: &Machine) -> f64 {
        let (length, variance) = machine.motion.length();
        let prior = self.site.length_prior(length, variance).max(LENGTH_WORST);
        let ends: f64 = [Side::Low, Side::High]
            .into_iter()
            .map(|side| KEEP_BONUS + machine.evidence(side).side_price(side))
            .sum();
        machine.existence() + prior + ends + self.label_worth(machine.head_low())
    }

    fn pair(&self, track: usize, now: Timestamp, low: Node, high: Node) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        if let (Node::Known(a, _), Node::Known(b, _)) = (low, high)
            && a == b
        {
            return None;
        }
        let ((from, v_from), (to, v_to)) = (state.node_place(low), state.node_place(high));
        let length = to - from;
        if self.outside(track, from, to) {
            return None;
        }
        let prior = self.site.length_prior(length, v_from + v_to);
        if prior == f64::NEG_INFINITY {
            return None;
        }
        let ((a, va), (b, vb)) = (state.node_speed(low), state.node_speed(high));
        if (a - b).abs() > SPEED_TOLERANCE + 2.0 * (va + vb).sqrt() {
            return None;
        }
        let together = state
            .node_evidence(low)
            .belief_together(state.node_evidence(high));
        let nodes = [Some(low), Some(high)];
        let mut score = prior - PAIR_PRICE + together + state.no_end_inside(from, to, &nodes);
        let (mut young, mut hits) = (f64::INFINITY, u32::MAX);
        let mut head = 0.0;
        for (node, side) in [(low, Side::Low), (high, Side::High)] {
            let evidence = state.node_evidence(node);
            score += evidence.side_price(side);
            head += if side == Side::Low { 1.0 } else { -1.0 } * evidence.head();
            match node {
                Node::Candidate(index) => {
                    young = young.min(state.candidates[index].age(now));
                    hits = hits.min(evidence.hits);
                }
                Node::Known(_, known) if known == side => score += KEEP_BONUS,
                Node::Known(..) => {}
            }
        }
        score += self.label_worth(head);
        let known = match (low, high) {
            // Coupled machines are not merged.
            (Node::Known(a, Side::Low), Node::Known(b, Side::High)) if a != b => {
                score -= MERGE_PRICE;
                None
            }
            (Node::Known(machine, _), _) | (_, Node::Known(machine, _)) => Some(machine),
            _ => None,
        };
        let bond = state.unclaimed.bond(from, to, &self.site);
        if bond == Bond::Different {
            score -= MERGE_PRICE;
        }
        let claims = known.is_some_and(|machine| state.machines[machine].unseen.is_some());
        let doubtful = bond != Bond::Same
            && (self.site.off_catalogue(length) > 1.0
                || self.site.may_be_two(length, v_from + v_to));
        let (wait, least) = match (claims, doubtful) {
            (true, _) => (CLAIM_WAIT, CLAIM_HITS),
            (false, true) => (DOUBTFUL_PAIR_WAIT, PAIR_HITS),
            (false, false) => (
                PAIR_WAIT.max(PAIR_FRAMES * self.slowest(track, now, from, to)),
                PAIR_HITS,
            ),
        };
        Some(Hypothesis {
            explanation: Explanation::Pair(low, high),
            nodes,
            from,
            to,
            score,
            ripe: young >= wait && hits >= least,
        })
    }

    /// Time between two frames of the slowest live camera that looks at [from, to], s.
    fn slowest(&self, track: usize, now: Timestamp, from: f64, to: f64) -> f64 {
        self.site.watchers[track]
            .iter()
            .filter(|&&camera| {
                self.site.cameras[camera]
                    .covers
                    .iter()
                    .any(|cover| cover.track == track && cover.from < to && cover.to > from)
                    && self.live(camera, now)
            })
            .map(|&camera| self.site.cameras[camera].pause)
            .fold(0.0, f64::max)
    }

    /// An end belongs to a machine; to which side does that extend, if the other end is not seen? For each side (low end, high
    /// end) the lengths that it may have and the log probability, beside that of the other side and of neither.
    fn sides(&self, track: usize, now: Timestamp, node: Node) -> [Option<Reach>; 2] {
        let evidence = self.tracks[track].node_evidence(node);
        let mut options = [Side::Low, Side::High].map(|side| {
            let (lengths, unobservable) = self.partner_lengths(track, now, node, side)?;
            Some(Reach {
                side,
                lengths,
                log_p: unobservable + evidence.side_price(side),
            })
        });
        let sum: f64 = options
            .iter()
            .flatten()
            .map(|option| option.log_p.exp())
            .sum();
        for option in options.iter_mut().flatten() {
            option.log_p -= (sum + NEITHER_SIDE.exp()).ln();
        }
        options
    }

    fn half(&self, track: usize, now: Timestamp, index: usize) -> Option<Hypothesis> {
        let candidate = &self.tracks[track].candidates[index];
        let node = Node::Candidate(index);
        let reach = match self.sides(track, now, node) {
            [Some(low), Some(high)] if (low.log_p - high.log_p).abs() < HALF_CLEAR => return None,
            [Some(low), Some(high)] if low.log_p > high.log_p => low,
            [low, high] => high.or(low)?,
        };
        let age = candidate.age(now);
        let moves_in = self.moves_in(track, candidate, reach.side);
        let named = self.tracks[track]
            .unclaimed
            .names(candidate.place().0, reach.side);
        let score = candidate.evidence.belief() + reach.log_p - HALF_PRICE
            + if moves_in || named {
                1.0
            } else {
                (age / 60.0).min(1.0)
            };
        let wait = if moves_in {
            GATE_HALF_WAIT
        } else if named {
            NAMED_HALF_WAIT
        } else {
            HALF_WAIT
        };
        let half = self.one_ended(track, node, reach, score, age >= wait);
        (!self.outside(track, half.from, half.to)).then_some(half)
    }

    /// What a half-seen machine is worth if it extends to either side of its end.
    fn half_seen(&self, track: usize, now: Timestamp, index: usize) -> Halves {
        let Some(seen) = self.seen_side(track, index) else {
            return [None, None];
        };
        let node = Node::Known(index, seen);
        let belief = self.tracks[track].node_evidence(node).belief();
        self.sides(track, now, node).map(|reach| {
            let reach = reach?;
            let worth = belief + reach.log_p - HALF_PRICE + 1.0;
            Some((reach, worth))
        })
    }

    /// The end of a half-seen machine that is seen.
    fn seen_side(&self, track: usize, index: usize) -> Option<Side> {
        let unseen = self.tracks[track].machines[index].unseen.as_ref()?;
        Some(other(unseen.side))
    }

    /// Only this end of a known machine is real: what was taken for the other one, and is not seen any more, is none.
    fn halve(&self, track: usize, now: Timestamp, index: usize, side: Side) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        let machine = &state.machines[index];
        let lost = machine.evidence(other(side)).unseen(now);
        if machine.unseen.is_some() || machine.evidence(side).unseen(now) + HALF_WAIT > lost {
            return None;
        }
        let node = Node::Known(index, side);
        let (lengths, unobservable) = self.partner_lengths(track, now, node, side)?;
        let evidence = machine.evidence(side);
        let reach = Reach {
            side,
            lengths,
            log_p: unobservable,
        };
        let score =
            evidence.belief() + evidence.side_price(side) + unobservable + KEEP_BONUS - HALF_PRICE;
        Some(self.one_ended(track, node, reach, score, true))
    }

    /// A half-seen machine extends to the other side of its end.
    fn turn(&self, track: usize, index: usize, halves: Halves) -> Option<Hypothesis> {
        let side = self.seen_side(track, index)?;
        let (reach, score) = halves
            .into_iter()
            .flatten()
            .find(|(reach, _)| reach.side != side)?;
        Some(self.one_ended(track, Node::Known(index, side), reach, score, true))
    }

    /// A machine of which one end is seen.
    fn one_ended(
        &self,
        track: usize,
        node: Node,
        reach: Reach,
        score: f64,
        ripe: bool,
    ) -> Hypothesis {
        let place = self.tracks[track].node_place(node).0;
        let shortest = reach
            .lengths
            .iter()
            .map(|w| w.0)
            .fold(f64::INFINITY, f64::min);
        let (from, to) = match reach.side {
            Side::Low => (place, place + shortest),
            Side::High => (place - shortest, place),
        };
        Hypothesis {
            explanation: Explanation::Half(node, reach.side, reach.lengths),
            nodes: [Some(node), None],
            from,
            to,
            score,
            ripe,
        }
    }

    /// Whether a machine at [from, to] would stand still in a gate: nobody parks in a doorway.
    pub(crate) fn stands_in_doorway(&self, track: usize, from: f64, to: f64, moving: f64) -> bool {
        let site = &self.site.tracks[track];
        let straddles =
            (site.gate_low && from < -GONE) || (site.gate_high && to > site.length + GONE);
        straddles && moving < MOVING
    }

    /// Whether a machine at [from, to] would stand in a wall.
    pub(crate) fn in_wall(&self, track: usize, from: f64, to: f64) -> bool {
        let site = &self.site.tracks[track];
        (!site.gate_low && from < -LENGTH_SLACK)
            || (!site.gate_high && to > site.length + LENGTH_SLACK)
    }

    /// Whether [from, to] lies wholly before a gate: machines that wait outside are none of the hall.
    fn outside(&self, track: usize, from: f64, to: f64) -> bool {
        let site = &self.site.tracks[track];
        (site.gate_low && to < GONE) || (site.gate_high && from > site.length - GONE)
    }

    /// Whether this end belongs to a machine that moves in through a gate: it leads it in, or follows it right behind the gate.
    fn moves_in(&self, track: usize, candidate: &Candidate, side: Side) -> bool {
        let (site, (place, _), speed) = (
            &self.site.tracks[track],
            candidate.place(),
            candidate.surely(),
        );
        let reach = |leads: bool| {
            if leads {
                self.site.bounds.1
            } else {
                GATE_TRAIL
            }
        };
        (site.gate_low && speed > GATE_SPEED_IN && place < reach(side == Side::High))
            || (site.gate_high
                && speed < -GATE_SPEED_IN
                && place > site.length - reach(side == Side::Low))
    }

    /// The lengths that a machine with only this end seen may have, each with the log probability that nobody sees the other
    /// end, and the log probability that nobody sees it at all.
    fn partner_lengths(
        &self,
        track: usize,
        now: Timestamp,
        node: Node,
        side: Side,
    ) -> Option<(Vec<(f64, f64)>, f64)> {
        let state = &self.tracks[track];
        let (site, place) = (&self.site.tracks[track], state.node_place(node).0);
        let sign = if side == Side::Low { 1.0 } else { -1.0 };
        let partner = other(side);
        let moves = match node {
            Node::Candidate(index) => state.candidates[index].surely().abs() > GATE_SPEED_IN,
            Node::Known(machine, _) => state.machines[machine].motion.moving() > MOVING,
        };
        let mut weights = Vec::new();
        for &length in &self.site.lengths {
            let s = place + sign * length;
            let (from, to) = (place.min(s), place.max(s));
            if self.in_wall(track, from, to) {
                continue;
            }
            let room = state.room(from, to, node);
            if room < LENGTH_WEIGHT_WORST {
                continue;
            }
            let outside = (s < 0.0 && site.gate_low) || (s > site.length && site.gate_high);
            // Nobody parks in a doorway.
            let mut log_p = if outside && !moves {
                -DOORWAY_PRICE
            } else {
                0.0
            };
            log_p += self.overlooked(track, now, s, partner);
            if state.is_faced(s, partner) {
                log_p = log_p.max(HIDDEN_COUPLED.ln());
            }
            log_p += room;
            weights.push((length, log_p));
        }
        if weights.is_empty() {
            return None;
        }
        let mean = weights.iter().map(|w| w.1.exp()).sum::<f64>() / self.site.lengths.len() as f64;
        Some((weights, mean.ln()))
    }

    /// Log probability that nobody sees an end of `side` at `s` for a while.
    pub(crate) fn overlooked(&self, track: usize, now: Timestamp, s: f64, side: Side) -> f64 {
        self.site.watchers[track]
            .iter()
            .filter(|&&camera| self.live(camera, now))
            .map(|&camera| {
                let watched =
                    TrackState::watched(&self.site.cameras[camera].covers, track, s, side)
                        * (1.0 - self.blind(camera));
                (1.0 - watched * (1.0 - OVERLOOKED)).ln()
            })
            .sum()
    }

    /// Log probability that nobody sees an end at `s` that faces a coupled one.
    fn unseen_facing(&self, track: usize, now: Timestamp, s: f64, side: Side) -> f64 {
        self.overlooked(track, now, s, side)
            .max(HIDDEN_COUPLED.ln())
    }

    fn rake(&self, track: usize, now: Timestamp, low: Node, high: Node) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        let ((from, v_from), (to, v_to)) = (state.node_place(low), state.node_place(high));
        if (state.node_speed(low).0 - state.node_speed(high).0).abs() > SPEED_TOLERANCE {
            return None;
        }
        let nodes = [Some(low), Some(high)];
        let mut first: Vec<(f64, f64)> = Vec::new();
        let mut second: Vec<(f64, f64)> = Vec::new();
        let mut best = f64::NEG_INFINITY;
        for &one in &self.site.lengths {
            for &two in &self.site.lengths {
                let gap = to - from - one - two;
                let off = (COUPLING.0 - gap).max(gap - COUPLING.1).max(0.0);
                let fit = -0.5 * off * off / (LENGTH_SIGMA.powi(2) * 2.0 + v_from + v_to);
                if fit < LENGTH_WORST {
                    continue;
                }
                let log_p = fit
                    + self.unseen_facing(track, now, from + one, Side::High)
                    + self.unseen_facing(track, now, to - two, Side::Low);
                best = best.max(log_p);
                first.push((one, log_p));
                second.push((two, log_p));
            }
        }
        if best == f64::NEG_INFINITY {
            return None;
        }
        let mut score = best + state.no_end_inside(from, to, &nodes) - RAKE_PRICE;
        let mut young = f64::INFINITY;
        for (node, side) in [(low, Side::Low), (high, Side::High)] {
            let evidence = state.node_evidence(node);
            score += evidence.belief() + evidence.side_price(side);
            match node {
                Node::Candidate(index) => young = young.min(state.candidates[index].age(now)),
                Node::Known(..) => score += KEEP_BONUS,
            }
        }
        Some(Hypothesis {
            explanation: Explanation::Rake(low, high, first, second),
            nodes,
            from,
            to,
            score,
            ripe: young >= RAKE_WAIT,
        })
    }
}

impl Tracker {
    /// Worth of the labels of two ends of one machine: `head` says how surely one is a head and the other none.
    fn label_worth(&self, head: f64) -> f64 {
        if self.site.without.kinds {
            0.0
        } else {
            LABEL_WEIGHT * (head.abs().min(3.0) - 1.0)
        }
    }
}

impl Machine {
    /// Probability that it takes none of [from, to]: 0 or 1, unless its length is not known.
    fn free(&self, from: f64, to: f64) -> f64 {
        let (low, high) = self.motion.span();
        let Some(unseen) = &self.unseen else {
            return f64::from(u8::from(self.overlap(from, to) <= OVERLAP));
        };
        unseen
            .probabilities()
            .into_iter()
            .filter(|(length, _)| {
                let (low, high) = match unseen.side {
                    Side::High => (low, low + length),
                    Side::Low => (high - length, high),
                };
                high.min(to) - low.max(from) <= OVERLAP
            })
            .map(|(_, p)| p)
            .sum()
    }

    /// How many metres of [from, to] it takes.
    pub(crate) fn overlap(&self, from: f64, to: f64) -> f64 {
        let (low, high) = self.motion.span();
        (high.min(to) - low.max(from)).max(0.0)
    }
}

impl TrackState {
    pub(crate) fn node_place(&self, node: Node) -> (f64, f64) {
        match node {
            Node::Known(machine, side) => self.machines[machine].motion.place(side),
            Node::Candidate(index) => self.candidates[index].place(),
        }
    }

    pub(crate) fn node_speed(&self, node: Node) -> (f64, f64) {
        match node {
            Node::Known(machine, _) => {
                let motion = &self.machines[machine].motion;
                (motion.speed(), motion.run_speed().1)
            }
            Node::Candidate(index) => self.candidates[index].speed(),
        }
    }

    pub(crate) fn node_evidence(&self, node: Node) -> &Evidence {
        match node {
            Node::Known(machine, side) => self.machines[machine].evidence(side),
            Node::Candidate(index) => &self.candidates[index].evidence,
        }
    }

    /// Whether two ends may be the outer ones of two coupled machines: two new ones, those of a machine that may be two, or that
    /// of a half-seen one and a new one.
    fn may_be_rake(&self, low: Node, high: Node) -> bool {
        let half = |machine: usize| self.machines[machine].unseen.is_some();
        match (low, high) {
            (Node::Candidate(_), Node::Candidate(_)) => true,
            (Node::Known(a, Side::Low), Node::Known(b, Side::High)) => a == b,
            (Node::Known(machine, Side::Low), Node::Candidate(_))
            | (Node::Candidate(_), Node::Known(machine, Side::High)) => half(machine),
            _ => false,
        }
    }

    /// Whether another end, known or likely, stands near this candidate.
    pub(crate) fn is_crowded(&self, index: usize) -> bool {
        let s = self.candidates[index].place().0;
        let known = self
            .machines
            .iter()
            .flat_map(|machine| [Side::Low, Side::High].map(|side| machine.motion.place(side).0));
        let likely = self
            .candidates
            .iter()
            .enumerate()
            .filter(|(other, c)| *other != index && c.evidence.weight > NODE_WEIGHT)
            .map(|(_, c)| c.place().0);
        known.chain(likely).any(|end| (end - s).abs() < COUPLING.1)
    }

    /// Log probability that nothing else takes any of [from, to]: no machine, as far as its length is known, and no other end
    /// than `own` stands inside.
    fn room(&self, from: f64, to: f64, own: Node) -> f64 {
        let machines: f64 = self
            .machines
            .iter()
            .enumerate()
            .filter(|(index, _)| !matches!(own, Node::Known(machine, _) if machine == *index))
            .map(|(_, machine)| machine.free(from, to).ln())
            .sum();
        machines + self.no_end_inside(from, to, &[Some(own), None])
    }

    /// Log probability that none of the candidates in [from, to] is an end, `own` ones left out: nothing ends inside a machine.
    fn no_end_inside(&self, from: f64, to: f64, own: &[Option<Node>; 2]) -> f64 {
        self.candidates
            .iter()
            .enumerate()
            .filter(|(index, candidate)| {
                let place = candidate.place().0;
                candidate.evidence.hits >= CLAIM_HITS
                    && place > from + OVERLAP
                    && place < to - OVERLAP
                    && !own.contains(&Some(Node::Candidate(*index)))
            })
            .map(|(_, candidate)| logistic(-candidate.evidence.belief()).ln())
            .sum()
    }

    /// Whether an end of `side` at `s` has a neighbour right before it.
    fn is_faced(&self, s: f64, side: Side) -> bool {
        self.machines.iter().any(|machine| {
            let (low, high) = machine.motion.span();
            let gap = if side == Side::Low { s - high } else { low - s };
            (-1.0..COUPLED_DISTANCE).contains(&gap)
        })
    }
}
