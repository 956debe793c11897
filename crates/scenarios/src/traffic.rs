// SPDX-License-Identifier: MIT OR Apache-2.0
//! Locomotives that stand, come, go, run, couple and part: a timetable without collisions.

use crate::course::Leg;
use crate::draw::{Draw, Stream};
use crate::kind::Parameters;
use crate::layout::{Hall, Track};

/// Distance between coupled locomotives, m.
const COUPLING: (f64, f64) = (0.7, 1.4);
/// Locomotives nearer than this are coupled, m.
const COUPLED: f64 = 1.5;
/// Least distance between locomotives that are not coupled, m.
const APART: f64 = 2.2;
/// Distance kept from a track's ends, m.
const END_MARGIN: f64 = 1.0;
/// How far outside its door a locomotive starts or stops, m.
const OUTSIDE: f64 = 4.0;
/// A shorter run is not worth the trouble, m.
const SHORTEST_RUN: f64 = 3.0;
/// Highest speeds of runs, m/s, and accelerations, m/s².
const SPEED: (f64, f64) = (0.5, 1.9);
const ACCELERATION: (f64, f64) = (0.08, 0.25);
/// Probability of a halt on the way, and its duration, s.
const HALT: (f64, (f64, f64)) = (0.2, (5.0, 20.0));
/// Share of arrivals that are locomotives that left before, and how long they stay away at least, s.
const RETURNING: (f64, f64) = (0.5, 20.0);
/// Rest of a track between two moves, s.
const REST: f64 = 2.0;
/// A part of a rake stays behind with this probability.
const PART: f64 = 0.4;
/// Share of arrivals and of departures among the moves; the others stay in the hall.
const ARRIVALS: f64 = 0.3;
const DEPARTURES: f64 = 0.25;
/// Places that are tried for a move before it is given up.
const TRIES: usize = 30;
/// A track is at most this full at the start.
const FULL: f64 = 0.75;

/// A locomotive.
#[derive(Debug, Clone)]
pub(crate) struct Locomotive {
    pub(crate) id: String,
    pub(crate) model: usize,
    pub(crate) length: f64,
    pub(crate) plate: String,
    pub(crate) head_low: bool,
}

/// A locomotive on one track, from when it comes until it goes.
#[derive(Debug, Clone)]
pub(crate) struct Stay {
    pub(crate) locomotive: usize,
    pub(crate) track: usize,
    from: f64,
    until: f64,
    lo: f64,
    length: f64,
    legs: Vec<Leg>,
}

impl Stay {
    /// Whether it is on the track at time `t`.
    pub(crate) fn is_there(&self, t: f64) -> bool {
        (self.from..self.until).contains(&t)
    }

    /// Low and high end at `t`, m.
    pub(crate) fn span(&self, t: f64) -> (f64, f64) {
        let lo = self.lo + self.legs.iter().map(|leg| leg.travelled(t)).sum::<f64>();
        (lo, lo + self.length)
    }

    /// Velocity at time `t`, m/s.
    pub(crate) fn velocity(&self, t: f64) -> f64 {
        self.legs.iter().map(|leg| leg.velocity(t)).sum()
    }

    /// Where it stands after all its runs.
    fn resting(&self) -> (f64, f64) {
        self.span(f64::INFINITY)
    }
}

/// All locomotives and where they are when.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    pub(crate) locomotives: Vec<Locomotive>,
    pub(crate) stays: Vec<Stay>,
}

impl Traffic {
    /// The traffic of a hall for so many seconds.
    pub(crate) fn new(hall: &Hall, parameters: &Parameters, seed: u64, duration: f64) -> Self {
        let mut yard = Yard {
            hall,
            parameters,
            draw: Draw::new(seed, Stream::Traffic),
            traffic: Self {
                locomotives: Vec::new(),
                stays: Vec::new(),
            },
            standing: vec![Vec::new(); hall.tracks.len()],
            free_from: vec![0.0; hall.tracks.len()],
            away: Vec::new(),
        };
        yard.fill();
        let mut t = yard.draw.exponential(parameters.move_every);
        while t < duration {
            yard.move_something(t);
            t += yard.draw.exponential(parameters.move_every);
        }
        yard.traffic
    }

