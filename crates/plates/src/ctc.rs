// SPDX-License-Identifier: MIT OR Apache-2.0
//! Connectionist temporal classification: how likely a text is, and which signs of it are doubtful.
//!
//! A path gives every step a shape or a gap; the text of a path is what is left when repeats are merged and gaps dropped. A
//! text's probability is the sum over its paths (Graves et al., 2006), computed here forwards and backwards over the text's
//! states: state `gap i` lies behind `i` shapes, state `on i` is the i-th shape itself, counted from 1. Probabilities stay
//! linear and are rescaled at every step, which is a quarter of the time that logarithms take.

use crate::{Emissions, Shape};

/// A text along the best path, with separators, for overlays: not the most probable text.
pub fn greedy(emissions: &Emissions) -> String {
    let mut text = String::new();
    let mut before = None;
    for step in &emissions.steps {
        let best = Shape::all().max_by(|a, b| step.of(*a).total_cmp(&step.of(*b)));
        let here = if step.separator > 0.5 {
            Some('-')
        } else {
            best.filter(|shape| step.of(*shape) > f64::from(step.gap))
                .map(Shape::sign)
        };
        if here != before {
            text.extend(here);
        }
        before = here;
    }
    text
}

/// log P(text | crop): nats, `-inf` where the text has more shapes than the crop has steps for.
pub fn log_probability(emissions: &Emissions, text: &[Shape]) -> f64 {
    let mut states = States::start(text.len());
    let mut log = 0.0;
    for step in &emissions.steps {
        let total = states.advance(text, |shape| step.of(shape), f64::from(step.gap));
        if total <= 0.0 {
            return f64::NEG_INFINITY;
        }
        states.scale(1.0 / total);
        log += total.ln();
    }
    log + states.end().ln()
}

/// Probability mass of every state of a text.
#[derive(Debug, Clone)]
struct States {
    gap: Vec<f64>,
    /// `on[0]` stays zero.
    on: Vec<f64>,
}

impl States {
    /// Before the first step nothing is read.
    fn start(shapes: usize) -> Self {
        let mut gap = vec![0.0; shapes + 1];
        gap[0] = 1.0;
        Self {
            gap,
            on: vec![0.0; shapes + 1],
        }
    }

    /// One step further; returns the sum of all states.
    fn advance(&mut self, text: &[Shape], of: impl Fn(Shape) -> f64, gap: f64) -> f64 {
        let mut total = 0.0;
        // From the end, so that the state before still is that of the step before.
        for i in (1..=text.len()).rev() {
            let shape = text[i - 1];
            let repeated = i >= 2 && text[i - 2] == shape;
            let entering = self.gap[i - 1] + if repeated { 0.0 } else { self.on[i - 1] };
            self.gap[i] = gap * (self.gap[i] + self.on[i]);
            self.on[i] = of(shape) * (self.on[i] + entering);
            total += self.gap[i] + self.on[i];
        }
        self.gap[0] *= gap;
        total + self.gap[0]
    }

    /// Scales all states.
    fn scale(&mut self, factor: f64) {
        self.gap
            .iter_mut()
            .chain(&mut self.on)
            .for_each(|mass| *mass *= factor);
    }

    /// Mass of the paths that have said the whole text.
    fn end(&self) -> f64 {
        self.gap.last().unwrap_or(&0.0) + self.on.last().unwrap_or(&0.0)
    }
}

/// For every position of a text the log probability of the same text with another shape there: `table[position][shape]`.
/// The entries of the text's own shapes are its own log probability.
///
/// Exact: what comes before and behind a position does not depend on it, so one pass forwards, one backwards and one short
/// pass for each shape are enough. Meant for texts that the crop supports; for others everything underflows to `-inf`.
pub fn substitutions(emissions: &Emissions, text: &[Shape]) -> Vec<[f64; Shape::COUNT]> {
    let forwards = forwards(emissions, text);
    let backwards = backwards(emissions, text);
    (0..text.len())
        .map(|position| {
            let mut row = [f64::NEG_INFINITY; Shape::COUNT];
            for shape in Shape::all() {
                row[shape.index()] =
                    with(emissions, text, position, shape, &forwards, &backwards).ln();
            }
            row
        })
        .collect()
}

/// `table[t]`: the states before step t.
fn forwards(emissions: &Emissions, text: &[Shape]) -> Vec<States> {
    let mut table = vec![States::start(text.len())];
    for step in &emissions.steps {
        let mut states = table[table.len() - 1].clone();
        states.advance(text, |shape| step.of(shape), f64::from(step.gap));
        table.push(states);
    }
    table
}

/// `table[t]`: for every state the probability that steps t and later say the rest, when step t is in that state.
fn backwards(emissions: &Emissions, text: &[Shape]) -> Vec<States> {
    let n = text.len();
    let steps = &emissions.steps;
    let empty = States {
        gap: vec![0.0; n + 1],
        on: vec![0.0; n + 2],
    };
    let mut table = vec![empty; steps.len() + 1];
    for t in (0..steps.len()).rev() {
        let last = t + 1 == steps.len();
        for i in 0..=n {
            let end = f64::from(u8::from(last && i == n));
            let next = &table[t + 1];
            let stay = end + next.gap[i];
            let gap = f64::from(steps[t].gap) * (stay + next.on[i + 1]);
            let on = if i == 0 {
                0.0
            } else {
                let repeated = i < n && text[i] == text[i - 1];
                let onwards = if repeated { 0.0 } else { next.on[i + 1] };
                steps[t].of(text[i - 1]) * (stay + next.on[i] + onwards)
            };
            table[t].gap[i] = gap;
            table[t].on[i] = on;
        }
    }
    table
}

/// Probability of the text with `shape` at `position`.
fn with(
    emissions: &Emissions,
    text: &[Shape],
    position: usize,
    shape: Shape,
    forwards: &[States],
    backwards: &[States],
) -> f64 {
    let after_twin = position > 0 && text[position - 1] == shape;
    let before_twin = position + 1 < text.len() && text[position + 1] == shape;
    let is_last = position + 1 == text.len();
    let (mut here, mut total) = (0.0, 0.0);
    for (t, step) in emissions.steps.iter().enumerate() {
        let before = &forwards[t];
        let entering = before.gap[position] + if after_twin { 0.0 } else { before.on[position] };
        here = step.of(shape) * (here + entering);
        let end = f64::from(u8::from(is_last && t + 1 == emissions.steps.len()));
        let next = &backwards[t + 1];
        let onwards = if before_twin {
            0.0
        } else {
            next.on[position + 2]
        };
        total += here * (end + next.gap[position + 1] + if is_last { 0.0 } else { onwards });
    }
    total
}

/// How sure each sign of a text is: the text's share among those that differ from it in this sign alone.
pub fn sign_confidence(emissions: &Emissions, text: &[Shape]) -> Vec<f64> {
    substitutions(emissions, text)
        .iter()
        .zip(text)
        .map(|(row, shape)| {
            let own = row[shape.index()];
            1.0 / row.iter().map(|log| (log - own).exp()).sum::<f64>()
        })
        .collect()
}
