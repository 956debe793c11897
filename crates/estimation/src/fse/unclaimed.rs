// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readings of machines that are not known yet. They wait until one is found where they were read, and meanwhile tell which ends
//! belong together.

use std::collections::VecDeque;

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use super::attributes::{Attributes, ModelReading, PlateReading};
use super::constants::{
    ATTRIBUTE_INSIDE, LENGTH_WEIGHT_WORST, MODEL_CERTAIN, NUMBER_REACH, UNCLAIMED_MEMORY,
    UNCLAIMED_MOST,
};
use super::machine::Machine;
use super::site::Site;
use super::tracker::TrackState;

/// What was read at one place of a track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Reading {
    Model(ModelReading),
    Plate(PlateReading),
}

impl Reading {
    pub(crate) const fn track(&self) -> usize {
        match self {
            Self::Model(reading) => reading.track,
            Self::Plate(reading) => reading.track,
        }
    }

    const fn s(&self) -> f64 {
        match self {
            Self::Model(reading) => reading.s,
            Self::Plate(reading) => reading.s,
        }
    }

    const fn sigma(&self) -> f64 {
        match self {
            Self::Model(reading) => reading.sigma,
            Self::Plate(reading) => reading.sigma,
        }
    }

    /// Whether the machine contains its place, or did `age` seconds ago.
    fn is_of(&self, machine: &Machine, age: f64) -> bool {
        let (low, high) = machine.motion.span();
        let then = self.s() + machine.motion.speed() * age;
        let margin = (ATTRIBUTE_INSIDE - self.sigma()).max(0.0);
        then > low + margin && then < high - margin
    }

    /// The machine learns it. A model tells how long a half-seen one is, too.
    fn tell(&self, machine: &mut Machine, site: &Site) {
        match self {
            Self::Plate(reading) => machine.attributes.add_plate(reading),
            Self::Model(reading) => {
                machine.attributes.add_model(reading);
                if let Some(unseen) = &mut machine.unseen
                    && !site.models.is_empty()
                {
                    unseen.weigh(LENGTH_WEIGHT_WORST, |length| {
                        reading.of_length(length, site)
                    });
                    machine.settle_unseen();
                }
            }
        }
    }

    fn add_to(&self, attributes: &mut Attributes) {
        match self {
            Self::Plate(reading) => attributes.add_plate(reading),
            Self::Model(reading) => attributes.add_model(reading),
        }
    }
}

/// What the readings near two ends say of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bond {
    /// The ends bear one number, or are of one model that is as long.
    Same,
    /// They bear different numbers.
    Different,
    Unknown,
}

/// The readings of one track that wait, in the order of their times.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Unclaimed(VecDeque<(Timestamp, Reading)>);

impl Unclaimed {
    /// What the readings in the two halves of [from, to] say of its ends.
    pub(crate) fn bond(&self, from: f64, to: f64, site: &Site) -> Bond {
        let middle = f64::midpoint(from, to);
        let (mut low, mut high) = (Attributes::default(), Attributes::default());
        for (_, reading) in &self.0 {
            let s = reading.s();
            if s > from + ATTRIBUTE_INSIDE && s < middle {
                reading.add_to(&mut low);
            } else if s > middle && s < to - ATTRIBUTE_INSIDE {
                reading.add_to(&mut high);
            }
        }
        match (low.certain_plate(), high.certain_plate()) {
            (Some(one), Some(other)) if one == other => return Bond::Same,
            (Some(_), Some(_)) => return Bond::Different,
            _ => {}
        }
        let certain = |half: &Attributes| {
            let favourite = half.favourite_model()?;
            (favourite.1 > MODEL_CERTAIN).then_some(favourite.0)
        };
        match (certain(&low), certain(&high)) {
            (Some(one), Some(other)) if one == other && site.is_nearest(one, to - from) => {
                Bond::Same
            }
            _ => Bond::Unknown,
        }
    }
}

