// SPDX-License-Identifier: MIT OR Apache-2.0
//! What waits between the sink pads' threads and the thread that fuses.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use gst::prelude::*;
use messages::{Event, Timestamp};

use crate::merge::{Entry, Inputs, Merging, Step};

/// Counters of an `fsefuse`, since its start.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counters {
    /// Instants at which the fusion was fed.
    pub steps: u64,
    /// Events that the fusion was fed.
    pub events: u64,
    /// States pushed.
    pub states: u64,
    /// Documents and reports that were refused.
    pub bad_documents: u64,
    /// Events of flows that the property `inputs` leaves out.
    pub unwanted: u64,
    /// Events dropped because the fusion could not keep up with live input.
    pub dropped: u64,
    /// Events that a flush took away before they were fused.
    pub flushed: u64,
}

/// What the fusing thread does next.
#[derive(Debug)]
pub enum Work {
    /// Feed the fusion.
    Step(Step),
    /// Everything has been fed: say so.
    Finish,
    /// Nothing any more.
    Stop,
}

/// Why a sink pad's thread cannot hand over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The pad is being flushed or the element stopped.
    Flushing,
    /// Downstream said this.
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

#[derive(Debug, Default)]
struct State {
    inputs: Inputs,
    merging: Option<Merging>,
    counters: Counters,
    /// Pads between flush start and flush stop.
    flushing: BTreeSet<u32>,
    /// Pads that have not yet been flushed for a seek: what they bring is from before it.
    before_seek: BTreeSet<u32>,
    /// A seek is under way: nothing is fused until all its flushes are over.
    seeking: bool,
    stopped: bool,
    downstream: Option<gst::FlowError>,
    /// The clock, while the pipeline plays.
    clock: Option<gst::Clock>,
    timer: Option<gst::SingleShotClockId>,
    interval: i64,
}

