// SPDX-License-Identifier: MIT OR Apache-2.0
//! Voting: many readings of one plate, by one camera or several, become one verdict.
//!
//! What is added up is the log probability of whole texts in every reading, never strings: a text that is second in every reading
//! beats one that is first in a single reading. Readings of one camera share dirt, angle and light and are therefore worth less than
//! their number: n readings count as `n / (1 + (n - 1) r)` with the correlation r between them.

use crate::ctc::{greedy, substitutions};
use crate::numbering::Candidate;
use crate::verdict::{Judgement, Verdict};
use crate::{Emissions, Numbering, Shape, log_probability};

/// Readings kept of one view: the tallest.
const MOST_LOOKS: usize = 8;
/// Texts kept in the running.
const MOST_CANDIDATES: usize = 64;
/// A text of a scheme or roster that an average reading finds less probable than the best text of all by more than this, nats,
/// is not on the plate: no prior may bend a clear reading into another.
const LARGEST_GAP: f64 = 8.0;
/// Below the best path of a reading by this much, nats, nothing gets worse: the reading may show something else, a hand before the
/// plate or the plate of a neighbour, and must not rule out for ever what others see.
const OTHER_PLATE: f64 = 12.0;
/// Exchanged signs that cost more than this, nats, are not tried.
const DEAREST_EXCHANGE: f64 = 8.0;
/// Signs that are tried in pairs.
const MOST_EXCHANGES: usize = 12;

/// How much readings are worth. The defaults hold for synthetic plates (docs/plates.md); fit them anew for another network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tempering {
    /// Factor on every log probability: below 1 for a network that is surer than it is right.
    pub sharpness: f64,
    /// Correlation of the errors of readings from one view.
    pub correlation: f64,
    /// Most independent readings that one view is worth, however long it watches.
    pub most_of_a_view: f64,
    /// Most independent readings that all views together are worth.
    pub most: f64,
}

impl Default for Tempering {
    fn default() -> Self {
        Self {
            sharpness: 0.76,
            correlation: 0.4,
            most_of_a_view: 2.0,
            most: 4.0,
        }
    }
}

/// One crop as one network read it.
#[derive(Debug, Clone, PartialEq)]
pub struct CropReading {
    /// Who read it: camera, and reader if there are several. Readings of one view share their errors.
    pub view: String,
    /// The frame's number: the same frame counts once.
    pub frame: u64,
    /// Height of the crop, pixels: the tallest readings are kept.
    pub height: f64,
    /// What the network said.
    pub emissions: Emissions,
}

#[derive(Debug, Clone, PartialEq)]
struct Vote {
    reading: CropReading,
    /// log P of its best path.
    clearness: f64,
    /// How clear its signs are on average, 0 to 1: an unclear reading must not dilute a clear one.
    quality: f64,
    /// log P of each candidate.
    scores: Vec<f64>,
}

/// The readings of one plate during one visit, and the texts in the running.
#[derive(Debug, Clone, PartialEq)]
pub struct Ballot {
    tempering: Tempering,
    candidates: Vec<Candidate>,
    votes: Vec<Vote>,
}

impl Vote {
    /// Scores the next candidate.
    fn count(&mut self, candidate: &Candidate) {
        let own = log_probability(&self.reading.emissions, &candidate.number);
        self.scores.push(self.bounded(own));
    }

    /// What the reading says of a text, if it may as well show something else.
    fn bounded(&self, log_probability: f64) -> f64 {
        let other = self.clearness - OTHER_PLATE;
        log_probability.max(other) + (-(log_probability - other).abs()).exp().ln_1p()
    }
}

impl Ballot {
    /// No readings yet.
    pub fn new(tempering: Tempering) -> Self {
        Self {
            tempering,
            candidates: Vec::new(),
            votes: Vec::new(),
        }
    }

    /// Adds a reading; `false` if it shows no sign, if this frame of this view is there already, or if taller readings are enough.
    pub fn add(&mut self, numbering: &Numbering, reading: CropReading) -> bool {
        let known =
            |vote: &Vote| vote.reading.view == reading.view && vote.reading.frame == reading.frame;
        if self.votes.iter().any(known) || !self.make_room(&reading) {
            return false;
        }
        let length = greedy(&reading.emissions).chars().count();
        if length == 0 {
            return false;
        }
        let found = numbering.candidates(&reading.emissions);
        let clearness = reading.emissions.clearness();
        let mut vote = Vote {
            reading,
            clearness,
            quality: (clearness / length as f64).exp(),
            scores: Vec::new(),
        };
        for candidate in &self.candidates {
            vote.count(candidate);
        }
        self.votes.push(vote);
        for candidate in found {
            self.nominate(candidate);
        }
        self.drop_hopeless();
        true
    }

    /// Drops the smallest reading of a view that has enough of them; `false` if the new one is smaller still.
    fn make_room(&mut self, reading: &CropReading) -> bool {
        let of_view: Vec<_> = (0..self.votes.len())
            .filter(|&i| self.votes[i].reading.view == reading.view)
            .collect();
        if of_view.len() < MOST_LOOKS {
            return true;
        }
        let height = |&i: &usize| self.votes[i].reading.height;
        let smallest = of_view
            .into_iter()
            .min_by(|a, b| height(a).total_cmp(&height(b)));
        match smallest {
            Some(index) if self.votes[index].reading.height <= reading.height => {
                self.votes.remove(index);
                true
            }
            _ => false,
        }
    }

    /// Puts a text in the running, with its score in every reading.
    fn nominate(&mut self, candidate: Candidate) {
        if self
            .candidates
            .iter()
            .any(|known| known.number == candidate.number)
        {
            return;
        }
        for vote in &mut self.votes {
            vote.scores
                .push(log_probability(&vote.reading.emissions, &candidate.number));
        }
        self.candidates.push(candidate);
    }

