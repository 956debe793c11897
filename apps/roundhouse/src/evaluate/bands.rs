// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the picture shows: stretches of time in which a locomotive or an estimate looked the same.

use std::collections::BTreeMap;

use estimation::metrics::{Instant, TrueLocomotive};
use messages::{LocomotiveState, Timestamp};

/// A locomotive that is found but farther away than this has a colour of its own, metres.
pub const OFF: f64 = 1.0;

/// How a stretch looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Found.
    Right,
    /// Found, but off.
    Off,
    /// Not found.
    Missed,
    /// Straddles a door and is not found.
    Optional,
    /// An estimate of nothing.
    False,
    /// An estimate.
    Estimate,
    /// An estimate whose head is the wrong end.
    WrongHead,
}

impl Look {
    /// The class in the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Off => "off",
            Self::Missed => "missed",
            Self::Optional => "optional",
            Self::False => "false",
            Self::Estimate => "estimate",
            Self::WrongHead => "wrong-head",
        }
    }
}

/// Where it was at an instant, metres.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub time: Timestamp,
    pub lo: f64,
    pub hi: f64,
}

/// A stretch of one locomotive or estimate.
#[derive(Debug, Clone)]
pub struct Band {
    pub track: String,
    pub look: Look,
    pub name: String,
    pub points: Vec<Point>,
}

/// A locomotive that is called otherwise from now on.
#[derive(Debug)]
pub struct Switch {
    pub track: String,
    pub time: Timestamp,
    pub lo: f64,
    pub hi: f64,
    pub what: String,
}

/// Everything that is drawn.
#[derive(Debug, Default)]
pub struct Bands {
    pub filled: Vec<Band>,
    pub outlines: Vec<Band>,
    pub switches: Vec<Switch>,
}

/// Bands that may still go on, by who they are.
#[derive(Default)]
struct Open(BTreeMap<String, Band>);

impl Open {
    /// Goes on with a band, or begins a new one where the look, the name or the track changes.
    fn add(
        &mut self,
        key: &str,
        track: &str,
        look: Look,
        name: String,
        point: Point,
        done: &mut Vec<Band>,
    ) {
        // On another track it does not go on from here.
        if let Some(band) = self.0.get_mut(key).filter(|band| band.track == track) {
            band.extend(point);
            if band.look == look && band.name == name {
                return;
            }
        }
        let band = Band {
            track: track.to_owned(),
            look,
            name,
            points: vec![point],
        };
        done.extend(self.0.insert(key.to_owned(), band));
    }

    /// Ends the bands of those that are not there any more.
    fn end_others(&mut self, here: &[String], done: &mut Vec<Band>) {
        let gone: Vec<String> = self
            .0
            .keys()
            .filter(|key| !here.contains(key))
            .cloned()
            .collect();
        done.extend(gone.iter().filter_map(|key| self.0.remove(key)));
    }

    /// Ends all bands.
    fn end(self, done: &mut Vec<Band>) {
        done.extend(self.0.into_values());
    }
}

impl Band {
    /// Adds a point; of a band at rest only the first and the last are kept.
    fn extend(&mut self, point: Point) {
        if let [.., before, last] = self.points.as_mut_slice() {
            let same = |a: f64, b: f64| (a - b).abs() < 0.02;
            if same(before.lo, point.lo)
                && same(before.hi, point.hi)
                && same(last.lo, point.lo)
                && same(last.hi, point.hi)
            {
                last.time = point.time;
                return;
            }
        }
        self.points.push(point);
    }
}

/// Puts together what is drawn.
pub fn bands(instants: &[Instant]) -> Bands {
    let mut bands = Bands::default();
    let (mut truths, mut falses, mut outlines) =
        (Open::default(), Open::default(), Open::default());
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for instant in instants {
        let time = instant.truth.time;
        let locomotives = &instant.truth.locomotives;
        let mut heads: BTreeMap<&str, bool> = BTreeMap::new();
        for (locomotive, pair) in locomotives.iter().zip(&instant.matching.estimates) {
            let (lo, hi) = locomotive.span();
            let look = look_of(locomotive, pair.map(|pair| pair.1));
            let said = pair.map_or("nothing", |pair| pair.0.id.as_str());
            let name = format!("{} = {said}", locomotive.id);
            let point = Point { time, lo, hi };
            truths.add(
                &locomotive.id,
                &locomotive.track,
                look,
                name,
                point,
                &mut bands.filled,
            );
            let Some((estimate, _)) = pair else { continue };
            heads.insert(&estimate.id, same_head(locomotive, estimate));
            let before = known.insert(&locomotive.id, &estimate.id);
            if let (true, Some(before)) = (
                locomotive.inside,
                before.filter(|before| *before != estimate.id),
            ) {
                bands.switches.push(Switch {
                    track: locomotive.track.clone(),
                    time,
                    lo,
                    hi,
                    what: format!("{}: {before} becomes {}", locomotive.id, estimate.id),
                });
            }
        }
        for estimate in &instant.matching.all {
            let (lo, hi) = estimate_span(estimate);
            let point = Point { time, lo, hi };
            let look = match heads.get(estimate.id.as_str()) {
                Some(false) => Look::WrongHead,
                _ => Look::Estimate,
            };
            let (id, track) = (&estimate.id, &estimate.track);
            outlines.add(id, track, look, id.clone(), point, &mut bands.outlines);
            if !heads.contains_key(id.as_str()) {
                falses.add(id, track, Look::False, id.clone(), point, &mut bands.filled);
            }
        }
        let here = |ids: &mut dyn Iterator<Item = &String>| ids.cloned().collect::<Vec<_>>();
        truths.end_others(
            &here(&mut locomotives.iter().map(|m| &m.id)),
            &mut bands.filled,
        );
        let all = &instant.matching.all;
        outlines.end_others(&here(&mut all.iter().map(|e| &e.id)), &mut bands.outlines);
        let unmatched = all
            .iter()
            .map(|e| &e.id)
            .filter(|id| !heads.contains_key(id.as_str()));
        falses.end_others(&here(&mut unmatched.into_iter()), &mut bands.filled);
    }
    truths.end(&mut bands.filled);
    falses.end(&mut bands.filled);
    outlines.end(&mut bands.outlines);
    bands
}

/// How a true locomotive looks, by the distance to its estimate.
fn look_of(locomotive: &TrueLocomotive, distance: Option<f64>) -> Look {
    match distance {
        Some(d) if d > OFF && locomotive.inside => Look::Off,
        Some(_) => Look::Right,
        None if locomotive.inside => Look::Missed,
        None => Look::Optional,
    }
}

/// Low and high end of an estimate.
pub fn estimate_span(estimate: &LocomotiveState) -> (f64, f64) {
    (
        estimate.head.s.min(estimate.tail.s),
        estimate.head.s.max(estimate.tail.s),
    )
}

/// Whether the estimate has the head at the right end.
fn same_head(locomotive: &TrueLocomotive, estimate: &LocomotiveState) -> bool {
    (locomotive.head <= locomotive.tail) == (estimate.head.s <= estimate.tail.s)
}
