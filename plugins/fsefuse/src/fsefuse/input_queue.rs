// SPDX-License-Identifier: MIT OR Apache-2.0
//! The queue between the sink pads' threads and the thread that fuses: [`Queue`] with a lock, and with the waiting.
//!
//! All waiting in `fsefuse` happens here, and every change of the queue ends it. UTC is read here alone, and only stamps live
//! input; the waiting itself is done on the pipeline's clock.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use gst::prelude::*;
use messages::Timestamp;

use crate::inputs::{Batch, Merging};
use crate::queue::{Delivery, Next, Queue, Refusal, Taken};
use crate::stats::Counters;

/// What the fusing thread does next, once it need not wait.
#[derive(Debug)]
pub enum Work {
    /// Feed the fusion.
    Batch(Batch),
    /// Everything has been fed: end the output.
    Finish,
    /// Stop working.
    Stop,
}

/// What the lock guards.
#[derive(Debug, Default)]
struct State {
    queue: Queue,
    /// The clock, while the pipeline plays.
    clock: Option<gst::Clock>,
    /// What the fusing thread waits for, while it does.
    timer: Option<gst::SingleShotClockId>,
}

/// The queue of all sink pads.
#[derive(Debug, Default)]
pub struct InputQueue {
    state: Mutex<State>,
    changed: Condvar,
}

impl InputQueue {
    /// Locks the queue.
    fn lock(&self) -> MutexGuard<'_, State> {
        kit::lock(&self.state)
    }

    /// Changes the queue and ends all waiting, so that everybody looks at it again.
    pub fn change<T>(&self, change: impl FnOnce(&mut Queue) -> T) -> T {
        self.change_state(|state| change(&mut state.queue))
    }

    /// Changes the queue or the clock and ends all waiting.
    fn change_state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = change(&mut state);
        if let Some(timer) = state.timer.take() {
            timer.unschedule();
        }
        drop(state);
        self.changed.notify_all();
        result
    }

    /// Refuses everything and ends the work, until the next start.
    pub fn stop(&self) {
        self.change(Queue::stop);
    }

    /// Gives the clock of a pipeline that begins to play, or takes it away: without a clock no state is due.
    pub fn set_clock(&self, clock: Option<gst::Clock>) {
        self.change_state(|state| state.clock = clock);
    }

    /// How inputs are merged, once decided.
    pub fn merging(&self) -> Option<Merging> {
        self.lock().queue.merging()
    }

    /// Counts; nobody waits for that.
    pub fn count(&self, count: impl FnOnce(&mut Counters)) {
        count(&mut self.lock().queue.counters);
    }

    /// The counters.
    pub fn counters(&self) -> Counters {
        self.lock().queue.counters
    }

    /// Takes what a pad brings. Waits for room if the inputs are files; never waits if they are live.
    ///
    /// # Errors
    /// Nothing is taken from this pad any more, or not now.
    pub fn accept(&self, pad: u32, delivery: Delivery) -> Result<Taken, Refusal> {
        let mut state = self.lock();
        while !state.queue.has_room(pad)? {
            state = self.wait(state);
        }
        drop(state);
        Ok(self.change(|queue| queue.accept(pad, delivery, kit::clock::now())))
    }

    /// What to do next; waits until there is something.
    pub fn next(&self) -> Work {
        let mut state = self.lock();
        loop {
            let due = match state.queue.next(kit::clock::now()) {
                Next::Batch(batch) => {
                    // There is room again.
                    self.changed.notify_all();
                    return Work::Batch(batch);
                }
                Next::Finish => return Work::Finish,
                Next::Stop => return Work::Stop,
                Next::Wait(due) => due,
            };
            let timer = due.and_then(|due| Some((due, state.timer_until(due)?)));
            state = match timer {
                None => self.wait(state),
                Some((due, timer)) => {
                    drop(state);
                    let rang = timer.wait().0;
                    let mut state = self.lock();
                    if let Some(batch) = state.timer_rang(rang, due) {
                        return Work::Batch(batch);
                    }
                    state
                }
            };
        }
    }

    /// Waits for a change.
    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A wait on the clock until the UTC instant `due`; `None` if there is no clock. A change of the queue ends it.
    fn timer_until(&mut self, due: Timestamp) -> Option<gst::SingleShotClockId> {
        let clock = self.clock.as_ref()?;
        let wait = u64::try_from(due.since(kit::clock::now())).unwrap_or(0);
        let wait = gst::ClockTime::from_nseconds(wait);
        let timer = clock.new_single_shot_id(clock.time().saturating_add(wait));
        self.timer = Some(timer.clone());
        Some(timer)
    }

    /// The batch to take when the wait for `due` has ended as `rang` says.
    fn timer_rang(
        &mut self,
        rang: Result<gst::ClockSuccess, gst::ClockError>,
        due: Timestamp,
    ) -> Option<Batch> {
        self.timer = None;
        match rang {
            Ok(_) | Err(gst::ClockError::Early) => self.queue.timer_expired(due, kit::clock::now()),
            Err(gst::ClockError::Unscheduled) => None,
            Err(_) => {
                // A clock that cannot wait would be asked again at once, for ever.
                self.clock = None;
                None
            }
        }
    }
}
