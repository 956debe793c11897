// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that starts, restarts and replaces the inner bin, so that no streaming thread has to.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use kit::lock;

use super::backoff::Backoff;
use super::flow::{Command, Flow};
use super::lifecycle::PATIENCE;
use super::properties::{OnError, Status};
use super::stats::Stats;

/// Stalls are looked for so often.
const STALL_CHECK: Duration = Duration::from_millis(100);

/// The thread, from PAUSED to READY.
pub struct Supervisor {
    stopped: Receiver<()>,
}

impl Supervisor {
    /// Starts it for `flow`, with an empty input queue and all counters at zero.
    pub fn start(flow: &Arc<Flow>) -> Result<Self, std::io::Error> {
        *lock(&flow.stats) = Stats::default();
        flow.input_queue.open();
        let (commands, received) = channel();
        let (stopping, stopped) = channel();
        let supervised = flow.clone();
        std::thread::Builder::new()
            .name(format!("{}:flow", flow.name()))
            .spawn(move || {
                Supervision::new(supervised).run(&received);
                // Nobody may wait any more.
                let _ = stopping.send(());
            })?;
        lock(&flow.state).commands = Some(commands);
        Ok(Self { stopped })
    }

    /// Ends it and the inner bin of `flow`; waits for each at most for [`PATIENCE`].
    pub fn stop(self, flow: &Flow) {
        flow.tell(Command::Quit);
        {
            let mut state = lock(&flow.state);
            state.target = gst::State::Ready;
            state.commands = None;
        }
        flow.input_queue.set_flushing(true);
        // Past that time it finishes by itself.
        let _ = self.stopped.recv_timeout(PATIENCE);
        flow.leave(PATIENCE);
        flow.set_status(Status::Stopped);
    }
}

/// What the thread knows.
struct Supervision {
    flow: Arc<Flow>,
    backoff: Backoff,
    /// When a new inner bin is made, if one is due.
    restart_at: Option<Instant>,
}

impl Supervision {
    /// Nothing has failed yet.
    fn new(flow: Arc<Flow>) -> Self {
        Self {
            flow,
            backoff: Backoff::default(),
            restart_at: None,
        }
    }

    /// Obeys commands until it is told to quit or the element is gone.
    fn run(&mut self, commands: &Receiver<Command>) {
        loop {
            let patience = self.restart_at.map_or(STALL_CHECK, |at| {
                at.saturating_duration_since(Instant::now())
                    .min(STALL_CHECK)
            });
            let command = commands.recv_timeout(patience);
            // Kept while it works: what it does would be in vain without it.
            let Some(_element) = self.flow.element() else {
                return;
            };
            match command {
                Ok(Command::Quit) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => self.on_time(),
            }
        }
    }

    /// Does what a command says.
    fn obey(&mut self, command: Command) {
        match command {
            Command::Failed(generation, reason) => {
                if let Some(ran) = self.flow.handle_failure(generation, &reason) {
                    self.after_failure(ran, &reason);
                }
            }
            Command::Unplayable(reason) => {
                if self.flow.running().is_none() {
                    self.flow.report_failure(&reason);
                    self.after_failure(Duration::ZERO, &reason);
                }
            }
            Command::Reload => {
                if self.flow.reload() {
                    (self.restart_at, self.backoff) = (None, Backoff::default());
                }
            }
            Command::InputEnded => {
                if self.flow.end_without_inner_bin() {
                    self.restart_at = None;
                }
            }
            Command::Quit => (),
        }
    }

    /// Restarts the inner bin when it is time for that, else looks for a stall.
    fn on_time(&mut self) {
        if self
            .restart_at
            .take_if(|at| *at <= Instant::now())
            .is_none()
        {
            self.flow.check_for_stall();
            return;
        }
        if let Err(reason) = self.flow.restart() {
            self.flow.report_failure(&reason);
            self.after_failure(Duration::ZERO, &reason);
        }
    }

    /// Decides whether and when to start again after a failure of an inner bin that `ran` so long.
    fn after_failure(&mut self, ran: Duration, reason: &str) {
        self.restart_at = None;
        if self.flow.end_without_inner_bin() {
            return;
        }
        let settings = self.flow.settings();
        if settings.on_error != OnError::Restart {
            self.flow.stay_off(reason);
            return;
        }
        let delay = self.backoff.next(
            ran,
            Duration::from_nanos(settings.restart_delay),
            Duration::from_nanos(settings.max_restart_delay),
        );
        self.flow.will_restart(delay, reason);
        self.restart_at = Some(Instant::now() + delay);
    }
}
