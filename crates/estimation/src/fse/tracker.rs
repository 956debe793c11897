// SPDX-License-Identifier: MIT OR Apache-2.0
//! Layer A: looks, in the order of event time, move machines and weigh the evidence of their ends.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use messages::{Health, Side, Timestamp};
use nalgebra::{Matrix2, Vector2};

use super::association::{align, nearest};
use super::bodies::Bodied;
use super::candidate::Candidate;
use super::constants::{
    BLIND_AFTER_HIT, BLIND_EXPECTATION, BLIND_MEMORY, BLIND_PRIOR, BORDER_NEAR, CANDIDATE_HANDICAP,
    CONTACT, CONTACT_SIGMA, COUPLED_DISTANCE, COUPLED_LEAST_SPEED, COUPLING, COVER_MARGIN,
    DARK_AFTER_HIT, DARK_PRIOR, DEATH, EXISTS_LEAST, FALSE_ENDS, GATE_MAX_SIGMA,
    GATE_MOTION_FACTOR, GATE_OPEN, GATE_SIGMAS, GATE_SPEED, GATE_SPEED_IN, HIDDEN_BEHIND,
    HIDDEN_COUPLED, HIDDEN_PRIOR, HIT_GAIN, HIT_MAX, HIT_MIN, LENGTH_VARIANCE, MAX_CANDIDATES,
    MAX_SPEED, MISS_GAIN, MISS_GAIN_LOCKED, MOVING, ONE_SIDED, PUSHED, REMEMBERED, REST_GATE,
    SURENESS_KNOWN, TIME_OUT, UNSEEN_WORST, UNWATCHED, WATCHED_WAY, WATCHING_BLIND, WEIGHT_BESIDE,
    WRONG_SIDE,
};
use super::evidence::{Evidence, Glance, inside};
use super::machine::{Machine, other};
use super::motion::{Company, Component, Motion, density, logistic, share_between};
use super::site::{Cover, Site};
use super::sureness::Sureness;
use super::unclaimed::{Reading, Unclaimed};

/// One end in one look.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Detection {
    pub(crate) s: f64,
    /// Random and systematic variance, m².
    pub(crate) variance: f64,
    /// Log-odds that it is a head.
    pub(crate) head: f64,
    /// Log-odds that it is an end at all, weighted.
    pub(crate) confidence: f64,
    /// Level of its confidence.
    pub(crate) level: usize,
    /// Log-odds that it is a low end.
    pub(crate) low: f64,
    /// Whether the same camera saw the body that ends there.
    pub(crate) bodied: bool,
}

/// One look, in numbers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Look {
    pub(crate) camera: usize,
    pub(crate) time: Timestamp,
    /// Where it looked; `None`: where the facility says.
    pub(crate) covers: Option<Vec<Cover>>,
    /// What it saw: track and end, sorted by track and place.
    pub(crate) detections: Vec<(usize, Detection)>,
}

/// What is known about one track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TrackState {
    /// In order along the track.
    pub(crate) machines: Vec<Machine>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) unclaimed: Unclaimed,
    pub(crate) time: Timestamp,
    pub(crate) reviewed: Timestamp,
}

/// How far a camera is to be believed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trust {
    pub(crate) health: Health,
    /// Probability that it delivers but sees nothing.
    pub(crate) blind: f64,
    pub(crate) last_look: Option<Timestamp>,
    /// Whether it shows the bodies of ends.
    bodied: Bodied,
}

/// All tracks and cameras.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tracker {
    #[serde(skip)]
    pub(crate) site: Arc<Site>,
    pub(crate) tracks: Vec<TrackState>,
    pub(crate) trust: Vec<Trust>,
    /// Probability that nobody sees anything (lights off), and when that was judged.
    dark: (f64, Timestamp),
    pub(crate) next_name: u64,
    sureness: Sureness,
    /// Machines that left, with the time.
    pub(crate) dormant: Vec<(Timestamp, Machine)>,
    /// Readings that waited for a machine in vain, since this was last asked.
    pub(crate) homeless: u64,
}

/// What time and glimpses change of the machines and candidates of one track: where they are, and the weights of ends.
pub(crate) struct Places {
    time: Timestamp,
    machines: Vec<(Motion, f64, f64)>,
    candidates: Vec<(Vector2<f64>, Matrix2<f64>)>,
}

/// An end that lies in a cover with less probability than this does so in neither mode, as far as can be computed.
const OUT_OF_COVER: f64 = 1e-21;

/// Whose end a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Machine(usize, Side),
    Candidate(usize),
}

