// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of a spool. The name of each is the sequence of its first record, with so many digits that names are in order.
//!
//! A file gets its whole size at once: its size need not be written with every record, which is most of the cost of forcing
//! one to the disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use super::record::Records;

/// How names end.
const ENDING: &str = ".spool";

/// The file whose first record is `first`.
pub fn path(folder: &Path, first: u64) -> PathBuf {
    folder.join(format!("{first:020}{ENDING}"))
}

/// The files of a folder by their first records, in order, and their sizes.
pub fn list(folder: &Path) -> io::Result<Vec<(u64, u64)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let first = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        if let Some(first) = first.and_then(|digits| digits.parse().ok())
            && path(folder, first).file_name() == Some(&name)
        {
            found.push((first, entry.metadata()?.len()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The file that is written to.
#[derive(Debug)]
pub struct Writer {
    /// It, to be forced to the disk by another thread.
    pub file: Arc<File>,
    /// Where its last record ends.
    pub end: u64,
    /// Its size.
    pub size: u64,
}

/// What was found in a file that is continued.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub writer: Writer,
    /// The sequence of its last record.
    pub last: u64,
    /// How many damaged records are in it.
    pub damaged: u64,
    /// Whether something was cut off that was no whole record.
    pub cut: bool,
}

impl Writer {
    /// A new file of this size.
    pub fn create(folder: &Path, first: u64, size: u64) -> io::Result<Self> {
        let path = path(folder, first);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        let made = reserve(&file, size).and_then(|()| file.sync_all());
        if let Err(error) = made.and_then(|()| sync_folder(folder)) {
            // One that is empty is of no use to anybody.
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self {
            file: Arc::new(file),
            end: 0,
            size,
        })
    }

    /// The file whose first record is `first`, behind its last whole record.
    pub fn reopen(folder: &Path, first: u64) -> io::Result<Found> {
        let path = path(folder, first);
        let bytes = Bytes::from(fs::read(&path)?);
        let size = bytes.len() as u64;
        let mut records = Records::new(bytes, first.saturating_sub(1));
        while records.next().is_some() {}
        let end = records.end() as u64;
        let file = OpenOptions::new().read(true).write(true).open(&path)?;
        if records.has_rest() {
            file.set_len(end)?;
            reserve(&file, size)?;
            file.sync_all()?;
        }
        Ok(Found {
            last: records.sequence(),
            damaged: records.damaged(),
            cut: records.has_rest(),
            writer: Self {
                file: Arc::new(file),
                end,
                size,
            },
        })
    }

    /// Whether so many bytes fit.
    pub fn has_room(&self, bytes: u64) -> bool {
        self.end + bytes <= self.size
    }

    /// Appends a record.
    pub fn append(&mut self, record: &[u8]) -> io::Result<()> {
        self.file.write_all_at(record, self.end)?;
        self.end += record.len() as u64;
        Ok(())
    }
}

/// Gives a file its size. A file system that cannot do so beforehand has files that grow.
fn reserve(file: &File, size: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, size) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        other => Ok(other?),
    }
}

/// Forces the names in a folder to the disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
