// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state as others read it.

use std::collections::BTreeSet;

use messages::{CameraState, EndState, FacilityState, LocomotiveState, Side, Status, Timestamp};

use super::constants::{COASTING, DEFAULT_SYSTEMATIC, MOVING, SEEING, SYSTEMATIC_MEMORY};
use super::identity::contest;
use super::machine::Machine;
use super::motion::logistic;
use super::tracker::Tracker;

/// Ends nearer to each other than this are no machine, m.
const SHORTEST_SHOWN: f64 = 0.5;

impl Tracker {
    /// What stands where at `now`, to which all tracks have been predicted.
    pub(crate) fn snapshot(
        &self,
        now: Timestamp,
        number: u64,
        inputs: &BTreeSet<String>,
    ) -> FacilityState {
        let mut locomotives = Vec::new();
        let mut votes = Vec::new();
        for (track, state) in self.tracks.iter().enumerate() {
            let site = &self.site.tracks[track];
            let inside = |machine: &&Machine| !machine.is_out(site);
            let mut machines: Vec<&Machine> = state.machines.iter().filter(inside).collect();
            machines.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
            let spans = apart(&machines);
            for (machine, span) in machines.into_iter().zip(spans) {
                let locomotive = self.locomotive(track, machine, span, now);
                let plate = locomotive.plate.as_ref();
                votes.push(plate.map_or(0.0, |plate| machine.attributes.votes(&plate.text)));
                locomotives.push(locomotive);
            }
        }
        contest(&mut locomotives, &votes);
        let count = locomotives
            .iter()
            .filter(|l| l.status != Status::Tentative)
            .count() as u64;
        let cameras = self.site.cameras.iter().zip(&self.trust).enumerate().map(
            |(index, (camera, trust))| CameraState {
                id: camera.id.clone(),
                health: trust.health,
                blind: self.blind(index),
            },
        );
        FacilityState {
            state: number,
            count,
            inputs: inputs.iter().cloned().collect(),
            locomotives,
            cameras: cameras.collect(),
        }
    }

    fn locomotive(
        &self,
        track: usize,
        machine: &Machine,
        span: (f64, f64),
        now: Timestamp,
    ) -> LocomotiveState {
        let head_low = machine.head_low();
        let end = |side: Side, s: f64| {
            let evidence = machine.evidence(side);
            let since = now.saturating_sub((SYSTEMATIC_MEMORY * 1e9) as i64);
            let systematic = self.systematic(track, machine, side, since);
            let variance = machine.motion.place(side).1
                + systematic.powi(2) / evidence.cameras_since(since) as f64;
            EndState {
                s,
                sigma: variance.sqrt(),
            }
        };
        let (low, high) = (end(Side::Low, span.0), end(Side::High, span.1));
        let (head, tail) = if head_low >= 0.0 {
            (low, high)
        } else {
            (high, low)
        };
        let confidence = machine.confidence();
        let recently = now.saturating_sub((SEEING * 1e9) as i64);
        let seen_by: BTreeSet<usize> = machine
            .low
            .seen_by(recently)
            .chain(machine.high.seen_by(recently))
            .collect();
        let mut seen_by: Vec<String> = seen_by
            .into_iter()
            .map(|camera| self.site.cameras[camera].id.clone())
            .collect();
        seen_by.sort();
        LocomotiveState {
            id: format!("L{}", machine.name),
            track: self.site.tracks[track].id.clone(),
            head,
            tail,
            orientation_confidence: logistic(head_low.abs()),
            velocity: machine.motion.speed(),
            moving: machine.motion.moving() > MOVING,
            confidence,
            status: if confidence < 0.5 {
                Status::Tentative
            } else if machine.unseen_for(now) > COASTING {
                Status::Coasting
            } else {
                Status::Confirmed
            },
            model: machine
                .attributes
                .model(&self.site, machine.motion.length()),
            plate: machine.attributes.plate(),
            last_seen: machine.last_seen().unwrap_or(machine.born),
            seen_by,
        }
    }

    /// Systematic error of the cameras that saw this end, root mean square, m.
    fn systematic(&self, track: usize, machine: &Machine, side: Side, since: Timestamp) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0_f64);
        for camera in machine.evidence(side).seen_by(since) {
            sum += self.site.cameras[camera].systematic[track].powi(2);
            count += 1.0;
        }
        if self.site.without.systematic {
            0.0
        } else if count > 0.0 {
            (sum / count).sqrt()
        } else {
            DEFAULT_SYSTEMATIC
        }
    }
}

fn middle(machine: &Machine) -> f64 {
    let (low, high) = machine.motion.span();
    low + high
}

/// Spans in order that do not overlap: neighbours whose estimates do share the difference.
fn apart(machines: &[&Machine]) -> Vec<(f64, f64)> {
    let mut spans: Vec<(f64, f64)> = machines
        .iter()
        .map(|machine| {
            let (low, high) = machine.motion.span();
            (low, high.max(low + SHORTEST_SHOWN))
        })
        .collect();
    for index in 1..spans.len() {
        let before = spans[index - 1];
        let here = &mut spans[index];
        if here.0 < before.1 {
            let border = (0.5 * (here.0 + before.1)).max(before.0 + SHORTEST_SHOWN);
            here.0 = border;
            here.1 = here.1.max(border + SHORTEST_SHOWN);
            spans[index - 1].1 = border;
        }
    }
    spans
}
