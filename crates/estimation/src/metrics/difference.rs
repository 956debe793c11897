// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two runs compared with each other: how far is a candidate flow from the one it shall replace?
//!
//! No truth is needed: at every instant of which both have spoken, the reference stands in for it, with the assignment of
//! [`super::evaluate`]. What differs is not thereby wrong; `evaluate` says which of the two is right where a truth exists.

use std::collections::BTreeMap;
use std::fmt;

use messages::{FacilityState, LocomotiveState, Status, Timestamp};
use serde::Serialize;

use super::instant::match_instant;
use super::result::CUT_OFF;
use super::truth::{TrueLocomotive, Truth};

/// So many instants of one flow wait at most for the other.
const MOST_WAITING: usize = 600;
/// So many instants and locomotives the text names at most.
const MOST_NAMED: usize = 5;

/// Which of the two flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The flow that is compared with.
    Reference,
    /// The flow that is judged.
    Candidate,
}

/// A locomotive that only one flow sees.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// Its name in that flow.
    pub id: String,
    /// The track's id.
    pub track: String,
    /// Where its head is, m.
    pub head: f64,
    /// Where its tail is, m.
    pub tail: f64,
}

/// One locomotive for both flows, whose places are farther apart than agreed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// Its name in the reference.
    pub reference: String,
    /// Its name in the candidate.
    pub candidate: String,
    /// The track's id.
    pub track: String,
    /// Mean difference of both ends, m.
    pub distance: f64,
}

/// One locomotive for both flows, of which they say different things.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// Its name in the reference.
    pub id: String,
    /// What the reference says.
    pub reference: Option<String>,
    /// What the candidate says.
    pub candidate: Option<String>,
}

/// One instant of which both flows have spoken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interval {
    /// The instant.
    pub time: Timestamp,
    /// Locomotives of the reference.
    pub reference: u64,
    /// Locomotives of the candidate.
    pub candidate: u64,
    /// GOSPA distance (p = 1, α = 2, c = 6 m), m.
    pub gospa: f64,
    /// Locomotives of both that stand farther apart than agreed.
    pub moved: Vec<Moved>,
    /// Locomotives of both whose head is at the other end: names in the reference.
    pub turned: Vec<String>,
    /// Locomotives that only the reference sees.
    pub only_reference: Vec<Seen>,
    /// Locomotives that only the candidate sees.
    pub only_candidate: Vec<Seen>,
    /// Locomotives of both with different models.
    pub models: Vec<Disagreement>,
    /// Locomotives of both with different running numbers.
    pub plates: Vec<Disagreement>,
}

/// Sums over all instants.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Total {
    /// Instants of which both flows have spoken.
    pub instants: u64,
    /// Instants of which only the reference has spoken.
    pub reference_alone: u64,
    /// Instants of which only the candidate has spoken.
    pub candidate_alone: u64,
    /// Instants at which both count the same.
    pub same_count: u64,
    /// Mean of candidate minus reference, locomotives.
    pub count_difference: f64,
    /// Mean GOSPA distance per instant, m.
    pub gospa: f64,
    /// Largest GOSPA distance, m.
    pub gospa_max: f64,
    /// Locomotives of both, over all instants.
    pub pairs: u64,
    /// Mean distance of these, m.
    pub distance: f64,
    /// Largest distance of these, m.
    pub distance_max: f64,
    /// Those farther apart than agreed.
    pub moved: u64,
    /// Those whose head is at the other end.
    pub turned: u64,
    /// Locomotives that only the reference sees, over all instants.
    pub only_reference: u64,
    /// Locomotives that only the candidate sees, over all instants.
    pub only_candidate: u64,
    /// Pairs with different models.
    pub models: u64,
    /// Pairs with different running numbers.
    pub plates: u64,
}

