// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long each locomotive could have been detected. One that was watched for long and never found was overlooked.

use crate::faults::{Fate, inside};
use crate::layout::Camera;
use crate::sight::Scene;

/// An end nearer to the border of what a camera sees is not counted as watched, m.
const MARGIN: f64 = 1.0;

/// How long a locomotive was watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The locomotive's id in the truth.
    pub id: String,
    /// The longest time without a break during which both of its ends were covered by cameras that delivered and were not
    /// blind, s.
    pub longest: f64,
    /// How many of its ends such cameras covered, second by second from the start.
    pub ends: Vec<u8>,
}

/// How long each locomotive was watched, second by second.
pub(crate) fn watched(scene: &Scene, fates: &[Fate], duration: f64) -> Vec<Watched> {
    let seconds = 0..=duration as u32;
    let mut all: Vec<Watched> = scene
        .traffic
        .locomotives
        .iter()
        .map(|locomotive| Watched {
            id: locomotive.id.clone(),
            longest: 0.0,
            ends: vec![0; seconds.clone().count()],
        })
        .collect();
    for stay in &scene.traffic.stays {
        let watched = &mut all[stay.locomotive];
        let mut since = 0.0;
        for second in seconds.clone() {
            let t = f64::from(second);
            let (lo, hi) = stay.span(t);
            let ends = [lo, hi]
                .into_iter()
                .filter(|&s| stay.is_there(t) && is_watched(scene, fates, stay.track, s, t))
                .count();
            watched.ends[second as usize] += ends as u8;
            since = if ends == 2 { since + 1.0 } else { 0.0 };
            watched.longest = watched.longest.max(since);
        }
    }
    all
}

/// Whether a camera that works sees place `s` of a track at time `t`.
fn is_watched(scene: &Scene, fates: &[Fate], track: usize, s: f64, t: f64) -> bool {
    let sees = |camera: &Camera| {
        camera.covers.iter().any(|cover| {
            cover.track == track && (cover.from + MARGIN..cover.to - MARGIN).contains(&s)
        })
    };
    scene
        .hall
        .cameras
        .iter()
        .zip(fates)
        .any(|(camera, fate)| sees(camera) && fate.delivers(t) && !inside(&fate.blind, t))
}
