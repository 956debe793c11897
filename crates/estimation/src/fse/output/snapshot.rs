// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state as others read it.

use std::collections::BTreeSet;

use messages::{CameraState, EndState, FacilityState, LocomotiveState, Side, Status, Timestamp};

use crate::fse::model::gaussian::logistic;
use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{COASTING, DEFAULT_SYSTEMATIC, SYSTEMATIC_MEMORY, parameters};
use crate::fse::model::span::Span;
use crate::fse::scan_update::tracker::Tracker;

parameters! {
    /// Cameras that detected a locomotive within this time are listed as seeing it.
    SEEN_RECENTLY: f64 = 2.0, "s", "The field `seen_by` of the state.";
}

/// Ends nearer to each other than this are no locomotive, m.
const SHORTEST_SHOWN: f64 = 0.5;

impl Tracker {
    /// Ids of the locomotives that rather exist than not.
    pub(crate) fn confirmed_ids(&self) -> BTreeSet<u64> {
        let locomotives = self.tracks.iter().flat_map(|track| &track.locomotives);
        locomotives
            .filter(|locomotive| locomotive.confidence() >= 0.5)
            .map(|locomotive| locomotive.id)
            .collect()
    }

    /// What stands where at `now`, to which all tracks have been predicted.
    pub(crate) fn snapshot(
        &self,
        now: Timestamp,
        number: u64,
        inputs: &BTreeSet<String>,
    ) -> FacilityState {
        let mut states = Vec::new();
        let mut votes = Vec::new();
        for (track, known) in self.tracks.iter().enumerate() {
            let site = &self.site.tracks[track];
            let inside = |locomotive: &&Locomotive| !locomotive.has_departed(site);
            let mut locomotives: Vec<&Locomotive> =
                known.locomotives.iter().filter(inside).collect();
            locomotives.sort_by(|a, b| {
                let middle = |one: &Locomotive| one.motion.span().twice_middle();
                middle(a).total_cmp(&middle(b))
            });
            let spans = apart(&locomotives);
            for (locomotive, span) in locomotives.into_iter().zip(spans) {
                let state = self.locomotive_state(track, locomotive, span, now);
                let plate = state.plate.as_ref();
                votes.push(plate.map_or(0.0, |plate| locomotive.attributes.votes(&plate.text)));
                states.push(state);
            }
        }
        contest(&mut states, &votes);
        let count = states
            .iter()
            .filter(|l| l.status != Status::Tentative)
            .count() as u64;
        let cameras = self
            .site
            .cameras
            .iter()
            .zip(&self.sensor_health)
            .enumerate()
            .map(|(index, (camera, sensor_health))| CameraState {
                id: camera.id.clone(),
                health: sensor_health.health,
                blind: self.outage(index),
            });
        FacilityState {
            state: number,
            count,
            inputs: inputs.iter().cloned().collect(),
            locomotives: states,
            cameras: cameras.collect(),
        }
    }

    /// One locomotive as others read it; `span`: where it is shown.
    fn locomotive_state(
        &self,
        track: usize,
        locomotive: &Locomotive,
        span: Span,
        now: Timestamp,
    ) -> LocomotiveState {
        let head_low = locomotive.head_low();
        let end = |side: Side, s: f64| {
            let existence = locomotive.end(side);
            let since = now.saturating_sub((SYSTEMATIC_MEMORY * 1e9) as i64);
            let systematic = self.systematic(track, locomotive, side, since);
            let variance = locomotive.motion.place(side).variance
                + systematic.powi(2) / existence.cameras_since(since) as f64;
            EndState {
                s,
                sigma: variance.sqrt(),
            }
        };
        let (low, high) = (end(Side::Low, span.low), end(Side::High, span.high));
        let (head, tail) = if head_low >= 0.0 {
            (low, high)
        } else {
            (high, low)
        };
        let confidence = locomotive.confidence();
        let recently = now.saturating_sub((SEEN_RECENTLY * 1e9) as i64);
        let seen_by: BTreeSet<usize> = locomotive
            .low
            .seen_by(recently)
            .chain(locomotive.high.seen_by(recently))
            .collect();
        let mut seen_by: Vec<String> = seen_by
            .into_iter()
            .map(|camera| self.site.cameras[camera].id.clone())
            .collect();
        seen_by.sort();
        LocomotiveState {
            id: format!("L{}", locomotive.id),
            track: self.site.tracks[track].id.clone(),
            head,
            tail,
            orientation_confidence: logistic(head_low.abs()),
            velocity: locomotive.motion.speed(),
            moving: locomotive.motion.is_moving(),
            confidence,
            status: if confidence < 0.5 {
                Status::Tentative
            } else if locomotive.unseen_for(now) > COASTING {
                Status::Coasting
            } else {
                Status::Confirmed
            },
            model: locomotive
                .attributes
                .model(&self.site, locomotive.motion.length()),
            plate: locomotive.attributes.plate(),
            last_seen: locomotive.last_seen().unwrap_or(locomotive.initiated),
            seen_by,
        }
    }

    /// Systematic error of the cameras that saw this end, root mean square, m.
    fn systematic(
        &self,
        track: usize,
        locomotive: &Locomotive,
        side: Side,
        since: Timestamp,
    ) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0_f64);
        for camera in locomotive.end(side).seen_by(since) {
            sum += self.site.cameras[camera].systematic[track].powi(2);
            count += 1.0;
        }
        if self.site.ablation.systematic {
            0.0
        } else if count > 0.0 {
            (sum / count).sqrt()
        } else {
            DEFAULT_SYSTEMATIC
        }
    }
}

/// Spans in order that do not overlap: neighbours whose estimates overlap share the difference.
fn apart(locomotives: &[&Locomotive]) -> Vec<Span> {
    let mut spans: Vec<Span> = locomotives
        .iter()
        .map(|locomotive| {
            let Span { low, high } = locomotive.motion.span();
            Span {
                low,
                high: high.max(low + SHORTEST_SHOWN),
            }
        })
        .collect();
    for index in 1..spans.len() {
        let before = spans[index - 1];
        let here = &mut spans[index];
        if here.low < before.high {
            let border = (0.5 * (here.low + before.high)).max(before.low + SHORTEST_SHOWN);
            here.low = border;
            here.high = here.high.max(border + SHORTEST_SHOWN);
            spans[index - 1].high = border;
        }
    }
    spans
}

/// One number cannot be borne by two locomotives: each bears it by its share of the votes, and says who else claims it. `votes` are
/// those of each locomotive for its own number.
pub(crate) fn contest(locomotives: &mut [LocomotiveState], votes: &[f64]) {
    let claims: Vec<Option<String>> = locomotives
        .iter()
        .map(|one| one.plate.as_ref().map(|plate| plate.text.clone()))
        .collect();
    let names: Vec<String> = locomotives.iter().map(|one| one.id.clone()).collect();
    for (index, locomotive) in locomotives.iter_mut().enumerate() {
        let Some(plate) = &mut locomotive.plate else {
            continue;
        };
        let rivals: Vec<usize> = (0..claims.len())
            .filter(|&other| other != index && claims[other].as_ref() == Some(&plate.text))
            .collect();
        let others: f64 = rivals.iter().map(|&rival| votes[rival]).sum();
        if votes[index] + others > 0.0 {
            plate.p *= votes[index] / (votes[index] + others);
        }
        plate.contested_by = rivals.iter().map(|&rival| names[rival].clone()).collect();
    }
}
