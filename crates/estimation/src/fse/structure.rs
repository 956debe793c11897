// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layer B: which ends make which machines. The best set of explanations that do not overlap wins (weighted interval
//! scheduling); what is known is given up only for an explanation that keeps winning.

use std::sync::Arc;

use messages::{Side, Timestamp};

use super::attributes::Attributes;
use super::candidate::Candidate;
use super::constants::{
    CLAIM_HITS, CLAIM_WAIT, COUPLED_DISTANCE, COUPLING, DORMANT_MEMORY, DOUBTFUL_PAIR_WAIT,
    FOUND_HITS, FOUND_UNSEEN, FOUND_WAIT, GATE_HALF_WAIT, GATE_SIGMAS, GATE_SPEED, GATE_SPEED_IN,
    GATE_TRAIL, GONE, HALF_PRICE, HALF_WAIT, HIDDEN_COUPLED, INERTIA, KEEP_BONUS, LENGTH_SIGMA,
    LENGTH_SLACK, LENGTH_WEIGHT_WORST, LENGTH_WORST, NODE_WEIGHT, OVERLAP, OVERLOOKED, PAIR_HITS,
    PAIR_PRICE, PAIR_WAIT, RAKE_PRICE, RAKE_WAIT, RELINK_INERTIA, REVIEW, REVIEW_QUIET,
    SAME_LENGTH, SPEED_TOLERANCE,
};
use super::evidence::Evidence;
use super::machine::{Machine, Unseen, other};
use super::motion::Motion;
use super::tracker::{TrackState, Tracker};

/// One end as a node of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Known(usize, Side),
    Candidate(usize),
}

/// One way to explain some ends.
#[derive(Debug, Clone)]
enum Explanation {
    /// The machine stays as it is.
    Keep(usize),
    /// Two ends make a machine.
    Pair(Node, Node),
    /// One end, `side` of its machine; the other end is at one of these (length, log weight).
    Half(usize, Side, Vec<(f64, f64)>),
    /// Two machines face each other; only their outer ends are seen.
    Rake(usize, usize, Vec<(f64, f64)>, Vec<(f64, f64)>),
}

/// An explanation, the metres it takes and its worth.
#[derive(Debug, Clone)]
struct Hypothesis {
    explanation: Explanation,
    from: f64,
    to: f64,
    score: f64,
}

impl Tracker {
    /// Reviews one track if it is time to.
    pub(crate) fn review(&mut self, track: usize, now: Timestamp) {
        let state = &self.tracks[track];
        let strong = state
            .candidates
            .iter()
            .any(|c| c.evidence.weight > NODE_WEIGHT);
        let half = state
            .machines
            .iter()
            .any(|machine| machine.unseen.is_some());
        let pause = if strong || half { REVIEW } else { REVIEW_QUIET };
        if now.seconds_since(state.reviewed) < pause {
            return;
        }
        self.tracks[track].reviewed = now;
        self.tracks[track].sort();
        self.tracks[track].bound_unseen();
        self.tracks[track].forget(now);
        self.tracks[track].find_lost(now);
        let hypotheses = self.hypotheses(track, now);
        let chosen = schedule(&hypotheses);
        self.adopt(track, now, &hypotheses, &chosen);
        self.tracks[track].sort();
        self.tracks[track].drop_doubles();
    }

    fn hypotheses(&self, track: usize, now: Timestamp) -> Vec<Hypothesis> {
        let mut all = Vec::new();
        for (index, machine) in self.tracks[track].machines.iter().enumerate() {
            all.push(self.keep(index, machine));
        }
        let nodes = self.nodes(track);
        for (i, &low) in nodes.iter().enumerate() {
            for &high in &nodes[i + 1..] {
                all.extend(self.pair(track, now, low, high));
                if let (Node::Candidate(a), Node::Candidate(b)) = (low, high) {
                    all.extend(self.rake(track, now, a, b));
                }
            }
            if let Node::Candidate(index) = low {
                all.extend(self.half(track, now, index));
            }
        }
        all
    }