impl Unclaimed {
    /// Whether a certain number was read right inside of an end of `side` at `s`.
    pub(crate) fn names(&self, s: f64, side: Side) -> bool {
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

impl TrackState {
    /// Takes in what was read at a time: whoever stands there learns it, or it waits. Returns how many others it displaced.
    pub(crate) fn read(&mut self, reading: Reading, time: Timestamp, site: &Site) -> u64 {
        let owner = self
            .machines
            .iter_mut()
            .find(|machine| reading.is_of(machine, 0.0));
        if let Some(machine) = owner {
            reading.tell(machine, site);
            return 0;
        }
        let mut displaced = 0;
        if self.unclaimed.0.len() >= UNCLAIMED_MOST {
            self.unclaimed.0.pop_front();
            displaced = 1;
        }
        self.unclaimed.0.push_back((time, reading));
        displaced
    }

    /// Machines that were found meanwhile learn what was read of them. Returns how many readings waited in vain.
    pub(crate) fn claim(&mut self, now: Timestamp, site: &Site) -> u64 {
        let mut in_vain = 0;
        let machines = &mut self.machines;
        self.unclaimed.0.retain(|(time, reading)| {
            let age = now.seconds_since(*time);
            let owner = machines
                .iter_mut()
                .find(|machine| reading.is_of(machine, age));
            if let Some(machine) = owner {
                reading.tell(machine, site);
                return false;
            }
            in_vain += u64::from(age > UNCLAIMED_MEMORY);
            age <= UNCLAIMED_MEMORY
        });
        in_vain
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

    use facility::Facility;
    use messages::{ModelCandidate, ModelReport, PlateReport, Validity};

    use super::*;
    use crate::fse::Without;

    fn site() -> Site {
        let text = "facility = 'a'\n[[track]]\nid = 'T1'\nlength = 60.0\n[[camera]]\nid = 'C1'\n\
                    [[model]]\nname = 'S14'\nlength = 14.0\n[[model]]\nname = 'T28'\nlength = 28.0\n";
        Site::new(
            &Facility::parse(text, "facility.toml").unwrap(),
            Without::default(),
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

    fn bond(readings: Vec<(Timestamp, Reading)>, site: &Site) -> Bond {
        Unclaimed(readings.into()).bond(10.0, 37.6, site)
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
            bond(readings, &site)
        };
        assert_eq!(of(("T28", 0.98), ("T28", 0.9)), Bond::Same);
        assert_eq!(
            of(("S14", 0.98), ("S14", 0.98)),
            Bond::Unknown,
            "too long for one"
        );
        assert_eq!(of(("T28", 0.98), ("S14", 0.98)), Bond::Unknown);
        assert_eq!(of(("T28", 0.98), ("T28", 0.55)), Bond::Unknown, "doubtful");
    }

    #[test]
    fn numbers_tell_one_machine_from_two() {
        let site = site();
        let of = |low: &str, high: &str, p: f64| {
            let both = (0..4).flat_map(|_| [plate(12.0, low, 0.97), plate(35.6, high, p)]);
            bond(both.collect(), &site)
        };
        assert_eq!(of("10370211", "10370211", 0.97), Bond::Same);
        assert_eq!(of("10370211", "10370344", 0.97), Bond::Different);
        assert_eq!(of("10370211", "10370344", 0.2), Bond::Unknown, "doubtful");
        assert_eq!(bond(Vec::new(), &site), Bond::Unknown);
    }

    #[test]
    fn a_number_names_the_end_inside_of_which_it_hangs() {
        let waiting = Unclaimed((0..4).map(|_| plate(12.0, "10370211", 0.97)).collect());
        assert!(waiting.names(10.0, Side::Low));
        assert!(!waiting.names(10.0, Side::High));
        assert!(waiting.names(14.0, Side::High));
        assert!(!waiting.names(20.0, Side::High), "too far inside");
    }
}
