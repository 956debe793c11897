// SPDX-License-Identifier: MIT OR Apache-2.0
//! All patterns of a site as one deterministic automaton over shapes: one walk follows every scheme at once.

use std::collections::HashMap;

use crate::Shape;
use crate::pattern::{Edge, Pattern};

/// More states than this are a sign of patterns that repeat too much.
const MOST_STATES: usize = 30_000;
const NOWHERE: u16 = u16::MAX;

/// One state: where every shape leads, and which patterns are complete here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    next: [u16; Shape::COUNT],
    complete: Vec<u16>,
}

/// The union of patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Automaton {
    states: Vec<State>,
}

impl Automaton {
    /// The state before the first shape.
    pub const START: u16 = 0;

    /// `Err` when the patterns together are too large.
    pub fn of(patterns: &[&Pattern]) -> Result<Self, String> {
        type Places = Vec<(u16, u32)>;
        let start: Places = (0u16..)
            .zip(patterns)
            .flat_map(|(index, pattern)| {
                pattern
                    .closure([0])
                    .into_iter()
                    .map(move |node| (index, node))
            })
            .collect();
        let mut known: HashMap<Places, u16> = HashMap::from([(start.clone(), Self::START)]);
        let mut open = vec![start];
        let mut states = Vec::new();
        while let Some(places) = open.get(states.len()).cloned() {
            let mut next = [NOWHERE; Shape::COUNT];
            for shape in Shape::all() {
                let there = step(patterns, &places, shape);
                if there.is_empty() {
                    continue;
                }
                let state = known.get(&there).copied().unwrap_or(open.len() as u16);
                if usize::from(state) == open.len() {
                    if open.len() >= MOST_STATES {
                        return Err(
                            "the schemes together are too large; let their patterns repeat less"
                                .to_owned(),
                        );
                    }
                    known.insert(there.clone(), state);
                    open.push(there);
                }
                next[shape.index()] = state;
            }
            let complete = places
                .iter()
                .filter(|(index, node)| patterns[usize::from(*index)].end == *node)
                .map(|(index, _)| *index)
                .collect();
            states.push(State { next, complete });
        }
        Ok(Self { states })
    }

    /// The state after one more shape; none if no pattern goes on with it.
    pub fn next(&self, state: u16, shape: Shape) -> Option<u16> {
        Some(self.states[usize::from(state)].next[shape.index()]).filter(|&next| next != NOWHERE)
    }

    /// Indices of the patterns that a text which ends here fits.
    pub fn complete(&self, state: u16) -> &[u16] {
        &self.states[usize::from(state)].complete
    }

    /// Indices of the patterns that a text fits.
    pub fn fits(&self, text: &[Shape]) -> &[u16] {
        text.iter()
            .try_fold(Self::START, |state, &shape| self.next(state, shape))
            .map_or(&[], |state| self.complete(state))
    }

    /// How many texts fit pattern `index`.
    pub fn texts(&self, index: u16) -> f64 {
        let mut counts = vec![None; self.states.len()];
        self.texts_from(Self::START, index, &mut counts)
    }

    /// How many texts of the pattern `index` begin in `state`; `counts` keeps what is known.
    fn texts_from(&self, state: u16, index: u16, counts: &mut [Option<f64>]) -> f64 {
        if let Some(count) = counts[usize::from(state)] {
            return count;
        }
        let here = f64::from(u8::from(self.complete(state).contains(&index)));
        // Patterns are finite, so the automaton has no cycle.
        let count = here
            + self.states[usize::from(state)]
                .next
                .iter()
                .filter(|next| **next != NOWHERE)
                .map(|next| self.texts_from(*next, index, counts))
                .sum::<f64>();
        counts[usize::from(state)] = Some(count);
        count
    }
}

/// The places of the patterns that a shape leads to.
fn step(patterns: &[&Pattern], places: &[(u16, u32)], shape: Shape) -> Vec<(u16, u32)> {
    let mut there = Vec::new();
    for group in places.chunk_by(|a, b| a.0 == b.0) {
        let index = group[0].0;
        let pattern = patterns[usize::from(index)];
        let reached = group
            .iter()
            .flat_map(|(_, node)| &pattern.nodes[*node as usize])
            .filter_map(|edge| match edge {
                Edge::Sign(_, here, to) if *here == shape => Some(*to),
                _ => None,
            });
        there.extend(
            pattern
                .closure(reached)
                .into_iter()
                .map(|node| (index, node)),
        );
    }
    there
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;
    use crate::fold;

    #[test]
    fn one_walk_follows_all_patterns() {
        let patterns: Vec<_> = [r"\d{2,3}", r"[A-Z]\d", r"1\d"]
            .map(|text| Pattern::parse(text).unwrap())
            .into();
        let automaton = Automaton::of(&patterns.iter().collect::<Vec<_>>()).unwrap();
        let fits = |text: &str| automaton.fits(&fold(text).unwrap()).to_vec();
        assert_eq!(fits("12"), [0, 2]);
        assert_eq!(fits("123"), [0]);
        assert_eq!(fits("O7"), [0, 1]);
        assert_eq!(fits("A77"), [0u16; 0]);
        assert!((automaton.texts(0) - 1100.0).abs() < 1e-9);
        assert!((automaton.texts(1) - 260.0).abs() < 1e-9);
    }
}