/// A place where an end may be seen in this look.
struct Slot {
    owner: Owner,
    side: Option<Side>,
    modes: [Component; 2],
    mean: f64,
    variance: f64,
    /// Probability that it exists; of an end of a machine that this look can neither show nor miss, it is not asked: 0.
    exists: f64,
    /// Log-odds that this end is a head.
    head: f64,
    unseen: f64,
    glance: Glance,
    /// Probability that it is missed if it is there.
    miss: f64,
}

/// One track in one look: what could be seen, and what was.
struct Sight {
    track: usize,
    slots: Vec<Slot>,
    /// Per slot the detection that it got.
    seen: Vec<Option<(Detection, f64)>>,
    fresh: Vec<Detection>,
}

impl Tracker {
    pub(crate) fn new(site: Arc<Site>, time: Timestamp) -> Self {
        let track = TrackState {
            machines: Vec::new(),
            candidates: Vec::new(),
            unclaimed: Unclaimed::default(),
            time,
            reviewed: Timestamp::from_nanos(0),
        };
        let trust = Trust {
            health: Health::Online,
            blind: BLIND_PRIOR,
            last_look: None,
            bodied: Bodied::default(),
        };
        Self {
            tracks: vec![track; site.tracks.len()],
            trust: vec![trust; site.cameras.len()],
            site,
            dark: (DARK_PRIOR, time),
            next_name: 1,
            sureness: Sureness::default(),
            dormant: Vec::new(),
            homeless: 0,
        }
    }

    /// Whether a camera delivers.
    pub(crate) fn live(&self, camera: usize, now: Timestamp) -> bool {
        let trust = &self.trust[camera];
        trust.health == Health::Online
            && trust
                .last_look
                .is_some_and(|last| now.seconds_since(last) <= self.site.cameras[camera].patience)
    }

    /// Probability that a camera delivers pictures but sees nothing.
    pub(crate) fn blind(&self, camera: usize) -> f64 {
        either(self.trust[camera].blind, self.dark.0)
    }

    /// Takes in what was read at a time.
    pub(crate) fn read(&mut self, reading: Reading, time: Timestamp) {
        let track = &mut self.tracks[reading.track()];
        self.homeless += track.read(reading, time, &self.site);
    }

    /// Takes in one look. Looks come in the order of their times.
    pub(crate) fn look(&mut self, look: &Look) {
        let site = Arc::clone(&self.site);
        let covers = look
            .covers
            .as_ref()
            .unwrap_or(&site.cameras[look.camera].covers);
        let mut sights = Vec::new();
        let mut touched: Vec<usize> = covers.iter().map(|cover| cover.track).collect();
        touched.extend(look.detections.iter().map(|detection| detection.0));
        touched.sort_unstable();
        touched.dedup();
        for &track in &touched {
            let from = look.detections.partition_point(|d| d.0 < track);
            let to = look.detections.partition_point(|d| d.0 <= track);
            self.tracks[track].predict(look.time, &site, track);
            let here: Vec<Cover> = covers
                .iter()
                .filter(|cover| cover.track == track)
                .copied()
                .collect();
            let detections = self.with_bodies(track, look.camera, &look.detections[from..to]);
            sights.push((self.see(track, look, &here, &detections), here));
        }
        let mut blind = self.judge_blindness(look, sights.iter().map(|sight| &sight.0));
        if site.without.blindness {
            self.trust[look.camera].blind = 0.0;
            self.dark.0 = 0.0;
            blind = Blindness {
                camera: 0.0,
                dark: 0.0,
                sum: 0.0,
            };
        }
        for (sight, here) in sights {
            self.apply(look, &sight, &here, &blind);
        }
        self.trust[look.camera].last_look = Some(look.time);
        for track in touched {
            self.settle_track(track, look.time);
        }
    }

    /// The detections on a track without those that are no ends because their camera sees no body there.
    fn with_bodies(
        &mut self,
        track: usize,
        camera: usize,
        found: &[(usize, Detection)],
    ) -> Vec<Detection> {
        let trust = &mut self.trust[camera];
        for (_, detection) in found {
            if self.tracks[track].is_end_near(detection.s) {
                trust.bodied.count(detection.bodied);
            }
        }
        let sure = trust.bodied.is_sure();
        found
            .iter()
            .map(|found| found.1)
            .filter(|detection| detection.bodied || !sure)
            .collect()
    }

    /// Takes in a look that is not committed yet, for a preview: it only tells where machines are, not which there are.
    pub(crate) fn glimpse(&mut self, look: &Look) {
        let site = Arc::clone(&self.site);
        let covers = look
            .covers
            .as_ref()
            .unwrap_or(&site.cameras[look.camera].covers);
        for detections in look.detections.chunk_by(|a, b| a.0 == b.0) {
            let track = detections[0].0;
            self.tracks[track].predict(look.time, &site, track);
            let here: Vec<Cover> = covers
                .iter()
                .filter(|cover| cover.track == track)
                .copied()
                .collect();
            let found: Vec<Detection> = detections.iter().map(|d| d.1).collect();
            let sight = self.see(track, look, &here, &found);
            for (slot, seen) in sight.slots.iter().zip(&sight.seen) {
                if let (Owner::Machine(index, side), Some((detection, _))) = (slot.owner, seen) {
                    self.tracks[track].machines[index].motion.update(
                        side,
                        detection.s,
                        detection.variance,
                        slot.glance.copies(),
                    );
                }
            }
        }
    }

