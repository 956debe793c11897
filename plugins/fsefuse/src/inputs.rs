// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many inputs, one order of time.
//!
//! Every input is a queue of entries with growing arrival times. *Exact* merging hands out an instant only when every open
//! input has gone past it, so the result depends on what the inputs carry and never on who was scheduled first.
//! *Eager* merging hands out whatever is there: one silent input holds nobody back.

use std::collections::{BTreeMap, VecDeque};

use messages::{Event, Timestamp};

/// How many entries one input may have waiting.
pub const MOST_WAITING: usize = 4096;

/// How inputs are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merging {
    /// Wait for every open input: files.
    Exact,
    /// Wait for nobody: cameras.
    Eager,
}

impl Merging {
    /// What the inputs are that are merged like this, for the debug log.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Exact => "recordings: waiting for each of them",
            Self::Eager => "live: waiting for none of them",
        }
    }
}

/// Something that reached the fusion.
#[derive(Debug)]
pub struct Entry {
    /// When it reached the fusion.
    pub arrival: Timestamp,
    /// UTC of running time 0, if its input knows.
    pub zero: Option<Timestamp>,
    /// What it says; `None`: only that time goes on.
    pub event: Option<Event>,
}

/// Everything that reached the fusion at one instant.
#[derive(Debug)]
pub struct Batch {
    /// The instant.
    pub arrival: Timestamp,
    /// UTC of running time 0, if one of the inputs knows.
    pub zero: Option<Timestamp>,
    /// The events, in the order of the inputs and within each in its own; empty if only time goes on.
    pub events: Vec<Event>,
}

#[derive(Debug, Default)]
struct Input {
    waiting: VecDeque<Entry>,
    /// Everything that comes later has at least this arrival time.
    reached: Option<Timestamp>,
    closed: bool,
    /// It is gone as soon as what it has waiting is handed out.
    removed: bool,
}

impl Input {
    /// Whether no entry of `instant` or before can come any more.
    fn is_past(&self, instant: Timestamp) -> bool {
        self.closed || self.reached.is_some_and(|reached| reached > instant)
    }

    /// When the oldest waiting entry arrived.
    fn next_arrival(&self) -> Option<Timestamp> {
        self.waiting.front().map(|entry| entry.arrival)
    }
}

/// The inputs, by number.
#[derive(Debug, Default)]
pub struct Inputs {
    inputs: BTreeMap<u32, Input>,
    /// The latest instant handed out: nothing arrives before it any more.
    handed_out: Option<Timestamp>,
}

impl Inputs {
    /// Adds an open input.
    pub fn add(&mut self, number: u32) {
        self.inputs.insert(number, Input::default());
    }

    /// Takes an input away; what it has waiting was accepted and is still handed out.
    pub fn remove(&mut self, number: u32) {
        if let Some(input) = self.inputs.get_mut(&number) {
            (input.closed, input.removed) = (true, true);
        }
        self.forget_removed();
    }

    /// Puts `entry` behind an input's others. Its arrival time is not earlier than theirs: it came after them.
    pub fn push(&mut self, number: u32, mut entry: Entry) {
        let Some(input) = self.inputs.get_mut(&number) else {
            return;
        };
        let earliest = input.reached.max(self.handed_out);
        entry.arrival = earliest.map_or(entry.arrival, |earliest| entry.arrival.max(earliest));
        input.reached = Some(entry.arrival);
        input.waiting.push_back(entry);
    }

    /// Drops the oldest entry of an input that is over its limit; whether it did.
    pub fn drop_excess(&mut self, number: u32) -> bool {
        match self.inputs.get_mut(&number) {
            Some(input) if input.waiting.len() > MOST_WAITING => {
                input.waiting.pop_front().is_some()
            }
            _ => false,
        }
    }

    /// Whether an input is there and was not taken away.
    pub fn contains(&self, number: u32) -> bool {
        self.inputs.get(&number).is_some_and(|input| !input.removed)
    }

    /// Whether an input has no room left.
    pub fn is_full(&self, number: u32) -> bool {
        self.inputs
            .get(&number)
            .is_some_and(|input| input.waiting.len() >= MOST_WAITING)
    }

