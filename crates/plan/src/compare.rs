// SPDX-License-Identifier: MIT OR Apache-2.0
//! What differs between a plan and a state.

use std::collections::BTreeMap;

use messages::{FacilityState, Timestamp, Validity};
use plates::Shape;
use serde::{Serialize, Serializer};

use crate::odds::{Scene, Seen};
use crate::plan::{Entry, Plan};
use crate::site::Site;

/// What is less likely is not told.
const LEAST: f64 = 0.01;

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It stands on another track than planned.
    WrongTrack,
    /// It should be there and was read nowhere.
    Missing,
    /// It is there, and nothing of the kind is planned now.
    Unexpected,
    /// Two machines claim one number.
    NumberTwice,
    /// The number that was read cannot be, by its check digit.
    CheckDigitFailed,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::WrongTrack,
        Self::Missing,
        Self::Unexpected,
        Self::NumberTwice,
        Self::CheckDigitFailed,
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WrongTrack => "wrong track",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::NumberTwice => "number twice",
            Self::CheckDigitFailed => "check digit failed",
        }
    }
}

impl Serialize for What {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its kind.
    pub what: What,
    /// The number that it is about; nothing for a machine whose number was not read.
    pub number: Option<String>,
    /// The track that is planned.
    pub planned: Option<String>,
    /// The track where it stands.
    pub track: Option<String>,
    /// The machines of the state that it is about.
    pub locomotives: Vec<String>,
    /// Its probability.
    pub p: f64,
    /// A sentence.
    pub text: String,
}

/// How it stands with an entry of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Its time has not come.
    Later,
    /// Its time is over.
    Over,
    /// It is where it should be.
    AsPlanned,
    /// It is elsewhere.
    WrongTrack,
    /// It was read nowhere.
    Missing,
}

/// An entry and how it stands with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Planned {
    /// The number as the plan writes it.
    pub number: String,
    /// The planned track.
    pub track: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when; nothing if the plan names no end.
    pub until: Option<Timestamp>,
    /// The planned model.
    pub model: Option<String>,
    /// How it stands with it.
    pub standing: Standing,
    /// Probability of that, of what is due.
    pub p: Option<f64>,
}

/// A plan held against a state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The differences, the most likely first.
    pub differences: Vec<Difference>,
    /// All entries, in the order of the plan.
    pub entries: Vec<Planned>,
}

/// Holds a plan against a state of the hall.
#[must_use]
pub fn compare(plan: &Plan, site: &Site, state: &FacilityState, at: Timestamp) -> Comparison {
    let scene = Scene::new(plan, state, at);
    let seen = |track: &str| site.seen(track, &state.cameras);
    let mut differences = Vec::new();
    for entry in &scene.due {
        differences.extend(of_entry(entry, &scene, seen));
    }
    differences.extend(unexpected(plan, &scene));
    differences.extend(twice(&scene));
    differences.extend(failed_checks(site, &scene));
    differences.retain(|difference| difference.p >= LEAST);
    for difference in &mut differences {
        difference.p = rounded(difference.p);
    }
    differences.sort_by(|a, b| {
        b.p.total_cmp(&a.p)
            .then_with(|| a.what.cmp(&b.what))
            .then_with(|| a.number.cmp(&b.number))
    });
    let planned = |entry: &Entry| standing(entry, &scene, at, seen);
    Comparison {
        differences,
        entries: plan.entries.iter().map(planned).collect(),
    }
}

/// A probability with four decimals, as messages write it.
fn rounded(p: f64) -> f64 {
    (p * 1e4).round() / 1e4
}

/// Of the machines that bear a number the one that bears it most likely.
fn likeliest<'a, 'b>(bearers: impl Iterator<Item = &'b Seen<'a>>) -> Option<&'b Seen<'a>>
where
    'a: 'b,
{
    bearers.max_by(|a, b| a.p_read().total_cmp(&b.p_read()))
}

/// What differs from an entry that is due. A number that two claim, one of them in the right place, is told as such.
fn of_entry(entry: &Entry, scene: &Scene, seen: impl Fn(&str) -> f64) -> Option<Difference> {
    let (number, planned) = (&entry.number, &entry.track);
    if scene.is_unread(entry) {
        let p = seen(planned) * scene.p_absent(entry);
        let nameless = match scene.nameless(planned) {
            0 => String::new(),
            1 => "; one machine there has no number".to_owned(),
            some => format!("; {some} machines there have no number"),
        };
        return Some(Difference {
            what: What::Missing,
            number: Some(number.clone()),
            planned: Some(planned.clone()),
            track: None,
            locomotives: Vec::new(),
            p,
            text: format!("{number} should be on {planned} and was read nowhere{nameless}"),
        });
    }
    let is_there = |seen: &&Seen| seen.machine.track == *planned;
    if scene.bearers(&entry.shapes).any(|seen| is_there(&seen)) {
        return None;
    }
    let elsewhere = likeliest(scene.bearers(&entry.shapes))?;
    let track = &elsewhere.machine.track;
    Some(Difference {
        what: What::WrongTrack,
        number: Some(number.clone()),
        planned: Some(planned.clone()),
        track: Some(track.clone()),
        locomotives: vec![elsewhere.machine.id.clone()],
        p: elsewhere.p_read(),
        text: format!("{number} should be on {planned} and stands on {track}"),
    })
}