    /// Ends of machines and strong candidates, in order.
    fn nodes(&self, track: usize) -> Vec<Node> {
        let state = &self.tracks[track];
        let ends = (0..state.machines.len())
            .flat_map(|m| [Node::Known(m, Side::Low), Node::Known(m, Side::High)]);
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

    fn keep(&self, index: usize, machine: &Machine) -> Hypothesis {
        let (from, to) = machine.motion.span();
        let (length, variance) = machine.motion.length();
        let prior = self.site.length_prior(length, variance).max(LENGTH_WORST);
        let existence = machine.existence();
        Hypothesis {
            explanation: Explanation::Keep(index),
            from,
            to,
            score: existence + KEEP_BONUS * (0.5 + existence / 4.0).clamp(0.0, 1.0) + 0.5 * prior,
        }
    }

    fn pair(&self, track: usize, now: Timestamp, low: Node, high: Node) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        // Never across two machines, nor what is one already; an end keeps its side.
        let known = match (low, high) {
            (Node::Known(..), Node::Known(..))
            | (Node::Known(_, Side::High), _)
            | (_, Node::Known(_, Side::Low)) => return None,
            (Node::Known(machine, _), _) | (_, Node::Known(machine, _)) => Some(machine),
            _ => None,
        };
        if let (Node::Known(machine, side), _) | (_, Node::Known(machine, side)) = (low, high)
            && state.machines[machine].never_seen(side)
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
        let mut score = prior - PAIR_PRICE;
        let (mut young, mut hits) = (f64::INFINITY, u32::MAX);
        let mut head = 0.0;
        for (node, side) in [(low, Side::Low), (high, Side::High)] {
            let sign = if side == Side::Low { 1.0 } else { -1.0 };
            match node {
                Node::Candidate(index) => {
                    let candidate = &state.candidates[index];
                    score += candidate.evidence.weight + candidate.side_price(side)
                        - candidate.flicker_price();
                    young = young.min(candidate.age(now));
                    hits = hits.min(candidate.evidence.hits);
                    head += sign * candidate.evidence.head();
                }
                Node::Known(machine, _) => {
                    let evidence = state.machines[machine].evidence(side);
                    score += evidence.weight;
                    head += sign * evidence.head();
                }
            }
        }
        // Labels that agree (one head, one tail) speak for the pair, a little.
        score += 0.3 * head.abs().min(3.0) - 0.3;
        let claims = known.is_some_and(|machine| state.machines[machine].unseen.is_some());
        let doubtful = self.site.off_catalogue(length) > 1.0
            || (self.site.models.is_empty() && length > 2.0 * self.site.bounds.0);
        let (wait, least) = match (claims, doubtful) {
            (true, _) => (CLAIM_WAIT, CLAIM_HITS),
            (false, true) => (DOUBTFUL_PAIR_WAIT, PAIR_HITS),
            (false, false) => (PAIR_WAIT, PAIR_HITS),
        };
        (young >= wait && hits >= least).then_some(Hypothesis {
            explanation: Explanation::Pair(low, high),
            from,
            to,
            score,
        })
    }

