// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a plate bears, how sure that is, and what it would be otherwise.

use messages::Validity;

use crate::numbering::Candidate;
use crate::{Numbering, Scheme, Shape};

/// Other readings that a verdict names.
const MOST_ALTERNATIVES: usize = 4;
/// A reading less probable than this is none.
const LEAST_ALTERNATIVE: f64 = 1e-4;
/// Signs dearer than this, nats, have no mass.
const DEAREST_SIGN: f64 = 24.0;

/// A sign of a reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sign {
    /// Its shape.
    pub shape: Shape,
    /// Probability that it is right, the others given.
    pub confidence: f64,
    /// What it would be otherwise.
    pub runner_up: Shape,
}

/// Another reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// The number as its scheme writes it.
    pub text: String,
    /// Its probability.
    pub p: f64,
}

/// What a plate bears.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The number's shapes: equal for equal numbers, however they are written.
    pub number: Vec<Shape>,
    /// The number as its scheme writes it.
    pub text: String,
    /// The scheme whose form it has.
    pub scheme: Option<String>,
    /// What the scheme's check rule says.
    pub validity: Validity,
    /// Probability that it is right.
    pub confidence: f64,
    /// Distance to the next valid reading, nats; infinite if there is none.
    pub margin: f64,
    /// Distance to the best text that is not valid, nats, priors aside; negative if the readings like that text better.
    pub gap: f64,
    /// Its signs from left to right.
    pub signs: Vec<Sign>,
    /// Other readings, the best first.
    pub alternatives: Vec<Alternative>,
    /// Readings that it rests on.
    pub readings: usize,
}

/// What a verdict is made of.
pub(crate) struct Judgement<'a> {
    pub numbering: &'a Numbering,
    pub candidates: &'a [Candidate],
    /// What the readings say of each candidate, log.
    pub evidence: &'a [f64],
    /// The same with its prior.
    pub scores: &'a [f64],
    /// The candidate with the highest score.
    pub winner: &'a Candidate,
    /// For every position and shape what the readings say of the winner with that shape there, against the winner.
    pub exchanges: &'a [[f64; Shape::COUNT]],
}

impl<'a> Judgement<'a> {
    /// The verdict on `readings` readings.
    pub fn verdict(&self, readings: usize) -> Verdict {
        let number = &self.winner.number;
        let form = self.form();
        let choices = self.choices();
        let total = self.total(&choices);
        Verdict {
            text: form
                .and_then(|scheme| scheme.write(number))
                .unwrap_or_else(|| self.numbering.write(number)),
            scheme: form.map(|scheme| scheme.id.clone()),
            validity: form.map_or(Validity::None, |scheme| scheme.validity(number)),
            confidence: 1.0 / total,
            margin: self.score() - self.best_other(self.scores, true),
            gap: self.evidence[self.place()] - self.best_other(self.evidence, false),
            signs: self.signs(&choices),
            alternatives: self.alternatives(total),
            readings,
            number: number.clone(),
        }
    }

    /// Index of the winner.
    fn place(&self) -> usize {
        let own = |candidate: &Candidate| candidate.number == self.winner.number;
        self.candidates.iter().position(own).unwrap_or(0)
    }

    /// Score of the winner.
    fn score(&self) -> f64 {
        self.scores[self.place()]
    }

