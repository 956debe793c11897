// SPDX-License-Identifier: MIT OR Apache-2.0
//! What waits to be sent: in a spool on the disk if there is one and while its disk works, else in memory.

use std::fs;
use std::io;
use std::path::Path;

use crate::queue::{Batch, Queue};
use crate::spool::{Log, NotAppended, OnFull, Span, SpoolSettings};
use crate::stats::SpoolStats;
use crate::{Fault, FaultKind, Message};

/// Bytes that a disk must have room for before a spool is opened again.
const PROBE: usize = 64 << 10;

/// What waits.
#[derive(Debug)]
pub struct Backlog {
    /// Messages in memory. With a spool they are newer than those in it.
    pub queue: Queue,
    /// The spool.
    pub spool: Option<Spool>,
}

/// A spool, whose disk may fail.
#[derive(Debug)]
pub struct Spool {
    settings: SpoolSettings,
    /// `None`: it could not be opened again.
    pub log: Option<Log>,
    /// Why nothing is appended to it.
    fault: Option<Fault>,
    /// What was damaged before it was opened again.
    damaged: u64,
    /// The last message before it was opened again, and the last one that was settled.
    before: (u64, u64),
}

/// Why a message was not taken.
pub enum NotTaken {
    /// There is no room.
    Full,
    /// It is larger than the whole spool.
    TooLarge,
    /// The spool has failed just now. From now on messages are taken into memory; they are to have another sender.
    Failed(Fault),
}

impl Spool {
    /// Opens the spool.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(settings: SpoolSettings, new_sender: &str) -> Result<Self, Fault> {
        let log = Log::open(settings.clone(), new_sender);
        let log = log.map_err(|error| fault(&settings, &error))?;
        Ok(Self {
            settings,
            log: Some(log),
            fault: None,
            damaged: 0,
            before: (0, 0),
        })
    }

    /// Something failed on the disk; the fault, if it is the first one.
    pub fn fail(&mut self, error: &io::Error) -> Option<Fault> {
        if self.fault.is_some() {
            return None;
        }
        let fault = fault(&self.settings, error);
        self.fault = Some(fault.clone());
        Some(fault)
    }

    /// Whether its disk fails.
    pub fn has_failed(&self) -> bool {
        self.fault.is_some()
    }

    /// How things stand.
    pub fn stats(&self) -> SpoolStats {
        let log = self.log.as_ref();
        SpoolStats {
            bytes: log.map_or(0, Log::bytes),
            oldest: log.and_then(Log::oldest),
            damaged: self.damaged + log.map_or(0, Log::damaged),
            fault: self.fault.as_ref().map(Fault::to_string),
        }
    }

    /// The spool, unless its disk fails.
    fn working(&mut self) -> Option<&mut Log> {
        self.log.as_mut().filter(|_| self.fault.is_none())
    }

    /// Opens it again. From now on `sender` sends. While nothing can be written, it stays open, so that what is in it can be read.
    fn reopen(&mut self, sender: &str) -> io::Result<&mut Log> {
        probe(&self.settings.folder)?;
        // Its lock on the folder must go before.
        if let Some(log) = self.log.take() {
            self.damaged += log.damaged();
            self.before = (log.last(), log.settled());
        }
        let (last, settled) = self.before;
        let mut log = Log::open(self.settings.clone(), sender)?;
        log.set_sender(sender)?;
        log.count_damaged(last.saturating_sub(log.last().max(settled)));
        // The folder may not have known of it yet.
        log.settle(settled)?;
        Ok(self.log.insert(log))
    }
}

/// Whether a little can be written into a folder.
fn probe(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join("probe");
    let written = fs::write(&path, vec![0; PROBE]);
    fs::remove_file(path)?;
    written
}

/// The fault of a spool.
fn fault(settings: &SpoolSettings, error: &io::Error) -> Fault {
    let folder = settings.folder.display();
    Fault::new(FaultKind::Local, format!("spool {folder}: {error}"))
}

