// SPDX-License-Identifier: MIT OR Apache-2.0
//! What speaks for and against one end of a machine: hits and misses, camera by camera.

use messages::{Side, Timestamp};
use serde::{Deserialize, Serialize};

use super::constants::{
    COVER_MARGIN, CROWDED_WORST, EXPECTED_LOOKS, EXPECTED_MAX, HIDDEN_AFTER_HIT, HIDDEN_COUPLED,
    HIDDEN_FOR_GOOD, HIDDEN_MEMORY, HIT_RATE_MAX, HIT_RATE_MEMORY, HIT_RATE_MIN, HIT_RATE_PRIOR,
    LASTING_PRIOR, LOOK_CORRELATION, MAX_SIDE_VOTE, MISSES_MEMORY, MOST_COPIES, ORIENTATION_CAP,
    PICTURE_AT_REST, PICTURE_IN_MOTION, PROVEN_HITS, SIDE_CERTAIN, SIDE_PRICE, STEADY_BEST,
    STEADY_WORST, SURENESS_BEST, SURENESS_LOOKS, SURENESS_WORST, SYSTEMATIC_MEMORY, UNWATCHED,
    WEIGHT_MAX, WEIGHT_MIN, WITNESS_HITS,
};
use super::links::Links;
use super::motion::{Component, logistic, share_between};
use super::site::Cover;
use super::tracker::Detection;

/// One end as one camera knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) camera: usize,
    /// Probability that the end is hidden from this camera.
    hidden: f64,
    /// Looks and hits, old ones forgotten.
    looks: f64,
    hits: f64,
    /// Log-odds that this end is a head, as this camera sees it.
    head: f64,
    /// Log-odds that it comes and goes like a real end, hidden never or for stretches of time, not like a false one.
    steady: (f64, f64),
    /// The same for the misses since the last hit.
    run: (f64, f64),
    /// Looks and hits, hidden or not.
    trials: (f64, f64),
    last_look: Timestamp,
    last_hit: Option<Timestamp>,
}

/// Evidence of one end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// Log-odds that the end is real.
    pub(crate) weight: f64,
    pub(crate) hits: u32,
    pub(crate) last_hit: Option<Timestamp>,
    /// Log-odds that it is real, as the confidences say with which it was seen: mean, and how many looks it is worth.
    sure: (f64, f64),
    /// Log-odds that it is a low end, as cameras see its body.
    pub(crate) low: f64,
    /// Whether another end stands so near that they hide each other now and then.
    crowded: bool,
    /// When a camera last looked where it is.
    watched: Option<Timestamp>,
    links: Links,
}

/// How one camera looks at one end now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    pub(crate) camera: usize,
    pub(crate) time: Timestamp,
    /// Probability that the end lies where this camera sees it.
    pub(crate) inside: f64,
    /// Probability that it is detected if it is there and not hidden.
    pub(crate) hit_rate: f64,
    /// Probability that it is hidden.
    pub(crate) hidden: f64,
    /// Probability that an end of a locomotive is detected there, as the facility says.
    pub(crate) expected: f64,
    /// Whether something stands so near that it is hidden now and then.
    pub(crate) crowded: bool,
    /// Share of a look that this one counts.
    pub(crate) share: f64,
    /// Seconds since this camera looked at it before.
    pub(crate) age: f64,
}

impl Glance {
    /// Probability that a real end is missed in this look.
    pub(crate) fn miss(&self) -> f64 {
        let seen = 1.0 - self.inside * self.hit_rate;
        // A power of 1, or by 1, is what it was.
        let seen = if seen < 1.0 && self.share < 1.0 {
            seen.powf(self.share)
        } else {
            seen
        };
        self.hidden + (1.0 - self.hidden) * seen
    }

    /// How many looks show the same picture as this one: at rest, in motion.
    pub(crate) fn copies(&self) -> (f64, f64) {
        let copies = |memory: f64| (memory / self.age.max(1e-3)).clamp(1.0, MOST_COPIES);
        (copies(PICTURE_AT_REST), copies(PICTURE_IN_MOTION))
    }
}

impl Evidence {
    pub(crate) fn new(weight: f64) -> Self {
        Self {
            weight,
            hits: 0,
            last_hit: None,
            sure: (0.0, 0.0),
            low: 0.0,
            crowded: false,
            watched: None,
            links: Links::default(),
        }
    }

