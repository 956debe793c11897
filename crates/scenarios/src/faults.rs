// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happens to cameras and before them, and when.

use crate::draw::{Draw, Stream};
use crate::kind::{Hiding, Outages, Parameters};
use crate::layout::Hall;
use crate::traffic::Traffic;

/// A persistent false end is detected in this share of the frames.
const GHOST_DETECTION: (f64, f64) = (0.3, 0.7);
/// The middle of a locomotive is taken for an end in this share of the frames of a camera.
const MIDDLE_DETECTION: (f64, f64) = (0.05, 0.3);

/// A stretch of time, s.
pub(crate) type Span = (f64, f64);

/// Whether `t` lies in one of some stretches.
pub(crate) fn inside(spans: &[Span], t: f64) -> bool {
    spans.iter().any(|span| (span.0..span.1).contains(&t))
}

/// Something that hides a stretch of a track for some time.
#[derive(Debug, Clone)]
pub(crate) struct Obstacle {
    pub(crate) track: usize,
    time: Span,
    place: (f64, f64),
}

impl Obstacle {
    /// Whether it hides place `s` of a track at time `t`.
    pub(crate) fn hides(&self, track: usize, s: f64, t: f64) -> bool {
        self.track == track
            && (self.time.0..self.time.1).contains(&t)
            && (self.place.0..self.place.1).contains(&s)
    }
}

/// A false end that stays.
#[derive(Debug, Clone)]
pub(crate) struct Ghost {
    pub(crate) track: usize,
    pub(crate) s: f64,
    pub(crate) detection: f64,
    /// Probability that it is called a head.
    pub(crate) head: f64,
}

/// What happens to one camera.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fate {
    /// It delivers nothing; and whether that is reported.
    pub(crate) outages: Vec<(Span, bool)>,
    /// It sees nothing.
    pub(crate) blind: Vec<Span>,
    /// Its reports pile up and come at the end.
    pub(crate) backlogs: Vec<Span>,
    /// People and carts before it.
    pub(crate) obstacles: Vec<Obstacle>,
    pub(crate) ghost: Option<Ghost>,
    /// Per locomotive: its ends are always called wrong.
    pub(crate) wrong: Vec<bool>,
    /// Per locomotive: how often its middle is taken for an end.
    pub(crate) middle: Vec<f64>,
    /// Constant part of its delay, s.
    pub(crate) delay: f64,
    /// How much its clock is ahead, s.
    pub(crate) clock: f64,
}

impl Fate {
    /// Whether the camera sends reports at time `t`.
    pub(crate) fn delivers(&self, t: f64) -> bool {
        !self
            .outages
            .iter()
            .any(|(span, _)| (span.0..span.1).contains(&t))
    }
}

/// What happens to all cameras, in their order.
pub(crate) fn fates(
    hall: &Hall,
    traffic: &Traffic,
    parameters: &Parameters,
    seed: u64,
    duration: f64,
) -> Vec<Fate> {
    (0..hall.cameras.len())
        .map(|camera| {
            let mut draw = Draw::of(seed, Stream::Faults, camera);
            fate(hall, camera, traffic, parameters, duration, &mut draw)
        })
        .collect()
}

/// What happens to one camera.
fn fate(
    hall: &Hall,
    camera: usize,
    traffic: &Traffic,
    parameters: &Parameters,
    duration: f64,
    draw: &mut Draw,
) -> Fate {
    let delay = &parameters.delay;
    let mut constant = draw.within(delay.constant);
    if draw.chance(delay.late_share) {
        constant += draw.within(delay.late);
    }
    let happenings = |what: Option<Outages>, draw: &mut Draw| -> Vec<(Span, bool)> {
        let Some(what) = what else {
            return Vec::new();
        };
        let spans = spans(what.every, what.duration, duration, draw);
        spans
            .into_iter()
            .map(|span| (span, draw.chance(what.reported)))
            .collect()
    };
    let outages = happenings(parameters.outages, draw);
    let blind = happenings(parameters.blindness, draw);
    let clock = delay.clock * draw.normal();
    let backlogs = spans(delay.backlog_every, delay.backlog, duration, draw);
    let ghost = draw
        .chance(parameters.ghosts)
        .then(|| ghost(hall, camera, draw))
        .flatten();
    let mut wrong = Vec::new();
    let mut middle = Vec::new();
    for locomotive in &traffic.locomotives {
        wrong.push(draw.chance(parameters.always_wrong));
        let often = draw.within(MIDDLE_DETECTION);
        let shown = parameters.middles && hall.models[locomotive.model].two_sections;
        middle.push(if shown { often } else { 0.0 });
    }
    Fate {
        outages,
        blind: blind.into_iter().map(|(span, _)| span).collect(),
        backlogs,
        obstacles: parameters
            .hiding
            .map(|hiding| carts(hall, camera, &hiding, duration, draw))
            .unwrap_or_default(),
        ghost,
        wrong,
        middle,
        delay: constant,
        clock,
    }
}

/// A false end that stays, somewhere in view of the camera.
fn ghost(hall: &Hall, camera: usize, draw: &mut Draw) -> Option<Ghost> {
    let covers = &hall.cameras[camera].covers;
    let cover = covers.get(draw.index(covers.len()))?;
    Some(Ghost {
        track: cover.track,
        s: draw.between(cover.from, cover.to),
        detection: draw.within(GHOST_DETECTION),
        head: draw.between(0.0, 1.0),
    })
}

/// Stretches of time, `every` seconds apart in the mean; none if that is 0.
fn spans(every: f64, length: (f64, f64), duration: f64, draw: &mut Draw) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut t = draw.exponential(every);
    while every > 0.0 && t < duration {
        let end = t + draw.within(length);
        spans.push((t, end));
        t = end + draw.exponential(every);
    }
    spans
}

/// People and carts before one camera.
fn carts(
    hall: &Hall,
    camera: usize,
    hiding: &Hiding,
    duration: f64,
    draw: &mut Draw,
) -> Vec<Obstacle> {
    let covers = &hall.cameras[camera].covers;
    spans(hiding.cart_every, hiding.cart, duration, draw)
        .into_iter()
        .filter_map(|time| {
            let cover = covers.get(draw.index(covers.len()))?;
            let (middle, width) = (
                draw.between(cover.from, cover.to),
                draw.within(hiding.cart_width),
            );
            Some(Obstacle {
                track: cover.track,
                time,
                place: (middle - width / 2.0, middle + width / 2.0),
            })
        })
        .collect()
}

/// Cranes over the tracks: they hide from every camera.
pub(crate) fn cranes(
    hall: &Hall,
    parameters: &Parameters,
    seed: u64,
    duration: f64,
) -> Vec<Obstacle> {
    let Some(hiding) = parameters.hiding else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (track, plan) in hall.tracks.iter().enumerate() {
        let mut draw = Draw::of(seed, Stream::Faults, usize::MAX - track);
        for time in spans(hiding.crane_every, hiding.crane, duration, &mut draw) {
            let from = draw.between(0.0, plan.length);
            let place = (from, from + draw.within(hiding.crane_width));
            all.push(Obstacle { track, time, place });
        }
    }
    all
}
