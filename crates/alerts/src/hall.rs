// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of a flow of a hall: its newest state, its cameras, since when machines stand.

use std::collections::BTreeMap;

use messages::{CameraHealth, FacilityState, Health, LocomotiveState, Status, Timestamp};

/// What a flow says.
#[derive(Debug, Clone, Default)]
pub struct Hall {
    /// The newest state and its time.
    pub state: Option<(Timestamp, FacilityState)>,
    /// The cameras.
    pub cameras: BTreeMap<String, Camera>,
    /// Since when a machine has been on a track.
    pub stays: BTreeMap<(String, String), Timestamp>,
    /// When something was last heard.
    pub heard: Option<Timestamp>,
}

/// How a camera is.
#[derive(Debug, Clone)]
pub struct Camera {
    pub health: Health,
    /// Probability that its pictures show nothing.
    pub blind: f64,
    pub reason: Option<String>,
    pub since: Timestamp,
    /// When this was told.
    told: Timestamp,
}

/// A camera whose pictures show nothing with more than this probability is blind.
const BLIND: f64 = 0.5;

impl Camera {
    /// Why it is of no use, in words; nothing if it is, if it is switched off, or if nothing is known.
    pub const fn trouble(&self) -> Option<&'static str> {
        match self.health {
            Health::Online if self.blind > BLIND => Some("sees nothing"),
            Health::Online | Health::Disabled | Health::Unknown => None,
            Health::Connecting => Some("does not connect"),
            Health::Stalled => Some("delivers no fresh pictures"),
            Health::Frozen => Some("shows a frozen picture"),
            Health::Blind => Some("sees nothing"),
            Health::Moved => Some("was moved"),
            Health::Offline => Some("is not connected"),
        }
    }
}

impl Hall {
    /// A state came. Returns whether it is newer than what was known.
    pub fn take_state(&mut self, time: Timestamp, state: FacilityState) -> bool {
        if self
            .state
            .as_ref()
            .is_some_and(|(newest, _)| *newest >= time)
        {
            return false;
        }
        for camera in &state.cameras {
            let seen = Camera {
                health: camera.health,
                blind: camera.blind,
                reason: None,
                since: time,
                told: time,
            };
            self.look(&camera.id, seen);
        }
        let there = |machine: &LocomotiveState| (machine.id.clone(), machine.track.clone());
        let stays = state.locomotives.iter().map(|machine| {
            let key = there(machine);
            let since = self.stays.get(&key).copied().unwrap_or(time);
            (key, since)
        });
        self.stays = stays.collect();
        self.state = Some((time, state));
        true
    }

    /// A camera's health came. How blind it is only states say.
    pub fn take_health(&mut self, time: Timestamp, health: &CameraHealth) {
        let known = self.cameras.get(&health.camera);
        let seen = Camera {
            health: health.health,
            blind: known.map_or(0.0, |known| known.blind),
            reason: health.reason.clone(),
            since: health.since.unwrap_or(time),
            told: time,
        };
        self.look(&health.camera, seen);
    }

    /// A camera is so. Its trouble is as old as it was when the same was told before.
    fn look(&mut self, id: &str, mut seen: Camera) {
        if let Some(known) = self.cameras.get(id) {
            if known.told > seen.told {
                return;
            }
            if known.trouble() == seen.trouble() {
                seen.since = seen.since.min(known.since);
                seen.reason = seen.reason.or_else(|| known.reason.clone());
            }
        }
        self.cameras.insert(id.to_owned(), seen);
    }

    /// The machines that count.
    pub fn machines(&self) -> impl Iterator<Item = &LocomotiveState> {
        let machines = self.state.iter().flat_map(|(_, state)| &state.locomotives);
        machines.filter(|machine| machine.status != Status::Tentative)
    }

    /// All machines on a track, also those that do not count.
    pub fn on(&self, track: &str) -> impl Iterator<Item = &LocomotiveState> {
        let machines = self.state.iter().flat_map(|(_, state)| &state.locomotives);
        machines.filter(move |machine| machine.track == track)
    }

    /// Probability that nothing stands on a track, as far as cameras see.
    pub fn p_free(&self, track: &str) -> f64 {
        self.on(track)
            .map(|machine| 1.0 - machine.confidence)
            .product()
    }
}
