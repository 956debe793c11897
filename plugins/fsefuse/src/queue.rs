// SPDX-License-Identifier: MIT OR Apache-2.0
//! What waits between the sink pads and the fusion, and what is done with it next.
//!
//! Nothing here locks, waits or reads a clock: whoever calls says what time it is.

use std::collections::BTreeSet;

use messages::{Event, Timestamp};

use crate::inputs::{Batch, Entry, Inputs, Merging};
use crate::stats::Counters;

/// What the fusing thread does next.
#[derive(Debug)]
pub enum Next {
    /// Feed the fusion.
    Batch(Batch),
    /// Everything has been fed: end the output.
    Finish,
    /// Stop working: the element stops, seeks, or downstream wants nothing more.
    Stop,
    /// Wait for a change; live, at the longest until this instant, at which the next state is due.
    Wait(Option<Timestamp>),
}

/// Why a sink pad's thread cannot hand over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The pad is being flushed, was released, or the element has stopped.
    Flushing,
    /// Downstream answered this.
    Downstream(gst::FlowError),
}

/// What a pad brings.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Events, each with its arrival time if the inputs are not live.
    pub events: Vec<(Timestamp, Event)>,
    /// How far time has gone, if there are no events.
    pub reached: Option<Timestamp>,
    /// UTC of running time 0, if known.
    pub zero: Option<Timestamp>,
}

/// What became of a delivery. The events in neither number are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Older events of the pad that had to make room.
    pub dropped: u64,
    /// Events from before a seek.
    pub flushed: u64,
}

/// The queues of all pads, and what the whole of them is doing: playing, seeking or stopped.
#[derive(Debug, Default)]
pub struct Queue {
    inputs: Inputs,
    merging: Option<Merging>,
    /// What was counted since the start.
    pub counters: Counters,
    /// Pads between flush start and flush stop.
    flushing: BTreeSet<u32>,
    /// Pads that have not yet been flushed for a seek: what they bring is from before it.
    before_seek: BTreeSet<u32>,
    /// A seek is under way: nothing is fused until all its flushes are over.
    seeking: bool,
    stopped: bool,
    downstream: Option<gst::FlowError>,
    /// Time between two states, ns.
    interval: i64,
}

impl Queue {
    /// Begins a run with a state every `interval` ns: the pads stay, all else is new.
    pub fn start(&mut self, interval: i64) {
        self.inputs.rewind();
        *self = Self {
            inputs: std::mem::take(&mut self.inputs),
            interval,
            ..Self::default()
        };
    }

    /// Refuses everything until [`Self::start`].
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// How inputs are merged, once decided.
    pub fn merging(&self) -> Option<Merging> {
        self.merging
    }

    /// Decides how inputs are merged; the first decision holds.
    pub fn decide(&mut self, merging: Merging) {
        self.merging.get_or_insert(merging);
    }

    /// Adds a pad.
    pub fn add(&mut self, pad: u32) {
        self.inputs.add(pad);
    }

    /// Takes a pad away; what it handed over is still fused.
    pub fn remove(&mut self, pad: u32) {
        self.inputs.remove(pad);
        self.flushing.remove(&pad);
        self.seek_reached(pad);
    }

    /// Says that a pad has ended or begun again.
    pub fn set_closed(&mut self, pad: u32, closed: bool) {
        self.inputs.set_closed(pad, closed);
    }

    /// Says how downstream answered; anything but success ends the work. During a seek it answers what is from before.
    pub fn set_downstream(&mut self, error: gst::FlowError) {
        if !self.seeking {
            self.downstream = Some(error);
        }
    }

    /// Whether a pad may hand over now. A pad that has to wait for room asks again after a change; live pads never wait.
    ///
    /// # Errors
    /// Nothing is taken from this pad any more, or not now.
    pub fn has_room(&self, pad: u32) -> Result<bool, Refusal> {
        if let Some(error) = self.downstream {
            return Err(Refusal::Downstream(error));
        }
        if self.stopped || self.flushing.contains(&pad) || !self.inputs.contains(pad) {
            return Err(Refusal::Flushing);
        }
        Ok(self.merging == Some(Merging::Eager) || !self.inputs.is_full(pad))
    }

    /// Takes what a pad brings at `now`, which is when live input arrives.
    pub fn accept(&mut self, pad: u32, delivery: Delivery, now: Timestamp) -> Taken {
        let mut taken = Taken::default();
        if self.before_seek.contains(&pad) {
            taken.flushed = delivery.events.len() as u64;
        } else if self.merging == Some(Merging::Eager) {
            taken.dropped = self.accept_live(pad, delivery, now);
        } else {
            self.accept_recorded(pad, delivery);
        }
        self.counters.dropped += taken.dropped;
        self.counters.flushed += taken.flushed;
        taken
    }

