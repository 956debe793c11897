// SPDX-License-Identifier: MIT OR Apache-2.0
//! A network's output for one crop, as probabilities of shapes.

use thiserror::Error;

use crate::Shape;
use crate::alphabet::{Alphabet, Class};

/// Share of every step given to all shapes alike. A network is never as sure as its numbers say: without this one bad step
/// could rule out a text for ever.
const DOUBT: f32 = 5e-5;
/// Share of a step that may be a shape which the network cannot say and takes for another, as one without Cyrillic takes Ч for
/// 4. Such a text stays possible, and a second reader that knows the shape decides.
const UNSAID: f32 = 0.02;
/// Steps in a row that are blank by more than this are one step.
const SILENCE: f32 = 0.999;
/// The sum of a row of probabilities may be off by this much (half precision).
const ROW_TOLERANCE: f32 = 0.02;

/// Why a tensor is no output of a reader.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TensorError {
    /// Its last dimension and the labels disagree.
    #[error(
        "the tensor has {found} classes, the labels file {expected}; use the labels file of this network"
    )]
    Classes {
        /// Classes of the tensor.
        found: usize,
        /// Lines of the labels file.
        expected: usize,
    },
    /// It is not steps x classes values long, or has no step.
    #[error("the tensor has {0} values, which is no number of whole steps")]
    Length(usize),
    /// A step is no distribution.
    #[error(
        "step {step} of the tensor sums to {sum}, not to 1; the network must end in a softmax over its classes"
    )]
    Row {
        /// The step.
        step: usize,
        /// What its values add up to.
        sum: f32,
    },
}

/// Probabilities of one step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// No shape begins or goes on: blank or separator.
    pub gap: f32,
    /// The separator's part of `gap`.
    pub separator: f32,
    /// Of each shape.
    pub shapes: [f32; Shape::COUNT],
}

impl Step {
    /// The probability of a shape.
    pub fn of(&self, shape: Shape) -> f64 {
        f64::from(self.shapes[shape.index()])
    }

    /// Shapes more likely than `least`.
    pub fn likely(&self, least: f32) -> impl Iterator<Item = (Shape, f64)> {
        Shape::all()
            .zip(self.shapes)
            .filter(move |(_, p)| *p > least)
            .map(|(shape, p)| (shape, f64::from(p)))
    }
}

/// What a network says about one crop: for each step from left to right the probability of every shape and of none.
///
/// Separators count as gaps: they divide like CTC's blank, and where they stand differs from plate to plate.
#[derive(Debug, Clone, PartialEq)]
pub struct Emissions {
    pub(crate) steps: Vec<Step>,
}

impl Emissions {
    /// From a tensor of steps x classes probabilities, the classes as `alphabet` lists them.
    ///
    /// # Errors
    /// The tensor does not fit the alphabet, or holds no probabilities.
    pub fn new(alphabet: &Alphabet, tensor: &[f32], classes: usize) -> Result<Self, TensorError> {
        if classes != alphabet.len() {
            return Err(TensorError::Classes {
                found: classes,
                expected: alphabet.len(),
            });
        }
        if tensor.is_empty() || !tensor.len().is_multiple_of(classes) {
            return Err(TensorError::Length(tensor.len()));
        }
        let unsaid: Vec<Shape> = alphabet.unsaid().collect();
        let mut steps: Vec<Step> = Vec::new();
        for (index, row) in tensor.chunks_exact(classes).enumerate() {
            let step = fold_row(alphabet, &unsaid, row, index)?;
            let silent = step.gap > SILENCE && step.separator < SILENCE;
            let after_silence = steps.last().is_some_and(|last| last.gap > SILENCE);
            if !(silent && after_silence) {
                steps.push(step);
            }
        }
        Ok(Self { steps })
    }

    /// Logarithm of the best path's probability: near 0 where every step is clear, below any text's where none is.
    pub(crate) fn clearness(&self) -> f64 {
        let best = |step: &Step| step.shapes.iter().copied().fold(step.gap, f32::max);
        self.steps
            .iter()
            .map(|step| f64::from(best(step)).ln())
            .sum()
    }

    /// Steps that are left after silence was cut short.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Never: a tensor has a step.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// One step of the tensor as probabilities of shapes: classes of one shape are added up.
fn fold_row(
    alphabet: &Alphabet,
    unsaid: &[Shape],
    row: &[f32],
    index: usize,
) -> Result<Step, TensorError> {
    let sum: f32 = row.iter().sum();
    let legal = row
        .iter()
        .all(|p| (-ROW_TOLERANCE..=1.0 + ROW_TOLERANCE).contains(p));
    if !legal || (sum - 1.0).abs() > ROW_TOLERANCE {
        return Err(TensorError::Row { step: index, sum });
    }
    let mut step = Step {
        gap: 0.0,
        separator: 0.0,
        shapes: [0.0; Shape::COUNT],
    };
    for (class, p) in alphabet.classes().iter().zip(row) {
        match class {
            Class::Blank => step.gap += p,
            Class::Separator => step.separator += p,
            Class::Shape(shape) => step.shapes[shape.index()] += p,
            Class::Foreign => {}
        }
    }
    step.gap += step.separator;
    let said: f32 = step.shapes.iter().sum();
    for shape in unsaid {
        step.shapes[shape.index()] = said * UNSAID / unsaid.len() as f32;
    }
    let share = DOUBT / (Shape::COUNT + 1) as f32;
    let keep = 1.0 - DOUBT;
    step.gap = step.gap.max(0.0) * keep + share;
    for p in &mut step.shapes {
        *p = p.max(0.0) * keep + share;
    }
    Ok(step)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    #[test]
    fn silence_is_cut_short_and_twins_are_added() {
        let alphabet = Alphabet::parse("<blank>\n0\nO\n1\n-").unwrap();
        let silent = [1.0, 0.0, 0.0, 0.0, 0.0];
        let round = [0.1, 0.3, 0.5, 0.1, 0.0];
        let tensor = [silent, silent, silent, round, silent, silent].concat();
        let emissions = Emissions::new(&alphabet, &tensor, 5).unwrap();
        assert_eq!(emissions.len(), 3);
        assert!((emissions.steps[1].of(Shape::of('0').unwrap()) - 0.8).abs() < 1e-3);
    }

    #[test]
    fn what_a_network_cannot_say_stays_possible() {
        let alphabet = Alphabet::parse("<blank>\n4").unwrap();
        let emissions = Emissions::new(&alphabet, &[0.05, 0.95], 2).unwrap();
        let of = |sign: char| emissions.steps[0].of(Shape::of(sign).unwrap());
        assert!(of('Ч') > 1e-4 && of('Ч') < 1e-3 && of('4') > 0.9);
    }

    #[test]
    fn tensors_that_do_not_fit_are_refused() {
        let alphabet = Alphabet::shipped();
        let wrong = Emissions::new(&alphabet, &[0.0; 40], 40).unwrap_err();
        assert!(wrong.to_string().contains("40 classes"), "{wrong}");
        assert_eq!(
            Emissions::new(&alphabet, &[0.0; 57], 56),
            Err(TensorError::Length(57))
        );
        assert_eq!(
            Emissions::new(&alphabet, &[], 56),
            Err(TensorError::Length(0))
        );
        let logits = Emissions::new(&alphabet, &[2.0; 56], 56).unwrap_err();
        assert!(logits.to_string().contains("softmax"), "{logits}");
        let mut row = [1.0 / 56.0; 56];
        row[3] = f32::NAN;
        assert!(Emissions::new(&alphabet, &row, 56).is_err());
    }
}