    /// Where everything is, for [`Tracker::put_back`].
    pub(crate) fn places(&self) -> Vec<Places> {
        let known = |m: &Machine| (m.motion.clone(), m.low.weight, m.high.weight);
        let places = |state: &TrackState| Places {
            time: state.time,
            machines: state.machines.iter().map(known).collect(),
            candidates: state.candidates.iter().map(Candidate::motion).collect(),
        };
        self.tracks.iter().map(places).collect()
    }

    /// Puts everything back to where it was after predictions and glimpses.
    pub(crate) fn put_back(&mut self, places: Vec<Places>) {
        for (state, places) in self.tracks.iter_mut().zip(places) {
            state.time = places.time;
            for (machine, (motion, low, high)) in state.machines.iter_mut().zip(places.machines) {
                machine.motion = motion;
                (machine.low.weight, machine.high.weight) = (low, high);
            }
            for (candidate, motion) in state.candidates.iter_mut().zip(places.candidates) {
                candidate.set_motion(motion);
            }
        }
    }

    /// Finds out which detection is which end.
    fn see(&self, track: usize, look: &Look, covers: &[Cover], detections: &[Detection]) -> Sight {
        let state = &self.tracks[track];
        let mut slots = state.slots(look, covers, !detections.is_empty());
        self.leave_out(track, &mut slots, look.camera);
        state.expect(&mut slots, detections);
        slots.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        let skip: Vec<f64> = slots
            .iter()
            .map(|slot| {
                if slot.miss >= 1.0 {
                    return 0.0;
                }
                (1.0 - slot.exists * (1.0 - slot.miss)).max(1e-6).ln()
            })
            .collect();
        let score = |d: usize, k: usize| slots[k].score(&detections[d]);
        let alignment = if self.site.without.order {
            nearest(detections.len(), slots.len(), |d, k| {
                let worth = score(d, k)?;
                Some(((slots[k].mean - detections[d].s).abs(), worth))
            })
        } else {
            align(detections.len(), &skip, score)
        };
        let mut seen: Vec<Option<(Detection, f64)>> = vec![None; slots.len()];
        let mut taken = vec![false; detections.len()];
        for (d, k, worth) in alignment.matches {
            taken[d] = true;
            seen[k] = Some((detections[d], worth));
        }
        let fresh = detections
            .iter()
            .zip(&taken)
            .filter(|(_, taken)| !**taken)
            .map(|(d, _)| *d)
            .collect();
        Sight {
            track,
            slots,
            seen,
            fresh,
        }
    }

    /// Leaves out what is not to be known.
    fn leave_out(&self, track: usize, slots: &mut [Slot], camera: usize) {
        let without = self.site.without;
        for slot in slots {
            if without.occlusion {
                slot.glance.hidden = 0.0;
                slot.glance.crowded = false;
            }
            if without.cover
                && let Owner::Machine(index, side) = slot.owner
            {
                let evidence = self.tracks[track].machines[index].evidence(side);
                slot.glance.inside = f64::from(u8::from(evidence.knows(camera)));
            }
        }
    }