    fn half(&self, track: usize, now: Timestamp, index: usize) -> Option<Hypothesis> {
        let candidate = &self.tracks[track].candidates[index];
        let option = |side: Side| {
            let (weights, unobservable) = self.partner_lengths(track, now, index, side)?;
            Some((side, weights, unobservable + candidate.side_price(side)))
        };
        let (low, high) = (option(Side::Low), option(Side::High));
        let (side, weights, plausible) = match (low, high) {
            (Some(a), Some(b)) if (a.2 - b.2).abs() < 0.7 => return None,
            (Some(a), Some(b)) => {
                if a.2 > b.2 {
                    a
                } else {
                    b
                }
            }
            (a, b) => a.or(b)?,
        };
        let (place, _) = candidate.place();
        let age = candidate.age(now);
        let moves_in = self.moves_in(track, candidate, side);
        if age < if moves_in { GATE_HALF_WAIT } else { HALF_WAIT } {
            return None;
        }
        let score = candidate.evidence.weight + plausible - candidate.flicker_price() - HALF_PRICE
            + if moves_in { 1.0 } else { (age / 60.0).min(1.0) };
        let shortest = weights.iter().map(|w| w.0).fold(f64::INFINITY, f64::min);
        let (from, to) = match side {
            Side::Low => (place, place + shortest),
            Side::High => (place - shortest, place),
        };
        if self.outside(track, from, to) {
            return None;
        }
        Some(Hypothesis {
            explanation: Explanation::Half(index, side, weights),
            from,
            to,
            score,
        })
    }

    /// Whether [from, to] lies wholly before a gate: machines that wait outside are none of the hall.
    fn outside(&self, track: usize, from: f64, to: f64) -> bool {
        let site = &self.site.tracks[track];
        (site.gate_low && to < GONE) || (site.gate_high && from > site.length - GONE)
    }

