// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall: tracks side by side, cameras along them, models of locomotives.

use std::fmt::Write;

use crate::draw::{Draw, Stream};
use crate::kind::Parameters;

const TRACKS: usize = 6;
/// Distance between two tracks, m.
const TRACK_SPACING: f64 = 6.0;
/// Distance of a camera from the line of the track it is meant for, m.
const CAMERA_SIDE: f64 = 3.0;
/// Distance of a camera from the near end of what it sees, m.
const CAMERA_BACK: f64 = 4.0;
/// Height of a camera over the rails, m.
const CAMERA_HEIGHT: (f64, f64) = (5.0, 8.0);
/// How far what a camera sees reaches into its neighbours' stretches, m.
const OVERLAP: (f64, f64) = (1.5, 4.0);
/// Probability that a camera sees a neighbouring track, too, and the share of the stretch that it loses there at either end.
const SECOND_TRACK: (f64, f64) = (0.5, 0.15);
/// A shorter stretch is not worth a camera, m.
const SHORTEST_COVER: f64 = 2.0;
/// How much the stretches that no camera covers differ in width.
const HOLE_WIDTH: (f64, f64) = (0.6, 1.4);
/// Middles of the lengths of the models, m, and how far they vary from hall to hall.
const MODEL_LENGTHS: [f64; 6] = [15.7, 18.4, 21.3, 24.8, 28.3, 32.3];
const MODEL_SPREAD: f64 = 0.7;
/// So many of the longest models have two sections.
const TWO_SECTIONS: usize = 2;

#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) id: String,
    pub(crate) length: f64,
    /// Place across, m.
    pub(crate) y: f64,
    pub(crate) door_low: bool,
    pub(crate) door_high: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Cover {
    pub(crate) track: usize,
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Constant error of the camera on this track, m.
    pub(crate) bias: f64,
}