    /// Is it rather the camera, or the light, than the machines? The answer for each missed end leaves that end itself out.
    fn judge_blindness<'a>(
        &mut self,
        look: &Look,
        sights: impl Iterator<Item = &'a Sight>,
    ) -> Blindness {
        let (mut saw, mut sum, mut sharpest) = (false, 0.0, 0.0_f64);
        for sight in sights {
            for (slot, seen) in sight.slots.iter().zip(&sight.seen) {
                if !matches!(slot.owner, Owner::Machine(..)) || slot.exists < 0.5 {
                    continue;
                }
                if seen.is_some() {
                    saw = true;
                } else if let Some(miss) = slot.surprise() {
                    sum += miss;
                    sharpest = sharpest.min(miss);
                }
            }
        }
        let trust = &mut self.trust[look.camera];
        let camera = faded(
            trust.blind,
            BLIND_PRIOR,
            trust.last_look.unwrap_or(look.time),
            look.time,
        );
        let dark = faded(self.dark.0, DARK_PRIOR, self.dark.1, look.time);
        if saw {
            trust.blind = BLIND_AFTER_HIT;
            self.dark = (DARK_AFTER_HIT, look.time);
            return Blindness {
                camera: BLIND_AFTER_HIT,
                dark: DARK_AFTER_HIT,
                sum: 0.0,
            };
        }
        trust.blind = posterior(camera, sum - sharpest);
        self.dark = (posterior(dark, sum), look.time);
        Blindness { camera, dark, sum }
    }

    /// Hits and misses change what is known about one track.
    fn apply(&mut self, look: &Look, sight: &Sight, covers: &[Cover], blindness: &Blindness) {
        let site = Arc::clone(&self.site);
        let blind_now = self.blind(look.camera);
        let blind_anyhow = blindness.without(0.0);
        // Before the first hit moves a machine.
        let gains: Vec<f64> = sight
            .slots
            .iter()
            .zip(&sight.seen)
            .map(|(slot, seen)| match (slot.owner, seen) {
                (Owner::Machine(index, side), None) => {
                    self.miss_gain(look, sight.track, index, side)
                }
                _ => 0.0,
            })
            .collect();
        let state = &mut self.tracks[sight.track];
        for ((slot, seen), gain) in sight.slots.iter().zip(&sight.seen).zip(gains) {
            match (slot.owner, seen) {
                (Owner::Machine(index, side), Some((detection, score))) => {
                    let machine = &mut state.machines[index];
                    machine.motion.update(
                        side,
                        detection.s,
                        detection.variance,
                        slot.glance.copies(),
                    );
                    let gain = (HIT_GAIN * score).clamp(HIT_MIN, HIT_MAX);
                    let says = self.sureness.says(detection.level, site.without);
                    machine
                        .evidence_mut(side)
                        .hit(&slot.glance, detection, gain, says);
                    if machine.unseen.is_none() && machine.existence() > SURENESS_KNOWN {
                        self.sureness.was_real(detection.level, slot.glance.share);
                    }
                }
                (Owner::Machine(index, side), None) => {
                    let blind =
                        (slot.surprise()).map_or(blind_anyhow, |own| blindness.without(own));
                    let machine = &mut state.machines[index];
                    let miss = |inside: f64| {
                        let glance = Glance {
                            inside,
                            ..slot.glance
                        };
                        blind + (1.0 - blind) * glance.miss()
                    };
                    let nowhere = slot.glance.inside < OUT_OF_COVER && !site.without.cover;
                    let (rest, run) = if nowhere {
                        let anyhow = miss(0.0);
                        (anyhow, anyhow)
                    } else {
                        let [rest, run] = slot.modes.map(|mode| {
                            let alone = Component {
                                weight: 1.0,
                                ..mode
                            };
                            miss(inside(covers, slot.side, &[alone]).0)
                        });
                        (rest, run)
                    };
                    machine.motion.weigh_modes(rest, run);
                    machine.evidence_mut(side).miss(&slot.glance, blind, gain);
                }
                (Owner::Candidate(index), Some((detection, score))) => {
                    let candidate = &mut state.candidates[index];
                    candidate.update(detection.s, detection.variance);
                    let gain = (HIT_GAIN * score).clamp(HIT_MIN, HIT_MAX);
                    let says = self.sureness.says(detection.level, site.without);
                    candidate.evidence.hit(&slot.glance, detection, gain, says);
                    candidate.levels.add(detection.level, slot.glance.share);
                }
                (Owner::Candidate(index), None) => {
                    state.candidates[index]
                        .evidence
                        .miss(&slot.glance, blind_now, MISS_GAIN);
                }
            }
        }
        state.miss_unseen(look, covers, blind_now);
        for detection in &sight.fresh {
            let beside = sight
                .seen
                .iter()
                .flatten()
                .any(|(other, _)| (other.s - detection.s).abs() < COUPLED_DISTANCE);
            let says = self.sureness.says(detection.level, site.without);
            state.add_candidate(look, detection, beside, says);
        }
        for false_ in state.bury(look.time, &site) {
            self.sureness.were_false(&false_.levels);
        }
    }
}

impl Tracker {
    /// Share of a miss that counts: little if the machine as a whole is out of sight and could not have left unnoticed.
    fn miss_gain(&self, look: &Look, track: usize, index: usize, side: Side) -> f64 {
        if self.site.without.misses {
            return 0.0;
        }
        let machine = &self.tracks[track].machines[index];
        let unseen = |side: Side| machine.evidence(side).unseen(look.time);
        if unseen(side) > unseen(other(side)) + ONE_SIDED {
            return MISS_GAIN;
        }
        let site = &self.site.tracks[track];
        let (low, high) = machine.motion.span();
        let last = index + 1 == self.tracks[track].machines.len();
        let by_low = site.gate_low && index == 0 && self.unnoticed(look, track, machine, 0.0, high);
        let by_high =
            site.gate_high && last && self.unnoticed(look, track, machine, low, site.length);
        if by_low || by_high {
            MISS_GAIN
        } else {
            MISS_GAIN_LOCKED
        }
    }

