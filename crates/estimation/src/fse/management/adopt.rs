// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layer B: which ends make which locomotives. The best set of explanations that do not exclude each other wins; what is known is
//! given up only for a set that keeps winning.

use messages::Timestamp;

use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::locomotive::{Locomotive, other};
use crate::fse::model::parameters::{
    DEPARTED_MEMORY, HYSTERESIS, HYSTERESIS_LEAST, HYSTERESIS_SHARE, OVERLAP, RELINK_HYSTERESIS,
    SAME_LENGTH,
};
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

impl Tracker {
    /// Makes true what was chosen, as far as what is known lets it.
    pub(crate) fn adopt(
        &mut self,
        track: usize,
        now: Timestamp,
        hypotheses: &[Hypothesis],
        chosen: &[usize],
    ) {
        let state = &mut self.tracks[track];
        let mut kept = vec![false; state.locomotives.len()];
        let mut new = Vec::new();
        for &index in chosen {
            match hypotheses[index].explanation {
                Explanation::Keep(locomotive) => kept[locomotive] = true,
                _ => new.push(&hypotheses[index]),
            }
        }
        for (locomotive, kept) in state.locomotives.iter_mut().zip(&kept) {
            locomotive.hysteresis_start = if *kept {
                None
            } else {
                locomotive.hysteresis_start.or(Some(now))
            };
        }
        let mut change = Change::default();
        for (group, losers) in state.groups(&new, &kept) {
            let patience = state.hysteresis(&group, &losers, now);
            let confirmed = group.iter().all(|hypothesis| hypothesis.confirmed)
                && losers.iter().all(|&locomotive| {
                    state.locomotives[locomotive]
                        .hysteresis_start
                        .is_some_and(|since| now.seconds_since(since) >= patience)
                });
            if confirmed {
                change.plan(&group, losers, state, now);
            }
        }
        self.carry_out(track, now, change);
    }

    pub(crate) fn carry_out(&mut self, track: usize, now: Timestamp, mut change: Change) {
        for locomotive in &mut change.initiated {
            if locomotive.id == 0 {
                locomotive.id = self.assign_id(locomotive, now);
            }
        }
        let state = &mut self.tracks[track];
        change.removed.sort_unstable();
        for index in change.removed.into_iter().rev() {
            state.locomotives.remove(index);
        }
        change.used.sort_unstable();
        change.used.dedup();
        for index in change.used.into_iter().rev() {
            state.tentative.remove(index);
        }
        state.locomotives.append(&mut change.initiated);
    }

    /// A name for a locomotive that no known one explains: that of one that left, if it is the only one alike, or a new one.
    pub(crate) fn assign_id(&mut self, locomotive: &mut Locomotive, now: Timestamp) -> u64 {
        self.departed
            .retain(|(left, _)| now.seconds_since(*left) < DEPARTED_MEMORY);
        if locomotive.unseen.is_none() {
            let (length, variance) = locomotive.motion.length();
            let alike = |m: &Locomotive| {
                (m.motion.length().0 - length).abs() < SAME_LENGTH + variance.sqrt()
            };
            let mut found = self
                .departed
                .iter()
                .enumerate()
                .filter(|(_, (_, m))| m.unseen.is_none() && alike(m));
            if let (Some((index, _)), None) = (found.next(), found.next()) {
                let (_, old) = self.departed.remove(index);
                locomotive.attributes = old.attributes;
                return old.id;
            }
        }
        let name = self.next_id;
        self.next_id += 1;
        name
    }
}

/// What a review changes.
#[derive(Default)]
pub(crate) struct Change {
    removed: Vec<usize>,
    used: Vec<usize>,
    initiated: Vec<Locomotive>,
}

