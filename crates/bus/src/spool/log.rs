// SPDX-License-Identifier: MIT OR Apache-2.0
//! The spool: files in a folder that messages are appended to, until they are settled.

use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::age::Ages;
use super::segment::{self, Writer};
use super::{cursor, record};
use crate::Message;

/// Largest file. One message that is larger gets a file of its size.
const SEGMENT: u64 = 16 << 20;
/// So many files a full spool has at least, because only whole files are given up.
const SEGMENTS: u64 = 8;

/// What happens to a message when the spool is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFull {
    /// The oldest messages give way, a file of them at once.
    #[default]
    DropOldest,
    /// It is refused.
    Reject,
    /// It is refused, but whoever waits for room before is kept waiting.
    Block,
}

/// Where messages are kept until they are settled.
#[derive(Debug, Clone)]
pub struct SpoolSettings {
    /// The folder, of this spool alone. It is made if it is missing.
    pub folder: PathBuf,
    /// Most bytes of all files.
    pub most_bytes: u64,
    /// So many bytes are left free on the disk.
    pub min_free_bytes: u64,
    /// What happens when there is no room.
    pub on_full: OnFull,
}

impl SpoolSettings {
    /// Whether a message is not larger than the whole spool.
    pub fn takes(&self, message: &Message) -> bool {
        record::size(&message.event, &message.payload) as u64 <= self.most_bytes
    }
}

/// Why a message is not appended.
#[derive(Debug)]
pub enum NotAppended {
    /// There is no room.
    Full,
    /// The disk fails.
    Broken(io::Error),
}

impl From<io::Error> for NotAppended {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// A file and what is in it.
#[derive(Debug, Clone, Copy)]
struct Segment {
    first: u64,
    /// The sequence of its last record.
    last: u64,
    /// Its bytes on the disk.
    size: u64,
    /// Where its last record ends, at most.
    end: u64,
}

/// Where the next records can be read.
#[derive(Debug, Clone)]
pub struct Span {
    /// The file.
    pub path: PathBuf,
    /// Its first record.
    pub first: u64,
    /// Where its last record ends, at most.
    pub end: u64,
    /// The last record in it that may be read.
    pub last: u64,
}

/// What is to be forced to the disk by [`Self::run`], without a lock on the spool.
#[derive(Debug)]
pub struct Sync {
    files: Vec<Arc<File>>,
    last: u64,
}

impl Sync {
    /// Forces it to the disk.
    pub fn run(&self) -> io::Result<()> {
        self.files.iter().try_for_each(|file| file.sync_data())
    }
}

/// What is to be noted in the folder, without a lock on the spool.
#[derive(Debug)]
pub struct Note {
    folder: PathBuf,
    settled: u64,
}

impl Note {
    /// Notes it.
    pub fn write(&self) -> io::Result<()> {
        cursor::write(&self.folder, self.settled)
    }
}

/// The files of a folder.
#[derive(Debug)]
pub struct Log {
    settings: SpoolSettings,
    /// The folder, locked against other processes.
    _lock: File,
    segments: VecDeque<Segment>,
    /// The file of the last segment.
    writer: Option<Writer>,
    /// Files that were written to since they were forced to the disk, without the one of `writer`.
    dirty: Vec<Arc<File>>,
    sender: String,
    /// The last message that was appended, was forced to the disk, was settled, and that the folder knows to be settled.
    last: u64,
    synced: u64,
    settled: u64,
    noted: u64,
    damaged: u64,
    ages: Ages,
    buffer: Vec<u8>,
}

impl Log {
    /// Opens the spool of a folder. A folder without messages gets the sender `new_sender`.
    ///
    /// If the end of the last file is damaged, nobody knows which messages stood there; the next ones get the new sender, too, so
    /// that no number is used twice.
    pub fn open(settings: SpoolSettings, new_sender: &str) -> io::Result<Self> {
        let folder = &settings.folder;
        fs::create_dir_all(folder)?;
        let lock = lock(folder)?;
        let noted = cursor::read(folder);
        let mut files: VecDeque<Segment> = VecDeque::new();
        for (first, size) in segment::list(folder)? {
            if let Some(before) = files.back_mut() {
                before.last = first - 1;
            }
            files.push_back(Segment {
                first,
                last: first.saturating_sub(1),
                size,
                end: size,
            });
        }
        let found = match files.back() {
            Some(last) => Some(Writer::reopen(folder, last.first)?),
            None => None,
        };
        let is_whole = found.as_ref().is_some_and(|found| !found.cut);
        let known = cursor::sender(folder).filter(|_| is_whole);
        if known.is_none() {
            cursor::write_sender(folder, new_sender)?;
        }
        let sender = known.unwrap_or_else(|| new_sender.to_owned());
        let (mut last, mut damaged) = (noted, 0);
        if let (Some(file), Some(found)) = (files.back_mut(), &found) {
            (file.last, file.end) = (found.last, found.writer.end);
            last = last.max(found.last);
            damaged = found.damaged + u64::from(found.cut);
        }
        let before = files.front().map_or(last, |file| file.first - 1);
        let mut log = Self {
            _lock: lock,
            segments: files,
            writer: found.map(|found| found.writer),
            dirty: Vec::new(),
            sender,
            last,
            synced: last,
            settled: noted.max(before),
            noted,
            damaged,
            ages: Ages::default(),
            buffer: Vec::new(),
            settings,
        };
        log.remove_settled()?;
        log.note_age();
        Ok(log)
    }