/// Compares two flows while they speak.
#[derive(Debug)]
pub struct Difference {
    moved_above: f64,
    waiting: [BTreeMap<Timestamp, FacilityState>; 2],
    /// Up to here each flow has spoken; `None`: not yet.
    spoken: [Option<Timestamp>; 2],
    ended: [bool; 2],
    total: Total,
    worst: Option<Interval>,
    /// Locomotives that only one flow sees, with the number of instants: per side by track and name.
    alone: [BTreeMap<(String, String), u64>; 2],
    last: [Option<(Timestamp, FacilityState)>; 2],
}

impl Difference {
    /// Starts; a pair farther apart than `moved_above` metres has moved.
    pub fn new(moved_above: f64) -> Self {
        Self {
            moved_above,
            waiting: Default::default(),
            spoken: [None; 2],
            ended: [false; 2],
            total: Total::default(),
            worst: None,
            alone: Default::default(),
            last: [None, None],
        }
    }

    /// Takes what `side` says of `time`, and gives the instants that can be compared by now.
    ///
    /// The last word of an instant counts. A flow that is far behind or silent never makes the other one wait: then
    /// those instants count as spoken of by one flow alone.
    pub fn push(&mut self, side: Side, time: Timestamp, state: FacilityState) -> Vec<Interval> {
        let index = side as usize;
        self.spoken[index] = self.spoken[index].max(Some(time));
        self.last[index] = Some((time, state.clone()));
        self.waiting[index].insert(time, state);
        self.ready()
    }

    /// `side` has nothing more to say.
    pub fn end(&mut self, side: Side) -> Vec<Interval> {
        self.ended[side as usize] = true;
        self.ready()
    }

    /// The sums so far.
    pub fn total(&self) -> Total {
        let mean = |sum: f64, count: u64| if count == 0 { 0.0 } else { sum / count as f64 };
        let sums = &self.total;
        Total {
            count_difference: mean(sums.count_difference, sums.instants),
            gospa: mean(sums.gospa, sums.instants),
            distance: mean(sums.distance, sums.pairs),
            ..sums.clone()
        }
    }

    /// Compares every instant that is complete.
    fn ready(&mut self) -> Vec<Interval> {
        let mut intervals = Vec::new();
        while let Some(time) = self.next() {
            match self.waiting.each_mut().map(|waiting| waiting.remove(&time)) {
                [Some(reference), Some(candidate)] => {
                    let interval = self.compare(time, &reference, &candidate);
                    intervals.push(interval);
                }
                [Some(_), None] => self.total.reference_alone += 1,
                [None, Some(_)] => self.total.candidate_alone += 1,
                [None, None] => {}
            }
        }
        intervals
    }

    /// The first instant of which nobody will say more.
    fn next(&self) -> Option<Timestamp> {
        let first = self
            .waiting
            .iter()
            .filter_map(|waiting| waiting.keys().next());
        let time = *first.min()?;
        let done = |index: usize| self.ended[index] || self.spoken[index] > Some(time);
        let full = self
            .waiting
            .iter()
            .any(|waiting| waiting.len() > MOST_WAITING);
        ((done(0) && done(1)) || full).then_some(time)
    }

    /// Compares one instant of both flows.
    fn compare(
        &mut self,
        time: Timestamp,
        reference: &FacilityState,
        candidate: &FacilityState,
    ) -> Interval {
        let counted: Vec<_> = counted(reference).collect();
        let truth = Truth {
            time,
            locomotives: counted
                .iter()
                .map(|locomotive| stand_in(locomotive))
                .collect(),
        };
        let matching = match_instant(&truth, Some(candidate));
        let mut interval = Interval {
            time,
            reference: counted.len() as u64,
            candidate: matching.all.len() as u64,
            gospa: 0.0,
            moved: Vec::new(),
            turned: Vec::new(),
            only_reference: Vec::new(),
            only_candidate: matching.false_estimates().map(seen).collect(),
            models: Vec::new(),
            plates: Vec::new(),
        };
        for (locomotive, estimate) in counted.iter().zip(&matching.estimates) {
            match estimate {
                Some((estimate, distance)) => {
                    self.pair(&mut interval, locomotive, estimate, *distance);
                }
                None => interval.only_reference.push(seen(locomotive)),
            }
        }
        let alone = interval.only_reference.len() + interval.only_candidate.len();
        interval.gospa = rounded(interval.gospa + CUT_OFF / 2.0 * alone as f64);
        self.count(&interval);
        interval
    }

