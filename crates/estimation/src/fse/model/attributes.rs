// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known about a locomotive besides its place: model and running number.

use std::collections::BTreeMap;

use messages::{ModelGuess, ModelReport, PlateGuess, PlateReport, Validity};
use serde::{Deserialize, Serialize};

use crate::fse::model::gaussian::{Gaussian, logistic};
use crate::fse::model::parameters::{LENGTH_SIGMA, LENGTH_WORST, parameters};
use crate::fse::model::site::{CatalogueModel, Site};

parameters! {
    /// Exponent of one model reading's likelihood: those of one camera are correlated.
    MODEL_TEMPER: f64 = 0.5, "", "Larger: models become certain sooner.";
    /// Least log probability of a model.
    MODEL_FLOOR: f64 = -12.0, "nats", "Lower: a wrong model is corrected later.";
    /// Weight of a plate reading whose check digit passed; its inverse where the check failed.
    PLATE_PASSED: f64 = 2.0, "", "Larger: check digits decide more.";
    /// Weight of a plate reading that has the form of no scheme of the site: a mark, or a part of a number.
    PLATE_STRANGER: f64 = 0.1, "", "Larger: such texts become certain sooner.";
    /// Votes of one camera for the numbers of one locomotive, at most; newer readings displace older ones.
    PLATE_CAMERA_MOST: f64 = 16.0, "votes", "Larger: a wrong number is corrected later.";
    /// A number with this probability identifies its locomotive.
    PLATE_CERTAIN: f64 = 0.9, "", "Larger: fewer re-identifications, fewer wrong ones.";
    /// Different numbers remembered per locomotive and camera.
    PLATES_MOST: usize = 16, "", "Bounds memory.";
    /// Votes of an unknown number: the share of all numbers that were never read.
    PLATE_UNKNOWN: f64 = 0.8, "votes", "Larger: numbers become certain later.";
}

/// Which model stands at a place, as one report says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ModelReading {
    pub(crate) track: usize,
    pub(crate) s: f64,
    pub(crate) sigma: f64,
    /// Log-likelihood of every model of the catalogue.
    scores: Vec<f64>,
}

/// A vote for a running number.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Vote {
    text: String,
    weight: f64,
}

/// Which number stands at a place, as one report says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlateReading {
    pub(crate) track: usize,
    pub(crate) s: f64,
    pub(crate) sigma: f64,
    camera: usize,
    /// Votes for the number read and for what it may be otherwise.
    votes: Vec<Vote>,
}

impl ModelReading {
    /// A report with known track, place and probabilities.
    pub(crate) fn new(report: &ModelReport, track: usize, site: &Site) -> Self {
        let least = 0.5 / site.models.len().max(1) as f64;
        let score = |model: &CatalogueModel| {
            let p = report.candidates.iter().find(|c| c.model == model.name);
            MODEL_TEMPER * p.map_or(least, |c| c.p.clamp(least, 1.0)).ln()
        };
        Self {
            track,
            s: report.s,
            sigma: report.sigma,
            scores: site.models.iter().map(score).collect(),
        }
    }

    /// Log-likelihood of a length.
    pub(crate) fn of_length(&self, length: f64, site: &Site) -> f64 {
        self.scores
            .iter()
            .zip(&site.models)
            .filter(|(_, model)| (model.length - length).abs() < LENGTH_SIGMA)
            .map(|(score, _)| *score)
            .fold(f64::NEG_INFINITY, f64::max)
            .max(MODEL_FLOOR)
    }
}

impl PlateReading {
    /// A report with known camera, track and place.
    pub(crate) fn new(report: &PlateReport, camera: usize, track: usize) -> Self {
        let factor = match report.valid {
            Some(Validity::Passed) => PLATE_PASSED,
            Some(Validity::Failed) => 1.0 / PLATE_PASSED,
            None if report.scheme.is_none() => PLATE_STRANGER,
            _ => 1.0,
        };
        let read = Vote {
            text: report.text.clone(),
            weight: factor * report.confidence.clamp(0.0, 1.0),
        };
        let others = report
            .alternatives
            .iter()
            .filter(|other| other.text != report.text);
        let others = others.map(|other| Vote {
            text: other.text.clone(),
            weight: factor.min(1.0) * other.p.clamp(0.0, 1.0),
        });
        Self {
            track,
            s: report.s,
            sigma: report.sigma,
            camera,
            votes: std::iter::once(read).chain(others).collect(),
        }
    }
}

/// The likeliest model by its readings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Favourite {
    /// Index in the catalogue.
    pub(crate) model: usize,
    pub(crate) p: f64,
}