    /// Whether this end belongs to a machine that moves in through a gate: it leads it in, or follows it right behind the gate.
    fn moves_in(&self, track: usize, candidate: &Candidate, side: Side) -> bool {
        let (site, (place, _), (speed, _)) = (
            &self.site.tracks[track],
            candidate.place(),
            candidate.speed(),
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
        index: usize,
        side: Side,
    ) -> Option<(Vec<(f64, f64)>, f64)> {
        let state = &self.tracks[track];
        let (site, place) = (&self.site.tracks[track], state.candidates[index].place().0);
        let sign = if side == Side::Low { 1.0 } else { -1.0 };
        let partner = other(side);
        let mut weights = Vec::new();
        for &length in &self.site.lengths {
            let s = place + sign * length;
            let in_wall = (s < -LENGTH_SLACK && !site.gate_low)
                || (s > site.length + LENGTH_SLACK && !site.gate_high);
            if in_wall || !state.is_free(place.min(s), place.max(s)) {
                continue;
            }
            let mut log_p = 0.0;
            for camera in 0..self.site.cameras.len() {
                if !self.live(camera, now) {
                    continue;
                }
                let watched =
                    TrackState::watched(&self.site.cameras[camera].covers, track, s, partner)
                        * (1.0 - self.blind(camera));
                log_p += (1.0 - watched * (1.0 - OVERLOOKED)).ln();
            }
            if state.is_faced(s, partner) {
                log_p = log_p.max(HIDDEN_COUPLED.ln());
            }
            weights.push((length, log_p));
        }
        if weights.is_empty() {
            return None;
        }
        let mean = weights.iter().map(|w| w.1.exp()).sum::<f64>() / weights.len() as f64;
        Some((weights, mean.ln()))
    }

    fn rake(&self, track: usize, now: Timestamp, a: usize, b: usize) -> Option<Hypothesis> {
        let state = &self.tracks[track];
        let (low, high) = (&state.candidates[a], &state.candidates[b]);
        if low.age(now).min(high.age(now)) < RAKE_WAIT {
            return None;
        }
        let ((from, v_from), (to, v_to)) = (low.place(), high.place());
        if (low.speed().0 - high.speed().0).abs() > SPEED_TOLERANCE {
            return None;
        }
        let mut first: Vec<(f64, f64)> = Vec::new();
        let mut second: Vec<(f64, f64)> = Vec::new();
        let mut best = f64::NEG_INFINITY;
        for &one in &self.site.lengths {
            for &two in &self.site.lengths {
                let gap = to - from - one - two;
                let off = (COUPLING.0 - gap).max(gap - COUPLING.1).max(0.0);
                let log_p = -0.5 * off * off / (LENGTH_SIGMA.powi(2) * 2.0 + v_from + v_to);
                if log_p < LENGTH_WORST {
                    continue;
                }
                best = best.max(log_p);
                first.push((one, log_p));
                second.push((two, log_p));
            }
        }
        if best == f64::NEG_INFINITY {
            return None;
        }
        let score = low.evidence.weight
            + high.evidence.weight
            + best
            + low.side_price(Side::Low)
            + high.side_price(Side::High)
            - low.flicker_price()
            - high.flicker_price()
            + 2.0 * HIDDEN_COUPLED.ln()
            - RAKE_PRICE;
        Some(Hypothesis {
            explanation: Explanation::Rake(a, b, first, second),
            from,
            to,
            score,
        })
    }

    /// Makes true what was chosen, as far as what is known lets it.
    fn adopt(&mut self, track: usize, now: Timestamp, hypotheses: &[Hypothesis], chosen: &[usize]) {
        let state = &mut self.tracks[track];
        let mut kept = vec![false; state.machines.len()];
        for &index in chosen {
            if let Explanation::Keep(machine) = hypotheses[index].explanation {
                kept[machine] = true;
            }
        }
        for (machine, kept) in state.machines.iter_mut().zip(&kept) {
            machine.challenged = if *kept {
                None
            } else {
                machine.challenged.or(Some(now))
            };
        }
        let mut change = Change::default();
        for &index in chosen {
            let hypothesis = &hypotheses[index];
            if matches!(hypothesis.explanation, Explanation::Keep(_)) {
                continue;
            }
            let losers = state.losers(hypothesis, &kept);
            let patience = state.inertia(hypothesis, &losers);
            let ripe = losers.iter().all(|&m| {
                !change.removed.contains(&m)
                    && state.machines[m]
                        .challenged
                        .is_some_and(|since| now.seconds_since(since) >= patience)
            });
            if ripe {
                change.plan(hypothesis, &losers, state, now);
            }
        }
        self.carry_out(track, now, change);
    }

    fn carry_out(&mut self, track: usize, now: Timestamp, mut change: Change) {
        for machine in &mut change.born {
            if machine.name == 0 {
                machine.name = self.name_for(machine, now);
            }
        }
        let state = &mut self.tracks[track];
        change.removed.sort_unstable();
        for index in change.removed.into_iter().rev() {
            state.machines.remove(index);
        }
        change.used.sort_unstable();
        change.used.dedup();
        for index in change.used.into_iter().rev() {
            state.candidates.remove(index);
        }
        state.machines.append(&mut change.born);
    }

    /// A name for a machine that no known one explains: that of one that left, if it is the only one alike, or a new one.
    fn name_for(&mut self, machine: &mut Machine, now: Timestamp) -> u64 {
        self.dormant
            .retain(|(left, _)| now.seconds_since(*left) < DORMANT_MEMORY);
        if machine.unseen.is_none() {
            let (length, variance) = machine.motion.length();
            let alike =
                |m: &Machine| (m.motion.length().0 - length).abs() < SAME_LENGTH + variance.sqrt();
            let mut found = self
                .dormant
                .iter()
                .enumerate()
                .filter(|(_, (_, m))| m.unseen.is_none() && alike(m));
            if let (Some((index, _)), None) = (found.next(), found.next()) {
                let (_, old) = self.dormant.remove(index);
                machine.attributes = old.attributes;
                return old.name;
            }
        }
        let name = self.next_name;
        self.next_name += 1;
        name
    }
}

/// What a review changes.
#[derive(Default)]
struct Change {
    removed: Vec<usize>,
    used: Vec<usize>,
    born: Vec<Machine>,
}

impl Change {
    fn plan(
        &mut self,
        hypothesis: &Hypothesis,
        losers: &[usize],
        state: &TrackState,
        now: Timestamp,
    ) {
        let heir = losers.iter().copied().max_by(|&a, &b| {
            let overlap = |m: usize| state.machines[m].overlap(hypothesis.from, hypothesis.to);
            overlap(a).total_cmp(&overlap(b)).then(b.cmp(&a))
        });
        let born = match &hypothesis.explanation {
            Explanation::Keep(_) => Vec::new(),
            Explanation::Pair(low, high) => vec![state.paired(*low, *high, now)],
            Explanation::Half(index, side, weights) => {
                vec![state.halved(*index, *side, weights.clone(), now)]
            }
            Explanation::Rake(a, b, first, second) => vec![
                state.halved(*a, Side::Low, first.clone(), now),
                state.halved(*b, Side::High, second.clone(), now),
            ],
        };
        for (position, mut machine) in born.into_iter().enumerate() {
            if let (Some(index), 0) = (heir, position) {
                let old = &state.machines[index];
                machine.name = old.name;
                machine.attributes.merge(&old.attributes);
                machine.born = old.born;
            }
            self.born.push(machine);
        }
        self.removed.extend(losers);
        match &hypothesis.explanation {
            Explanation::Pair(low, high) => {
                for node in [low, high] {
                    if let Node::Candidate(index) = node {
                        self.used.push(*index);
                    }
                }
            }
            Explanation::Half(index, ..) => self.used.push(*index),
            Explanation::Rake(a, b, ..) => self.used.extend([*a, *b]),
            Explanation::Keep(_) => {}
        }
    }
}

impl Machine {
    /// How many metres of [from, to] it takes.
    fn overlap(&self, from: f64, to: f64) -> f64 {
        let (low, high) = self.motion.span();
        (high.min(to) - low.max(from)).max(0.0)
    }
}

impl TrackState {
    fn node_place(&self, node: Node) -> (f64, f64) {
        match node {
            Node::Known(machine, side) => self.machines[machine].motion.place(side),
            Node::Candidate(index) => self.candidates[index].place(),
        }
    }