    /// The scheme that the winner obeys, else one whose form it has.
    fn form(&self) -> Option<&'a Scheme> {
        match self.winner.scheme {
            Some(index) => self.numbering.schemes().get(index),
            None => self.numbering.format.forms_of(&self.winner.number).next(),
        }
    }

    /// All candidates but the winner, with their indices.
    fn others(&self) -> impl Iterator<Item = (usize, &'a Candidate)> {
        let place = self.place();
        self.candidates
            .iter()
            .enumerate()
            .filter(move |(index, _)| *index != place)
    }

    /// The highest of `values` among the valid, or the invalid, other candidates.
    fn best_other(&self, values: &[f64], valid: bool) -> f64 {
        self.others()
            .filter(|(_, other)| other.scheme.is_some() == valid)
            .map(|(index, _)| values[index])
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// The other candidates that are probable enough to be named.
    fn alternatives(&self, total: f64) -> Vec<Alternative> {
        let best = self.score();
        let mut all: Vec<_> = self
            .others()
            .map(|(index, other)| (other, (self.scores[index] - best).exp() / total))
            .filter(|(_, p)| *p > LEAST_ALTERNATIVE)
            .collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        let named = |(other, p): (&Candidate, f64)| Alternative {
            text: self.numbering.write(&other.number),
            p,
        };
        all.into_iter().take(MOST_ALTERNATIVES).map(named).collect()
    }

    /// Mass of all texts against the winner's. Only some texts stand in the running; those of the winner's own form that do
    /// not are counted through their signs, as if these were independent.
    fn total(&self, choices: &[Vec<(Shape, f64)>]) -> f64 {
        let best = self.score();
        let same_form = |other: &Candidate| {
            other.scheme == self.winner.scheme && other.number.len() == self.winner.number.len()
        };
        let mass = |same: bool| -> f64 {
            let chosen = self
                .candidates
                .iter()
                .zip(self.scores)
                .filter(|(other, _)| same_form(other) == same);
            chosen.map(|(_, score)| (score - best).exp()).sum()
        };
        mass(false) + mass(true).max(self.form_mass(choices))
    }

    /// Mass of all texts of the winner's form that obey its check rule, against the winner's, its signs taken as independent.
    fn form_mass(&self, choices: &[Vec<(Shape, f64)>]) -> f64 {
        let check = self
            .winner
            .scheme
            .and_then(|index| self.numbering.schemes()[index].check);
        // Mass by the check sum so far, from the right.
        let mut by_sum = [0.0; 10];
        by_sum[0] = 1.0;
        let mut place = 0;
        for (own, others) in self.winner.number.iter().zip(choices).rev() {
            let mut next = [0.0; 10];
            for (shape, mass) in others.iter().copied().chain([(*own, 1.0)]) {
                let counts = match (check, shape.digit()) {
                    (Some(check), Some(digit)) => usize::from(check.counts(digit, place)),
                    _ => 0,
                };
                for (sum, before) in by_sum.iter().enumerate() {
                    next[(sum + counts) % 10] += before * mass;
                }
            }
            by_sum = next;
            place += usize::from(own.digit().is_some());
        }
        by_sum[0]
    }

    /// For every position the other shapes that leave the winner in its form, and their mass against its own.
    fn choices(&self) -> Vec<Vec<(Shape, f64)>> {
        let id = self
            .winner
            .scheme
            .map(|index| &self.numbering.schemes()[index].id);
        let mut number = self.winner.number.clone();
        self.exchanges
            .iter()
            .enumerate()
            .map(|(position, row)| {
                let own = number[position];
                let others = Shape::all()
                    .filter(|&shape| shape != own && row[shape.index()] > -DEAREST_SIGN);
                let fitting = others
                    .filter(|&shape| {
                        number[position] = shape;
                        id.is_none_or(|id| {
                            self.numbering
                                .format
                                .forms_of(&number)
                                .any(|form| form.id == *id)
                        })
                    })
                    .map(|shape| (shape, row[shape.index()].exp()))
                    .collect();
                number[position] = own;
                fitting
            })
            .collect()
    }

    /// Each sign of the winner with its confidence and its runner-up.
    fn signs(&self, choices: &[Vec<(Shape, f64)>]) -> Vec<Sign> {
        let sign = |(&shape, others): (&Shape, &Vec<(Shape, f64)>)| {
            let mass: f64 = others.iter().map(|(_, mass)| mass).sum();
            let runner_up = others.iter().max_by(|a, b| a.1.total_cmp(&b.1));
            Sign {
                shape,
                confidence: 1.0 / (1.0 + mass),
                runner_up: runner_up.map_or(shape, |(shape, _)| *shape),
            }
        };
        self.winner.number.iter().zip(choices).map(sign).collect()
    }
}
