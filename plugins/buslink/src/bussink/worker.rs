// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thread that does what would hold up the stream: jobs wait for it in order, so many at most.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// A thread and what waits for it. Dropping it ends the thread, once what still waits is done.
pub struct Worker<J> {
    shared: Arc<Shared<J>>,
    most: usize,
    thread: Option<JoinHandle<()>>,
}

/// What is shared with the thread.
struct Shared<J> {
    state: Mutex<State<J>>,
    changed: Condvar,
}

/// What waits.
struct State<J> {
    jobs: VecDeque<J>,
    /// Whether a job is being done.
    busy: bool,
    /// Whether nobody is to wait.
    interrupted: bool,
    /// Whether the thread is to end, or has ended.
    ended: bool,
}

/// Where the thread waits while the element is interrupted.
pub struct Gate<J>(Arc<Shared<J>>);

impl<J> Shared<J> {
    /// The state.
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state when `busy` is false of it.
    fn wait_while(&self, busy: impl FnMut(&mut State<J>) -> bool) -> MutexGuard<'_, State<J>> {
        let waited = self.changed.wait_while(self.lock(), busy);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and tells everybody.
    fn change(&self, change: impl FnOnce(&mut State<J>)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// The next job; `None` if there is to be none any more.
    fn next(&self) -> Option<J> {
        let mut state = self.wait_while(|state| state.jobs.is_empty() && !state.ended);
        let job = state.jobs.pop_front();
        state.busy = job.is_some();
        drop(state);
        self.changed.notify_all();
        job
    }
}

/// Says that the thread has ended, also by a panic: nobody waits for it then.
struct Ending<J>(Arc<Shared<J>>);

impl<J> Drop for Ending<J> {
    fn drop(&mut self) {
        self.0
            .change(|state| (state.ended, state.busy) = (true, false));
    }
}

impl<J> Gate<J> {
    /// Waits until nothing interrupts any more; false if the thread is to end.
    pub fn pass(&self) -> bool {
        !self
            .0
            .wait_while(|state| state.interrupted && !state.ended)
            .ended
    }
}

impl<J: Send + 'static> Worker<J> {
    /// Starts the thread, which does each job by `work`; at most `most` jobs wait.
    ///
    /// # Errors
    /// The machine has no thread to give.
    pub fn start(
        name: &str,
        most: usize,
        work: impl Fn(J, &Gate<J>) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                busy: false,
                interrupted: false,
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        let run = move || {
            let gate = Gate(Arc::clone(&of_thread));
            let _ending = Ending(Arc::clone(&of_thread));
            while let Some(job) = of_thread.next() {
                work(job, &gate);
                of_thread.change(|state| state.busy = false);
            }
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self {
            shared,
            most: most.max(1),
            thread: Some(thread),
        })
    }

    /// Waits until there is room for a job; false if that was interrupted.
    #[must_use]
    pub fn wait_for_room(&self) -> bool {
        let full = |state: &mut State<J>| {
            state.jobs.len() >= self.most && !state.interrupted && !state.ended
        };
        !self.shared.wait_while(full).interrupted
    }

    /// Gives it a job; how many older ones gave way, of those of which `gives_way` is true.
    pub fn put(&self, job: J, gives_way: impl Fn(&J) -> bool) -> u64 {
        let mut dropped = 0;
        self.shared.change(|state| {
            while state.jobs.len() >= self.most
                && let Some(oldest) = state.jobs.iter().position(&gives_way)
            {
                state.jobs.remove(oldest);
                dropped += 1;
            }
            state.jobs.push_back(job);
        });
        dropped
    }

    /// Waits until all jobs are done, or somebody interrupts.
    pub fn finish(&self) {
        let unfinished = |state: &mut State<J>| {
            (state.busy || !state.jobs.is_empty()) && !state.interrupted && !state.ended
        };
        drop(self.shared.wait_while(unfinished));
    }

    /// Lets nobody wait for it until [`Self::resume`].
    pub fn interrupt(&self) {
        self.shared.change(|state| state.interrupted = true);
    }

    /// Lets callers wait again.
    pub fn resume(&self) {
        self.shared.change(|state| state.interrupted = false);
    }
}

impl<J> Drop for Worker<J> {
    fn drop(&mut self) {
        self.shared.change(|state| state.ended = true);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A worker that begins a job only when it is told to, and says which it did.
    fn held(most: usize) -> (Worker<u32>, Sender<()>, Receiver<u32>) {
        let (go, held) = channel();
        let (done, jobs) = channel();
        let work = move |job, _: &Gate<u32>| {
            held.recv().unwrap();
            done.send(job).unwrap();
        };
        (Worker::start("test", most, work).unwrap(), go, jobs)
    }

    /// Waits until the first job is under way, so that the others wait.
    fn first_begun(worker: &Worker<u32>) {
        drop(worker.shared.wait_while(|state| !state.busy));
    }

    #[test]
    fn jobs_are_done_in_order_and_the_oldest_give_way() {
        let (worker, go, jobs) = held(2);
        assert_eq!(worker.put(0, |_| true), 0);
        first_begun(&worker);
        let dropped: u64 = (1..=4).map(|job| worker.put(job, |job| *job != 1)).sum();
        assert_eq!(dropped, 2);
        for _ in 0..3 {
            go.send(()).unwrap();
        }
        worker.finish();
        assert_eq!(jobs.try_iter().collect::<Vec<_>>(), [0, 1, 4]);
    }

    #[test]
    fn an_interruption_ends_all_waiting_until_it_is_over() {
        let (worker, go, jobs) = held(1);
        worker.put(0, |_| false);
        first_begun(&worker);
        worker.put(1, |_| false);
        worker.interrupt();
        assert!(!worker.wait_for_room());
        worker.finish();
        worker.resume();
        go.send(()).unwrap();
        assert!(worker.wait_for_room());
        go.send(()).unwrap();
        worker.finish();
        assert_eq!(jobs.try_iter().collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn the_thread_ends_where_it_waits() {
        let (begun, waits) = channel();
        let work = move |(), gate: &Gate<()>| begun.send(gate.pass()).unwrap();
        let worker = Worker::start("test", 1, work).unwrap();
        worker.interrupt();
        worker.put((), |()| false);
        drop(worker.shared.wait_while(|state| !state.busy));
        drop(worker);
        assert_eq!(waits.recv(), Ok(false));
    }

    #[test]
    fn what_waits_is_done_before_the_thread_ends() {
        let (worker, go, jobs) = held(3);
        for job in 0..3 {
            worker.put(job, |_| false);
            go.send(()).unwrap();
        }
        drop(worker);
        assert_eq!(jobs.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn nobody_waits_for_a_thread_that_panicked() {
        let worker = Worker::start("test", 1, |job: u32, _| {
            assert_eq!(job, 0, "as it is to be")
        });
        let worker = worker.unwrap();
        worker.put(1, |_| false);
        worker.finish();
        worker.put(2, |_| false);
        assert!(worker.wait_for_room());
        worker.finish();
    }
}
