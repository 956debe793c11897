// SPDX-License-Identifier: MIT OR Apache-2.0
//! The facility as the fusion uses it: numbers instead of names.

use std::collections::BTreeMap;

use facility::Facility;
use messages::Side;
use serde::{Deserialize, Serialize};

use crate::fse::config::Ablation;
use crate::fse::model::gaussian::Gaussian;
use crate::fse::model::parameters::{
    COUPLING_LONGEST, COUPLING_SHORTEST, DEFAULT_SYSTEMATIC, LENGTH_SIGMA, LENGTH_SLACK,
    LENGTH_WORST, parameters,
};

parameters! {
    /// How far outside its track a report may lie: a locomotive that stands in a door.
    BEYOND_TRACK: f64 = 40.0, "m", "Reports beyond it are refused and counted.";
    /// Worth of a length of the catalogue.
    LENGTH_BONUS: f64 = 0.8, "nats", "Larger: catalogue lengths decide more.";
    /// Distance between the lengths that are tried where the facility has no catalogue.
    LENGTH_STEP: f64 = 1.0, "m", "Smaller: more exact, more work.";
    /// A camera is live if it delivered within so many of its frame intervals, plus `LIVE_EXTRA`.
    LIVE_FRAMES: f64 = 3.0, "frames", "Larger: a failed camera counts as live for longer.";
    /// See `LIVE_FRAMES`.
    LIVE_EXTRA: f64 = 1.0, "s", "Larger: a failed camera counts as live for longer.";
}

/// A track.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) id: String,
    pub(crate) length: f64,
    pub(crate) door_low: bool,
    pub(crate) door_high: bool,
}

impl Track {
    /// Whether a place lies on the track, or near enough for a locomotive that stands in a door.
    pub(crate) fn reaches(&self, s: f64) -> bool {
        (-BEYOND_TRACK..=self.length + BEYOND_TRACK).contains(&s)
    }
}

/// A stretch of a track on which a camera sees ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cover {
    pub(crate) track: usize,
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Which ends; `None`: both.
    pub(crate) side: Option<Side>,
    pub(crate) detection: f64,
}

/// A camera.
#[derive(Debug, Clone)]
pub(crate) struct Camera {
    pub(crate) id: String,
    /// Seconds without a scan after which it is no longer live.
    pub(crate) patience: f64,
    /// Seconds between two frames.
    pub(crate) pause: f64,
    pub(crate) covers: Vec<Cover>,
    /// Systematic error per track, m.
    pub(crate) systematic: Vec<f64>,
}

/// A model of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CatalogueModel {
    pub(crate) name: String,
    /// m.
    pub(crate) length: f64,
}

/// The facility, indexed.
#[derive(Debug, Default)]
pub(crate) struct Site {
    pub(crate) ablation: Ablation,
    pub(crate) tracks: Vec<Track>,
    pub(crate) cameras: Vec<Camera>,
    /// Per track the cameras that cover it.
    pub(crate) watchers: Vec<Vec<usize>>,
    track_names: BTreeMap<String, usize>,
    camera_names: BTreeMap<String, usize>,
    /// The catalogue.
    pub(crate) models: Vec<CatalogueModel>,
    /// Shortest locomotive, m.
    shortest: f64,
    /// Longest locomotive, m.
    pub(crate) longest: f64,
    /// Lengths that a locomotive with one end in sight may have: the catalogue, or a grid.
    pub(crate) lengths: Vec<f64>,
}

