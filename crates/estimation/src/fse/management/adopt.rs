// SPDX-License-Identifier: MIT OR Apache-2.0
//! Adoption: the selected hypotheses become locomotives, as far as hysteresis lets them. What is known is given up only for an
//! explanation that keeps winning.

use messages::{Side, Timestamp};

use crate::fse::management::hypotheses::{Explanation, Hypothesis, Node};
use crate::fse::model::locomotive::{Locomotive, other};
use crate::fse::model::parameters::{SAME_LENGTH, parameters};
use crate::fse::model::span::Span;
use crate::fse::model::track::TrackState;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// How long another explanation of known locomotives must win before it replaces them.
    HYSTERESIS: f64 = 25.0, "s", "Larger: wrong explanations stay longer, identities switch less.";
    /// The same as a share of the locomotive's age: what is known for a short time is given up sooner.
    HYSTERESIS_SHARE: f64 = 0.5, "", "Larger: as above.";
    /// The least of this time.
    HYSTERESIS_LEAST: f64 = 3.0, "s", "Larger: as above.";
    /// The same where the ends of a known locomotive were lost and new ones of the same length appeared.
    RELINK_HYSTERESIS: f64 = 1.5, "s", "Larger: reacquisition of both ends is later.";
    /// How long a departed locomotive is remembered.
    DEPARTED_MEMORY: f64 = 3600.0, "s", "Larger: re-identified after longer absences.";
}

