// SPDX-License-Identifier: MIT OR Apache-2.0
//! A folder of files of lines: writing, rotating, removing. It reads no clock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use messages::Timestamp;

use crate::file_name::{Begun, list};
use crate::stats::Counters;

/// So many bytes at a time are read when the end of the last whole line is searched.
const BLOCK: u64 = 64 << 10;

/// When files are rotated, removed and forced to the disk.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A file is not continued once it has so many bytes.
    pub file_size: u64,
    /// So many files are kept; 0: all.
    pub files: u32,
    /// Files that were begun longer ago are removed, nanoseconds; 0: never.
    pub age: u64,
    /// Time between two writes to the disk itself, nanoseconds; `None`: left to the system.
    pub sync_interval: Option<u64>,
}

/// The folder, and the file that is written to.
pub struct Files {
    folder: PathBuf,
    limits: Limits,
    counters: Counters,
    /// Holds off another process; `None` before the folder is there.
    lock: Option<File>,
    /// The file that is written to; `None` before the first one and after a failure.
    current: Option<Current>,
    /// A document as a line.
    line: Vec<u8>,
}

/// The file that is written to.
struct Current {
    file: File,
    begun: Begun,
    /// Bytes of its whole lines.
    length: u64,
    /// When it was last forced to the disk.
    synced: Timestamp,
}

impl Files {
    /// The files of `folder`; [`Self::open`] comes next.
    pub fn new(folder: &Path, limits: Limits) -> Self {
        Self {
            folder: folder.to_owned(),
            limits,
            counters: Counters::default(),
            lock: None,
            current: None,
            line: Vec::new(),
        }
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Makes the folder if it is missing, and opens the file that the next document goes to: the newest one, unless it is
    /// full or of an earlier day.
    pub fn open(&mut self, now: Timestamp) -> io::Result<()> {
        self.take_folder()?;
        let newest = list(&self.folder)?.last().copied();
        if let Some(begun) = newest {
            let current = self.continue_file(begun, now)?;
            if !self.is_due(&current, now) {
                self.current = Some(current);
                return Ok(());
            }
        }
        self.begin(newest, now)
    }

    /// Writes a document as one line. A document with a line break inside is only counted.
    pub fn write(&mut self, document: &[u8], now: Timestamp) -> io::Result<()> {
        let document = document.strip_suffix(b"\n").unwrap_or(document);
        if document.contains(&b'\n') {
            self.counters.refused += 1;
            return Ok(());
        }
        self.line.clear();
        self.line.extend_from_slice(document);
        self.line.push(b'\n');
        let written = self.append_line(now);
        if written.is_ok() {
            self.counters.documents += 1;
        } else {
            self.counters.lost += 1;
        }
        written
    }

    /// Forces what was written to the disk.
    pub fn sync(&self) -> io::Result<()> {
        let current = self.current.as_ref();
        current.map_or(Ok(()), |current| current.file.sync_data())
    }

    /// Appends the line to the file whose turn it is.
    fn append_line(&mut self, now: Timestamp) -> io::Result<()> {
        self.turn(now)?;
        let Some(current) = &mut self.current else {
            return Err(io::ErrorKind::NotFound.into());
        };
        if let Err(error) = current.file.write_all(&self.line) {
            // The part of the line that was written goes; if not now, then when the file is opened again.
            if current.file.set_len(current.length).is_err() {
                self.current = None;
            }
            return Err(error);
        }
        current.length += self.line.len() as u64;
        if let Some(interval) = self.limits.sync_interval {
            current.sync_after(interval, now)?;
        }
        Ok(())
    }

    /// Sees to it that the file is open that a document of `now` goes to.
    fn turn(&mut self, now: Timestamp) -> io::Result<()> {
        if self.current.as_ref().is_some_and(Current::is_removed) {
            (self.current, self.lock) = (None, None);
        }
        match &self.current {
            None => self.open(now),
            Some(current) if self.is_due(current, now) => self.begin(Some(current.begun), now),
            Some(_) => Ok(()),
        }
    }

    /// Whether a document of `now` goes to a new file.
    fn is_due(&self, current: &Current, now: Timestamp) -> bool {
        current.length >= self.limits.file_size || current.begun.is_of_an_earlier_day(now)
    }

    /// Makes the folder and keeps other processes from writing there.
    fn take_folder(&mut self) -> io::Result<()> {
        if self.lock.is_some() {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        let folder = File::open(&self.folder)?;
        // A file system without locks is used without one.
        if matches!(folder.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another element or process writes there; each needs a folder of its own",
            ));
        }
        self.lock = Some(folder);
        Ok(())
    }