impl Cover {
    /// Whether place `s` lies on the stretch.
    pub(crate) fn contains(&self, s: f64) -> bool {
        (self.from..=self.to).contains(&s)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Camera {
    pub(crate) id: String,
    /// Frames per second.
    pub(crate) rate: f64,
    pub(crate) detection: f64,
    /// Standard deviation near the camera, m.
    sigma: f64,
    /// How far it sees, m.
    reach: f64,
    /// Place along, across and over the rails, m.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) z: f64,
    pub(crate) covers: Vec<Cover>,
}

impl Camera {
    /// Standard deviation of a place, m: three times as large at the far end.
    pub(crate) fn sigma(&self, s: f64) -> f64 {
        self.sigma * (1.0 + 2.0 * ((s - self.x).abs() / self.reach).min(1.0))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) length: f64,
    pub(crate) two_sections: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Hall {
    pub(crate) name: String,
    pub(crate) tracks: Vec<Track>,
    pub(crate) cameras: Vec<Camera>,
    pub(crate) models: Vec<Model>,
    /// What the facility says about the cameras' constant errors, m.
    systematic: f64,
}

impl Hall {
    /// A hall with its tracks, models and cameras.
    pub(crate) fn new(name: &str, parameters: &Parameters, seed: u64) -> Self {
        let mut draw = Draw::new(seed, Stream::Site);
        let tracks: Vec<Track> = (0..TRACKS)
            .map(|index| track(index, parameters, &mut draw))
            .collect();
        let models = (0..MODEL_LENGTHS.len())
            .map(|index| model(index, &mut draw))
            .collect();
        let cameras = cameras(&tracks, parameters, seed);
        Self {
            name: name.to_owned(),
            tracks,
            cameras,
            models,
            systematic: parameters.bias,
        }
    }

    /// The hall as `facility.toml`.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = format!(
            "facility = \"{}\"\nlocomotive_length = [14.0, 36.0]\n",
            self.name
        );
        for track in &self.tracks {
            let gates: Vec<&str> = [(track.door_low, "\"low\""), (track.door_high, "\"high\"")]
                .into_iter()
                .filter_map(|(there, name)| there.then_some(name))
                .collect();
            let _ = write!(
                text,
                "\n[[track]]\nid = \"{}\"\nlength = {:.1}\ngates = [{}]\n",
                track.id,
                track.length,
                gates.join(", ")
            );
        }
        for camera in &self.cameras {
            let covers: String = camera
                .covers
                .iter()
                .map(|cover| {
                    format!(
                        "  {{ track = \"{}\", from = {:.1}, to = {:.1}, detection = {:.2}, sigma_systematic = {:.2} }},\n",
                        self.tracks[cover.track].id,
                        cover.from,
                        cover.to,
                        camera.detection,
                        self.systematic
                    )
                })
                .collect();
            let _ = write!(
                text,
                "\n[[camera]]\nid = \"{}\"\nrate = {:.2}\ncovers = [\n{covers}]\n",
                camera.id, camera.rate
            );
        }
        for model in &self.models {
            let _ = write!(
                text,
                "\n[[model]]\nname = \"{}\"\nlength = {:.1}\n",
                model.name, model.length
            );
        }
        text
    }
}

/// One track, with a door at one end or both.
fn track(index: usize, parameters: &Parameters, draw: &mut Draw) -> Track {
    let length = tenths(draw.within(parameters.track));
    let gates = draw.between(0.0, 1.0);
    Track {
        id: format!("T{}", index + 1),
        length,
        y: index as f64 * TRACK_SPACING,
        door_low: gates < 0.8,
        door_high: gates > 0.6,
    }
}

/// One model of the catalogue.
fn model(index: usize, draw: &mut Draw) -> Model {
    let length = tenths(MODEL_LENGTHS[index] + draw.between(-MODEL_SPREAD, MODEL_SPREAD));
    let letter = char::from(b'A' + index as u8);
    Model {
        name: format!("{letter}{length:.0}"),
        length,
        two_sections: index + TWO_SECTIONS >= MODEL_LENGTHS.len(),
    }
}

/// Stretches between the cameras of a track that together are about this share of it.
fn holes(length: f64, cameras: usize, share: f64, draw: &mut Draw) -> Vec<(f64, f64)> {
    let stretch = length / cameras as f64;
    let width = share * length / cameras.saturating_sub(1).max(1) as f64;
    (1..cameras)
        .map(|place| {
            let half = 0.5 * width * draw.within(HOLE_WIDTH);
            (place as f64 * stretch - half, place as f64 * stretch + half)
        })
        .collect()
}

/// Cameras in a row along each track, as many on a track as its length asks for.
fn cameras(tracks: &[Track], parameters: &Parameters, seed: u64) -> Vec<Camera> {
    let mut draw = Draw::new(seed, Stream::Sensors);
    let total: f64 = tracks.iter().map(|track| track.length).sum();
    let count = draw.within(parameters.cameras);
    let mut before = 0.0;
    let counts: Vec<usize> = tracks
        .iter()
        .map(|track| {
            let after: f64 = before + count * track.length / total;
            let here = (after.round() - f64::round(before)).max(1.0) as usize;
            before = after;
            here
        })
        .collect();
    let mut gaps = Draw::new(seed, Stream::Gaps);
    let holes: Vec<Vec<(f64, f64)>> = tracks
        .iter()
        .zip(&counts)
        .map(|(track, &here)| holes(track.length, here, parameters.uncovered, &mut gaps))
        .collect();
    let mut cameras = Vec::new();
    for (index, track) in tracks.iter().enumerate() {
        let here = counts[index];
        for place in 0..here {
            let stretch = track.length / here as f64;
            let overlap = draw.within(OVERLAP);
            let from = (place as f64 * stretch - overlap).max(0.0);
            let to = ((place + 1) as f64 * stretch + overlap).min(track.length);
            let number = cameras.len() + 1;
            let mut camera = camera(number, (from, to), track.y, parameters, &mut draw);
            let second = neighbour(index, tracks, &mut draw)
                .map(|other| (other, shrunk(from, to, tracks[other].length)));
            for (track, (from, to)) in std::iter::once((index, (from, to))).chain(second) {
                let bias = parameters.bias * draw.normal();
                let seen = without((from, to), &holes[track]);
                camera
                    .covers
                    .extend(seen.into_iter().map(|(from, to)| Cover {
                        track,
                        from: tenths(from),
                        to: tenths(to),
                        bias,
                    }));
            }
            // A camera that would cover only such a stretch is not put up.
            if !camera.covers.is_empty() {
                cameras.push(camera);
            }
        }
    }
    cameras
}

/// One camera beside a track, at one end of the stretch that it covers.
fn camera(
    number: usize,
    (from, to): (f64, f64),
    y: f64,
    parameters: &Parameters,
    draw: &mut Draw,
) -> Camera {
    let (slow, fast) = parameters.rate;
    let rate = slow * (fast / slow).powf(draw.between(0.0, 1.0));
    let up = draw.chance(0.5);
    let side = if draw.chance(0.5) { 1.0 } else { -1.0 };
    Camera {
        id: format!("C{number:02}"),
        rate: (rate * 100.0).round() / 100.0,
        detection: (draw.within(parameters.detection) * 100.0).round() / 100.0,
        sigma: draw.within(parameters.sigma),
        reach: to - from + CAMERA_BACK,
        x: if up {
            from - CAMERA_BACK
        } else {
            to + CAMERA_BACK
        },
        y: y + side * CAMERA_SIDE,
        z: draw.within(CAMERA_HEIGHT),
        covers: Vec::new(),
    }
}

/// A neighbouring track that a camera sees, too, or none.
fn neighbour(track: usize, tracks: &[Track], draw: &mut Draw) -> Option<usize> {
    let seen = draw.chance(SECOND_TRACK.0);
    let above = draw.chance(0.5);
    let other = if above {
        Some(track + 1)
    } else {
        track.checked_sub(1)
    };
    other.filter(|other| seen && *other < tracks.len())
}

/// The stretch that a camera covers of a neighbouring track: less than of its own.
fn shrunk(from: f64, to: f64, length: f64) -> (f64, f64) {
    let margin = SECOND_TRACK.1 * (to - from);
    (from + margin, (to - margin).min(length))
}

/// What is left of a stretch without the holes.
fn without(stretch: (f64, f64), holes: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut left = Vec::new();
    let mut from = stretch.0;
    for hole in holes.iter().filter(|hole| hole.1 > hole.0) {
        left.push((from, hole.0.min(stretch.1)));
        from = from.max(hole.1);
    }
    left.push((from, stretch.1));
    left.retain(|(from, to)| to - from >= SHORTEST_COVER);
    left
}

/// Rounded to tenths.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