impl Change {
    /// A group of explanations takes the place of the locomotives that they exclude.
    pub(crate) fn plan(
        &mut self,
        group: &[&Hypothesis],
        losers: Vec<usize>,
        state: &TrackState,
        now: Timestamp,
    ) {
        let mut born: Vec<(f64, f64, Locomotive)> = Vec::new();
        for hypothesis in group {
            for locomotive in state.initiated_by(&hypothesis.explanation, now) {
                born.push((hypothesis.from, hypothesis.to, locomotive));
            }
            for node in hypothesis.nodes.iter().flatten() {
                if let Node::Tentative(index) = node {
                    self.used.push(*index);
                }
            }
        }
        // Who takes the place of whom: the largest overlaps first.
        let mut heirs: Vec<(f64, usize, usize)> = Vec::new();
        for (heir, (from, to, _)) in born.iter().enumerate() {
            for &loser in &losers {
                heirs.push((state.locomotives[loser].overlap(*from, *to), heir, loser));
            }
        }
        heirs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut settled = Vec::new();
        let mut found = Vec::new();
        if losers.is_empty() {
            for (heir, (_, _, locomotive)) in born.iter().enumerate() {
                let since = Self::appeared(group, state);
                if let Some(lost) = state.lost(locomotive, since, now)
                    && !self.removed.contains(&lost)
                {
                    heirs.push((0.0, heir, lost));
                    found.push(lost);
                }
            }
        }
        for (_, heir, loser) in heirs {
            let locomotive = &mut born[heir].2;
            if locomotive.id != 0 || settled.contains(&loser) {
                continue;
            }
            let old = &state.locomotives[loser];
            locomotive.id = old.id;
            locomotive.attributes.merge(&old.attributes);
            locomotive.initiated = old.initiated;
            settled.push(loser);
        }
        self.initiated.extend(born.into_iter().map(|born| born.2));
        self.removed.extend(losers);
        self.removed.extend(found);
        self.removed.sort_unstable();
        self.removed.dedup();
    }

    /// When the first end of a group of explanations was first seen.
    pub(crate) fn appeared(group: &[&Hypothesis], state: &TrackState) -> Timestamp {
        group
            .iter()
            .flat_map(|hypothesis| hypothesis.nodes.iter().flatten())
            .filter_map(|node| match node {
                Node::Tentative(index) => Some(state.tentative[*index].initiated),
                Node::Known(..) => None,
            })
            .min()
            .unwrap_or(Timestamp::from_nanos(i64::MIN))
    }
}

impl TrackState {
    /// New explanations that exclude the same locomotives, together with those locomotives.
    pub(crate) fn groups<'a>(
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

    /// Known locomotives that an explanation replaces.
    pub(crate) fn losers(&self, hypothesis: &Hypothesis, kept: &[bool]) -> Vec<usize> {
        let uses = |locomotive: usize| {
            hypothesis
                .nodes
                .iter()
                .flatten()
                .any(|node| matches!(node, Node::Known(m, _) if *m == locomotive))
        };
        (0..self.locomotives.len())
            .filter(|&m| {
                uses(m)
                    || (!kept[m]
                        && self.locomotives[m].overlap(hypothesis.from, hypothesis.to) > OVERLAP)
            })
            .collect()
    }

    /// How long a group of explanations must win before it replaces `losers`, s.
    pub(crate) fn hysteresis(
        &self,
        group: &[&Hypothesis],
        losers: &[usize],
        now: Timestamp,
    ) -> f64 {
        // What has been known for a short time only is given up sooner.
        let oldest = losers
            .iter()
            .map(|&loser| now.seconds_since(self.locomotives[loser].initiated))
            .fold(0.0, f64::max);
        let hysteresis = (HYSTERESIS_SHARE * oldest).clamp(HYSTERESIS_LEAST, HYSTERESIS);
        let (&[hypothesis], &[loser]) = (group, losers) else {
            return hysteresis;
        };
        let Explanation::TwoEnd(low, high) = hypothesis.explanation else {
            return hysteresis;
        };
        let locomotive = &self.locomotives[loser];
        let keeps_side = |node: Node, side| matches!(node, Node::Known(_, s) if s == side);
        let (keeps_low, keeps_high) = (
            keeps_side(low, messages::Side::Low),
            keeps_side(high, messages::Side::High),
        );
        if let Some(unseen) = &locomotive.unseen {
            let known = other(unseen.side);
            if keeps_side(low, known) || keeps_side(high, known) {
                return 0.0;
            }
        }
        let appeared = [low, high]
            .into_iter()
            .filter_map(|node| match node {
                Node::Tentative(index) => Some(self.tentative[index].initiated),
                Node::Known(..) => None,
            })
            .max();
        let (length, variance) = locomotive.motion.length();
        let alike =
            (hypothesis.to - hypothesis.from - length).abs() < SAME_LENGTH + 2.0 * variance.sqrt();
        let lost = |side| {
            locomotive
                .end(side)
                .last_hit
                .max(Some(locomotive.initiated))
                < appeared
        };
        let replaced_lost =
            (keeps_low || lost(messages::Side::Low)) && (keeps_high || lost(messages::Side::High));
        if alike && (replaced_lost || appeared.is_some_and(|since| locomotive.has_left(since))) {
            RELINK_HYSTERESIS
        } else {
            hysteresis
        }
    }
}
