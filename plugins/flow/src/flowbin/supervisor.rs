// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that starts, restarts and replaces the content, so that no streaming thread has to.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use gst::glib;
use gst::subclass::prelude::*;

use super::backoff::Backoff;
use super::{FlowBin, OnError};

/// Stalls are looked for so often.
const LOOK: Duration = Duration::from_millis(100);

/// What it is told.
pub enum Command {
    /// The content of this number failed, and why.
    Failed(u64, String),
    /// Bring up the text as it is now, beside what plays.
    Reload,
    /// The stream ended while there is no content.
    Ended,
    /// The element stops.
    Quit,
}

/// The thread, from READY to READY.
pub struct Supervisor {
    commands: Sender<Command>,
    stopped: Receiver<()>,
}

impl Supervisor {
    /// Starts it for `flow`.
    pub fn start(flow: glib::WeakRef<FlowBin>, name: &str) -> Result<Self, std::io::Error> {
        let (commands, received) = channel();
        let (stopping, stopped) = channel();
        std::thread::Builder::new()
            .name(format!("{name}:flow"))
            .spawn(move || {
                supervise(&flow, &received);
                // Nobody waits any more: fine.
                let _ = stopping.send(());
            })?;
        Ok(Self { commands, stopped })
    }

    /// Where to send commands.
    pub fn commands(&self) -> Sender<Command> {
        self.commands.clone()
    }

    /// Ends it; waits for that at most for `limit`.
    pub fn stop(self, limit: Duration) {
        let _ = self.commands.send(Command::Quit);
        let _ = self.stopped.recv_timeout(limit);
    }
}

fn supervise(flow: &glib::WeakRef<FlowBin>, commands: &Receiver<Command>) {
    let mut backoff = Backoff::default();
    let mut restart_at: Option<Instant> = None;
    loop {
        let patience = restart_at.map_or(LOOK, |at| {
            at.saturating_duration_since(Instant::now()).min(LOOK)
        });
        let command = commands.recv_timeout(patience);
        let Some(flow) = flow.upgrade() else {
            return;
        };
        let flow = flow.imp();
        match command {
            Ok(Command::Quit) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(Command::Failed(generation, reason)) => {
                if let Some(ran) = flow.fall(generation, &reason) {
                    restart_at = after_failure(flow, &mut backoff, ran, &reason);
                }
            }
            Ok(Command::Reload) => {
                if flow.reload() {
                    (restart_at, backoff) = (None, Backoff::default());
                }
            }
            Ok(Command::Ended) => {
                if flow.end_without_content() {
                    restart_at = None;
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                if restart_at.is_some_and(|at| at <= Instant::now()) {
                    restart_at = None;
                    if let Err(reason) = flow.restart() {
                        flow.failed(&reason);
                        restart_at = after_failure(flow, &mut backoff, Duration::ZERO, &reason);
                    }
                } else {
                    flow.look_for_stall();
                }
            }
        }
    }
}

/// When to start again, if at all.
fn after_failure(
    flow: &super::imp::FlowBin,
    backoff: &mut Backoff,
    ran: Duration,
    reason: &str,
) -> Option<Instant> {
    let settings = flow.settings();
    if flow.end_without_content() {
        return None;
    }
    if settings.on_error != OnError::Restart {
        flow.stopped(reason);
        return None;
    }
    let delay = backoff.next(
        ran,
        Duration::from_nanos(settings.restart_delay),
        Duration::from_nanos(settings.max_restart_delay),
    );
    flow.will_restart(delay, reason);
    Some(Instant::now() + delay)
}
