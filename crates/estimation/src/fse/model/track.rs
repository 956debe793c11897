// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known about one track: its locomotives, tentative ends and readings.

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{
    BORDER_NEAR, COUPLED_DISTANCE, COUPLING, NODE_LEAST_LLR, PENDING_MEMORY, PENDING_MOST,
};
use crate::fse::model::pending_readings::{PendingReadings, Reading};
use crate::fse::model::site::Site;
use crate::fse::model::tentative::TentativeEnd;

/// What is known about one track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TrackState {
    /// In order along the track.
    pub(crate) locomotives: Vec<Locomotive>,
    pub(crate) tentative: Vec<TentativeEnd>,
    pub(crate) pending_readings: PendingReadings,
    pub(crate) time: Timestamp,
    pub(crate) reviewed: Timestamp,
}

impl TrackState {
    /// Takes in what was read at a time: whoever stands there learns it, or it waits. Returns how many others it displaced.
    pub(crate) fn read(&mut self, reading: Reading, time: Timestamp, site: &Site) -> u64 {
        let owner = self
            .locomotives
            .iter_mut()
            .find(|locomotive| reading.is_of(locomotive, 0.0));
        if let Some(locomotive) = owner {
            reading.tell(locomotive, site);
            return 0;
        }
        let mut displaced = 0;
        if self.pending_readings.0.len() >= PENDING_MOST {
            self.pending_readings.0.pop_front();
            displaced = 1;
        }
        self.pending_readings.0.push_back((time, reading));
        displaced
    }

    /// Locomotives that were found meanwhile learn what was read of them. Returns how many readings waited in vain.
    pub(crate) fn claim(&mut self, now: Timestamp, site: &Site) -> u64 {
        let mut in_vain = 0;
        let locomotives = &mut self.locomotives;
        self.pending_readings.0.retain(|(time, reading)| {
            let age = now.seconds_since(*time);
            let owner = locomotives
                .iter_mut()
                .find(|locomotive| reading.is_of(locomotive, age));
            if let Some(locomotive) = owner {
                reading.tell(locomotive, site);
                return false;
            }
            in_vain += u64::from(age > PENDING_MEMORY);
            age <= PENDING_MEMORY
        });
        in_vain
    }

    /// Locomotives in order of their middles.
    pub(crate) fn sort(&mut self) {
        let middle = |locomotive: &Locomotive| {
            let (low, high) = locomotive.motion.span();
            low + high
        };
        self.locomotives
            .sort_by(|a, b| middle(a).total_cmp(&middle(b)));
    }

    /// Where each locomotive stands.
    pub(crate) fn spans(&self) -> Vec<(f64, f64)> {
        let span = |locomotive: &Locomotive| locomotive.motion.span();
        self.locomotives.iter().map(span).collect()
    }

    /// Whether an end of a known locomotive is near `s`.
    pub(crate) fn is_end_near(&self, s: f64) -> bool {
        self.locomotives.iter().any(|locomotive| {
            [Side::Low, Side::High].into_iter().any(|side| {
                !locomotive.never_seen(side)
                    && (locomotive.motion.place(side).0 - s).abs() < BORDER_NEAR
            })
        })
    }

    /// Whether another end, known or likely, stands near this tentative end.
    pub(crate) fn is_crowded(&self, index: usize) -> bool {
        let s = self.tentative[index].place().0;
        let known = self.locomotives.iter().flat_map(|locomotive| {
            [Side::Low, Side::High].map(|side| locomotive.motion.place(side).0)
        });
        let likely = self
            .tentative
            .iter()
            .enumerate()
            .filter(|(other, c)| *other != index && c.existence.chance_llr > NODE_LEAST_LLR)
            .map(|(_, c)| c.place().0);
        known.chain(likely).any(|end| (end - s).abs() < COUPLING.1)
    }

    /// Whether an end of `side` at `s` has a neighbour right before it.
    pub(crate) fn is_faced(&self, s: f64, side: Side) -> bool {
        self.locomotives.iter().any(|locomotive| {
            let (low, high) = locomotive.motion.span();
            let gap = if side == Side::Low { s - high } else { low - s };
            (-1.0..COUPLED_DISTANCE).contains(&gap)
        })
    }

    /// Forgets cameras that have not looked for long.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        for locomotive in &mut self.locomotives {
            locomotive.low.forget(now);
            locomotive.high.forget(now);
        }
    }
}