    /// What stands on a track at `t`.
    pub(crate) fn on_track(&self, track: usize, t: f64) -> impl Iterator<Item = &Stay> {
        self.stays
            .iter()
            .filter(move |stay| stay.track == track && stay.is_there(t))
    }
}

/// The hall while its timetable is written.
struct Yard<'a> {
    hall: &'a Hall,
    parameters: &'a Parameters,
    draw: Draw,
    traffic: Traffic,
    /// Stays on each track, ordered along it.
    standing: Vec<Vec<usize>>,
    /// When the last move on each track is over.
    free_from: Vec<f64>,
    /// Locomotives that left, and when.
    away: Vec<(usize, f64)>,
}

impl Yard<'_> {
    /// How many locomotives are in the hall.
    fn count(&self) -> usize {
        self.standing.iter().map(Vec::len).sum()
    }

    /// The track of this index.
    fn track(&self, track: usize) -> &Track {
        &self.hall.tracks[track]
    }

    // ------------------------------------------------------------------ the start

    /// Fills the hall with the locomotives that stand there from the start.
    fn fill(&mut self) {
        let wanted = self.draw.within(self.parameters.locomotives) as usize;
        let mut rakes: Vec<Vec<Vec<(usize, f64)>>> = vec![Vec::new(); self.hall.tracks.len()];
        let mut used = vec![0.0; self.hall.tracks.len()];
        let mut count = 0;
        while count < wanted {
            let rake = self.new_rake(wanted - count);
            let length = rake_length(&rake, &self.traffic.locomotives);
            let fitting: Vec<usize> = (0..used.len())
                .filter(|&track| used[track] + length + APART < FULL * self.track(track).length)
                .collect();
            count += rake.len();
            if fitting.is_empty() {
                continue;
            }
            let track = fitting[self.draw.index(fitting.len())];
            used[track] += length + APART;
            rakes[track].push(rake);
        }
        for (track, rakes) in rakes.into_iter().enumerate() {
            self.lay_out(track, rakes, used[track]);
        }
    }

    /// Puts rakes on a track, with random distances.
    fn lay_out(&mut self, track: usize, rakes: Vec<Vec<(usize, f64)>>, used: f64) {
        let slack = self.track(track).length - 2.0 * END_MARGIN - used;
        let mut shifts: Vec<f64> = rakes
            .iter()
            .map(|_| self.draw.between(0.0, slack))
            .collect();
        shifts.sort_by(f64::total_cmp);
        let mut filled = END_MARGIN;
        for (rake, shift) in rakes.into_iter().zip(shifts) {
            filled += self.place(track, &rake, filled + shift, 0.0) + APART;
        }
    }

    /// New locomotives, each with the gap that follows it.
    fn new_rake(&mut self, most: usize) -> Vec<(usize, f64)> {
        let mut rake = vec![self.new_locomotive()];
        while rake.len() < most.min(self.parameters.rakes.most)
            && self.draw.chance(self.parameters.rakes.longer)
        {
            rake.push(self.new_locomotive());
        }
        rake.into_iter()
            .map(|locomotive| (locomotive, self.draw.within(COUPLING)))
            .collect()
    }

    /// Makes a locomotive; its index.
    fn new_locomotive(&mut self) -> usize {
        let index = self.traffic.locomotives.len();
        let model = self.draw.index(self.hall.models.len());
        let error = self.parameters.length_error;
        let number = self.draw.index(10_000);
        self.traffic.locomotives.push(Locomotive {
            id: format!("G{}", index + 1),
            model,
            length: self.hall.models[model].length + self.draw.between(-error, error),
            plate: format!("{}-{number:04}", self.hall.models[model].name),
            head_low: self.draw.chance(0.5),
        });
        index
    }

    /// Puts a rake on a track, its low end at `lo`, in front of those that stand higher. Returns its length.
    fn place(&mut self, track: usize, rake: &[(usize, f64)], lo: f64, t: f64) -> f64 {
        let mut at = lo;
        let mut stays = Vec::new();
        for &(locomotive, gap) in rake {
            let length = self.traffic.locomotives[locomotive].length;
            stays.push(self.traffic.stays.len());
            self.traffic.stays.push(Stay {
                locomotive,
                track,
                from: t,
                until: f64::INFINITY,
                lo: at,
                length,
                legs: Vec::new(),
            });
            at += length + gap;
        }
        let below = self.standing[track]
            .iter()
            .filter(|&&stay| self.traffic.stays[stay].resting().0 < lo)
            .count();
        self.standing[track].splice(below..below, stays);
        rake_length(rake, &self.traffic.locomotives)
    }

    // ------------------------------------------------------------------ moves

    /// Lets something arrive, depart or move within its track at time `t`, if anything can.
    fn move_something(&mut self, t: f64) {
        let (fewest, most) = self.parameters.locomotives_at_any_time;
        let what = self.draw.between(0.0, 1.0);
        for _ in 0..TRIES {
            let track = self.draw.index(self.hall.tracks.len());
            let up = self.draw.chance(0.5);
            if self.free_from[track] > t {
                continue;
            }
            let door = if up {
                self.track(track).door_high
            } else {
                self.track(track).door_low
            };
            let done = if what < ARRIVALS {
                door && self.count() < most && self.arrive(t, track, !up, most - self.count())
            } else if what < ARRIVALS + DEPARTURES {
                door && self.depart(t, track, up, self.count().saturating_sub(fewest))
            } else {
                self.shunt(t, track, up)
            };
            if done {
                return;
            }
        }
    }

    /// A rake comes in, running up or down.
    fn arrive(&mut self, t: f64, track: usize, up: bool, most: usize) -> bool {
        let length = self.track(track).length;
        // In the direction of the run, from its door.
        let ahead = self.ahead_of_door(track, up);
        let limit = match ahead {
            Some(place) if up => place,
            Some(place) => length - place,
            None => length - END_MARGIN,
        };
        let rake = self.rake_outside(t, most, limit - END_MARGIN - APART);
        if rake.is_empty() {
            return false;
        }
        let total = rake_length(&rake, &self.traffic.locomotives);
        let target = if ahead.is_some() && self.draw.chance(self.parameters.rakes.couple) {
            limit - self.draw.within(COUPLING)
        } else {
            self.draw.between(total + END_MARGIN, limit - APART)
        };
        let (lo, distance) = if up {
            (-OUTSIDE - total, target + OUTSIDE)
        } else {
            (length + OUTSIDE, -target - OUTSIDE)
        };
        let first = self.traffic.stays.len();
        self.place(track, &rake, lo, t);
        let moving: Vec<usize> = (first..self.traffic.stays.len()).collect();
        self.run(t, track, &moving, distance);
        true
    }

    /// A locomotive that left before, or a rake of new ones; what has no room in `room` metres stays outside.
    fn rake_outside(&mut self, t: f64, most: usize, room: f64) -> Vec<(usize, f64)> {
        let longest = self.hall.models.iter().map(|model| model.length);
        if room < longest.fold(0.0, f64::max) + self.parameters.length_error {
            return Vec::new();
        }
        let rested = self
            .away
            .iter()
            .position(|(_, since)| since + RETURNING.1 < t);
        let mut rake = match rested {
            Some(index) if self.draw.chance(RETURNING.0) => {
                let (locomotive, _) = self.away.remove(index);
                vec![(locomotive, self.draw.within(COUPLING))]
            }
            _ => self.new_rake(most),
        };
        while rake_length(&rake, &self.traffic.locomotives) > room {
            self.away
                .extend(rake.pop().map(|(locomotive, _)| (locomotive, t)));
        }
        rake
    }

    /// The near end of the first locomotive that a run through a door meets.
    fn ahead_of_door(&self, track: usize, up: bool) -> Option<f64> {
        let stays = &self.standing[track];
        if up {
            stays
                .first()
                .map(|&stay| self.traffic.stays[stay].resting().0)
        } else {
            stays
                .last()
                .map(|&stay| self.traffic.stays[stay].resting().1)
        }
    }

    /// The first rake at a door goes out, or a part of it.
    fn depart(&mut self, t: f64, track: usize, up: bool, most: usize) -> bool {
        let mut rakes = self.rakes(track).into_iter();
        let at_door = if up { rakes.next_back() } else { rakes.next() };
        let Some(rake) = at_door else {
            return false;
        };
        let moving = self.part(&rake, up);
        if moving.len() > most {
            return false;
        }
        let (lo, hi) = self.extent(&moving);
        let distance = if up {
            self.track(track).length - lo + OUTSIDE
        } else {
            -hi - OUTSIDE
        };
        let end = self.run(t, track, &moving, distance);
        self.standing[track].retain(|stay| !moving.contains(stay));
        for stay in moving {
            let stay = &mut self.traffic.stays[stay];
            stay.until = end;
            self.away.push((stay.locomotive, end));
        }
        true
    }

    /// A rake, or a part of it, runs somewhere else on its track.
    fn shunt(&mut self, t: f64, track: usize, up: bool) -> bool {
        let rakes = self.rakes(track);
        if rakes.is_empty() {
            return false;
        }
        let chosen = self.draw.index(rakes.len());
        let moving = self.part(&rakes[chosen], up);
        let (lo, hi) = self.extent(&moving);
        let next = if up {
            rakes.get(chosen + 1)
        } else {
            chosen.checked_sub(1).map(|before| &rakes[before])
        };
        let next = next.map(|rake| self.extent(rake));
        let length = self.track(track).length;
        let room = match (next, up) {
            (Some(next), true) => next.0 - hi,
            (Some(next), false) => lo - next.1,
            (None, true) => length - END_MARGIN - hi,
            (None, false) => lo - END_MARGIN,
        };
        let couple = next.is_some() && self.draw.chance(self.parameters.rakes.couple);
        let gap = match next {
            Some(_) if couple => self.draw.within(COUPLING),
            Some(_) => APART,
            None => 0.0,
        };
        let farthest = room - gap;
        if farthest < SHORTEST_RUN {
            return false;
        }
        let distance = if couple {
            farthest
        } else {
            self.draw.between(SHORTEST_RUN, farthest)
        };
        self.run(t, track, &moving, if up { distance } else { -distance });
        true
    }

    /// Locomotives that are coupled, in the order of the track.
    fn rakes(&self, track: usize) -> Vec<Vec<usize>> {
        let mut rakes: Vec<Vec<usize>> = Vec::new();
        let mut end = f64::NEG_INFINITY;
        for &stay in &self.standing[track] {
            let (lo, hi) = self.traffic.stays[stay].resting();
            match rakes.last_mut() {
                Some(rake) if lo - end < COUPLED => rake.push(stay),
                _ => rakes.push(vec![stay]),
            }
            end = hi;
        }
        rakes
    }

    /// The whole rake, or those of it that are ahead.
    fn part(&mut self, rake: &[usize], up: bool) -> Vec<usize> {
        if rake.len() < 2 || !self.draw.chance(PART) {
            return rake.to_vec();
        }
        let behind = 1 + self.draw.index(rake.len() - 1);
        if up {
            rake[behind..].to_vec()
        } else {
            rake[..rake.len() - behind].to_vec()
        }
    }

    /// Lowest and highest place that these locomotives take up where they come to rest, m.
    fn extent(&self, stays: &[usize]) -> (f64, f64) {
        let spans = stays.iter().map(|&stay| self.traffic.stays[stay].resting());
        spans.fold((f64::INFINITY, f64::NEG_INFINITY), |all, span| {
            (all.0.min(span.0), all.1.max(span.1))
        })
    }

    /// Runs locomotives together, perhaps with a halt. Returns when they are there.
    fn run(&mut self, t: f64, track: usize, moving: &[usize], distance: f64) -> f64 {
        let (speed, acceleration) = (self.draw.within(SPEED), self.draw.within(ACCELERATION));
        let mut legs = vec![Leg::new(t, distance, speed, acceleration)];
        if self.draw.chance(HALT.0) && distance.abs() > 2.0 * SHORTEST_RUN {
            let first = distance * self.draw.between(0.3, 0.7);
            let before = Leg::new(t, first, speed, acceleration);
            let start = before.end() + self.draw.within(HALT.1);
            legs = vec![
                before,
                Leg::new(start, distance - first, speed, acceleration),
            ];
        }
        let end = legs.last().map_or(t, Leg::end);
        for &stay in moving {
            self.traffic.stays[stay].legs.extend(&legs);
        }
        self.free_from[track] = end + REST;
        end
    }
}

/// Metres that a rake takes.
fn rake_length(rake: &[(usize, f64)], locomotives: &[Locomotive]) -> f64 {
    let all: f64 = rake
        .iter()
        .map(|&(locomotive, gap)| locomotives[locomotive].length + gap)
        .sum();
    all - rake.last().map_or(0.0, |last| last.1)
}