    /// Opens a file that is there, without an incomplete last line.
    fn continue_file(&mut self, begun: Begun, now: Timestamp) -> io::Result<Current> {
        let path = self.folder.join(begun.file_name());
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        let written = file.metadata()?.len();
        let length = end_of_lines(&mut file, written)?;
        if length < written {
            file.set_len(length)?;
            self.counters.repaired += 1;
        }
        Ok(Current::new(file, begun, length, now))
    }

    /// Begins a new file, after the one that was begun at `last`, and removes old ones.
    fn begin(&mut self, last: Option<Begun>, now: Timestamp) -> io::Result<()> {
        if self.limits.sync_interval.is_some() {
            self.sync()?;
        }
        let begun = Begun::after(last, now);
        let path = self.folder.join(begun.file_name());
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)?;
        self.counters.files += 1;
        self.current = Some(Current::new(file, begun, 0, now));
        self.remove_old(now)
    }

    /// Removes files that are too many or too old, but never the newest one.
    fn remove_old(&mut self, now: Timestamp) -> io::Result<()> {
        let mut files = list(&self.folder)?;
        files.pop();
        let most = match self.limits.files {
            0 => usize::MAX,
            files => files as usize - 1,
        };
        let surplus = files.len().saturating_sub(most);
        let is_old = |begun: &Begun| {
            self.limits.age > 0
                && u64::try_from(begun.age(now)).is_ok_and(|age| age > self.limits.age)
        };
        let too_old = files.iter().take_while(|begun| is_old(begun)).count();
        for begun in files.iter().take(surplus.max(too_old)) {
            match fs::remove_file(self.folder.join(begun.file_name())) {
                Ok(()) => self.counters.removed += 1,
                Err(_) => self.counters.kept += 1,
            }
        }
        Ok(())
    }
}

impl Current {
    /// A file of `length` bytes.
    fn new(file: File, begun: Begun, length: u64, now: Timestamp) -> Self {
        Self {
            file,
            begun,
            length,
            synced: now,
        }
    }

    /// Whether somebody has removed the file.
    fn is_removed(&self) -> bool {
        self.file.metadata().is_ok_and(|file| file.nlink() == 0)
    }

    /// Forces the file to the disk if `interval` nanoseconds have passed, or the clock was set back.
    fn sync_after(&mut self, interval: u64, now: Timestamp) -> io::Result<()> {
        let passed = u64::try_from(now.since(self.synced));
        if passed.is_ok_and(|passed| passed < interval) {
            return Ok(());
        }
        self.synced = now;
        self.file.sync_data()
    }
}