    /// Who sends its messages.
    pub fn sender(&self) -> &str {
        &self.sender
    }

    /// Gives the next messages another sender.
    pub fn set_sender(&mut self, sender: &str) -> io::Result<()> {
        cursor::write_sender(&self.settings.folder, sender)?;
        sender.clone_into(&mut self.sender);
        Ok(())
    }

    /// The sequence of the last message.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// How many messages are not settled.
    pub fn unsettled(&self) -> u64 {
        self.last - self.settled
    }

    /// The last message that is settled.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// Bytes on the disk.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|file| file.size).sum()
    }

    /// How many messages were damaged, as far as that is known.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// How long its oldest message has waited, to a second; of one from before it was opened, at least so long.
    pub fn oldest(&self) -> Option<Duration> {
        self.ages.oldest(Instant::now())
    }

    /// Notes how long the oldest message has waited: since its file was written last, or longer.
    fn note_age(&mut self) {
        let oldest = self.settled + 1;
        let Some(file) = self.segments.iter().find(|file| file.last >= oldest) else {
            return;
        };
        let path = segment::path(&self.settings.folder, file.first);
        let written = fs::metadata(path).and_then(|file| file.modified());
        let age = written.map(|written| written.elapsed().unwrap_or_default());
        let age = age.unwrap_or_default();
        self.ages.waited(oldest, age, Instant::now());
    }

    /// What happens when it is full.
    pub fn on_full(&self) -> OnFull {
        self.settings.on_full
    }

    /// Whether there is room for another file, so that whatever message comes fits without another one giving way.
    pub fn has_room(&self) -> bool {
        self.may_grow(self.segment_size(0))
    }

    /// The size of a file that a record of so many bytes goes to.
    fn segment_size(&self, bytes: u64) -> u64 {
        (self.settings.most_bytes / SEGMENTS)
            .min(SEGMENT)
            .max(bytes)
    }

    /// Whether there may be another file of this size.
    fn may_grow(&self, size: u64) -> bool {
        let free = rustix::fs::statvfs(&self.settings.folder)
            .map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        self.bytes() + size <= self.settings.most_bytes
            && free >= size.saturating_add(self.settings.min_free_bytes)
    }

    /// Appends a message that it [`SpoolSettings::takes`] under its number, which is above all others; how many older ones gave way to it.
    pub fn append(&mut self, message: &Message, sequence: u64) -> Result<u64, NotAppended> {
        let size = record::size(&message.event, &message.payload) as u64;
        let mut dropped = 0;
        if !self
            .writer
            .as_ref()
            .is_some_and(|writer| writer.has_room(size))
        {
            dropped = self.begin(sequence, self.segment_size(size))?;
        }
        self.buffer.clear();
        record::write(&mut self.buffer, sequence, &message.event, &message.payload);
        if let (Some(writer), Some(file)) = (&mut self.writer, self.segments.back_mut()) {
            writer.append(&self.buffer)?;
            (file.last, file.end) = (sequence, writer.end);
        }
        self.last = sequence;
        self.ages.appended(sequence, Instant::now());
        Ok(dropped)
    }

