// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prefix beam search: the most probable texts, freely or within an automaton.

use crate::automaton::Automaton;
use crate::{Emissions, Shape};

/// Shapes less likely than this at a step do not begin there, e^-9.
const LEAST: f32 = 1.2e-4;
/// Prefixes with less than this share of the best one's mass are dropped, e^-20.
const LEAST_SHARE: f64 = 2e-9;
const NONE: u32 = u32::MAX;

/// A text that the search found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub text: Vec<Shape>,
    /// log P(text | crop) over the paths that the search followed: at most the exact value.
    pub log_probability: f64,
    /// Where the text ends in the automaton.
    pub state: u16,
}

/// A prefix: a node of the tree of all texts looked at.
#[derive(Debug, Clone)]
struct Prefix {
    parent: u32,
    shape: Option<Shape>,
    state: u16,
    first_child: u32,
    sibling: u32,
    /// Mass of its paths that end in a gap, and in its last shape.
    gap: f64,
    on: f64,
    new_gap: f64,
    new_on: f64,
    touched: bool,
}

/// The `width` best texts, best first. With an automaton only texts on its ways, whole or not.
pub(crate) fn search(
    emissions: &Emissions,
    automaton: Option<&Automaton>,
    width: usize,
) -> Vec<Found> {
    let mut tree = Tree {
        prefixes: vec![Prefix::new(NONE, None, Automaton::START)],
        automaton,
    };
    tree.prefixes[0].gap = 1.0;
    let mut active = vec![0];
    let mut touched = Vec::new();
    let mut likely = Vec::new();
    let mut log = 0.0;
    for step in &emissions.steps {
        likely.clear();
        likely.extend(step.likely(LEAST));
        for &prefix in &active {
            tree.stay(prefix, step, &mut touched);
            tree.extend(prefix, &likely, &mut touched);
        }
        let total = tree.settle(&mut touched, width);
        if total <= 0.0 {
            return Vec::new();
        }
        log += total.ln();
        std::mem::swap(&mut active, &mut touched);
        touched.clear();
    }
    active
        .iter()
        .map(|&prefix| tree.found(prefix, log))
        .collect()
}

impl Prefix {
    /// A prefix without any probability yet.
    fn new(parent: u32, shape: Option<Shape>, state: u16) -> Self {
        Self {
            parent,
            shape,
            state,
            first_child: NONE,
            sibling: NONE,
            gap: 0.0,
            on: 0.0,
            new_gap: 0.0,
            new_on: 0.0,
            touched: false,
        }
    }
}

struct Tree<'a> {
    prefixes: Vec<Prefix>,
    automaton: Option<&'a Automaton>,
}

impl Tree<'_> {
    /// Paths that say nothing new: a gap, or the last shape again.
    fn stay(&mut self, index: u32, step: &crate::emissions::Step, touched: &mut Vec<u32>) {
        let prefix = &mut self.prefixes[index as usize];
        prefix.new_gap += f64::from(step.gap) * (prefix.gap + prefix.on);
        prefix.new_on += prefix.shape.map_or(0.0, |shape| step.of(shape)) * prefix.on;
        if !std::mem::replace(&mut prefix.touched, true) {
            touched.push(index);
        }
    }

    /// Paths that say one more shape.
    fn extend(&mut self, index: u32, likely: &[(Shape, f64)], touched: &mut Vec<u32>) {
        let Prefix {
            shape: last,
            state,
            gap,
            on,
            ..
        } = self.prefixes[index as usize];
        for &(shape, p) in likely {
            // The same shape again needs a gap between.
            let mass = p * if last == Some(shape) { gap } else { gap + on };
            if mass < LEAST_SHARE {
                continue;
            }
            let next = match self.automaton {
                Some(automaton) => automaton.next(state, shape),
                None => Some(Automaton::START),
            };
            let Some(next) = next else { continue };
            let child = self.child(index, shape, next);
            let child_prefix = &mut self.prefixes[child as usize];
            child_prefix.new_on += mass;
            if !std::mem::replace(&mut child_prefix.touched, true) {
                touched.push(child);
            }
        }
    }

    /// The prefix that is longer by one shape; it is made if it is not there.
    fn child(&mut self, parent: u32, shape: Shape, state: u16) -> u32 {
        let mut child = self.prefixes[parent as usize].first_child;
        while child != NONE {
            let prefix = &self.prefixes[child as usize];
            if prefix.shape == Some(shape) {
                return child;
            }
            child = prefix.sibling;
        }
        let new = self.prefixes.len() as u32;
        let mut prefix = Prefix::new(parent, Some(shape), state);
        prefix.sibling = std::mem::replace(&mut self.prefixes[parent as usize].first_child, new);
        self.prefixes.push(prefix);
        new
    }

    /// Ends a step: the best `width` prefixes stay in `touched`, their masses scaled so that the best has 1. Returns the scale.
    fn settle(&mut self, touched: &mut Vec<u32>, width: usize) -> f64 {
        for &index in touched.iter() {
            let prefix = &mut self.prefixes[index as usize];
            prefix.gap = std::mem::take(&mut prefix.new_gap);
            prefix.on = std::mem::take(&mut prefix.new_on);
            prefix.touched = false;
        }
        touched.sort_unstable_by(|&a, &b| self.mass(b).total_cmp(&self.mass(a)));
        let best = touched.first().map_or(0.0, |&index| self.mass(index));
        let keep = touched
            .partition_point(|&index| self.mass(index) > best * LEAST_SHARE)
            .min(width);
        for &index in &touched[keep..] {
            let prefix = &mut self.prefixes[index as usize];
            (prefix.gap, prefix.on) = (0.0, 0.0);
        }
        touched.truncate(keep);
        for &index in touched.iter() {
            let prefix = &mut self.prefixes[index as usize];
            prefix.gap /= best;
            prefix.on /= best;
        }
        best
    }

    /// The probability of a prefix, whether it ends in a shape or in a gap.
    fn mass(&self, index: u32) -> f64 {
        let prefix = &self.prefixes[index as usize];
        prefix.gap + prefix.on
    }

    /// The text of a prefix.
    fn found(&self, index: u32, log: f64) -> Found {
        let mut text = Vec::new();
        let mut at = index;
        while let Some(shape) = self.prefixes[at as usize].shape {
            text.push(shape);
            at = self.prefixes[at as usize].parent;
        }
        text.reverse();
        Found {
            text,
            log_probability: log + self.mass(index).ln(),
            state: self.prefixes[index as usize].state,
        }
    }
}