    /// Every event arrives now. The number of events that had to make room.
    fn accept_live(&mut self, pad: u32, delivery: Delivery, now: Timestamp) -> u64 {
        let mut dropped = 0;
        for (_, event) in delivery.events {
            let entry = Entry {
                arrival: now,
                zero: delivery.zero,
                event: Some(event),
            };
            self.inputs.push(pad, entry);
            dropped += u64::from(self.inputs.drop_excess(pad));
        }
        dropped
    }

    /// Every event arrives when it says. Without events time goes on all the same.
    fn accept_recorded(&mut self, pad: u32, delivery: Delivery) {
        let time_only = match delivery.reached {
            Some(reached) if delivery.events.is_empty() => Some((reached, None)),
            _ => None,
        };
        let events = delivery.events.into_iter();
        let events = events.map(|(arrival, event)| (arrival, Some(event)));
        for (arrival, event) in events.chain(time_only) {
            let entry = Entry {
                arrival,
                zero: delivery.zero,
                event,
            };
            self.inputs.push(pad, entry);
        }
    }

    /// What to do next; `now` only counts if the inputs are live.
    pub fn next(&mut self, now: Timestamp) -> Next {
        if self.stopped || self.seeking || self.downstream.is_some() {
            return Next::Stop;
        }
        let Some(merging) = self.merging else {
            return self.wait_or_finish(None);
        };
        match self.inputs.next_batch(merging) {
            Some(batch) => Next::Batch(self.counted(batch)),
            None => self.wait_or_finish((merging == Merging::Eager).then(|| self.next_due(now))),
        }
    }

    /// Nothing waits: the end, if all inputs have ended.
    fn wait_or_finish(&self, due: Option<Timestamp>) -> Next {
        if self.inputs.is_finished() {
            Next::Finish
        } else {
            Next::Wait(due)
        }
    }

    /// When the next state of live inputs is due; at once if there has been nothing yet.
    fn next_due(&self, now: Timestamp) -> Timestamp {
        match self.inputs.handed_out() {
            Some(latest) => latest.saturating_add(1).next_multiple_of(self.interval),
            None => now,
        }
    }

    /// The wait for `due` is over at `now`: the batch without events that lets time go on, unless something has come.
    pub fn timer_expired(&mut self, due: Timestamp, now: Timestamp) -> Option<Batch> {
        // The state of an instant is known when the instant is over.
        let batch = self.inputs.idle_batch(due.saturating_add(1).max(now))?;
        Some(self.counted(batch))
    }

    /// Counts a batch that is handed out.
    fn counted(&mut self, batch: Batch) -> Batch {
        self.counters.batches += 1;
        self.counters.fed += batch.events.len() as u64;
        batch
    }

    /// Begins a seek through `pads`: each will be flushed, and what they bring until then is from before.
    pub fn expect_flush(&mut self, pads: impl IntoIterator<Item = u32>) {
        self.before_seek.extend(pads);
    }

    /// A pad will not be flushed after all; whether that was the last one a seek waited for.
    pub fn expect_no_flush(&mut self, pad: u32) -> bool {
        self.seek_reached(pad)
    }

    /// A pad's flush begins; whether with it a seek of the whole element begins.
    pub fn flush_start(&mut self, pad: u32) -> bool {
        self.flushing.insert(pad);
        let begins = self.before_seek.contains(&pad) && !self.seeking;
        if begins {
            self.seeking = true;
            self.downstream = None;
            self.inputs.rewind();
        }
        begins
    }

    /// A pad's flush ends; whether with it a seek of the whole element ends.
    pub fn flush_stop(&mut self, pad: u32) -> bool {
        self.flushing.remove(&pad);
        self.counters.flushed += self.inputs.restart(pad) as u64;
        self.seek_reached(pad)
    }