    /// How `camera` looks at this end: `inside` its cover, of detection rate `detection`, hidden with the prior `hidden`.
    pub(crate) fn glance(
        &self,
        camera: usize,
        time: Timestamp,
        inside: f64,
        detection: f64,
        hidden: f64,
    ) -> Glance {
        let link = self.links.of(camera);
        let (looks, hits) = link.map_or((0.0, 0.0), |link| (link.looks, link.hits));
        let hit_rate = ((HIT_RATE_PRIOR * detection + hits) / (HIT_RATE_PRIOR + looks))
            .clamp(HIT_RATE_MIN, HIT_RATE_MAX);
        let prior = hidden;
        let (hidden, share, age) = link.map_or((hidden, 1.0, f64::INFINITY), |link| {
            let age = time.seconds_since(link.last_look).max(0.0);
            let kept = (-age / HIDDEN_MEMORY).exp();
            (
                hidden + (link.hidden - hidden) * kept,
                (age / LOOK_CORRELATION).min(1.0),
                age,
            )
        });
        Glance {
            camera,
            time,
            inside,
            hit_rate,
            crowded: prior >= HIDDEN_COUPLED,
            hidden: hidden.clamp(0.0, 0.995),
            expected: detection.clamp(HIT_RATE_MIN, EXPECTED_MAX),
            share,
            age,
        }
    }

    /// It was seen; `gain` in nats for a whole look, `says` the log-odds that what is seen with this confidence is real.
    pub(crate) fn hit(&mut self, glance: &Glance, detection: &Detection, gain: f64, says: f64) {
        let looks = (self.sure.1 + glance.share).min(SURENESS_LOOKS);
        if looks > 0.0 {
            self.sure.0 += (says - self.sure.0) * glance.share / looks;
        }
        self.sure.1 = looks;
        self.low = (self.low + detection.low * glance.share).clamp(-MAX_SIDE_VOTE, MAX_SIDE_VOTE);
        self.weight = (self.weight + gain * glance.share).clamp(WEIGHT_MIN, WEIGHT_MAX);
        self.hits = self.hits.saturating_add(1);
        self.last_hit = Some(
            self.last_hit
                .map_or(glance.time, |last| last.max(glance.time)),
        );
        let link = self.link(glance);
        link.judge(glance, true);
        link.hidden = HIDDEN_AFTER_HIT;
        link.count(1.0, 1.0);
        link.head = (link.head + detection.head * glance.share.max(0.2))
            .clamp(-ORIENTATION_CAP, ORIENTATION_CAP);
        link.last_hit = Some(glance.time);
    }

    /// It was not seen by a camera that is blind with probability `blind`; `gain`: share of the miss that counts.
    pub(crate) fn miss(&mut self, glance: &Glance, blind: f64, gain: f64) {
        let miss = glance.miss();
        self.weight = (self.weight + gain * (blind + (1.0 - blind) * miss).ln())
            .clamp(WEIGHT_MIN, WEIGHT_MAX);
        let link = self.link(glance);
        if blind < 0.5 {
            link.judge(glance, false);
        }
        let unhidden = link.hidden / miss;
        link.hidden = (blind * link.hidden + (1.0 - blind) * unhidden).min(0.995);
        link.count((1.0 - link.hidden) * glance.inside * (1.0 - blind), 0.0);
    }

    fn link(&mut self, glance: &Glance) -> &mut Link {
        self.crowded = glance.crowded;
        if glance.inside > 0.5 {
            self.watched = self.watched.max(Some(glance.time));
        }
        let link = self.links.of_or(glance.camera, || Link {
            camera: glance.camera,
            hidden: glance.hidden,
            looks: 0.0,
            hits: 0.0,
            head: 0.0,
            steady: (0.0, 0.0),
            run: (0.0, 0.0),
            trials: (0.0, 0.0),
            last_look: glance.time,
            last_hit: None,
        });
        link.hidden = glance.hidden;
        link.last_look = link.last_look.max(glance.time);
        link
    }

    /// Log-odds that this end is a head.
    pub(crate) fn head(&self) -> f64 {
        self.links.iter().map(|link| link.head).sum()
    }

    /// Log-odds that it is an end of a locomotive: neither chance (`weight`) nor something else that stays there.
    pub(crate) fn belief(&self) -> f64 {
        self.real(STEADY_WORST)
    }

    /// What [`belief`](Self::belief), alone or [together](Self::belief_together), is at least, found without asking every camera:
    /// its coming and going speaks as much against it as it can.
    pub(crate) fn least_belief(&self) -> f64 {
        let lasting = LASTING_PRIOR + STEADY_WORST + self.sureness();
        self.weight.min(lasting) - BOTH_COST
    }

