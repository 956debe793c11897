// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known about one track: its locomotives, tentative ends and readings.

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{BORDER_NEAR, COUPLING_LONGEST};
use crate::fse::model::pending_readings::{PendingReadings, Reading};
use crate::fse::model::site::Site;
use crate::fse::model::span::Span;
use crate::fse::model::tentative::TentativeEnd;

/// What is known about one track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TrackState {
    /// In order along the track.
    pub(crate) locomotives: Vec<Locomotive>,
    /// Ends that belong to no known locomotive yet.
    pub(crate) tentative: Vec<TentativeEnd>,
    /// Readings of locomotives that are not known yet.
    pub(crate) pending_readings: PendingReadings,
    /// The event time that all places are of.
    pub(crate) time: Timestamp,
    /// When its hypotheses were last compared.
    pub(crate) reviewed: Timestamp,
}

impl TrackState {
    /// Whether all that was seen on it was seen by one of so many cameras.
    pub(crate) fn fits(&self, cameras: usize) -> bool {
        let mut tentative = self.tentative.iter();
        let mut locomotives = self.locomotives.iter();
        tentative.all(|end| end.existence.fits(cameras))
            && locomotives.all(|locomotive| locomotive.fits(cameras))
    }

    /// Takes in what was read at a time: the locomotive that stands there learns it, or it waits. Returns how many waiting
    /// readings it displaced.
    pub(crate) fn read(&mut self, reading: Reading, time: Timestamp, site: &Site) -> u64 {
        let owner = self
            .locomotives
            .iter_mut()
            .find(|locomotive| reading.is_of(locomotive, 0.0));
        if let Some(locomotive) = owner {
            reading.teach(locomotive, site);
            return 0;
        }
        self.pending_readings.push(time, reading)
    }

    /// Locomotives that were found meanwhile learn what was read of them. Returns how many readings expired.
    pub(crate) fn claim(&mut self, now: Timestamp, site: &Site) -> u64 {
        let locomotives = &mut self.locomotives;
        self.pending_readings.claim(now, |reading, age| {
            let owner = locomotives
                .iter_mut()
                .find(|locomotive| reading.is_of(locomotive, age));
            let found = owner.is_some();
            if let Some(locomotive) = owner {
                reading.teach(locomotive, site);
            }
            found
        })
    }

    /// Locomotives in order of their middles.
    pub(crate) fn sort(&mut self) {
        let middle = |locomotive: &Locomotive| locomotive.motion.span().twice_middle();
        self.locomotives
            .sort_by(|a, b| middle(a).total_cmp(&middle(b)));
    }

    /// Where each locomotive stands.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let span = |locomotive: &Locomotive| locomotive.motion.span();
        self.locomotives.iter().map(span).collect()
    }

    /// Whether an end of a known locomotive is near `s`.
    pub(crate) fn is_end_near(&self, s: f64) -> bool {
        self.locomotives.iter().any(|locomotive| {
            [Side::Low, Side::High].into_iter().any(|side| {
                !locomotive.never_seen(side)
                    && (locomotive.motion.place(side).mean - s).abs() < BORDER_NEAR
            })
        })
    }

    /// Whether another end, known or likely, stands near this tentative end.
    pub(crate) fn is_crowded(&self, index: usize) -> bool {
        let s = self.tentative[index].place().mean;
        let known = self.locomotives.iter().flat_map(|locomotive| {
            [Side::Low, Side::High].map(|side| locomotive.motion.place(side).mean)
        });
        let likely = self
            .tentative
            .iter()
            .enumerate()
            .filter(|(other, c)| *other != index && c.existence.is_likely())
            .map(|(_, c)| c.place().mean);
        known
            .chain(likely)
            .any(|end| (end - s).abs() < COUPLING_LONGEST)
    }

    /// Whether an end of `side` at `s` has a neighbour right before it.
    pub(crate) fn is_faced(&self, s: f64, side: Side) -> bool {
        self.locomotives
            .iter()
            .any(|locomotive| locomotive.motion.span().hides_face(s, side))
    }

    /// Forgets what cameras knew that have not scanned an end for long.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        for locomotive in &mut self.locomotives {
            locomotive.low.forget(now);
            locomotive.high.forget(now);
        }
    }
}
