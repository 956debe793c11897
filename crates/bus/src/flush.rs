// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that forces the messages of a spool to the disk, several at once.

use std::io;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::backlog::Spool;
use crate::news::News;
use crate::sending::{End, Shared, State};
use crate::spool::Log;

/// Longest time that a message is not on the disk.
const GROUP_WAIT: Duration = Duration::from_millis(20);
/// So many messages are not waited for.
const GROUP: u64 = 256;
/// Time between two notes of what is settled: after a crash, so much may be sent again.
const NOTE: Duration = Duration::from_secs(1);
/// Time between two attempts to use a disk that has failed.
const RETRY: Duration = Duration::from_secs(5);

impl State {
    /// Messages that would not survive a loss of power.
    fn unsynced(&mut self) -> u64 {
        self.backlog.log().map_or(0, |log| log.unsynced())
    }

    /// Whether its disk fails.
    fn has_failed(&self) -> bool {
        let spool = self.backlog.spool.as_ref();
        spool.is_some_and(Spool::has_failed)
    }
}

/// Keeps the spool on the disk until the outbox ends.
pub fn keep(shared: &Shared) {
    let mut noted = Instant::now();
    let mut tried = Instant::now();
    while wait(shared) {
        if shared.lock().has_failed() {
            if tried.elapsed() >= RETRY {
                restore(shared);
                tried = Instant::now();
            }
            continue;
        }
        tried = Instant::now();
        let mut result = sync(shared);
        if noted.elapsed() >= NOTE {
            result = result.and_then(|()| note(shared));
            noted = Instant::now();
        }
        if let Err(error) = result {
            shared.fail_spool(&error);
        }
    }
    // What cannot be written now is lost or sent again.
    let _ = sync(shared).and_then(|()| note(shared));
    shared.lock().backlog.spool = None;
}

/// Waits until a group is worth being forced to the disk; false if the outbox ends.
fn wait(shared: &Shared) -> bool {
    let nothing =
        |state: &mut State| state.end < End::OfAll && (state.has_failed() || state.unsynced() == 0);
    let waited = shared
        .changed
        .wait_timeout_while(shared.lock(), NOTE, nothing);
    let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
    let few = |state: &mut State| {
        state.end < End::OfAll && !state.draining && (1..GROUP).contains(&state.unsynced())
    };
    let waited = shared.changed.wait_timeout_while(state, GROUP_WAIT, few);
    let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
    state.end < End::OfAll
}

/// Forces messages to the disk.
fn sync(shared: &Shared) -> io::Result<()> {
    let Some(sync) = shared.lock().backlog.log().and_then(Log::sync) else {
        return Ok(());
    };
    sync.run()?;
    if let Some(log) = shared.lock().backlog.log() {
        log.synced(&sync);
    }
    shared.changed.notify_all();
    Ok(())
}

/// Notes what is settled.
fn note(shared: &Shared) -> io::Result<()> {
    let Some(note) = shared.lock().backlog.log().and_then(|log| log.note()) else {
        return Ok(());
    };
    note.write()?;
    if let Some(log) = shared.lock().backlog.log() {
        log.noted(&note);
    }
    Ok(())
}

/// Uses the spool again if its disk works again.
fn restore(shared: &Shared) {
    let stamper = shared.lock_stamper();
    let mut state = shared.lock();
    let restored = state.backlog.restore(stamper.sender());
    drop(state);
    drop(stamper);
    shared.changed.notify_all();
    shared.tell(restored.then_some(News::SpoolRestored));
}