    /// Says that nothing more comes from an input, or that it has begun again.
    pub fn set_closed(&mut self, number: u32, closed: bool) {
        if let Some(input) = self.inputs.get_mut(&number) {
            input.closed = closed;
        }
    }

    /// Begins an input again: forgets what it has waiting and how far it was; how many entries were forgotten.
    pub fn restart(&mut self, number: u32) -> usize {
        match self.inputs.get_mut(&number) {
            Some(input) => std::mem::take(input).waiting.len(),
            None => 0,
        }
    }

    /// Begins all over: the inputs stay, time may go back.
    pub fn rewind(&mut self) {
        self.inputs.retain(|_, input| !input.removed);
        self.inputs
            .values_mut()
            .for_each(|input| *input = Input::default());
        self.handed_out = None;
    }

    /// Whether there are inputs and all of them are closed and handed out.
    pub fn is_finished(&self) -> bool {
        let done = |input: &Input| input.closed && input.waiting.is_empty();
        !self.inputs.is_empty() && self.inputs.values().all(done)
    }

    /// The next instant, if it is there to be handed out.
    pub fn next_batch(&mut self, merging: Merging) -> Option<Batch> {
        let arrival = self.inputs.values().filter_map(Input::next_arrival).min()?;
        if merging == Merging::Exact && !self.inputs.values().all(|input| input.is_past(arrival)) {
            return None;
        }
        let mut batch = Batch {
            arrival,
            zero: None,
            events: Vec::new(),
        };
        for input in self.inputs.values_mut() {
            while input.next_arrival() == Some(arrival) {
                let Some(entry) = input.waiting.pop_front() else {
                    break;
                };
                batch.zero = batch.zero.or(entry.zero);
                batch.events.extend(entry.event);
            }
        }
        self.forget_removed();
        self.handed_out = Some(arrival);
        Some(batch)
    }

    /// The latest instant handed out.
    pub fn handed_out(&self) -> Option<Timestamp> {
        self.handed_out
    }

    /// An instant at which nothing arrives, not earlier than `arrival` nor the latest; `None` if something is waiting.
    pub fn idle_batch(&mut self, arrival: Timestamp) -> Option<Batch> {
        if self.inputs.values().any(|input| !input.waiting.is_empty()) {
            return None;
        }
        let arrival = Some(arrival).max(self.handed_out)?;
        self.handed_out = Some(arrival);
        Some(Batch {
            arrival,
            zero: None,
            events: Vec::new(),
        })
    }