    /// A seek need not wait for `pad` any more; whether it need not wait for any.
    fn seek_reached(&mut self, pad: u32) -> bool {
        let ended = self.before_seek.remove(&pad) && self.before_seek.is_empty() && self.seeking;
        if ended {
            self.seeking = false;
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::MOST_WAITING;

    const INTERVAL: i64 = 10;

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    /// A queue of pads 0 and 1.
    fn queue(merging: Merging) -> Queue {
        let mut queue = Queue::default();
        queue.start(INTERVAL);
        queue.add(0);
        queue.add(1);
        queue.decide(merging);
        queue
    }

    /// An event that says that it arrived at `arrival`.
    fn delivery(arrival: i64, id: &str) -> Delivery {
        let event = Event {
            id: id.to_owned(),
            source: "/test".to_owned(),
            subject: None,
            time: at(arrival),
            received: None,
            recorded: None,
            flow: "prod".to_owned(),
            data: messages::Data::Tick,
        };
        Delivery {
            events: vec![(at(arrival), event)],
            ..Delivery::default()
        }
    }

    /// Arrival and ids of the next batch.
    fn batch(queue: &mut Queue, now: i64) -> (i64, Vec<String>) {
        match queue.next(at(now)) {
            Next::Batch(batch) => words(batch),
            other => panic!("no batch but {other:?}"),
        }
    }

    fn words(batch: Batch) -> (i64, Vec<String>) {
        let ids = batch.events.into_iter().map(|event| event.id).collect();
        (batch.arrival.nanos(), ids)
    }

    fn due(queue: &mut Queue, now: i64) -> Option<i64> {
        match queue.next(at(now)) {
            Next::Wait(due) => due.map(Timestamp::nanos),
            other => panic!("does not wait but {other:?}"),
        }
    }

    #[test]
    fn live_events_arrive_when_they_come_whatever_they_say() {
        let mut queue = queue(Merging::Eager);
        queue.accept(1, delivery(500, "b"), at(103));
        queue.accept(0, delivery(2, "a"), at(104));
        assert_eq!(batch(&mut queue, 105), (103, vec!["b".to_owned()]));
        assert_eq!(batch(&mut queue, 105), (104, vec!["a".to_owned()]));
    }

    #[test]
    fn what_arrives_at_one_instant_is_one_batch_in_the_order_of_the_pads() {
        let mut queue = queue(Merging::Eager);
        queue.accept(1, delivery(0, "b"), at(103));
        queue.accept(0, delivery(0, "a"), at(103));
        let both = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(batch(&mut queue, 103), (103, both));
        assert_eq!((queue.counters.batches, queue.counters.fed), (1, 2));
    }

    #[test]
    fn live_states_are_due_on_whole_intervals_also_in_silence() {
        let mut queue = queue(Merging::Eager);
        assert_eq!(due(&mut queue, 103), Some(103), "the first one at once");
        assert_eq!(
            queue.timer_expired(at(103), at(103)).map(words),
            Some((104, vec![]))
        );
        assert_eq!(due(&mut queue, 104), Some(110));
        assert_eq!(
            queue.timer_expired(at(110), at(110)).map(words),
            Some((111, vec![]))
        );
        assert_eq!(due(&mut queue, 111), Some(120));
        assert_eq!(queue.counters.fed, 0);
    }

    #[test]
    fn a_timer_that_rings_late_makes_up_for_it_at_once() {
        let mut queue = queue(Merging::Eager);
        queue.accept(0, delivery(0, "a"), at(103));
        batch(&mut queue, 103);
        assert_eq!(
            queue.timer_expired(at(110), at(137)).map(words),
            Some((137, vec![]))
        );
        assert_eq!(due(&mut queue, 137), Some(140));
    }

    #[test]
    fn an_event_that_comes_while_the_timer_rings_goes_first() {
        let mut queue = queue(Merging::Eager);
        queue.accept(0, delivery(0, "a"), at(103));
        assert!(queue.timer_expired(at(110), at(110)).is_none());
        assert_eq!(batch(&mut queue, 110).0, 103);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_turn_arrivals_back() {
        let mut queue = queue(Merging::Eager);
        queue.accept(0, delivery(0, "a"), at(103));
        batch(&mut queue, 103);
        queue.accept(1, delivery(0, "b"), at(50));
        assert_eq!(batch(&mut queue, 50), (103, vec!["b".to_owned()]));
    }

    #[test]
    fn live_input_beyond_the_room_drops_the_oldest_and_never_waits() {
        let mut queue = queue(Merging::Eager);
        for index in 0..MOST_WAITING {
            let taken = queue.accept(0, delivery(0, "kept"), at(index as i64));
            assert_eq!(taken, Taken::default());
        }
        assert_eq!(queue.has_room(0), Ok(true));
        let taken = queue.accept(0, delivery(0, "last"), at(MOST_WAITING as i64));
        assert_eq!(
            taken,
            Taken {
                dropped: 1,
                flushed: 0
            }
        );
        assert_eq!(queue.counters.dropped, 1);
        assert_eq!(batch(&mut queue, 0).0, 1, "the oldest is gone");
    }

    #[test]
    fn recorded_input_waits_for_room_instead() {
        let mut queue = queue(Merging::Exact);
        for index in 0..MOST_WAITING {
            assert_eq!(queue.has_room(0), Ok(true));
            queue.accept(0, delivery(index as i64, "kept"), at(0));
        }
        assert_eq!(queue.has_room(0), Ok(false));
        assert_eq!(queue.has_room(1), Ok(true));
        queue.set_closed(1, true);
        batch(&mut queue, 0);
        assert_eq!(queue.has_room(0), Ok(true));
        assert_eq!(queue.counters.dropped, 0);
    }

    #[test]
    fn recorded_input_needs_no_clock() {
        let mut queue = queue(Merging::Exact);
        queue.accept(0, delivery(5, "a"), at(0));
        assert_eq!(due(&mut queue, 1_000_000), None);
        let reached = Delivery {
            reached: Some(at(7)),
            ..Delivery::default()
        };
        queue.accept(1, reached, at(0));
        queue.set_closed(0, true);
        assert_eq!(batch(&mut queue, 0), (5, vec!["a".to_owned()]));
    }

    #[test]
    fn nothing_is_fused_before_it_is_known_whether_inputs_are_live() {
        let mut queue = Queue::default();
        queue.start(INTERVAL);
        queue.add(0);
        queue.accept(0, delivery(5, "a"), at(0));
        assert_eq!(due(&mut queue, 0), None);
        queue.decide(Merging::Eager);
        queue.decide(Merging::Exact);
        assert_eq!(
            queue.merging(),
            Some(Merging::Eager),
            "the first decision holds"
        );
    }

    #[test]
    fn the_end_comes_after_everything_has_been_fed() {
        let mut queue = queue(Merging::Eager);
        queue.accept(0, delivery(0, "a"), at(103));
        queue.set_closed(0, true);
        queue.set_closed(1, true);
        batch(&mut queue, 103);
        assert!(matches!(queue.next(at(103)), Next::Finish));
        queue.set_closed(1, false);
        assert_eq!(
            due(&mut queue, 103),
            Some(110),
            "an input that begins again"
        );
    }

    #[test]
    fn a_flush_of_one_pad_is_its_own_affair() {
        let mut queue = queue(Merging::Eager);
        queue.accept(0, delivery(0, "a"), at(103));
        queue.accept(1, delivery(0, "b"), at(104));
        assert!(!queue.flush_start(0));
        assert_eq!(queue.has_room(0), Err(Refusal::Flushing));
        assert_eq!(queue.has_room(1), Ok(true));
        assert!(!queue.flush_stop(0));
        assert_eq!(queue.counters.flushed, 1);
        assert_eq!(batch(&mut queue, 105), (104, vec!["b".to_owned()]));
    }

    #[test]
    fn a_seek_begins_with_the_first_flush_and_ends_with_the_last() {
        let mut queue = queue(Merging::Exact);
        queue.accept(0, delivery(100, "old"), at(0));
        queue.set_downstream(gst::FlowError::Eos);
        queue.expect_flush([0, 1]);
        assert!(queue.flush_start(0), "the first one");
        // The push that the flush has woken up.
        queue.set_downstream(gst::FlowError::Flushing);
        assert!(!queue.flush_stop(0));
        assert_eq!(queue.has_room(0), Ok(true), "from after the seek");
        queue.set_closed(0, true);
        assert!(matches!(queue.next(at(0)), Next::Stop));
        let taken = queue.accept(1, delivery(101, "old"), at(0));
        assert_eq!(
            taken,
            Taken {
                dropped: 0,
                flushed: 1
            }
        );
        assert!(!queue.flush_start(1));
        assert!(queue.flush_stop(1), "the last one");
        queue.accept(1, delivery(3, "new"), at(0));
        queue.set_closed(1, true);
        assert_eq!(batch(&mut queue, 0), (3, vec!["new".to_owned()]));
    }

    #[test]
    fn a_seek_does_not_wait_for_a_pad_that_is_released_or_refuses() {
        let mut queue = queue(Merging::Exact);
        queue.expect_flush([0, 1]);
        queue.flush_start(0);
        queue.flush_stop(0);
        assert!(queue.seeking);
        queue.remove(1);
        assert!(!queue.seeking);
        queue.expect_flush([0]);
        assert!(!queue.expect_no_flush(0), "no flush had begun");
        assert!(!queue.seeking);
    }

    #[test]
    fn downstreams_answer_goes_to_every_pad() {
        let mut queue = queue(Merging::Eager);
        queue.set_downstream(gst::FlowError::NotLinked);
        for pad in 0..2 {
            let refusal = Refusal::Downstream(gst::FlowError::NotLinked);
            assert_eq!(queue.has_room(pad), Err(refusal));
        }
        assert!(matches!(queue.next(at(0)), Next::Stop));
    }

    #[test]
    fn a_start_forgets_everything_but_the_pads() {
        let mut queue = queue(Merging::Eager);
        queue.accept(0, delivery(0, "a"), at(103));
        queue.stop();
        assert_eq!(queue.has_room(0), Err(Refusal::Flushing));
        queue.start(INTERVAL);
        assert_eq!(
            (queue.merging(), queue.counters),
            (None, Counters::default())
        );
        queue.decide(Merging::Eager);
        assert_eq!(due(&mut queue, 7), Some(7));
        assert_eq!(queue.has_room(0), Ok(true));
    }
}