/// The inbox. All waiting in `fsefuse` happens here, and every change ends it.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        if let Some(timer) = state.timer.take() {
            timer.unschedule();
        }
        drop(state);
        self.changed.notify_all();
        result
    }

    /// Begins a run: pads stay, all else is new.
    pub fn start(&self, interval: i64) {
        self.change(|state| {
            state.inputs.rewind();
            *state = State {
                inputs: std::mem::take(&mut state.inputs),
                interval,
                ..State::default()
            };
        });
    }

    /// Ends all waiting, until [`Self::start`].
    pub fn stop(&self) {
        self.change(|state| state.stopped = true);
    }

    /// Gives the clock of a pipeline that begins to play, or takes it away.
    pub fn set_clock(&self, clock: Option<gst::Clock>) {
        self.change(|state| state.clock = clock);
    }

    /// How inputs are merged, once decided.
    pub fn merging(&self) -> Option<Merging> {
        self.lock().merging
    }

    /// Decides how inputs are merged; the first decision holds.
    pub fn decide(&self, merging: Merging) {
        self.change(|state| {
            state.merging.get_or_insert(merging);
        });
    }

    /// Adds a pad.
    pub fn add(&self, pad: u32) {
        self.change(|state| state.inputs.add(pad));
    }

    /// Takes a pad away; what it handed over is still fused.
    pub fn remove(&self, pad: u32) {
        self.change(|state| {
            state.inputs.remove(pad);
            state.flushing.remove(&pad);
            state.flushed(pad);
        });
    }

    /// Says that a pad has ended or begun again.
    pub fn set_closed(&self, pad: u32, closed: bool) {
        self.change(|state| state.inputs.set_closed(pad, closed));
    }

    /// Takes what a pad brings. Waits for room if the inputs are files; never waits if they are live.
    pub fn accept(&self, pad: u32, delivery: Delivery) -> Result<(), Refusal> {
        self.wait_for_room(pad)?;
        self.change(|state| state.accept(pad, delivery));
        Ok(())
    }

    fn wait_for_room(&self, pad: u32) -> Result<(), Refusal> {
        let mut state = self.lock();
        loop {
            if let Some(error) = state.downstream {
                return Err(Refusal::Downstream(error));
            }
            if state.stopped || state.flushing.contains(&pad) || !state.inputs.contains(pad) {
                return Err(Refusal::Flushing);
            }
            if state.merging == Some(Merging::Eager) || !state.inputs.is_full(pad) {
                return Ok(());
            }
            state = self.wait(state);
        }
    }

    /// What to do next; waits until there is something.
    pub fn next(&self) -> Work {
        let mut state = self.lock();
        loop {
            if state.stopped || state.seeking || state.downstream.is_some() {
                return Work::Stop;
            }
            if let Some(step) = state.next_step() {
                self.changed.notify_all();
                return Work::Step(step);
            }
            if state.inputs.is_finished() {
                return Work::Finish;
            }
            state = match state.next_timer() {
                None => self.wait(state),
                Some((timer, due)) => {
                    state.timer = Some(timer.clone());
                    drop(state);
                    let rang = timer.wait().0;
                    let mut state = self.lock();
                    state.timer = None;
                    if let Some(step) = state.timer_rang(rang, due) {
                        return Work::Step(step);
                    }
                    state
                }
            };
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Says how downstream answered; anything but success ends the work.
    pub fn set_downstream(&self, error: gst::FlowError) {
        self.change(|state| state.downstream = Some(error));
    }

    /// Counts.
    pub fn count(&self, count: impl FnOnce(&mut Counters)) {
        count(&mut self.lock().counters);
    }

    /// The counters.
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// Begins a seek through `pads`: each will be flushed, and what they bring until then is from before.
    pub fn expect_flush(&self, pads: impl IntoIterator<Item = u32>) {
        self.change(|state| state.before_seek.extend(pads));
    }

    /// A pad will not be flushed after all; whether that was the last one a seek waited for.
    pub fn expect_no_flush(&self, pad: u32) -> bool {
        self.change(|state| state.flushed(pad))
    }

    /// A pad's flush begins; whether with it a seek of the whole element begins.
    pub fn flush_start(&self, pad: u32) -> bool {
        self.change(|state| {
            state.flushing.insert(pad);
            let begins = state.before_seek.contains(&pad) && !state.seeking;
            if begins {
                state.seeking = true;
                state.inputs.rewind();
            }
            begins
        })
    }

    /// A pad's flush ends; whether with it a seek of the whole element ends.
    pub fn flush_stop(&self, pad: u32) -> bool {
        self.change(|state| {
            state.flushing.remove(&pad);
            state.counters.flushed += state.inputs.restart(pad) as u64;
            state.flushed(pad)
        })
    }
}

impl State {
    fn accept(&mut self, pad: u32, delivery: Delivery) {
        let events = delivery.events.len() as u64;
        if self.before_seek.contains(&pad) {
            self.counters.flushed += events;
            return;
        }
        let zero = delivery.zero;
        if self.merging == Some(Merging::Eager) {
            let arrival = now();
            for (_, event) in delivery.events {
                let event = Some(event);
                self.inputs.push(
                    pad,
                    Entry {
                        arrival,
                        zero,
                        event,
                    },
                );
                self.counters.dropped += u64::from(self.inputs.drop_excess(pad));
            }
            return;
        }
        for (arrival, event) in delivery.events {
            let event = Some(event);
            self.inputs.push(
                pad,
                Entry {
                    arrival,
                    zero,
                    event,
                },
            );
        }
        if let (0, Some(arrival)) = (events, delivery.reached) {
            let event = None;
            self.inputs.push(
                pad,
                Entry {
                    arrival,
                    zero,
                    event,
                },
            );
        }
    }

    fn next_step(&mut self) -> Option<Step> {
        let step = self.inputs.next_step(self.merging?)?;
        Some(self.counted(step))
    }

    /// A clock wait until the next state of live inputs is due, and that instant.
    fn next_timer(&self) -> Option<(gst::SingleShotClockId, Timestamp)> {
        if self.merging != Some(Merging::Eager) {
            return None;
        }
        let clock = self.clock.as_ref()?;
        let now = now();
        let due = match self.inputs.handed_out() {
            Some(latest) => next_multiple(latest, self.interval),
            None => now,
        };
        let wait = u64::try_from(due.since(now)).unwrap_or(0);
        let at = clock
            .time()
            .saturating_add(gst::ClockTime::from_nseconds(wait));
        Some((clock.new_single_shot_id(at), due))
    }

    /// The step to take when the wait for `due` has ended as `rang` says.
    fn timer_rang(
        &mut self,
        rang: Result<gst::ClockSuccess, gst::ClockError>,
        due: Timestamp,
    ) -> Option<Step> {
        match rang {
            Ok(_) | Err(gst::ClockError::Early) => {
                // The state of an instant is known when it is over.
                let step = self.inputs.idle_step(due.saturating_add(1).max(now()))?;
                Some(self.counted(step))
            }
            Err(gst::ClockError::Unscheduled) => None,
            Err(_) => {
                // A clock that cannot wait would be asked again at once, for ever.
                self.clock = None;
                None
            }
        }
    }

    fn counted(&mut self, step: Step) -> Step {
        self.counters.steps += 1;
        self.counters.events += step.events.len() as u64;
        step
    }

    /// A seek need not wait for `pad` any more; whether it need not wait for any.
    fn flushed(&mut self, pad: u32) -> bool {
        let ended = self.before_seek.remove(&pad) && self.before_seek.is_empty() && self.seeking;
        if ended {
            self.seeking = false;
            self.downstream = None;
        }
        ended
    }
}

/// UTC. The only place where the fusion's time comes from a clock, and only for live inputs.
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since_1970.as_nanos()).unwrap_or(i64::MAX))
}

/// The first whole multiple of `interval` after `instant`.
fn next_multiple(instant: Timestamp, interval: i64) -> Timestamp {
    let since_last = instant.nanos().rem_euclid(interval);
    instant.saturating_add(interval - since_last)
}