    /// Begins a file of this size; how many messages gave way to it.
    fn begin(&mut self, first: u64, size: u64) -> Result<u64, NotAppended> {
        let mut dropped = 0;
        while !self.may_grow(size) {
            if self.settings.on_full != OnFull::DropOldest || self.segments.is_empty() {
                return Err(NotAppended::Full);
            }
            dropped += self.drop_oldest()?;
        }
        let writer = match Writer::create(&self.settings.folder, first, size) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                return Err(NotAppended::Full);
            }
            other => other?,
        };
        let before = self.writer.replace(writer);
        self.dirty.extend(before.map(|before| before.file));
        self.segments.push_back(Segment {
            first,
            last: first - 1,
            size,
            end: 0,
        });
        Ok(dropped)
    }

    /// Gives up the oldest file; how many messages in it were not settled.
    fn drop_oldest(&mut self) -> io::Result<u64> {
        let Some(oldest) = self.segments.front().copied() else {
            return Ok(0);
        };
        fs::remove_file(segment::path(&self.settings.folder, oldest.first))?;
        self.segments.pop_front();
        if self.segments.is_empty() {
            self.writer = None;
        }
        let dropped = oldest.last.saturating_sub(self.settled);
        self.settled = self.settled.max(oldest.last);
        self.ages.settled(self.settled, self.last);
        Ok(dropped)
    }

    /// All messages up to this one are settled. Files of which all are, go.
    pub fn settle(&mut self, sequence: u64) -> io::Result<()> {
        self.settled = self.settled.max(sequence.min(self.last));
        self.ages.settled(self.settled, self.last);
        self.remove_settled()
    }

    /// Removes files of which all messages are settled, but never the last one: it tells the next number.
    fn remove_settled(&mut self) -> io::Result<()> {
        while self.segments.len() > 1
            && let Some(oldest) = self.segments.front()
            && oldest.last <= self.settled
        {
            fs::remove_file(segment::path(&self.settings.folder, oldest.first))?;
            self.segments.pop_front();
        }
        Ok(())
    }

    /// Counts messages that turned out to be damaged when they were read.
    pub fn count_damaged(&mut self, count: u64) {
        self.damaged += count;
    }

    /// Where the message `next`, or the first one after it, can be read. `None`: there is none yet that survives a loss of power.
    pub fn span(&self, next: u64) -> Option<Span> {
        let file = self.segments.iter().find(|file| file.last >= next)?;
        let last = file.last.min(self.synced);
        (last >= next.max(file.first)).then(|| Span {
            path: segment::path(&self.settings.folder, file.first),
            first: file.first,
            end: file.end,
            last,
        })
    }

    /// How many messages would not survive a loss of power.
    pub fn unsynced(&self) -> u64 {
        self.last - self.synced
    }

    /// What is to be forced to the disk, if anything; [`Self::synced`] comes when that is done.
    pub fn sync(&mut self) -> Option<Sync> {
        let files = self.writer.iter().map(|writer| Arc::clone(&writer.file));
        let files = std::mem::take(&mut self.dirty).into_iter().chain(files);
        (self.unsynced() > 0).then(|| Sync {
            files: files.collect(),
            last: self.last,
        })
    }

    /// It was forced to the disk.
    pub fn synced(&mut self, sync: &Sync) {
        self.synced = self.synced.max(sync.last);
    }

    /// What the folder is to know of settled messages, if it does not; [`Self::noted`] comes when `Note::write` is done.
    pub fn note(&self) -> Option<Note> {
        (self.noted != self.settled).then(|| Note {
            folder: self.settings.folder.clone(),
            settled: self.settled,
        })
    }

    /// The folder knows it.
    pub fn noted(&mut self, note: &Note) {
        self.noted = note.settled;
    }
}

/// Keeps other processes from using a folder.
fn lock(folder: &std::path::Path) -> io::Result<File> {
    let file = File::open(folder)?;
    // A file system without locks is used without one.
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "another element or process keeps its messages there; each needs a folder of its own",
        ));
    }
    Ok(file)
}