impl Backlog {
    /// How many messages are not settled.
    pub fn len(&self) -> u64 {
        let log = self.spool.as_ref().and_then(|spool| spool.log.as_ref());
        self.queue.len() as u64 + log.map_or(0, Log::unsettled)
    }

    /// Whether a message may be offered; false if one must wait or lose one.
    pub fn has_room(&self) -> bool {
        match self.spool.as_ref().filter(|spool| !spool.has_failed()) {
            Some(Spool { log: Some(log), .. }) if log.on_full() == OnFull::Block => log.has_room(),
            Some(_) => true,
            None => self.queue.has_room(),
        }
    }

    /// Takes a message; how many older ones gave way to it.
    pub fn push(&mut self, message: Message, sequence: u64) -> Result<u64, NotTaken> {
        let Some(spool) = &mut self.spool else {
            return Ok(self.queue.push(message));
        };
        if !spool.settings.takes(&message) {
            return Err(NotTaken::TooLarge);
        }
        let Some(log) = spool.working() else {
            return Ok(self.queue.push(message));
        };
        match log.append(&message, sequence) {
            Ok(dropped) => Ok(dropped),
            Err(NotAppended::Full) if log.on_full() != OnFull::DropOldest => Err(NotTaken::Full),
            Err(error) => {
                let error = match error {
                    NotAppended::Broken(error) => error,
                    NotAppended::Full => io::ErrorKind::StorageFull.into(),
                };
                let fault = fault(&spool.settings, &error);
                spool.fault = Some(fault.clone());
                Err(NotTaken::Failed(fault))
            }
        }
    }

    /// Where in the spool the message after `last` can be read.
    pub fn span_after(&self, last: u64) -> Option<Span> {
        let spool = self.spool.as_ref()?;
        spool.log.as_ref()?.span(last + 1)
    }

    /// Takes the oldest messages of the memory out, if nothing is to be read from the spool.
    pub fn take(&mut self) -> Option<Batch> {
        self.sends_from_memory()
            .then(|| self.queue.take())
            .flatten()
    }

    /// Whether messages in memory can be sent: with a spool that works they are about to be put into it.
    fn sends_from_memory(&self) -> bool {
        self.spool.as_ref().is_none_or(Spool::has_failed)
    }

    /// Whether there is something to send, after this message of the spool.
    pub fn has_work_after(&self, last: u64) -> bool {
        self.span_after(last).is_some()
            || (self.sends_from_memory() && self.queue.first().is_some())
    }

    /// The last message of the spool that is settled.
    pub fn settled(&self) -> u64 {
        let log = self.spool.as_ref().and_then(|spool| spool.log.as_ref());
        log.map_or(0, Log::settled)
    }

    /// All messages of the spool up to this one are settled.
    ///
    /// # Errors
    /// The disk fails.
    pub fn settle(&mut self, sequence: u64) -> io::Result<()> {
        self.log().map_or(Ok(()), |log| log.settle(sequence))
    }

    /// The spool, if it is open.
    pub fn log(&mut self) -> Option<&mut Log> {
        self.spool.as_mut()?.log.as_mut()
    }

    /// Opens a failed spool again and puts the messages of the memory into it; whether that was possible.
    pub fn restore(&mut self, sender: &str) -> bool {
        let Some(spool) = self.spool.as_mut().filter(|spool| spool.has_failed()) else {
            return false;
        };
        // What is being sent comes back, and is older than what waits.
        if self.queue.is_sending() {
            return false;
        }
        let Ok(log) = spool.reopen(sender) else {
            return false;
        };
        while let Some(message) = self.queue.first() {
            let sequence = message.stamp.as_ref().map_or(0, |stamp| stamp.sequence);
            if log.append(message, sequence).is_err() {
                return false;
            }
            self.queue.remove_first();
        }
        spool.fault = None;
        true
    }
}