    /// Notes in what `a`, the reference's, and `b`, the candidate's, differ.
    fn pair(
        &mut self,
        interval: &mut Interval,
        a: &LocomotiveState,
        b: &LocomotiveState,
        distance: f64,
    ) {
        interval.gospa += distance;
        self.total.pairs += 1;
        self.total.distance += distance;
        self.total.distance_max = self.total.distance_max.max(rounded(distance));
        if distance > self.moved_above {
            interval.moved.push(Moved {
                reference: a.id.clone(),
                candidate: b.id.clone(),
                track: a.track.clone(),
                distance: rounded(distance),
            });
        }
        if (a.head.s < a.tail.s) != (b.head.s < b.tail.s) {
            interval.turned.push(a.id.clone());
        }
        let model = |l: &LocomotiveState| l.model.as_ref().map(|guess| guess.name.clone());
        let plate = |l: &LocomotiveState| l.plate.as_ref().map(|guess| guess.text.clone());
        interval.models.extend(disagreement(a, model(a), model(b)));
        interval.plates.extend(disagreement(a, plate(a), plate(b)));
    }

    /// Adds one interval to the total.
    fn count(&mut self, interval: &Interval) {
        let total = &mut self.total;
        total.instants += 1;
        total.same_count += u64::from(interval.reference == interval.candidate);
        total.count_difference += interval.candidate as f64 - interval.reference as f64;
        total.gospa += interval.gospa;
        total.gospa_max = total.gospa_max.max(interval.gospa);
        total.moved += interval.moved.len() as u64;
        total.turned += interval.turned.len() as u64;
        total.only_reference += interval.only_reference.len() as u64;
        total.only_candidate += interval.only_candidate.len() as u64;
        total.models += interval.models.len() as u64;
        total.plates += interval.plates.len() as u64;
        for (alone, seen) in self
            .alone
            .iter_mut()
            .zip([&interval.only_reference, &interval.only_candidate])
        {
            for locomotive in seen {
                let key = (locomotive.track.clone(), locomotive.id.clone());
                *alone.entry(key).or_default() += 1;
            }
        }
        let worst = self.worst.as_ref().map_or(0.0, |worst| worst.gospa);
        if interval.gospa > worst {
            self.worst = Some(interval.clone());
        }
    }
}

/// The readable summary.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (side, last) in ["reference", "candidate"].iter().zip(&self.last) {
            let Some((time, state)) = last else {
                writeln!(f, "{side}: no state")?;
                continue;
            };
            let places: Vec<String> = counted(state).map(place).collect();
            writeln!(
                f,
                "{side} at {time}: {} locomotives  {}",
                places.len(),
                places.join("  ")
            )?;
        }
        let total = self.total();
        if total.instants == 0 {
            return write!(
                f,
                "nothing to compare: there is no instant of which both flows spoke"
            );
        }
        writeln!(
            f,
            "compared at {} instants; {} only the reference spoke of, {} only the candidate",
            total.instants, total.reference_alone, total.candidate_alone
        )?;
        writeln!(
            f,
            "  number           equal at {:.1} %, candidate minus reference {:+.3}",
            100.0 * total.same_count as f64 / total.instants as f64,
            total.count_difference
        )?;
        writeln!(
            f,
            "  GOSPA            {:.3} m an instant, worst {:.3} m",
            total.gospa, total.gospa_max
        )?;
        writeln!(
            f,
            "  places           {:.3} m apart, worst {:.3} m; {} of {} farther than {} m; {} turned round",
            total.distance,
            total.distance_max,
            total.moved,
            total.pairs,
            self.moved_above,
            total.turned
        )?;
        writeln!(
            f,
            "  only reference   {}{}",
            total.only_reference,
            named(&self.alone[0])
        )?;
        writeln!(
            f,
            "  only candidate   {}{}",
            total.only_candidate,
            named(&self.alone[1])
        )?;
        write!(
            f,
            "  disagreements    {} on models, {} on numbers",
            total.models, total.plates
        )?;
        if let Some(worst) = &self.worst {
            write!(f, "\n  look at          {}", worst.time)?;
        }
        Ok(())
    }
}