    /// Whether a machine may have taken its way out, [from, to], unseen: there was time, and no other camera watches it.
    fn unnoticed(&self, look: &Look, track: usize, machine: &Machine, from: f64, to: f64) -> bool {
        machine.unseen_for(look.time) * MAX_SPEED > to - from
            && !self.site.watchers[track].iter().any(|&camera| {
                camera != look.camera
                    && self.live(camera, look.time)
                    && self.blind(camera) < WATCHING_BLIND
                    && self.site.cameras[camera].covers.iter().any(|cover| {
                        cover.track == track
                            && cover.to.min(to) - cover.from.max(from) >= WATCHED_WAY
                    })
            })
    }
}

/// What the other misses of a look say about the camera and the light.
struct Blindness {
    /// Probability that the camera is blind, before the look.
    camera: f64,
    /// Probability that it is dark, before the look.
    dark: f64,
    /// Log probability of all misses if neither is.
    sum: f64,
}

impl Blindness {
    /// Probability that nothing could be seen in this look, as all ends but one say; `own`: log probability of its miss.
    fn without(&self, own: f64) -> f64 {
        let others = (self.sum - own).min(0.0);
        either(posterior(self.camera, others), posterior(self.dark, others))
    }
}

/// How likely an end of `side` at `s` is hidden by other machines of its own track, which stand at `spans`.
fn hidden_prior(
    spans: &[(f64, f64)],
    s: f64,
    side: Side,
    own: Option<usize>,
    covers: &[Cover],
) -> f64 {
    let mut prior = HIDDEN_PRIOR;
    for (index, &(low, high)) in spans.iter().enumerate() {
        if Some(index) == own {
            continue;
        }
        // Distance of the machine that stands before this end, where its face looks.
        let gap = match side {
            Side::Low => s - high,
            Side::High => low - s,
        };
        if (-1.0..COUPLED_DISTANCE).contains(&gap) {
            return HIDDEN_COUPLED;
        }
        let between = gap > 0.0
            && covers.iter().any(|cover| match side {
                Side::Low => cover.side == Some(Side::Low) && high > cover.from,
                Side::High => cover.side == Some(Side::High) && low < cover.to,
            });
        if between {
            prior = HIDDEN_BEHIND;
        }
    }
    prior
}

/// Probability that at least one of two things is so.
fn either(a: f64, b: f64) -> f64 {
    1.0 - (1.0 - a) * (1.0 - b)
}

/// A probability that is forgotten with [`BLIND_MEMORY`].
fn faded(p: f64, prior: f64, since: Timestamp, now: Timestamp) -> f64 {
    prior + (p - prior) * (-now.seconds_since(since).max(0.0) / BLIND_MEMORY).exp()
}

/// Probability of blindness after misses of this log probability.
fn posterior(blind: f64, log_misses: f64) -> f64 {
    let seeing = (1.0 - blind) * log_misses.max(-30.0).exp();
    (blind / (blind + seeing)).min(0.98)
}

impl Slot {
    /// The machine whose end it is.
    fn machine(&self) -> Option<usize> {
        match self.owner {
            Owner::Machine(index, _) => Some(index),
            Owner::Candidate(_) => None,
        }
    }

    /// Log probability of the miss of an end that should have been seen; `None` if it need not have been.
    fn surprise(&self) -> Option<f64> {
        (self.glance.inside * self.glance.hit_rate > BLIND_EXPECTATION)
            .then(|| self.miss.max(1e-6).ln())
    }

    /// Whether it is near enough to be the one that was detected.
    fn reaches(&self, detection: &Detection) -> bool {
        let gap = (detection.s - self.mean).abs();
        let gate = REST_GATE
            + GATE_SIGMAS * (self.variance.min(GATE_MAX_SIGMA.powi(2)) + detection.variance).sqrt()
            + GATE_SPEED * self.unseen.min(GATE_OPEN);
        gap <= gate
    }

    /// Worth of being the one that was detected, nats.
    fn score(&self, detection: &Detection) -> Option<f64> {
        if !self.reaches(detection) {
            return None;
        }
        let likelihood: f64 = self
            .modes
            .iter()
            .filter(|mode| mode.weight > 0.0)
            .map(|mode| {
                mode.weight * density(detection.s - mode.mean, mode.variance + detection.variance)
            })
            .sum();
        let side = match self.side {
            Some(Side::Low) => logistic(detection.low),
            Some(Side::High) => logistic(-detection.low),
            None => 1.0,
        };
        // P(kind | end): agreement of two opinions.
        let (a, b) = (logistic(detection.head), logistic(self.head));
        let kind = 2.0 * (a * b + (1.0 - a) * (1.0 - b));
        let handicap = if matches!(self.owner, Owner::Candidate(_)) {
            CANDIDATE_HANDICAP
        } else {
            0.0
        };
        Some(
            (self.exists.max(EXISTS_LEAST) * self.glance.hit_rate * likelihood / FALSE_ENDS).ln()
                + detection.confidence
                + side.ln().max(-WRONG_SIDE)
                + kind.ln()
                - handicap,
        )
    }
}