    /// Drops removed inputs that have nothing waiting any more.
    fn forget_removed(&mut self) {
        self.inputs
            .retain(|_, input| !(input.removed && input.waiting.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tick(arrival: i64) -> Entry {
        Entry {
            arrival: Timestamp::from_nanos(arrival),
            zero: None,
            event: None,
        }
    }

    fn event(arrival: i64, id: String) -> Entry {
        let time = Timestamp::from_nanos(arrival);
        let event = Event {
            id,
            source: "/test".to_owned(),
            subject: None,
            time,
            received: None,
            recorded: None,
            flow: "prod".to_owned(),
            data: messages::Data::Tick,
        };
        Entry {
            arrival: time,
            zero: None,
            event: Some(event),
        }
    }

    fn batches(inputs: &mut Inputs, merging: Merging) -> Vec<(i64, Vec<String>)> {
        std::iter::from_fn(|| inputs.next_batch(merging))
            .map(|batch| {
                let ids = batch.events.into_iter().map(|event| event.id).collect();
                (batch.arrival.nanos(), ids)
            })
            .collect()
    }

    fn inputs(count: u32) -> Inputs {
        let mut inputs = Inputs::default();
        (0..count).for_each(|number| inputs.add(number));
        inputs
    }

    #[test]
    fn exact_merging_waits_for_every_open_input() {
        let mut inputs = inputs(2);
        inputs.push(0, tick(1));
        inputs.push(0, tick(5));
        assert!(inputs.next_batch(Merging::Exact).is_none());
        inputs.push(1, tick(3));
        assert_eq!(batches(&mut inputs, Merging::Exact), [(1, vec![])]);
        inputs.set_closed(1, true);
        assert_eq!(batches(&mut inputs, Merging::Exact), [(3, vec![])]);
        inputs.set_closed(0, true);
        assert_eq!(batches(&mut inputs, Merging::Exact), [(5, vec![])]);
        assert!(inputs.is_finished());
    }

    #[test]
    fn eager_merging_waits_for_nobody() {
        let mut inputs = inputs(2);
        inputs.push(0, tick(1));
        assert_eq!(batches(&mut inputs, Merging::Eager), [(1, vec![])]);
    }

    #[test]
    fn what_a_removed_input_handed_over_is_not_lost() {
        let mut inputs = inputs(1);
        inputs.push(0, event(1, "a".to_owned()));
        inputs.remove(0);
        assert!(!inputs.contains(0));
        assert_eq!(
            batches(&mut inputs, Merging::Exact),
            [(1, vec!["a".to_owned()])]
        );
        assert!(!inputs.is_finished(), "an input may be added yet");
    }

    #[test]
    fn time_never_goes_back() {
        let mut inputs = inputs(1);
        inputs.push(0, tick(10));
        inputs.push(0, event(4, "late".to_owned()));
        inputs.set_closed(0, true);
        assert_eq!(
            batches(&mut inputs, Merging::Exact),
            [(10, vec!["late".to_owned()])]
        );
        inputs.add(1);
        inputs.push(1, tick(3));
        assert_eq!(batches(&mut inputs, Merging::Eager), [(10, vec![])]);
        assert_eq!(
            inputs
                .idle_batch(Timestamp::from_nanos(5))
                .map(|batch| batch.arrival.nanos()),
            Some(10)
        );
    }

    #[test]
    fn an_idle_batch_never_overtakes_what_waits() {
        let mut inputs = inputs(1);
        inputs.push(0, tick(1));
        assert!(inputs.idle_batch(Timestamp::from_nanos(9)).is_none());
    }

    #[test]
    fn a_full_input_drops_its_oldest() {
        let mut inputs = inputs(1);
        for arrival in 0..=MOST_WAITING {
            assert!(!inputs.drop_excess(0));
            inputs.push(0, tick(arrival as i64));
        }
        assert!(inputs.is_full(0) && inputs.drop_excess(0));
        assert_eq!(
            inputs
                .next_batch(Merging::Eager)
                .map(|batch| batch.arrival.nanos()),
            Some(1)
        );
    }

    proptest! {
        /// However the inputs' threads are scheduled, the batches are the same.
        #[test]
        fn the_schedule_does_not_matter(
            streams in prop::collection::vec(prop::collection::vec(0_i64..20, 0..12), 1..4),
            schedule in prop::collection::vec(0_usize..4, 0..60),
        ) {
            let count = streams.len() as u32;
            let stream = |number: u32| {
                let mut times = streams[number as usize].clone();
                times.sort_unstable();
                times.into_iter().enumerate().map(move |(index, time)| event(time, format!("{number}.{index}")))
            };
            let mut all_at_once = inputs(count);
            for number in 0..count {
                stream(number).for_each(|entry| all_at_once.push(number, entry));
                all_at_once.set_closed(number, true);
            }
            let expected = batches(&mut all_at_once, Merging::Exact);

            let mut scheduled = inputs(count);
            let mut rest: Vec<_> = (0..count).map(|number| stream(number).peekable()).collect();
            let mut found = Vec::new();
            let turns = schedule.into_iter().chain((0..count as usize).flat_map(|input| std::iter::repeat_n(input, 13)));
            for input in turns.filter(|input| *input < count as usize) {
                match rest[input].next() {
                    Some(entry) => scheduled.push(input as u32, entry),
                    None => scheduled.set_closed(input as u32, true),
                }
                found.extend(batches(&mut scheduled, Merging::Exact));
            }
            prop_assert_eq!(found, expected);
            prop_assert!(scheduled.is_finished());
        }
    }
}