    /// Log-odds that it is real, as the confidences say with which it was seen.
    fn sureness(&self) -> f64 {
        (self.sure.0 * self.sure.1).clamp(SURENESS_WORST, SURENESS_BEST)
    }

    /// The same as [`belief`](Self::belief); what its coming and going says against it is bounded by `floor`.
    fn real(&self, floor: f64) -> f64 {
        // A neighbour was there before it was known, too.
        let floor = if self.crowded {
            floor.max(CROWDED_WORST)
        } else {
            floor
        };
        let lasting = LASTING_PRIOR + self.steady().max(floor) + self.sureness();
        both(self.weight, lasting)
    }

    /// Log-odds that it comes and goes like an end of a locomotive, not like a false one; at most a little above 0. One camera
    /// that sees it steadily is enough: it may be hidden from others. Those that never saw it count together.
    /// What several cameras see in one place is no false end, however it comes and goes.
    pub(crate) fn steady(&self) -> f64 {
        let mut witnesses = self.links.iter().filter(|link| link.hits >= WITNESS_HITS);
        if witnesses.nth(1).is_some() {
            return STEADY_BEST;
        }
        // One hit may be chance: who saw it often speaks for those that did not.
        let often = self
            .links
            .iter()
            .map(|link| link.trials.1)
            .fold(0.0, f64::max)
            .min(WITNESS_HITS);
        let saw = |link: &&Link| link.trials.1 > 0.0 && link.trials.1 >= often;
        let seen = self
            .links
            .iter()
            .filter(saw)
            .map(Link::steady)
            .fold(f64::NEG_INFINITY, f64::max);
        let unseen: f64 = self
            .links
            .iter()
            .filter(|link| !saw(link))
            .map(Link::steady)
            .sum();
        let seen = if seen.is_finite() { seen } else { 0.0 };
        (seen + unseen.clamp(HIDDEN_FOR_GOOD, 0.0)).clamp(STEADY_WORST, STEADY_BEST)
    }

    /// Whether some camera has seen it often, and as steadily as an end of a locomotive.
    fn is_proven(&self) -> bool {
        self.links
            .iter()
            .any(|link| link.trials.1 >= PROVEN_HITS && link.steady() > 0.0)
    }

    /// Log-odds that two ends of one machine are real. An end that is certainly real has a partner: where one comes and goes at
    /// the right distance, it is rather hidden now and then than false.
    pub(crate) fn belief_together(&self, partner: &Self) -> f64 {
        let floor = |proven: bool| {
            if proven {
                HIDDEN_FOR_GOOD
            } else {
                STEADY_WORST
            }
        };
        self.real(floor(partner.is_proven())) + partner.real(floor(self.is_proven()))
    }

    /// Which end it is, if that is certain.
    pub(crate) fn side(&self) -> Option<Side> {
        if self.low >= SIDE_CERTAIN {
            Some(Side::Low)
        } else if self.low <= -SIDE_CERTAIN {
            Some(Side::High)
        } else {
            None
        }
    }

    /// Price of using it as an end of this side, nats, at most 0.
    pub(crate) fn side_price(&self, side: Side) -> f64 {
        let for_it = if side == Side::Low {
            self.low
        } else {
            -self.low
        };
        logistic(for_it).ln().max(-SIDE_PRICE)
    }

    /// Whether a camera ever looked at it.
    pub(crate) fn knows(&self, camera: usize) -> bool {
        self.links.of(camera).is_some()
    }

    /// How many cameras saw it since `since`, at least one.
    pub(crate) fn cameras_since(&self, since: Timestamp) -> usize {
        self.seen_by(since).count().max(1)
    }

