// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layer B: which ends make which machines. The best set of explanations that do not exclude each other wins; what is known is
//! given up only for a set that keeps winning.

use std::sync::Arc;

use messages::Timestamp;

use super::constants::{
    DORMANT_MEMORY, INERTIA, INERTIA_LEAST, INERTIA_SHARE, NODE_WEIGHT, OVERLAP, RELINK_INERTIA,
    REVIEW, REVIEW_QUIET, SAME_LENGTH,
};
use super::hypotheses::{Explanation, Hypothesis, Node};
use super::machine::{Machine, other};
use super::schedule::schedule;
use super::tracker::{TrackState, Tracker};

impl Tracker {
    /// Brings every track up to date.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let site = Arc::clone(&self.site);
        for track in 0..site.tracks.len() {
            self.tracks[track].predict(now, &site, track);
            self.settle_track(track, now);
        }
        self.know_again(now);
    }

    /// Lets machines leave a track, and reviews it if the time has come.
    pub(crate) fn settle_track(&mut self, track: usize, now: Timestamp) {
        self.leave(track, now);
        self.review(track, now);
        self.homeless += self.tracks[track].claim(now, &self.site);
    }

    /// Reviews one track if it is time to.
    fn review(&mut self, track: usize, now: Timestamp) {
        let state = &self.tracks[track];
        let strong = state
            .candidates
            .iter()
            .any(|c| c.evidence.weight > NODE_WEIGHT);
        let half = state
            .machines
            .iter()
            .any(|machine| machine.unseen.is_some());
        if state.machines.is_empty() && state.candidates.is_empty() {
            return;
        }
        let pause = if strong || half { REVIEW } else { REVIEW_QUIET };
        if now.seconds_since(state.reviewed) < pause {
            return;
        }
        self.tracks[track].reviewed = now;
        self.tracks[track].sort();
        self.tracks[track].bound_unseen();
        self.tracks[track].forget(now);
        self.find_lost(track, now);
        let hypotheses = self.hypotheses(track, now);
        let chosen = schedule(&hypotheses);
        self.adopt(track, now, &hypotheses, &chosen);
        self.tracks[track].sort();
        self.tracks[track].drop_doubles();
    }

    /// Makes true what was chosen, as far as what is known lets it.
    fn adopt(&mut self, track: usize, now: Timestamp, hypotheses: &[Hypothesis], chosen: &[usize]) {
        let state = &mut self.tracks[track];
        let mut kept = vec![false; state.machines.len()];
        let mut new = Vec::new();
        for &index in chosen {
            match hypotheses[index].explanation {
                Explanation::Keep(machine) => kept[machine] = true,
                _ => new.push(&hypotheses[index]),
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
        for (group, losers) in state.groups(&new, &kept) {
            let patience = state.inertia(&group, &losers, now);
            let ripe = group.iter().all(|hypothesis| hypothesis.ripe)
                && losers.iter().all(|&machine| {
                    state.machines[machine]
                        .challenged
                        .is_some_and(|since| now.seconds_since(since) >= patience)
                });
            if ripe {
                change.plan(&group, losers, state, now);
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
    /// A group of explanations takes the place of the machines that they exclude.
    fn plan(
        &mut self,
        group: &[&Hypothesis],
        losers: Vec<usize>,
        state: &TrackState,
        now: Timestamp,
    ) {
        let mut born: Vec<(f64, f64, Machine)> = Vec::new();
        for hypothesis in group {
            for machine in state.made(&hypothesis.explanation, now) {
                born.push((hypothesis.from, hypothesis.to, machine));
            }
            for node in hypothesis.nodes.iter().flatten() {
                if let Node::Candidate(index) = node {
                    self.used.push(*index);
                }
            }
        }
        // Who takes the place of whom: the largest overlaps first.
        let mut heirs: Vec<(f64, usize, usize)> = Vec::new();
        for (heir, (from, to, _)) in born.iter().enumerate() {
            for &loser in &losers {
                heirs.push((state.machines[loser].overlap(*from, *to), heir, loser));
            }
        }
        heirs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut settled = Vec::new();
        let mut found = Vec::new();
        if losers.is_empty() {
            for (heir, (_, _, machine)) in born.iter().enumerate() {
                let since = Self::appeared(group, state);
                if let Some(lost) = state.lost(machine, since, now)
                    && !self.removed.contains(&lost)
                {
                    heirs.push((0.0, heir, lost));
                    found.push(lost);
                }
            }
        }
        for (_, heir, loser) in heirs {
            let machine = &mut born[heir].2;
            if machine.name != 0 || settled.contains(&loser) {
                continue;
            }
            let old = &state.machines[loser];
            machine.name = old.name;
            machine.attributes.merge(&old.attributes);
            machine.born = old.born;
            settled.push(loser);
        }
        self.born.extend(born.into_iter().map(|born| born.2));
        self.removed.extend(losers);
        self.removed.extend(found);
        self.removed.sort_unstable();
        self.removed.dedup();
    }

    /// When the first end of a group of explanations was first seen.
    fn appeared(group: &[&Hypothesis], state: &TrackState) -> Timestamp {
        group
            .iter()
            .flat_map(|hypothesis| hypothesis.nodes.iter().flatten())
            .filter_map(|node| match node {
                Node::Candidate(index) => Some(state.candidates[*index].born),
                Node::Known(..) => None,
            })
            .min()
            .unwrap_or(Timestamp::from_nanos(i64::MIN))
    }
}

impl TrackState {
    /// New explanations that exclude the same machines, together with those machines.
    fn groups<'a>(
        &self,
        new: &[&'a Hypothesis],
        kept: &[bool],
    ) -> Vec<(Vec<&'a Hypothesis>, Vec<usize>)> {
        let mut groups: Vec<(Vec<&Hypothesis>, Vec<usize>)> = Vec::new();
        for &hypothesis in new {
            let mut group = vec![hypothesis];
            let mut losers = self.losers(hypothesis, kept);
            let (touched, apart): (Vec<_>, Vec<_>) = groups
                .into_iter()
                .partition(|(_, theirs)| theirs.iter().any(|loser| losers.contains(loser)));
            groups = apart;
            for (hypotheses, theirs) in touched {
                group.extend(hypotheses);
                losers.extend(theirs);
            }
            losers.sort_unstable();
            losers.dedup();
            groups.push((group, losers));
        }
        groups
    }

    /// Known machines that an explanation replaces.
    fn losers(&self, hypothesis: &Hypothesis, kept: &[bool]) -> Vec<usize> {
        let uses = |machine: usize| {
            hypothesis
                .nodes
                .iter()
                .flatten()
                .any(|node| matches!(node, Node::Known(m, _) if *m == machine))
        };
        (0..self.machines.len())
            .filter(|&m| {
                uses(m)
                    || (!kept[m]
                        && self.machines[m].overlap(hypothesis.from, hypothesis.to) > OVERLAP)
            })
            .collect()
    }

    /// How long a group of explanations must win before it replaces `losers`, s.
    fn inertia(&self, group: &[&Hypothesis], losers: &[usize], now: Timestamp) -> f64 {
        // What has been known for a short time only is given up sooner.
        let oldest = losers
            .iter()
            .map(|&loser| now.seconds_since(self.machines[loser].born))
            .fold(0.0, f64::max);
        let inertia = (INERTIA_SHARE * oldest).clamp(INERTIA_LEAST, INERTIA);
        let (&[hypothesis], &[loser]) = (group, losers) else {
            return inertia;
        };
        let Explanation::Pair(low, high) = hypothesis.explanation else {
            return inertia;
        };
        let machine = &self.machines[loser];
        let keeps_side = |node: Node, side| matches!(node, Node::Known(_, s) if s == side);
        let (keeps_low, keeps_high) = (
            keeps_side(low, messages::Side::Low),
            keeps_side(high, messages::Side::High),
        );
        if let Some(unseen) = &machine.unseen {
            let known = other(unseen.side);
            if keeps_side(low, known) || keeps_side(high, known) {
                return 0.0;
            }
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
        let lost = |side| machine.evidence(side).last_hit.max(Some(machine.born)) < appeared;
        let replaced_lost =
            (keeps_low || lost(messages::Side::Low)) && (keeps_high || lost(messages::Side::High));
        if alike && (replaced_lost || appeared.is_some_and(|since| machine.has_left(since))) {
            RELINK_INERTIA
        } else {
            inertia
        }
    }
}
