// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thread that writes snapshots of the fusion, so that a slow disk holds up nothing else.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::state_file::Snapshot;

/// What waits to be written.
#[derive(Debug, Default)]
struct Waiting {
    /// A newer snapshot replaces one that was not written yet.
    snapshot: Option<Snapshot>,
    /// Nothing more comes.
    closed: bool,
}

/// Hands snapshots to the thread that writes them. When it is dropped, the last one has been written.
#[derive(Debug)]
pub struct Saver {
    waiting: Arc<(Mutex<Waiting>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    /// Writes to `path`; `report` is called on the writing thread after every attempt.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn new(
        path: PathBuf,
        report: impl Fn(io::Result<()>) + Send + 'static,
    ) -> io::Result<Self> {
        let waiting = Arc::<(Mutex<Waiting>, Condvar)>::default();
        let shared = waiting.clone();
        let thread = std::thread::Builder::new()
            .name("fsefuse-saver".to_owned())
            .spawn(move || {
                while let Some(snapshot) = next(&shared) {
                    report(snapshot.write(&path));
                }
            })?;
        Ok(Self {
            waiting,
            thread: Some(thread),
        })
    }

    /// Has `snapshot` written soon.
    pub fn save(&self, snapshot: Snapshot) {
        self.change(|waiting| waiting.snapshot = Some(snapshot));
    }

    /// Changes what waits, and wakes the thread.
    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut kit::lock(&self.waiting.0));
        self.waiting.1.notify_all();
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.change(|waiting| waiting.closed = true);
        if let Some(thread) = self.thread.take() {
            // It has only failed if `report` panicked.
            let _ = thread.join();
        }
    }
}

/// The next snapshot to write; `None` if nothing more comes.
fn next((waiting, changed): &(Mutex<Waiting>, Condvar)) -> Option<Snapshot> {
    let mut waiting = kit::lock(waiting);
    loop {
        if let Some(snapshot) = waiting.snapshot.take() {
            return Some(snapshot);
        }
        if waiting.closed {
            return None;
        }
        waiting = changed
            .wait(waiting)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use messages::Timestamp;

    use super::*;

    fn snapshot(epoch: u64) -> Snapshot {
        Snapshot {
            facility: "hall-a".to_owned(),
            arrival: Timestamp::from_nanos(1),
            epoch,
            fusion: "{}".to_owned(),
        }
    }

    #[test]
    fn the_last_snapshot_is_in_the_file_when_the_saver_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let saver = Saver::new(path.clone(), |written| written.unwrap()).unwrap();
        (0..100).for_each(|epoch| saver.save(snapshot(epoch)));
        drop(saver);
        let found = Snapshot::read(&path, "hall-a").unwrap().unwrap();
        assert_eq!(found.epoch, 99);
    }

    #[test]
    fn a_slow_disk_holds_up_nobody_and_keeps_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (go_on, gate) = channel::<()>();
        let (told, writes) = channel();
        let saver = Saver::new(path.clone(), move |_| {
            let _ = told.send(());
            let _ = gate.recv();
        })
        .unwrap();
        saver.save(snapshot(1));
        writes.recv().unwrap();
        (2..50).for_each(|epoch| saver.save(snapshot(epoch)));
        drop(go_on);
        drop(saver);
        assert_eq!(writes.iter().count(), 1, "only the newest was written then");
        let found = Snapshot::read(&path, "hall-a").unwrap().unwrap();
        assert_eq!(found.epoch, 49);
    }

    #[test]
    fn every_failure_is_reported() {
        let (told, failures) = channel();
        let path = PathBuf::from("/nowhere/at/all");
        let saver = Saver::new(path, move |written| {
            let _ = told.send(written.is_err());
        })
        .unwrap();
        saver.save(snapshot(1));
        assert_eq!(failures.recv(), Ok(true));
    }
}
