// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readings of locomotives that are not known yet. They wait until one is found where they were read, and meanwhile tell which
//! ends belong together.

use std::collections::VecDeque;

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::attributes::{Attributes, ModelReading, PlateReading};
use crate::fse::model::locomotive::Locomotive;
use crate::fse::model::parameters::{LENGTH_WEIGHT_WORST, parameters};
use crate::fse::model::site::Site;
use crate::fse::model::span::Span;

parameters! {
    /// How long a reading waits for its locomotive: longer than any locomotive waits to be confirmed.
    PENDING_MEMORY: f64 = 20.0, "s", "Larger: readings are kept longer.";
    /// Readings of a track that wait, at most.
    PENDING_MOST: usize = 64, "", "Bounds memory.";
    /// How far inside of an end the number that it bears may be read.
    NUMBER_REACH: f64 = 4.0, "m", "Larger: more ends are identified by a number.";
    /// A reading belongs to a locomotive that contains its place by this much less its standard deviation.
    ATTRIBUTE_INSIDE: f64 = 0.5, "m", "Larger: fewer readings at the ends.";
    /// A model with this probability from its readings is certain.
    MODEL_CERTAIN: f64 = 0.9, "", "Larger: fewer ends are joined by their model.";
}

/// What was read at one place of a track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Reading {
    Model(ModelReading),
    Plate(PlateReading),
}

impl Reading {
    /// The track it was read on.
    pub(crate) const fn track(&self) -> usize {
        match self {
            Self::Model(reading) => reading.track,
            Self::Plate(reading) => reading.track,
        }
    }

    /// Where it was read, m.
    const fn s(&self) -> f64 {
        match self {
            Self::Model(reading) => reading.s,
            Self::Plate(reading) => reading.s,
        }
    }

    /// Standard deviation of that place, m.
    const fn sigma(&self) -> f64 {
        match self {
            Self::Model(reading) => reading.sigma,
            Self::Plate(reading) => reading.sigma,
        }
    }

    /// Whether the locomotive contains its place, or did `age` seconds ago.
    pub(crate) fn is_of(&self, locomotive: &Locomotive, age: f64) -> bool {
        let Span { low, high } = locomotive.motion.span();
        let then = self.s() + locomotive.motion.speed() * age;
        let margin = (ATTRIBUTE_INSIDE - self.sigma()).max(0.0);
        then > low + margin && then < high - margin
    }

    /// The locomotive learns it. A model also tells the length of one with one end in sight.
    pub(crate) fn teach(&self, locomotive: &mut Locomotive, site: &Site) {
        match self {
            Self::Plate(reading) => locomotive.attributes.add_plate(reading),
            Self::Model(reading) => {
                locomotive.attributes.add_model(reading);
                if let Some(unseen) = &mut locomotive.unseen
                    && !site.models.is_empty()
                {
                    unseen.weigh(LENGTH_WEIGHT_WORST, |length| {
                        reading.of_length(length, site)
                    });
                    locomotive.place_unseen_end();
                }
            }
        }
    }

    /// Adds it to what was read of something.
    fn add_to(&self, attributes: &mut Attributes) {
        match self {
            Self::Plate(reading) => attributes.add_plate(reading),
            Self::Model(reading) => attributes.add_model(reading),
        }
    }
}

/// What the readings near two ends say of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// The ends bear one number, or are of one model that is as long.
    Same,
    /// They bear different numbers.
    Different,
    Unknown,
}

/// The readings of one track that wait, in the order of their times.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PendingReadings(VecDeque<(Timestamp, Reading)>);

impl PendingReadings {
    /// A reading waits. Returns how many others it displaced.
    pub(crate) fn push(&mut self, time: Timestamp, reading: Reading) -> u64 {
        let mut displaced = 0;
        if self.0.len() >= PENDING_MOST {
            self.0.pop_front();
            displaced = 1;
        }
        self.0.push_back((time, reading));
        displaced
    }

    /// Lets go of the readings that `teach` finds a locomotive for, given their age in seconds, and of those that have waited
    /// too long. Returns how many of the latter there were.
    pub(crate) fn claim(
        &mut self,
        now: Timestamp,
        mut teach: impl FnMut(&Reading, f64) -> bool,
    ) -> u64 {
        let mut expired = 0;
        self.0.retain(|(time, reading)| {
            let age = now.seconds_since(*time);
            if teach(reading, age) {
                return false;
            }
            expired += u64::from(age > PENDING_MEMORY);
            age <= PENDING_MEMORY
        });
        expired
    }

    /// What the readings in the two halves of a span say of its ends.
    pub(crate) fn agreement(&self, span: Span, site: &Site) -> Agreement {
        let middle = f64::midpoint(span.low, span.high);
        let (mut low, mut high) = (Attributes::default(), Attributes::default());
        for (_, reading) in &self.0 {
            let s = reading.s();
            if s > span.low + ATTRIBUTE_INSIDE && s < middle {
                reading.add_to(&mut low);
            } else if s > middle && s < span.high - ATTRIBUTE_INSIDE {
                reading.add_to(&mut high);
            }
        }
        match (low.certain_plate(), high.certain_plate()) {
            (Some(one), Some(other)) if one == other => return Agreement::Same,
            (Some(_), Some(_)) => return Agreement::Different,
            _ => {}
        }
        let certain = |end: &Attributes| {
            let favourite = end.favourite_model()?;
            (favourite.p > MODEL_CERTAIN).then_some(favourite.model)
        };
        match (certain(&low), certain(&high)) {
            (Some(one), Some(other))
                if one == other && site.is_nearest(one, span.high - span.low) =>
            {
                Agreement::Same
            }
            _ => Agreement::Unknown,
        }
    }