/// What is there and is not due. A track of which the plan says nothing may hold anything.
fn unexpected(plan: &Plan, scene: &Scene) -> Vec<Difference> {
    let candidates = scene
        .seen
        .iter()
        .filter(|seen| seen.counts() && plan.names(&seen.machine.track));
    let difference = |seen: &Seen| {
        let track = &seen.machine.track;
        let plate = seen.machine.plate.as_ref().filter(|_| seen.is_read());
        let (p, text) = match plate {
            Some(_) if scene.due.iter().any(|entry| entry.shapes == seen.shapes) => return None,
            Some(plate) => (
                seen.p_read(),
                format!(
                    "{} stands on {track} and is not planned there now",
                    plate.text
                ),
            ),
            None => {
                // As many of those without a number may be what is missing on this track.
                let (missing, nameless) =
                    (scene.unread(track) as f64, scene.nameless(track) as f64);
                let p = seen.machine.confidence * (1.0 - missing / nameless).max(0.0);
                (
                    p,
                    format!(
                        "a machine without number stands on {track}, and none is planned there now that it could be"
                    ),
                )
            }
        };
        Some(Difference {
            what: What::Unexpected,
            number: plate.map(|plate| plate.text.clone()),
            planned: None,
            track: Some(track.clone()),
            locomotives: vec![seen.machine.id.clone()],
            p,
            text,
        })
    };
    candidates.filter_map(difference).collect()
}

/// Numbers that more than one machine of a state claims; the probability is that these machines are there.
#[must_use]
pub fn claimed_twice(state: &FacilityState) -> Vec<Difference> {
    twice(&Scene::new(&Plan::default(), state, Timestamp::MAX))
}

/// Numbers that more than one machine claims.
fn twice(scene: &Scene) -> Vec<Difference> {
    let mut claims: BTreeMap<&[Shape], Vec<&Seen>> = BTreeMap::new();
    for seen in scene
        .seen
        .iter()
        .filter(|seen| seen.counts() && seen.is_read())
    {
        claims.entry(&seen.shapes).or_default().push(seen);
    }
    let difference = |mut seen: Vec<&Seen>| {
        seen.sort_by(|a, b| b.machine.confidence.total_cmp(&a.machine.confidence));
        let number = seen.first()?.machine.plate.as_ref()?.text.clone();
        let places: Vec<String> = seen
            .iter()
            .map(|seen| format!("{} on {}", seen.machine.id, seen.machine.track))
            .collect();
        Some(Difference {
            what: What::NumberTwice,
            text: format!("{number} is claimed by {}", places.join(" and ")),
            number: Some(number),
            planned: None,
            track: seen.first().map(|seen| seen.machine.track.clone()),
            p: seen
                .iter()
                .take(2)
                .map(|seen| seen.machine.confidence)
                .product(),
            locomotives: seen.iter().map(|seen| seen.machine.id.clone()).collect(),
        })
    };
    let twice = claims.into_values().filter(|seen| seen.len() > 1);
    twice.filter_map(difference).collect()
}

/// Numbers that cannot be, by their check digit.
fn failed_checks(site: &Site, scene: &Scene) -> Vec<Difference> {
    let read = scene
        .seen
        .iter()
        .filter(|seen| seen.counts() && seen.is_read());
    let failed = read.filter(|seen| site.validity(&seen.shapes) == Validity::Failed);
    let difference = |seen: &Seen| {
        let (number, track) = (
            seen.machine.plate.as_ref()?.text.clone(),
            &seen.machine.track,
        );
        Some(Difference {
            what: What::CheckDigitFailed,
            text: format!("{number} was read on {track}, and its check digit cannot be"),
            number: Some(number),
            planned: None,
            track: Some(track.clone()),
            locomotives: vec![seen.machine.id.clone()],
            p: seen.p_read(),
        })
    };
    failed.filter_map(difference).collect()
}

/// How it stands with an entry.
fn standing(entry: &Entry, scene: &Scene, at: Timestamp, seen: impl Fn(&str) -> f64) -> Planned {
    let there = scene
        .bearers(&entry.shapes)
        .filter(|seen| seen.machine.track == entry.track);
    let (standing, p) = if at < entry.from {
        (Standing::Later, None)
    } else if at >= entry.until {
        (Standing::Over, None)
    } else if let Some(there) = likeliest(there) {
        (Standing::AsPlanned, Some(there.p_read()))
    } else if let Some(elsewhere) = likeliest(scene.bearers(&entry.shapes)) {
        (Standing::WrongTrack, Some(elsewhere.p_read()))
    } else {
        (
            Standing::Missing,
            Some(seen(&entry.track) * scene.p_absent(entry)),
        )
    };
    Planned {
        number: entry.number.clone(),
        track: entry.track.clone(),
        from: entry.from,
        until: Some(entry.until).filter(|until| *until < Timestamp::MAX),
        model: entry.model.clone(),
        standing,
        p: p.map(rounded),
    }
}