/// Readings of one locomotive.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Attributes {
    /// Log probability of every model of the catalogue, not normalised; empty before the first reading.
    models: Vec<f64>,
    /// Votes of every camera for the numbers that it read.
    plates: BTreeMap<usize, BTreeMap<String, f64>>,
}

impl Attributes {
    /// Tempered Bayes over the catalogue.
    pub(crate) fn add_model(&mut self, reading: &ModelReading) {
        self.models.resize(reading.scores.len(), 0.0);
        for (score, more) in self.models.iter_mut().zip(&reading.scores) {
            *score += more;
        }
        let best = self
            .models
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        for score in &mut self.models {
            *score = (*score - best).max(MODEL_FLOOR);
        }
    }

    /// One vote, more if its check digit passed. A camera has so many votes at most, whatever it has read in all.
    pub(crate) fn add_plate(&mut self, reading: &PlateReading) {
        let votes = self.plates.entry(reading.camera).or_default();
        for vote in &reading.votes {
            *votes.entry(vote.text.clone()).or_default() += vote.weight;
        }
        while votes.len() > PLATES_MOST {
            let weakest = votes.iter().min_by(|a, b| a.1.total_cmp(b.1));
            let Some(weakest) = weakest.map(|(text, _)| text.clone()) else {
                break;
            };
            votes.remove(&weakest);
        }
        let all: f64 = votes.values().sum();
        if all > PLATE_CAMERA_MOST {
            for votes in votes.values_mut() {
                *votes *= PLATE_CAMERA_MOST / all;
            }
        }
    }

    /// The likeliest model by its readings alone.
    pub(crate) fn favourite_model(&self) -> Option<Favourite> {
        let best =
            (0..self.models.len()).max_by(|&a, &b| self.models[a].total_cmp(&self.models[b]))?;
        let sum: f64 = self
            .models
            .iter()
            .map(|score| (score - self.models[best]).exp())
            .sum();
        Some(Favourite {
            model: best,
            p: 1.0 / sum,
        })
    }

    /// The likeliest model with the measured length taken into account, if it is more likely right than wrong.
    pub(crate) fn model(&self, site: &Site, length: Gaussian) -> Option<ModelGuess> {
        if self.models.is_empty() {
            return None;
        }
        let spread = 2.0 * (LENGTH_SIGMA.powi(2) + length.variance);
        let scores: Vec<f64> = self
            .models
            .iter()
            .zip(&site.models)
            .map(|(score, model)| {
                score + (-(model.length - length.mean).powi(2) / spread).max(LENGTH_WORST)
            })
            .collect();
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|score| (score - best).exp()).sum();
        let index = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]))?;
        let p = 1.0 / sum;
        (p > 0.5).then(|| ModelGuess {
            name: site.models[index].name.clone(),
            p,
        })
    }

    /// The likeliest number, if it is more likely right than wrong.
    pub(crate) fn plate(&self) -> Option<PlateGuess> {
        let tally = self.tally();
        let (text, votes) = tally.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
        let others: f64 = tally.values().sum::<f64>() - votes;
        let p = (votes / (votes + others + PLATE_UNKNOWN)).min(logistic(votes * 2.0));
        (p > 0.5).then(|| PlateGuess {
            text: (*text).to_owned(),
            p,
            contested_by: Vec::new(),
        })
    }

    /// The number that identifies this locomotive, if one is certain.
    pub(crate) fn certain_plate(&self) -> Option<String> {
        self.plate()
            .filter(|plate| plate.p > PLATE_CERTAIN)
            .map(|plate| plate.text)
    }

    /// Votes of all cameras for a number.
    pub(crate) fn votes(&self, text: &str) -> f64 {
        let of_camera = |votes: &BTreeMap<String, f64>| votes.get(text).copied();
        self.plates.values().filter_map(of_camera).sum()
    }

    /// Votes of all cameras for each number.
    fn tally(&self) -> BTreeMap<&str, f64> {
        let mut tally = BTreeMap::new();
        for (text, votes) in self.plates.values().flatten() {
            *tally.entry(text.as_str()).or_default() += votes;
        }
        tally
    }

    /// Takes over what an older sighting of the same locomotive knew.
    pub(crate) fn merge(&mut self, older: &Self) {
        if self.models.is_empty() {
            self.models.clone_from(&older.models);
        }
        for (camera, votes) in &older.plates {
            let known = self.plates.entry(*camera).or_default();
            for (text, votes) in votes {
                *known.entry(text.clone()).or_default() += votes;
            }
        }
    }
}