impl Tracker {
    /// Adopts the chosen hypotheses whose ends are confirmed and whose hysteresis is over.
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
        for Group { hypotheses, losers } in state.groups(&new, &kept) {
            let patience = state.hysteresis(&hypotheses, &losers, now);
            let confirmed = hypotheses.iter().all(|hypothesis| hypothesis.confirmed)
                && losers.iter().all(|&locomotive| {
                    state.locomotives[locomotive]
                        .hysteresis_start
                        .is_some_and(|since| now.seconds_since(since) >= patience)
                });
            if confirmed {
                change.plan(&hypotheses, losers, state, now);
            }
        }
        self.carry_out(track, now, change);
    }

    /// Carries out what a review changes.
    fn carry_out(&mut self, track: usize, now: Timestamp, mut change: Change) {
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

    /// The identity of a locomotive that no known one explains: that of one that left, if it is the only one alike, or a new one.
    fn assign_id(&mut self, locomotive: &mut Locomotive, now: Timestamp) -> u64 {
        self.departed
            .retain(|(left, _)| now.seconds_since(*left) < DEPARTED_MEMORY);
        if locomotive.unseen.is_none() {
            let length = locomotive.motion.length();
            let alike = |m: &Locomotive| {
                (m.motion.length().mean - length.mean).abs() < SAME_LENGTH + length.variance.sqrt()
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
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}

/// What a review changes.
#[derive(Default)]
struct Change {
    /// Indices of locomotives that go.
    removed: Vec<usize>,
    /// Indices of tentative ends that become ends of locomotives.
    used: Vec<usize>,
    /// Locomotives that come.
    initiated: Vec<Locomotive>,
}

/// Hypotheses that exclude the same known locomotives, and those locomotives.
struct Group<'a> {
    hypotheses: Vec<&'a Hypothesis>,
    losers: Vec<usize>,
}

/// A locomotive that a hypothesis initiates, and the metres that the hypothesis takes.
struct Initiated {
    span: Span,
    locomotive: Locomotive,
}

/// A new locomotive that may take over the identity of a known one.
struct Heir {
    /// Metres that both take.
    overlap: f64,
    /// Index of the new one.
    new: usize,
    /// Index of the known one.
    known: usize,
}

impl Change {
    /// A group of hypotheses takes the place of the locomotives that they exclude.
    fn plan(
        &mut self,
        group: &[&Hypothesis],
        losers: Vec<usize>,
        state: &TrackState,
        now: Timestamp,
    ) {
        let mut initiated: Vec<Initiated> = Vec::new();
        for hypothesis in group {
            for locomotive in state.initiate(&hypothesis.explanation, now) {
                initiated.push(Initiated {
                    span: hypothesis.span,
                    locomotive,
                });
            }
            for node in hypothesis.nodes.iter().flatten() {
                if let Node::Tentative(index) = node {
                    self.used.push(*index);
                }
            }
        }
        let mut heirs = heirs(&initiated, &losers, state);
        let mut found = Vec::new();
        if losers.is_empty() {
            for (new, Initiated { locomotive, .. }) in initiated.iter().enumerate() {
                let since = appeared(group, state);
                if let Some(lost) = state.find_lost(locomotive, since, now)
                    && !self.removed.contains(&lost)
                {
                    heirs.push(Heir {
                        overlap: 0.0,
                        new,
                        known: lost,
                    });
                    found.push(lost);
                }
            }
        }
        let mut settled = Vec::new();
        for Heir { new, known, .. } in heirs {
            let locomotive = &mut initiated[new].locomotive;
            if locomotive.id != 0 || settled.contains(&known) {
                continue;
            }
            let old = &state.locomotives[known];
            locomotive.id = old.id;
            locomotive.attributes.merge(&old.attributes);
            locomotive.initiated = old.initiated;
            settled.push(known);
        }
        self.initiated
            .extend(initiated.into_iter().map(|one| one.locomotive));
        self.removed.extend(losers);
        self.removed.extend(found);
        self.removed.sort_unstable();
        self.removed.dedup();
    }
}

/// Which new locomotive may take over the identity of which loser: the largest overlaps first.
fn heirs(initiated: &[Initiated], losers: &[usize], state: &TrackState) -> Vec<Heir> {
    let mut heirs: Vec<Heir> = Vec::new();
    for (new, Initiated { span, .. }) in initiated.iter().enumerate() {
        for &known in losers {
            heirs.push(Heir {
                overlap: state.locomotives[known].overlap(*span),
                new,
                known,
            });
        }
    }
    heirs.sort_by(|a, b| {
        b.overlap
            .total_cmp(&a.overlap)
            .then((a.new, a.known).cmp(&(b.new, b.known)))
    });
    heirs
}

/// When the first end of a group of hypotheses was first detected.
fn appeared(group: &[&Hypothesis], state: &TrackState) -> Timestamp {
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

impl TrackState {
    /// New hypotheses that exclude the same locomotives, together with those locomotives.
    fn groups<'a>(&self, new: &[&'a Hypothesis], kept: &[bool]) -> Vec<Group<'a>> {
        let mut groups: Vec<Group> = Vec::new();
        for &hypothesis in new {
            let mut hypotheses = vec![hypothesis];
            let mut losers = self.losers(hypothesis, kept);
            let (touched, apart): (Vec<_>, Vec<_>) = groups
                .into_iter()
                .partition(|group| group.losers.iter().any(|loser| losers.contains(loser)));
            groups = apart;
            for group in touched {
                hypotheses.extend(group.hypotheses);
                losers.extend(group.losers);
            }
            losers.sort_unstable();
            losers.dedup();
            groups.push(Group { hypotheses, losers });
        }
        groups
    }

    /// Known locomotives that a hypothesis replaces.
    fn losers(&self, hypothesis: &Hypothesis, kept: &[bool]) -> Vec<usize> {
        let uses = |locomotive: usize| {
            hypothesis
                .nodes
                .iter()
                .flatten()
                .any(|node| matches!(node, Node::Known(m, _) if *m == locomotive))
        };
        (0..self.locomotives.len())
            .filter(|&m| uses(m) || (!kept[m] && self.locomotives[m].overlaps(hypothesis.span)))
            .collect()
    }

    /// How long a group of hypotheses must win before it replaces `losers`, s.
    fn hysteresis(&self, group: &[&Hypothesis], losers: &[usize], now: Timestamp) -> f64 {
        // What has been known only for a short time is given up sooner.
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
        let (keeps_low, keeps_high) = (keeps_side(low, Side::Low), keeps_side(high, Side::High));
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
        let length = locomotive.motion.length();
        let alike = (hypothesis.span.high - hypothesis.span.low - length.mean).abs()
            < SAME_LENGTH + 2.0 * length.variance.sqrt();
        let lost = |side| {
            locomotive
                .end(side)
                .last_hit
                .max(Some(locomotive.initiated))
                < appeared
        };
        let replaced_lost = (keeps_low || lost(Side::Low)) && (keeps_high || lost(Side::High));
        if alike && (replaced_lost || appeared.is_some_and(|since| locomotive.has_left(since))) {
            RELINK_HYSTERESIS
        } else {
            hysteresis
        }
    }
}