    fn node_speed(&self, node: Node) -> (f64, f64) {
        match node {
            Node::Known(machine, _) => {
                let motion = &self.machines[machine].motion;
                (motion.speed(), motion.run_speed().1)
            }
            Node::Candidate(index) => self.candidates[index].speed(),
        }
    }

    /// Whether no machine takes any of [from, to].
    fn is_free(&self, from: f64, to: f64) -> bool {
        self.machines
            .iter()
            .all(|machine| machine.overlap(from, to) <= OVERLAP)
    }

    /// Whether an end of `side` at `s` has a neighbour right before it.
    fn is_faced(&self, s: f64, side: Side) -> bool {
        self.machines.iter().any(|machine| {
            let (low, high) = machine.motion.span();
            let gap = if side == Side::Low { s - high } else { low - s };
            (-1.0..COUPLED_DISTANCE).contains(&gap)
        })
    }

    /// Known machines that an explanation replaces.
    fn losers(&self, hypothesis: &Hypothesis, kept: &[bool]) -> Vec<usize> {
        let anchor = match hypothesis.explanation {
            Explanation::Pair(Node::Known(m, _), _) | Explanation::Pair(_, Node::Known(m, _)) => {
                Some(m)
            }
            _ => None,
        };
        (0..self.machines.len())
            .filter(|&m| {
                Some(m) == anchor
                    || (!kept[m]
                        && self.machines[m].overlap(hypothesis.from, hypothesis.to) > OVERLAP)
            })
            .collect()
    }