/// The locomotives with the most instants, as ` (T1 L4: 12)`.
fn named(alone: &BTreeMap<(String, String), u64>) -> String {
    let mut locomotives: Vec<_> = alone.iter().collect();
    locomotives.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let more = if locomotives.len() > MOST_NAMED {
        ", …"
    } else {
        ""
    };
    let words: Vec<String> = locomotives
        .iter()
        .take(MOST_NAMED)
        .map(|((track, id), count)| format!("{track} {id}: {count}"))
        .collect();
    if words.is_empty() {
        String::new()
    } else {
        format!(" instants ({}{more})", words.join(", "))
    }
}

/// The locomotives of a state that count.
fn counted(state: &FacilityState) -> impl Iterator<Item = &LocomotiveState> {
    state
        .locomotives
        .iter()
        .filter(|locomotive| locomotive.status != Status::Tentative)
}

/// A locomotive of the reference in place of a true one.
fn stand_in(locomotive: &LocomotiveState) -> TrueLocomotive {
    TrueLocomotive {
        id: locomotive.id.clone(),
        track: locomotive.track.clone(),
        head: locomotive.head.s,
        tail: locomotive.tail.s,
        velocity: locomotive.velocity,
        inside: true,
        model: None,
        plate: None,
    }
}

/// A locomotive in words.
fn place(locomotive: &LocomotiveState) -> String {
    format!(
        "{} {} {:.1}-{:.1} m",
        locomotive.track, locomotive.id, locomotive.head.s, locomotive.tail.s
    )
}

/// A locomotive that only one flow sees.
fn seen(locomotive: &LocomotiveState) -> Seen {
    Seen {
        id: locomotive.id.clone(),
        track: locomotive.track.clone(),
        head: rounded(locomotive.head.s),
        tail: rounded(locomotive.tail.s),
    }
}

/// Where both flows say different things of one locomotive.
fn disagreement(
    locomotive: &LocomotiveState,
    reference: Option<String>,
    candidate: Option<String>,
) -> Option<Disagreement> {
    (reference != candidate).then(|| Disagreement {
        id: locomotive.id.clone(),
        reference,
        candidate,
    })
}