impl TrackState {
    /// Moves everything on to `time`.
    pub(crate) fn predict(&mut self, time: Timestamp, site: &Site, track: usize) {
        let dt = time.seconds_since(self.time);
        if dt <= 0.0 {
            return;
        }
        self.couple();
        let companies = if site.without.company {
            Vec::new()
        } else {
            self.companies()
        };
        for (index, machine) in self.machines.iter_mut().enumerate() {
            let company = companies.get(index).copied().flatten();
            let (low, high) = machine.motion.span();
            let straddles = (site.tracks[track].gate_low && low < 0.0)
                || (site.tracks[track].gate_high && high > site.tracks[track].length);
            let straddles = straddles && machine.motion.run_speed().0.abs() > GATE_SPEED_IN;
            for side in [Side::Low, Side::High] {
                if machine.evidence(other(side)).unseen(time) < UNWATCHED {
                    machine.evidence_mut(side).relax(time, dt);
                }
            }
            machine.motion.predict(
                dt,
                if straddles { GATE_MOTION_FACTOR } else { 1.0 },
                company,
            );
            if site.without.modes {
                machine.motion.run_only();
            }
            if site.without.rigid {
                machine.motion.loosen();
            }
        }
        for candidate in &mut self.candidates {
            candidate.predict(dt);
        }
        self.time = time;
        self.keep_apart(&site.tracks[track]);
    }

    /// Which neighbours are coupled: those that stood still close to each other, until they are apart.
    fn couple(&mut self) {
        for above in 1..self.machines.len() {
            let (one, two) = (&self.machines[above - 1], &self.machines[above]);
            let gap = one.gap_to(two);
            let still = one.motion.moving() < MOVING && two.motion.moving() < MOVING;
            let coupled = if still {
                gap < COUPLING.1
            } else {
                one.coupled_to == Some(two.name) && gap < COUPLED_DISTANCE
            };
            self.machines[above - 1].coupled_to = coupled.then_some(self.machines[above].name);
        }
    }

    /// Of every machine the [company](Self::company); of none if none is coupled.
    fn companies(&self) -> Vec<Option<Company>> {
        if self.machines.iter().all(|m| m.coupled_to.is_none()) {
            return Vec::new();
        }
        (0..self.machines.len())
            .map(|index| self.company(index))
            .collect()
    }

    /// How the neighbour moves that moves most of those that a machine is coupled to.
    fn company(&self, index: usize) -> Option<Company> {
        let machine = &self.machines[index];
        let below = index.checked_sub(1).map(|below| &self.machines[below]);
        let below = below.filter(|below| below.coupled_to == Some(machine.name));
        let above = self.machines.get(index + 1);
        let above = above.filter(|above| machine.coupled_to == Some(above.name));
        [below, above]
            .into_iter()
            .flatten()
            .map(|neighbour| Company {
                moving: neighbour.motion.moving(),
                speed: neighbour.motion.run_speed(),
            })
            // Who hardly moves takes nobody along: two that doubt would talk each other into motion.
            .filter(|company| {
                let (speed, variance) = company.speed;
                company.moving > MOVING && speed.abs() - variance.sqrt() > COUPLED_LEAST_SPEED
            })
            .max_by(|a, b| a.moving.total_cmp(&b.moving))
    }

    /// Machines do not run through each other nor through walls: the one that is known less well gives way, and one that was
    /// not seen since the other one came is pushed.
    fn keep_apart(&mut self, track: &super::site::Track) {
        for index in 0..self.machines.len() {
            if !track.gate_low {
                self.push(index, Side::Low, 0.0);
            }
            if !track.gate_high {
                self.push(index, Side::High, track.length);
            }
            if index > 0 {
                self.part(index - 1, index);
            }
        }
        for index in (1..self.machines.len()).rev() {
            self.part(index - 1, index);
        }
    }