    /// How long an explanation must win before it replaces `losers`, s.
    fn inertia(&self, hypothesis: &Hypothesis, losers: &[usize]) -> f64 {
        let Explanation::Pair(low, high) = hypothesis.explanation else {
            return INERTIA;
        };
        let &[loser] = losers else { return INERTIA };
        let machine = &self.machines[loser];
        if machine.unseen.is_some() {
            return 0.0;
        }
        let appeared = [low, high]
            .into_iter()
            .filter_map(|node| match node {
                Node::Candidate(index) => Some(self.candidates[index].born),
                Node::Known(..) => None,
            })
            .max();
        let (length, variance) = machine.motion.length();
        let alike =
            (hypothesis.to - hypothesis.from - length).abs() < SAME_LENGTH + 2.0 * variance.sqrt();
        let lost = |side: Side| machine.evidence(side).last_hit.max(Some(machine.born)) < appeared;
        let replaced_lost = match (low, high) {
            (Node::Known(..), _) => lost(Side::High),
            (_, Node::Known(..)) => lost(Side::Low),
            _ => lost(Side::Low) && lost(Side::High),
        };
        if alike && replaced_lost {
            RELINK_INERTIA
        } else {
            INERTIA
        }
    }

    /// A machine of two ends.
    fn paired(&self, low: Node, high: Node, now: Timestamp) -> Machine {
        match (low, high) {
            (Node::Known(machine, _), Node::Candidate(index)) => {
                self.reanchored(machine, Side::High, index)
            }
            (Node::Candidate(index), Node::Known(machine, _)) => {
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
                    if let Node::Candidate(index) = node {
                        *machine.evidence_mut(side) = self.candidates[index].evidence.clone();
                    }
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
        machine
    }

    /// A machine of which only one end was seen.
    fn halved(
        &self,
        index: usize,
        side: Side,
        lengths: Vec<(f64, f64)>,
        now: Timestamp,
    ) -> Machine {
        let candidate = &self.candidates[index];
        let (place, speed) = (candidate.place(), candidate.speed());
        let moving = if speed.0.abs() > GATE_SPEED_IN {
            0.8
        } else {
            0.15
        };
        let mut machine = machine(Motion::new(place, place, speed, moving), now);
        *machine.evidence_mut(side) = candidate.evidence.clone();
        machine.unseen = Some(Unseen {
            side: other(side),
            lengths,
        });
        machine.settle_unseen();
        machine
    }

    /// A machine that nobody has seen for a while is where a candidate appeared since, if that is near enough.
    fn find_lost(&mut self, now: Timestamp) {
        for machine in 0..self.machines.len() {
            for side in [Side::Low, Side::High] {
                let found = (0..self.candidates.len())
                    .filter_map(|index| {
                        Some((self.distance_found(machine, side, index, now)?, index))
                    })
                    .min_by(|a, b| a.0.total_cmp(&b.0));
                if let Some((_, index)) = found {
                    let candidate = self.candidates.remove(index);
                    let speed = candidate.speed();
                    let moving = if speed.0.abs() > GATE_SPEED_IN {
                        0.8
                    } else {
                        0.3
                    };
                    let machine = &mut self.machines[machine];
                    machine
                        .motion
                        .relocate(side, candidate.place(), speed, moving);
                    let evidence = machine.evidence_mut(side);
                    let mut newer = candidate.evidence;
                    newer.merge(evidence);
                    *evidence = newer;
                    machine.settle_unseen();
                }
            }
        }
    }

    /// Normalised distance of a candidate that may be a lost end of a machine.
    fn distance_found(
        &self,
        index: usize,
        side: Side,
        candidate: usize,
        now: Timestamp,
    ) -> Option<f64> {
        let (machine, candidate) = (&self.machines[index], &self.candidates[candidate]);
        let ripe = candidate.age(now) >= FOUND_WAIT
            && candidate.evidence.hits >= FOUND_HITS
            && candidate.evidence.weight > NODE_WEIGHT
            && candidate.side().is_none_or(|known| known == side);
        // Neither end was seen since, or it would be known where the machine is.
        if !ripe || machine.never_seen(side) || machine.last_seen() >= Some(candidate.born) {
            return None;
        }
        let ((place, variance), (at, error)) = (machine.motion.place(side), candidate.place());
        let reach = GATE_SIGMAS * (variance + error).sqrt()
            + GATE_SPEED * machine.unseen_for(now).min(FOUND_UNSEEN);
        let (low, high) = machine.motion.span();
        let shift = at - place;
        let free = self.machines.iter().enumerate().all(|(other, machine)| {
            other == index || machine.overlap(low + shift, high + shift) <= OVERLAP
        });
        (shift.abs() <= reach && free).then(|| shift.abs() / reach)
    }

    /// The unseen end of a machine is not inside its neighbour.
    fn bound_unseen(&mut self) {
        let spans: Vec<(f64, f64)> = self
            .machines
            .iter()
            .map(|machine| machine.motion.span())
            .collect();
        for index in 0..self.machines.len() {
            let machine = &mut self.machines[index];
            let Some(unseen) = &mut machine.unseen else {
                continue;
            };
            let known = machine.motion.place(other(unseen.side)).0;
            let room = match unseen.side {
                Side::High => spans
                    .get(index + 1)
                    .map(|next| 0.5 * (next.0 + next.1) - known),
                Side::Low => index
                    .checked_sub(1)
                    .map(|before| known - 0.5 * (spans[before].0 + spans[before].1)),
            };
            let Some(room) = room else { continue };
            let neighbour = match unseen.side {
                Side::High => spans[index + 1].0 - known,
                Side::Low => known - spans[index - 1].1,
            };
            let limit = neighbour.min(room);
            unseen.weigh(|length| {
                if length > limit + OVERLAP {
                    LENGTH_WEIGHT_WORST
                } else {
                    0.0
                }
            });
            machine.settle_unseen();
        }
    }

    /// Of two machines in one place the weaker one goes.
    fn drop_doubles(&mut self) {
        let mut index = 1;
        while index < self.machines.len() {
            let (from, to) = self.machines[index - 1].motion.span();
            let (low, high) = self.machines[index].motion.span();
            let shorter = (to - from).min(high - low);
            let unseen =
                self.machines[index].unseen.is_some() || self.machines[index - 1].unseen.is_some();
            if self.machines[index].overlap(from, to) > 0.4 * shorter && !unseen {
                let weaker =
                    if self.machines[index].existence() < self.machines[index - 1].existence() {
                        index
                    } else {
                        index - 1
                    };
                self.machines.remove(weaker);
            } else {
                index += 1;
            }
        }
    }

    fn forget(&mut self, now: Timestamp) {
        for machine in &mut self.machines {
            machine.low.forget(now);
            machine.high.forget(now);
        }
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
        born: now,
        challenged: None,
    }
}

/// The set of hypotheses of the greatest worth in which no two overlap.
fn schedule(hypotheses: &[Hypothesis]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..hypotheses.len())
        .filter(|&h| hypotheses[h].score > 0.0)
        .collect();
    order.sort_by(|&a, &b| {
        hypotheses[a]
            .to
            .total_cmp(&hypotheses[b].to)
            .then(a.cmp(&b))
    });
    let mut best = vec![0.0; order.len() + 1];
    let mut before = vec![0; order.len()];
    for (position, &h) in order.iter().enumerate() {
        let from = hypotheses[h].from + OVERLAP;
        before[position] = order[..position].partition_point(|&o| hypotheses[o].to <= from);
        best[position + 1] = f64::max(best[position], best[before[position]] + hypotheses[h].score);
    }
    let mut chosen = Vec::new();
    let mut position = order.len();
    while position > 0 {
        if best[position] > best[position - 1] {
            chosen.push(order[position - 1]);
            position = before[position - 1];
        } else {
            position -= 1;
        }
    }
    chosen.reverse();
    chosen
}

/// The tracker's site is shared by its copies.
impl Tracker {
    /// Reviews every track that the time has come for, and lets machines leave.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let site = Arc::clone(&self.site);
        for track in 0..site.tracks.len() {
            self.leave(track, now);
            self.review(track, now);
        }
    }
}