    /// The cameras that saw it since `since`.
    pub(crate) fn seen_by(&self, since: Timestamp) -> impl Iterator<Item = usize> + '_ {
        self.links
            .iter()
            .filter(move |link| link.last_hit.is_some_and(|hit| hit >= since))
            .map(|link| link.camera)
    }

    /// Seconds since it was last seen.
    pub(crate) fn unseen(&self, now: Timestamp) -> f64 {
        self.last_hit
            .map_or(f64::INFINITY, |hit| now.seconds_since(hit).max(0.0))
    }

    /// For `seconds` nobody looked where it is, while the other end of its machine was seen: it is somewhere, and that it was
    /// missed before is forgotten.
    pub(crate) fn relax(&mut self, now: Timestamp, seconds: f64) {
        let unwatched = self
            .watched
            .is_none_or(|watched| now.seconds_since(watched) > UNWATCHED);
        if unwatched && self.weight < 0.0 {
            self.weight = (self.weight + seconds / MISSES_MEMORY).min(0.0);
        }
    }

    /// Forgets cameras that have not looked for long: nothing grows.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        self.links
            .retain(|link| now.seconds_since(link.last_look) < SYSTEMATIC_MEMORY);
    }

    /// The evidence of two sightings of one end, taken together.
    pub(crate) fn merge(&mut self, older: &Self) {
        self.hits = self.hits.saturating_add(older.hits);
        self.last_hit = self.last_hit.max(older.last_hit);
        self.low = (self.low + older.low).clamp(-MAX_SIDE_VOTE, MAX_SIDE_VOTE);
        for link in older.links.iter() {
            let known = self.links.of(link.camera).is_some();
            let mine = self.links.of_or(link.camera, || link.clone());
            if known {
                mine.head = (mine.head + link.head).clamp(-ORIENTATION_CAP, ORIENTATION_CAP);
            }
        }
    }
}

/// Log-odds that something is neither of two false things, each of these log-odds against it.
///
/// It is less than the smaller one by [`BOTH_COST`] at most.
fn both(a: f64, b: f64) -> f64 {
    let least = a.min(b);
    least - (1.0 + (least - a.max(b)).exp()).ln()
}

/// ln 2, and a little more for rounding.
const BOTH_COST: f64 = 0.694;

impl Link {
    /// Log-odds that it comes and goes like a real end.
    fn steady(&self) -> f64 {
        (self.steady.0 + self.run.0)
            .max(self.steady.1 + self.run.1)
            .clamp(STEADY_WORST, STEADY_BEST)
    }

    /// Compares a real end, which is seen at about the expected rate while it is not hidden, with a false one, which comes and
    /// goes at a rate of its own. Both rates are learned (the mean of a beta distribution), so what counts is the rate.
    fn judge(&mut self, glance: &Glance, seen: bool) {
        if glance.crowded || glance.inside < 0.9 {
            return;
        }
        let learned = |(looks, hits): (f64, f64)| {
            (EXPECTED_LOOKS * glance.expected + hits) / (EXPECTED_LOOKS + looks)
        };
        let open = learned(self.trials);
        let at_times = (1.0 - glance.hidden) * learned((self.looks, self.hits));
        let false_ = (self.trials.1 + 0.5) / (self.trials.0 + 1.0);
        // To be seen more often than expected speaks against nobody.
        let gain = |real: f64| match seen {
            _ if real <= false_ => 0.0,
            true => (real / false_).ln() * glance.share,
            false => ((1.0 - real) / (1.0 - false_)).ln() * glance.share,
        };
        let gains = (gain(open), gain(at_times));
        if seen {
            let add = |sum: f64| sum.clamp(STEADY_WORST, STEADY_BEST);
            self.steady = (
                add(self.steady.0 + self.run.0 + gains.0),
                add(self.steady.1 + self.run.1 + gains.1),
            );
            self.run = (0.0, 0.0);
        } else {
            let add = |sum: f64| sum.max(HIDDEN_FOR_GOOD);
            self.run = (add(self.run.0 + gains.0), add(self.run.1 + gains.1));
        }
        self.trials.0 += glance.share;
        self.trials.1 += if seen { glance.share } else { 0.0 };
    }

    fn count(&mut self, looks: f64, hits: f64) {
        self.looks += looks;
        self.hits += hits;
        if self.looks > HIT_RATE_MEMORY {
            let kept = HIT_RATE_MEMORY / self.looks;
            self.looks *= kept;
            self.hits *= kept;
        }
    }
}

/// Probability that an end of `side` lies where one of `covers` shows it, and the detection rate there.
pub(crate) fn inside(covers: &[Cover], side: Option<Side>, modes: &[Component]) -> (f64, f64) {
    let mut total = (0.0_f64, 0.0_f64);
    for cover in covers {
        if side.is_some() && cover.side.is_some() && cover.side != side {
            continue;
        }
        let p: f64 = modes
            .iter()
            .map(|mode| {
                mode.weight
                    * share_between(
                        cover.from + COVER_MARGIN,
                        cover.to - COVER_MARGIN,
                        mode.mean,
                        mode.variance,
                    )
            })
            .sum();
        total = (
            total.0 + p,
            total.1.max(if p > 0.0 { cover.detection } else { 0.0 }),
        );
    }
    (total.0.min(1.0), total.1)
}