/// Metres with three decimals.
fn rounded(metres: f64) -> f64 {
    (metres * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use messages::{Data, Event};

    /// A state with locomotives `(id, head, tail, plate)` on T1.
    fn state(locomotives: &[(&str, f64, f64, Option<&str>)]) -> FacilityState {
        let locomotives: Vec<_> = locomotives
            .iter()
            .map(|(id, head, tail, plate)| {
                serde_json::json!({"id": id, "track": "T1", "head": {"s": head, "sigma": 0.1}, "tail": {"s": tail, "sigma": 0.1},
                    "orientation_confidence": 0.9, "velocity": 0.0, "moving": false, "confidence": 0.9, "status": "confirmed",
                    "model": null, "plate": plate.map(|text| serde_json::json!({"text": text, "p": 0.9})),
                    "last_seen": "2026-03-01T06:00:00Z", "seen_by": []})
            })
            .collect();
        let event = serde_json::json!({"specversion": "1.0", "type": "com.roundhouse.facility-state.v1", "source": "/a/b/c",
            "id": "1-1", "time": "2026-03-01T06:00:00Z",
            "data": {"state": 1, "count": locomotives.len(), "inputs": [], "locomotives": locomotives, "cameras": []}});
        let Data::State(state) = Event::parse(&event.to_string()).unwrap().data else {
            panic!("no state");
        };
        state
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn a_flow_is_no_distance_from_itself() {
        let mut difference = Difference::new(0.5);
        let same = state(&[("L1", 10.0, 30.0, Some("A15"))]);
        difference.push(Side::Reference, at(1), same.clone());
        difference.push(Side::Candidate, at(1), same);
        difference.end(Side::Reference);
        let intervals = difference.end(Side::Candidate);
        assert_eq!(intervals.len(), 1);
        let total = difference.total();
        assert_eq!((total.instants, total.same_count, total.pairs), (1, 1, 1));
        assert_eq!((total.moved, total.plates), (0, 0));
        assert!(total.gospa.abs() < 1e-9);
    }

    #[test]
    fn every_kind_of_difference_is_found() {
        let mut difference = Difference::new(0.5);
        let reference = state(&[("L1", 10.0, 30.0, Some("A15")), ("L2", 40.0, 60.0, None)]);
        let candidate = state(&[("L7", 31.0, 10.5, Some("A16")), ("L8", 70.0, 90.0, None)]);
        assert!(
            difference
                .push(Side::Reference, at(1), reference)
                .is_empty()
        );
        assert!(
            difference
                .push(Side::Candidate, at(1), candidate)
                .is_empty()
        );
        difference.end(Side::Reference);
        let intervals = difference.end(Side::Candidate);
        let interval = &intervals[0];
        // (0.5 + 1) / 2, and 6 / 2 for each that stands alone.
        assert!((interval.gospa - 6.75).abs() < 1e-9);
        assert!((interval.moved[0].distance - 0.75).abs() < 1e-9);
        assert_eq!(interval.turned, ["L1"]);
        assert_eq!(interval.only_reference[0].id, "L2");
        assert_eq!(interval.only_candidate[0].id, "L8");
        assert_eq!(interval.plates[0].candidate.as_deref(), Some("A16"));
        assert!(interval.models.is_empty());
        let text = difference.to_string();
        assert!(text.contains("equal at 100.0 %"), "{text}");
        assert!(
            text.contains("only reference   1 instants (T1 L2: 1)"),
            "{text}"
        );
    }

    #[test]
    fn the_last_word_of_an_instant_counts_and_instants_of_one_flow_are_told_apart() {
        let mut difference = Difference::new(0.5);
        let (empty, one) = (state(&[]), state(&[("L1", 1.0, 9.0, None)]));
        difference.push(Side::Reference, at(1), empty.clone());
        difference.push(Side::Candidate, at(1), empty.clone());
        difference.push(Side::Reference, at(1), one.clone());
        difference.push(Side::Reference, at(2), one.clone());
        difference.push(Side::Reference, at(3), one);
        let intervals = difference.push(Side::Candidate, at(3), empty);
        assert_eq!(intervals.len(), 1);
        assert_eq!((intervals[0].reference, intervals[0].candidate), (1, 0));
        difference.end(Side::Reference);
        difference.end(Side::Candidate);
        let total = difference.total();
        assert_eq!((total.instants, total.reference_alone), (2, 1));
        assert!((total.count_difference + 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_silent_flow_does_not_fill_the_memory() {
        let mut difference = Difference::new(0.5);
        for second in 0..2000 {
            difference.push(Side::Reference, at(second), state(&[]));
        }
        assert_eq!(difference.waiting[0].len(), MOST_WAITING);
        assert_eq!(difference.total().reference_alone, 1400);
        assert!(difference.to_string().contains("nothing to compare"));
    }
}