/// Where the last whole line of a file of `length` bytes ends.
fn end_of_lines(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        block.clear();
        file.seek(SeekFrom::Start(start))?;
        file.take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LIMITS: Limits = Limits {
        file_size: u64::MAX,
        files: 0,
        age: 0,
        sync_interval: None,
    };

    fn at(text: &str) -> Timestamp {
        format!("2026-03-{text}Z").parse().unwrap()
    }

    /// Names and contents of the files in a folder.
    fn contents(folder: &Path) -> Vec<(String, String)> {
        let read = |begun: Begun| {
            let name = begun.file_name();
            let text = fs::read_to_string(folder.join(&name)).unwrap();
            (name.replace("202603", "").replace("Z.jsonl", ""), text)
        };
        list(folder).unwrap().into_iter().map(read).collect()
    }

    /// The same, as a test writes it.
    fn files(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        expected.iter().map(own).collect()
    }

    #[test]
    fn a_clock_that_jumps_by_an_hour_loses_no_line_and_keeps_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits {
            file_size: 1,
            ..NO_LIMITS
        };
        let mut run = Files::new(folder.path(), limits);
        run.open(at("01T06:00:00")).unwrap();
        for (time, text) in [
            ("01T06:00:01", "a"),
            ("01T07:00:01", "b"),
            ("01T06:00:02", "c"),
            ("01T05:00:02", "d"),
        ] {
            run.write(text.as_bytes(), at(time)).unwrap();
        }
        let texts: Vec<_> = contents(folder.path())
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(texts, ["a\n", "b\n", "c\n", "d\n"]);
    }

    #[test]
    fn a_restart_appends_to_the_file_of_the_day() {
        let folder = tempfile::tempdir().unwrap();
        for (time, text) in [
            ("01T06:00:00", "a\n"),
            ("01T23:59:59", "b"),
            ("02T00:00:00", "c\n"),
        ] {
            let mut run = Files::new(folder.path(), NO_LIMITS);
            run.open(at(time)).unwrap();
            run.write(text.as_bytes(), at(time)).unwrap();
        }
        assert_eq!(
            contents(folder.path()),
            files(&[("01T060000", "a\nb\n"), ("02T000000", "c\n")])
        );
    }

    #[test]
    fn a_full_file_is_followed_by_another_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits {
            file_size: 4,
            files: 2,
            ..NO_LIMITS
        };
        let mut run = Files::new(folder.path(), limits);
        for (second, text) in ["1", "2", "3", "4", "5"].into_iter().enumerate() {
            run.write(text.as_bytes(), at(&format!("01T06:00:0{second}")))
                .unwrap();
        }
        assert_eq!(
            contents(folder.path()),
            files(&[("01T060002", "3\n4\n"), ("01T060004", "5\n")])
        );
        let counters = run.counters();
        assert_eq!(
            (counters.documents, counters.files, counters.removed),
            (5, 3, 1)
        );
    }

    #[test]
    fn files_that_are_too_old_go_and_those_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.jsonl"), "mine").unwrap();
        let limits = Limits {
            age: 2 * 86_400_000_000_000,
            ..NO_LIMITS
        };
        let mut run = Files::new(folder.path(), limits);
        for day in ["01", "02", "03", "04"] {
            run.write(b"x", at(&format!("{day}T12:00:00"))).unwrap();
        }
        let days: Vec<_> = contents(folder.path())
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(days, ["02T120000", "03T120000", "04T120000"]);
        assert!(folder.path().join("notes.jsonl").exists());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_file_for_each_document() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Files::new(folder.path(), NO_LIMITS);
        for time in ["05T06:00:00", "01T06:00:00", "01T06:00:01"] {
            run.write(b"x", at(time)).unwrap();
        }
        assert_eq!(
            contents(folder.path()),
            files(&[("05T060000", "x\nx\nx\n")])
        );
    }

    #[test]
    fn a_line_that_a_crash_cut_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let long = "z".repeat(3 * BLOCK as usize);
        for (kept, cut) in [
            ("whole\n", "{\"half\":"),
            ("", "\0\0\0"),
            ("whole\n", &long),
        ] {
            let path = folder.path().join("20260301T060000Z.jsonl");
            fs::write(&path, format!("{kept}{cut}")).unwrap();
            let mut run = Files::new(folder.path(), NO_LIMITS);
            run.write(b"next", at("01T07:00:00")).unwrap();
            assert_eq!(fs::read_to_string(path).unwrap(), format!("{kept}next\n"));
            assert_eq!(run.counters().repaired, 1);
        }
    }

    #[test]
    fn a_folder_that_is_removed_is_made_again() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("states");
        let mut run = Files::new(&folder, NO_LIMITS);
        run.write(b"a", at("01T06:00:00")).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        run.write(b"b", at("01T06:00:01")).unwrap();
        assert_eq!(contents(&folder), files(&[("01T060001", "b\n")]));
    }

    #[test]
    fn two_writers_do_not_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Files::new(folder.path(), NO_LIMITS);
        first.open(at("01T06:00:00")).unwrap();
        let mut second = Files::new(folder.path(), NO_LIMITS);
        let refused = second.open(at("01T06:00:00")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        drop(first);
        second.open(at("01T06:00:00")).unwrap();
    }

    #[test]
    fn a_document_of_several_lines_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = Files::new(folder.path(), NO_LIMITS);
        run.write(b"{\n}\n", at("01T06:00:00")).unwrap();
        run.write(b"{}\n", at("01T06:00:00")).unwrap();
        assert_eq!(contents(folder.path()), files(&[("01T060000", "{}\n")]));
        assert_eq!(run.counters().refused, 1);
    }
}