    /// Whether a certain number was read right inside of an end of `side` at `s`.
    pub(crate) fn has_certain_number(&self, s: f64, side: Side) -> bool {
        let mut attributes = Attributes::default();
        for (_, reading) in &self.0 {
            let inwards = match side {
                Side::Low => reading.s() - s,
                Side::High => s - reading.s(),
            };
            if (ATTRIBUTE_INSIDE..NUMBER_REACH).contains(&inwards) {
                reading.add_to(&mut attributes);
            }
        }
        attributes.certain_plate().is_some()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

    use facility::Facility;
    use messages::{ModelCandidate, ModelReport, PlateReport, Validity};

    use super::*;
    use crate::fse::Ablation;

    fn site() -> Site {
        let text = "facility = 'a'\n[[track]]\nid = 'T1'\nlength = 60.0\n[[camera]]\nid = 'C1'\n\
                    [[model]]\nname = 'S14'\nlength = 14.0\n[[model]]\nname = 'T28'\nlength = 28.0\n";
        Site::new(
            &Facility::parse(text, "facility.toml").unwrap(),
            Ablation::default(),
        )
    }

    fn model(s: f64, name: &str, p: f64, site: &Site) -> (Timestamp, Reading) {
        let candidate = |name: &str, p| ModelCandidate {
            model: name.to_owned(),
            p,
        };
        let other = if name == "S14" { "T28" } else { "S14" };
        let report = ModelReport {
            camera: "C1".to_owned(),
            track: "T1".to_owned(),
            s,
            sigma: 0.2,
            candidates: vec![candidate(name, p), candidate(other, 1.0 - p)],
        };
        let reading = Reading::Model(ModelReading::new(&report, 0, site));
        (Timestamp::from_nanos(0), reading)
    }

    fn plate(s: f64, text: &str, p: f64) -> (Timestamp, Reading) {
        let report = PlateReport {
            camera: "C1".to_owned(),
            track: "T1".to_owned(),
            s,
            sigma: 0.2,
            text: text.to_owned(),
            confidence: p,
            scheme: Some("cis8".to_owned()),
            valid: Some(Validity::Passed),
            alternatives: Vec::new(),
        };
        let reading = Reading::Plate(PlateReading::new(&report, 0, 0));
        (Timestamp::from_nanos(0), reading)
    }

    fn agreement(readings: Vec<(Timestamp, Reading)>, site: &Site) -> Agreement {
        PendingReadings(readings.into()).agreement(
            Span {
                low: 10.0,
                high: 37.6,
            },
            site,
        )
    }

    #[test]
    fn ends_of_one_model_that_is_as_long_belong_together() {
        let site = site();
        let of = |low: (&str, f64), high: (&str, f64)| {
            let mut readings = Vec::new();
            for _ in 0..5 {
                readings.push(model(12.0, low.0, low.1, &site));
                readings.push(model(35.6, high.0, high.1, &site));
            }
            agreement(readings, &site)
        };
        assert_eq!(of(("T28", 0.98), ("T28", 0.9)), Agreement::Same);
        assert_eq!(
            of(("S14", 0.98), ("S14", 0.98)),
            Agreement::Unknown,
            "too long for one"
        );
        assert_eq!(of(("T28", 0.98), ("S14", 0.98)), Agreement::Unknown);
        assert_eq!(
            of(("T28", 0.98), ("T28", 0.55)),
            Agreement::Unknown,
            "doubtful"
        );
    }

    #[test]
    fn numbers_tell_one_locomotive_from_two() {
        let site = site();
        let of = |low: &str, high: &str, p: f64| {
            let both = (0..4).flat_map(|_| [plate(12.0, low, 0.97), plate(35.6, high, p)]);
            agreement(both.collect(), &site)
        };
        assert_eq!(of("10370211", "10370211", 0.97), Agreement::Same);
        assert_eq!(of("10370211", "10370344", 0.97), Agreement::Different);
        assert_eq!(
            of("10370211", "10370344", 0.2),
            Agreement::Unknown,
            "doubtful"
        );
        assert_eq!(agreement(Vec::new(), &site), Agreement::Unknown);
    }

    #[test]
    fn a_number_names_the_end_inside_of_which_it_hangs() {
        let waiting = PendingReadings((0..4).map(|_| plate(12.0, "10370211", 0.97)).collect());
        assert!(waiting.has_certain_number(10.0, Side::Low));
        assert!(!waiting.has_certain_number(10.0, Side::High));
        assert!(waiting.has_certain_number(14.0, Side::High));
        assert!(
            !waiting.has_certain_number(20.0, Side::High),
            "too far inside"
        );
    }
}
