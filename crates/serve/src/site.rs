// SPDX-License-Identifier: MIT OR Apache-2.0
//! A facility as the page draws it.

use facility::{Camera, Facility, Track};
use serde::Serialize;
use serde_json::{Value, json};

use crate::zone::{Zone, ZoneError};

/// Distance between tracks whose plan is not given, m: they are drawn side by side.
const SPACING: f64 = 6.0;

/// A facility whose file is known.
#[derive(Debug, Clone)]
pub struct Site {
    /// The file's content.
    pub facility: Facility,
    /// Where its days begin.
    pub zone: Zone,
}

/// A gate of a track.
#[derive(Serialize)]
struct Door {
    track: String,
    s: f64,
    position: [f64; 2],
}

impl Site {
    /// The site of a facility.
    ///
    /// # Errors
    /// There is no such time zone.
    pub fn new(facility: Facility) -> Result<Self, ZoneError> {
        let zone = match &facility.timezone {
            Some(name) => Zone::named(name)?,
            None => Zone::default(),
        };
        Ok(Self { facility, zone })
    }

    /// What the page draws.
    pub fn drawing(&self) -> Value {
        let facility = &self.facility;
        let tracks: Vec<Value> = facility
            .tracks
            .iter()
            .enumerate()
            .map(|(index, track)| {
                json!({"id": track.id, "length": track.length, "line": line(track, index),
                       "gates": {"low": track.gates.low, "high": track.gates.high}})
            })
            .collect();
        let models: Vec<Value> = facility
            .models
            .iter()
            .map(|model| json!({"id": model.name, "length": model.length}))
            .collect();
        json!({
            "facility": facility.name,
            "timezone": self.zone.name(),
            "tracks": tracks,
            "cameras": facility.cameras.iter().map(camera).collect::<Vec<_>>(),
            "doors": doors(&facility.tracks),
            "models": models,
        })
    }
}

/// The plan of a track.
fn line(track: &Track, index: usize) -> Vec<[f64; 2]> {
    let y = index as f64 * SPACING;
    track.plan.as_ref().map_or_else(
        || vec![[0.0, y], [track.length, y]],
        |plan| plan.points().to_vec(),
    )
}

/// A camera and what it covers.
fn camera(camera: &Camera) -> Value {
    let position = camera.projection.as_ref().map(|projection| {
        let [x, y, _] = projection.centre();
        [x, y]
    });
    let covers: Vec<Value> = camera
        .covers
        .iter()
        .map(|cover| json!({"track": cover.track, "from": cover.from, "to": cover.to}))
        .collect();
    json!({"id": camera.id, "position": position, "rate": camera.rate, "covers": covers})
}

/// The ends of tracks through which locomotives come and go.
fn doors(tracks: &[Track]) -> Vec<Door> {
    let mut doors = Vec::new();
    for (index, track) in tracks.iter().enumerate() {
        let line = line(track, index);
        let ends = [
            (track.gates.low, 0.0, line.first()),
            (track.gates.high, track.length, line.last()),
        ];
        for (is_gate, s, position) in ends {
            if let (true, Some(position)) = (is_gate, position) {
                doors.push(Door {
                    track: track.id.clone(),
                    s,
                    position: *position,
                });
            }
        }
    }
    doors
}