    /// Drops texts that are too far behind the best to matter.
    fn drop_hopeless(&mut self) {
        if self.candidates.len() <= MOST_CANDIDATES {
            return;
        }
        let scores = self.scores(&self.evidence());
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        order.truncate(MOST_CANDIDATES);
        self.candidates = order.iter().map(|&i| self.candidates[i].clone()).collect();
        for vote in &mut self.votes {
            vote.scores = order.iter().map(|&i| vote.scores[i]).collect();
        }
    }

    /// How much each reading counts.
    fn weights(&self) -> Vec<f64> {
        let Tempering {
            sharpness,
            correlation,
            most_of_a_view,
            most,
        } = self.tempering;
        let worth = |view: &str| {
            let qualities = || {
                self.votes
                    .iter()
                    .filter(|vote| vote.reading.view == view)
                    .map(|vote| vote.quality)
            };
            let sum: f64 = qualities().sum();
            // As many readings of equal quality would be worth as much (Kish).
            let n = sum * sum / qualities().map(|quality| quality * quality).sum::<f64>();
            (n / (1.0 + (n - 1.0) * correlation)).min(most_of_a_view) / sum
        };
        let weights: Vec<f64> = self
            .votes
            .iter()
            .map(|vote| vote.quality * worth(&vote.reading.view))
            .collect();
        let total: f64 = weights.iter().sum();
        let share = sharpness * (most / total).min(1.0);
        weights.into_iter().map(|weight| weight * share).collect()
    }

    /// What the readings say of each candidate.
    fn evidence(&self) -> Vec<f64> {
        let weights = self.weights();
        let of = |index: usize| {
            self.votes
                .iter()
                .zip(&weights)
                .map(|(vote, weight)| weight * vote.scores[index])
                .sum()
        };
        (0..self.candidates.len()).map(of).collect()
    }

    /// Evidence and prior of each candidate; `-inf` for those that no plate with these readings bears.
    fn scores(&self, evidence: &[f64]) -> Vec<f64> {
        let best = evidence.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least =
            best - LARGEST_GAP * self.weights().iter().sum::<f64>() / self.tempering.sharpness;
        self.candidates
            .iter()
            .zip(evidence)
            .map(|(candidate, &evidence)| {
                let possible = evidence >= least && evidence.is_finite();
                if possible {
                    evidence + candidate.log_prior
                } else {
                    f64::NEG_INFINITY
                }
            })
            .collect()
    }

    /// What the readings say together; `None` without a reading that shows any sign.
    pub fn verdict(&mut self, numbering: &Numbering) -> Option<Verdict> {
        let favourite = self.favourite()?;
        let table = self.exchanges(&favourite.number);
        for number in proposals(&favourite.number, &table) {
            let candidate = numbering.candidate(number);
            if candidate.scheme.is_some() {
                self.nominate(candidate);
            }
        }
        let winner = self.favourite()?;
        let table = if winner.number == favourite.number {
            table
        } else {
            self.exchanges(&winner.number)
        };
        let evidence = self.evidence();
        let judgement = Judgement {
            numbering,
            candidates: &self.candidates,
            scores: &self.scores(&evidence),
            evidence: &evidence,
            winner: &winner,
            exchanges: &table,
        };
        let verdict = judgement.verdict(self.votes.len());
        self.drop_hopeless();
        Some(verdict)
    }

    /// The text that is ahead.
    fn favourite(&self) -> Option<Candidate> {
        let scores = self.scores(&self.evidence());
        let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]))?;
        Some(self.candidates[best].clone())
    }

    /// For every position and shape what the readings say of the text with that shape there, against the text itself.
    fn exchanges(&self, number: &[Shape]) -> Vec<[f64; Shape::COUNT]> {
        let mut sum = vec![[0.0; Shape::COUNT]; number.len()];
        for (vote, weight) in self.votes.iter().zip(self.weights()) {
            let table = substitutions(&vote.reading.emissions, number);
            for ((row, own), sums) in table.iter().zip(number).zip(&mut sum) {
                let own = vote.bounded(row[own.index()]);
                for (log, sum) in row.iter().zip(sums) {
                    *sum += weight * (vote.bounded(*log) - own);
                }
            }
        }
        sum
    }
}

/// Texts with one or two cheap exchanges: what no single reading may have put forward, but all together do.
fn proposals(number: &[Shape], table: &[[f64; Shape::COUNT]]) -> Vec<Vec<Shape>> {
    let mut exchanges: Vec<(usize, Shape, f64)> = Vec::new();
    for (position, row) in table.iter().enumerate() {
        let others = Shape::all().filter(|&shape| shape != number[position]);
        exchanges.extend(
            others
                .map(|shape| (position, shape, row[shape.index()]))
                .filter(|(_, _, exchange)| *exchange > -DEAREST_EXCHANGE),
        );
    }
    exchanges.sort_by(|a, b| b.2.total_cmp(&a.2));
    let with = |changes: &[(usize, Shape, f64)]| {
        let mut text = number.to_vec();
        for (position, shape, _) in changes {
            text[*position] = *shape;
        }
        text
    };
    let mut texts: Vec<_> = exchanges
        .iter()
        .map(|exchange| with(&[*exchange]))
        .collect();
    exchanges.truncate(MOST_EXCHANGES);
    for (i, a) in exchanges.iter().enumerate() {
        let rest = exchanges[i + 1..]
            .iter()
            .filter(|b| b.0 != a.0 && a.2 + b.2 > -DEAREST_EXCHANGE);
        texts.extend(rest.map(|b| with(&[*a, *b])));
    }
    texts
}
