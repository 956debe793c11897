// SPDX-License-Identifier: MIT OR Apache-2.0
//! One document after the other, in the order of event times, becomes history.

use std::collections::{BTreeMap, BTreeSet};

use messages::{CameraHealth, Data, Event, FacilityState, LocomotiveState, Status, Timestamp};
use serde::{Deserialize, Serialize};

use super::machine::{GONE_NS, Machine};
use super::rows::{Camera, Coverage, Row};

/// A longer silence is a gap in the record, ns.
pub const GAP_NS: i64 = 30_000_000_000;
/// What is seen first within this time after the record begins was there before, ns.
const WARM_UP_NS: i64 = 60_000_000_000;

/// What must be remembered of the past to go on. It can be written and read, which changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// The locomotives in the hall, by the names that they have in the states now.
    machines: BTreeMap<String, Machine>,
    cameras: BTreeMap<String, Camera>,
    coverage: Option<Coverage>,
    /// When the record began, after its last gap.
    begun: Timestamp,
}

impl Fold {
    /// Takes the next document; returns what is to be written. Those that say nothing of history are passed over.
    pub fn step(&mut self, event: &Event) -> Vec<Row> {
        let mut out = Vec::new();
        match &event.data {
            Data::State(state) => self.state(event.time, state, &mut out),
            Data::Health(health) => self.health(event.time, health, &mut out),
            _ => {}
        }
        out
    }

    /// The present stretch without a gap.
    pub const fn coverage(&self) -> Option<Coverage> {
        self.coverage
    }

    /// Everything written that may change.
    pub fn open_rows(&self) -> Vec<Row> {
        let cameras = self.cameras.values().cloned().map(Row::Camera);
        let machines = self.machines.values().flat_map(Machine::rows);
        machines.chain(cameras).collect()
    }

    /// The next state.
    fn state(&mut self, time: Timestamp, state: &FacilityState, out: &mut Vec<Row>) {
        self.cover(time);
        let counted = |locomotive: &&LocomotiveState| locomotive.status != Status::Tentative;
        let here: Vec<&LocomotiveState> = state.locomotives.iter().filter(counted).collect();
        let names: BTreeSet<&str> = here.iter().map(|there| there.id.as_str()).collect();
        for locomotive in here {
            self.see(time, locomotive, &names, out);
        }
        let is_gone = |_: &String, machine: &mut Machine| time.since(machine.seen()) >= GONE_NS;
        for machine in self.machines.extract_if(.., is_gone).map(|(_, gone)| gone) {
            machine.leave(out);
        }
        for camera in &state.cameras {
            self.camera(&camera.id, camera.health.as_str(), None, time, out);
        }
    }

    /// States come, or begin to come again.
    fn cover(&mut self, time: Timestamp) {
        match &mut self.coverage {
            Some(coverage) if time.since(coverage.to) <= GAP_NS => {
                coverage.to = time;
                coverage.states += 1;
            }
            other => {
                *other = Some(Coverage {
                    from: time,
                    to: time,
                    states: 1,
                });
                self.begun = time;
            }
        }
    }

    /// A locomotive is in the state, beside those of these names.
    fn see(
        &mut self,
        time: Timestamp,
        locomotive: &LocomotiveState,
        names: &BTreeSet<&str>,
        out: &mut Vec<Row>,
    ) {
        if !self.machines.contains_key(&locomotive.id) {
            let found = time.since(self.begun) <= WARM_UP_NS;
            let machine = self
                .lost(locomotive, names)
                .unwrap_or_else(|| Machine::new(time, locomotive, found));
            self.machines.insert(locomotive.id.clone(), machine);
        }
        if let Some(machine) = self.machines.get_mut(&locomotive.id) {
            let mut rows = Vec::new();
            machine.see(time, locomotive, &mut rows);
            out.extend(rows);
        }
    }

    /// The locomotive that this one may be under another name: missing, and last seen in the same place.
    fn lost(&mut self, locomotive: &LocomotiveState, names: &BTreeSet<&str>) -> Option<Machine> {
        let is_it = |(name, machine): &(&String, &Machine)| {
            !names.contains(name.as_str()) && machine.may_be(locomotive)
        };
        let name = self.machines.iter().find(is_it)?.0.clone();
        self.machines.remove(&name)
    }

    /// What is said of a camera.
    fn health(&mut self, time: Timestamp, said: &CameraHealth, out: &mut Vec<Row>) {
        let since = said.since.filter(|since| *since < time).unwrap_or(time);
        let reason = said.reason.clone();
        self.camera(&said.camera, said.health.as_str(), reason, since, out);
    }

    /// A camera is so, since then.
    fn camera(
        &mut self,
        name: &str,
        health: &str,
        reason: Option<String>,
        since: Timestamp,
        out: &mut Vec<Row>,
    ) {
        let mut from = since;
        if let Some(known) = self.cameras.get_mut(name) {
            if known.health == health {
                if reason.is_some() && known.reason != reason {
                    known.reason = reason;
                    out.push(Row::Camera(known.clone()));
                }
                return;
            }
            // Two spans of one camera never overlap, nor begin together.
            from = from.max(known.from.saturating_add(1));
            known.to = Some(from);
            out.push(Row::Camera(known.clone()));
        }
        let camera = Camera {
            camera: name.to_owned(),
            health: health.to_owned(),
            reason,
            from,
            to: None,
        };
        out.push(Row::Camera(camera.clone()));
        self.cameras.insert(name.to_owned(), camera);
    }
}