    /// Keeps two neighbours apart.
    fn part(&mut self, below: usize, above: usize) {
        let (one, two) = (&self.machines[below], &self.machines[above]);
        if one.never_seen(Side::High) || two.never_seen(Side::Low) {
            return;
        }
        let (high, low) = (one.motion.place(Side::High), two.motion.place(Side::Low));
        let deep = CONTACT - (low.0 - high.0);
        if deep <= 0.0 {
            return;
        }
        let (seen_below, seen_above) = (one.unseen_for(self.time), two.unseen_for(self.time));
        if seen_below > seen_above + PUSHED {
            self.machines[below].motion.push(-deep);
        } else if seen_above > seen_below + PUSHED {
            self.machines[above].motion.push(deep);
        } else if high.1 > low.1 {
            self.push(below, Side::High, low.0 - CONTACT);
        } else {
            self.push(above, Side::Low, high.0 + CONTACT);
        }
    }

    /// Whether an end of a known machine is near `s`.
    fn is_end_near(&self, s: f64) -> bool {
        self.machines.iter().any(|machine| {
            [Side::Low, Side::High].into_iter().any(|side| {
                !machine.never_seen(side) && (machine.motion.place(side).0 - s).abs() < BORDER_NEAR
            })
        })
    }

    /// Stops one end of a machine at a limit if it is beyond and not known better.
    fn push(&mut self, index: usize, side: Side, limit: f64) {
        let machine = &mut self.machines[index];
        let (place, variance) = machine.motion.place(side);
        let beyond = if side == Side::Low {
            place < limit
        } else {
            place > limit
        };
        if beyond && variance > CONTACT_SIGMA.powi(2) && !machine.never_seen(side) {
            machine
                .motion
                .update(side, limit, CONTACT_SIGMA.powi(2), (1.0, 1.0));
        }
    }