impl Site {
    /// The facility as an index; the ablation says what of it is left out.
    pub(crate) fn new(facility: &Facility, ablation: Ablation) -> Self {
        let track_names = names(facility.tracks.iter().map(|track| &track.id));
        let cameras: Vec<Camera> = facility
            .cameras
            .iter()
            .map(|camera| {
                let mut systematic = vec![DEFAULT_SYSTEMATIC; facility.tracks.len()];
                let mut covers = Vec::new();
                for cover in &camera.covers {
                    let Some(&track) = track_names.get(&cover.track) else {
                        continue;
                    };
                    systematic[track] = if ablation.systematic {
                        0.0
                    } else {
                        cover.sigma_systematic
                    };
                    covers.push(Cover {
                        track,
                        from: cover.from,
                        to: cover.to,
                        side: cover.side,
                        detection: cover.detection,
                    });
                }
                Camera {
                    id: camera.id.clone(),
                    pause: 1.0 / camera.rate.max(1e-3),
                    patience: LIVE_FRAMES / camera.rate.max(1e-3) + LIVE_EXTRA,
                    covers,
                    systematic,
                }
            })
            .collect();
        let (shortest, longest) = facility.locomotive_length;
        let models: Vec<CatalogueModel> = facility
            .models
            .iter()
            .map(|model| CatalogueModel {
                name: model.name.clone(),
                length: model.length,
            })
            .collect();
        let mut lengths: Vec<f64> = models.iter().map(|model| model.length).collect();
        lengths.sort_by(f64::total_cmp);
        lengths.dedup_by(|a, b| (*a - *b).abs() < 0.05);
        if lengths.is_empty() || ablation.catalogue {
            let steps = ((longest - shortest) / LENGTH_STEP).clamp(0.0, 200.0) as usize;
            lengths = (0..=steps)
                .map(|step| shortest + step as f64 * LENGTH_STEP)
                .collect();
        }
        Self {
            ablation,
            tracks: facility
                .tracks
                .iter()
                .map(|track| Track {
                    id: track.id.clone(),
                    length: track.length,
                    door_low: track.gates.low,
                    door_high: track.gates.high,
                })
                .collect(),
            watchers: (0..facility.tracks.len())
                .map(|track| watchers(&cameras, track))
                .collect(),
            cameras,
            track_names,
            camera_names: names(facility.cameras.iter().map(|camera| &camera.id)),
            models,
            shortest,
            longest,
            lengths,
        }
    }

    /// Index of a track.
    pub(crate) fn track(&self, id: &str) -> Option<usize> {
        self.track_names.get(id).copied()
    }

    /// Index of a camera.
    pub(crate) fn camera(&self, id: &str) -> Option<usize> {
        self.camera_names.get(id).copied()
    }

    /// Whether the lengths of the models are known.
    pub(crate) fn has_catalogue(&self) -> bool {
        !self.models.is_empty() && !self.ablation.catalogue
    }

    /// Log prior of a measured length: high at the lengths of the catalogue, minus infinity outside the facility's bounds.
    pub(crate) fn length_prior(&self, length: Gaussian) -> f64 {
        if length.mean < self.shortest - LENGTH_SLACK || length.mean > self.longest + LENGTH_SLACK {
            return f64::NEG_INFINITY;
        }
        if !self.has_catalogue() {
            return 0.0;
        }
        (LENGTH_BONUS
            - 0.5 * self.off_catalogue(length.mean).powi(2)
                / (LENGTH_SIGMA.powi(2) + length.variance))
            .max(LENGTH_WORST)
    }

    /// Whether two coupled locomotives together may have this length.
    pub(crate) fn may_be_two(&self, length: Gaussian) -> bool {
        if !self.has_catalogue() {
            return length.mean > 2.0 * self.shortest;
        }
        let slack = LENGTH_SIGMA + 2.0 * length.variance.sqrt();
        self.lengths.iter().enumerate().any(|(index, one)| {
            self.lengths[index..].iter().any(|two| {
                let gap = length.mean - one - two;
                (COUPLING_SHORTEST - slack..COUPLING_LONGEST + slack).contains(&gap)
            })
        })
    }

    /// Whether no other model's length is nearer to this one.
    pub(crate) fn is_nearest(&self, model: usize, length: f64) -> bool {
        (self.models[model].length - length).abs() <= self.off_catalogue(length)
    }

    /// Distance to the nearest length of the catalogue, m; 0 without one.
    pub(crate) fn off_catalogue(&self, length: f64) -> f64 {
        if !self.has_catalogue() {
            return 0.0;
        }
        self.lengths
            .iter()
            .map(|known| (known - length).abs())
            .fold(f64::INFINITY, f64::min)
    }
}

/// The cameras that cover a track.
fn watchers(cameras: &[Camera], track: usize) -> Vec<usize> {
    let scans = |camera: &Camera| camera.covers.iter().any(|cover| cover.track == track);
    (0..cameras.len())
        .filter(|&camera| scans(&cameras[camera]))
        .collect()
}

/// Indices by name.
fn names<'a>(ids: impl Iterator<Item = &'a String>) -> BTreeMap<String, usize> {
    ids.enumerate()
        .map(|(index, id)| (id.clone(), index))
        .collect()
}