    /// Every end that this look may show.
    fn slots(&self, look: &Look, covers: &[Cover], all: bool) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(2 * self.machines.len() + self.candidates.len());
        let spans = self.spans();
        for (index, machine) in self.machines.iter().enumerate() {
            let head_low = machine.head_low();
            for side in [Side::Low, Side::High] {
                if machine.never_seen(side) {
                    continue;
                }
                let modes = machine.motion.end(side);
                let (inside, detection) = inside(covers, Some(side), &modes);
                if inside < 0.01 && !all {
                    continue;
                }
                let (mean, variance) = machine.motion.place(side);
                let evidence = machine.evidence(side);
                let hidden = hidden_prior(&spans, mean, side, Some(index), covers);
                slots.push(Slot {
                    owner: Owner::Machine(index, side),
                    side: Some(side),
                    modes,
                    mean,
                    variance,
                    exists: 0.0,
                    head: if side == Side::Low {
                        head_low
                    } else {
                        -head_low
                    },
                    unseen: evidence.unseen(look.time),
                    glance: evidence.glance(look.camera, look.time, inside, detection, hidden),
                    miss: 1.0,
                });
            }
        }
        for (index, candidate) in self.candidates.iter().enumerate() {
            let component = candidate.component();
            let modes = [
                component,
                Component {
                    weight: 0.0,
                    ..component
                },
            ];
            let side = candidate.evidence.side();
            let (inside, detection) = inside(covers, side, &modes);
            if inside < 0.01 && !all {
                continue;
            }
            let hidden = if self.is_crowded(index) {
                HIDDEN_COUPLED
            } else {
                side.map_or(HIDDEN_PRIOR, |side| {
                    hidden_prior(&spans, component.mean, side, None, covers)
                })
            };
            slots.push(Slot {
                owner: Owner::Candidate(index),
                side,
                modes,
                mean: component.mean,
                variance: component.variance,
                exists: logistic(candidate.evidence.weight),
                head: candidate.evidence.head(),
                unseen: 0.0,
                glance: candidate.evidence.glance(
                    look.camera,
                    look.time,
                    inside,
                    detection,
                    hidden,
                ),
                miss: 1.0,
            });
        }
        slots
    }

    /// Finds out how likely each end is missed, and how likely those machines exist of which this look can show or miss one.
    fn expect(&self, slots: &mut [Slot], detections: &[Detection]) {
        for slot in &mut *slots {
            slot.miss = slot.glance.miss();
        }
        let concerned =
            |slot: &Slot| slot.miss < 1.0 || detections.iter().any(|seen| slot.reaches(seen));
        for ends in slots.chunk_by_mut(|a, b| a.machine() == b.machine()) {
            if let Some(index) = ends[0].machine()
                && ends.iter().any(concerned)
            {
                let exists = logistic(self.machines[index].existence());
                for end in ends {
                    end.exists = exists;
                }
            }
        }
    }

    /// Where each machine stands.
    fn spans(&self) -> Vec<(f64, f64)> {
        let span = |machine: &Machine| machine.motion.span();
        self.machines.iter().map(span).collect()
    }

    /// Looks at places where an end that was never seen may be say how long its machine is.
    fn miss_unseen(&mut self, look: &Look, covers: &[Cover], blind: f64) {
        for index in 0..self.machines.len() {
            let machine = &self.machines[index];
            let Some(unseen) = &machine.unseen else {
                continue;
            };
            let side = unseen.side;
            let known = machine.motion.place(other(side));
            let sign = if side == Side::Low { -1.0 } else { 1.0 };
            let at = |length: f64| Component {
                weight: 1.0,
                mean: known.0 + sign * length,
                variance: known.1 + LENGTH_VARIANCE,
            };
            let mut total = (0.0, 0.0);
            for (length, p) in unseen.probabilities() {
                let (there, detection) = inside(covers, Some(side), &[at(length)]);
                total = (total.0 + p * there, f64::max(total.1, detection));
            }
            if total.0 < 0.001 {
                continue;
            }
            let place = machine.motion.place(side).0;
            let hidden = hidden_prior(&self.spans(), place, side, Some(index), covers);
            let glance =
                machine
                    .evidence(side)
                    .glance(look.camera, look.time, total.0, total.1, hidden);
            let machine = &mut self.machines[index];
            // As long as it may well be where nobody looks, not to see it speaks against no machine.
            if total.0 > 0.5 {
                machine.evidence_mut(side).miss(&glance, blind, MISS_GAIN);
            }
            if let Some(unseen) = &mut machine.unseen {
                // Hidden it may be all the time: one camera says only so much, however often it looks.
                unseen.weigh(UNSEEN_WORST, |length| {
                    let (inside, _) = inside(covers, Some(side), &[at(length)]);
                    let glance = Glance {
                        inside,
                        hidden,
                        ..glance
                    };
                    (blind + (1.0 - blind) * glance.miss()).ln()
                });
            }
            machine.settle_unseen();
        }
    }

    fn add_candidate(&mut self, look: &Look, detection: &Detection, beside: bool, says: f64) {
        if self.candidates.len() >= MAX_CANDIDATES {
            let weakest = (0..self.candidates.len()).min_by(|&a, &b| {
                self.candidates[a]
                    .evidence
                    .weight
                    .total_cmp(&self.candidates[b].evidence.weight)
            });
            if let Some(index) = weakest {
                self.candidates.remove(index);
            }
        }
        let mut candidate = Candidate::new(detection.s, detection.variance, look.time);
        if beside {
            candidate.evidence.weight = WEIGHT_BESIDE;
        }
        let glance = Evidence::new(0.0).glance(look.camera, look.time, 1.0, 0.9, HIDDEN_PRIOR);
        candidate.evidence.hit(&glance, detection, HIT_MIN, says);
        candidate.levels.add(detection.level, 1.0);
        self.candidates.push(candidate);
    }

    /// Drops what is no longer believed, and what is not a number. Returns the candidates that came to nothing.
    fn bury(&mut self, now: Timestamp, site: &Site) -> Vec<Candidate> {
        let gone = |machine: &Machine| {
            let forgotten = site.without.misses && machine.unseen_for(now) > TIME_OUT;
            let unbelieved = !machine.surely_exists(DEATH) && machine.existence() < DEATH;
            unbelieved || !machine.motion.is_finite() || forgotten
        };
        let dead: Vec<Machine> = self.machines.extract_if(.., |m| gone(m)).collect();
        for machine in &dead {
            self.remember_ends(machine, now);
        }
        self.candidates
            .extract_if(.., |candidate| candidate.is_dead(now))
            .collect()
    }

    /// The ends of a machine that is none stay candidates, with all that is known of them: a false end that was found out is
    /// not believed again.
    pub(crate) fn remember_ends(&mut self, machine: &Machine, now: Timestamp) {
        for side in [Side::Low, Side::High] {
            if machine.never_seen(side) || machine.evidence(side).unseen(now) > REMEMBERED {
                continue;
            }
            if self.candidates.len() < MAX_CANDIDATES {
                let (place, variance) = machine.motion.place(side);
                let mut candidate = Candidate::new(place, variance, now);
                candidate.evidence = machine.evidence(side).clone();
                candidate.settle();
                self.candidates.push(candidate);
            }
        }
    }

    /// Machines in order of their middles.
    pub(crate) fn sort(&mut self) {
        let middle = |machine: &Machine| {
            let (low, high) = machine.motion.span();
            low + high
        };
        self.machines
            .sort_by(|a, b| middle(a).total_cmp(&middle(b)));
    }

    /// Probability that an end of `side` at `s` is in one of the covers.
    pub(crate) fn watched(covers: &[Cover], track: usize, s: f64, side: Side) -> f64 {
        covers
            .iter()
            .filter(|cover| {
                cover.track == track && (cover.side.is_none() || cover.side == Some(side))
            })
            .map(|cover| share_between(cover.from + COVER_MARGIN, cover.to - COVER_MARGIN, s, 0.1))
            .sum::<f64>()
            .min(1.0)
    }
}
