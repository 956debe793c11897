// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads the messages of a spool in order, without a lock on it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use bytes::Bytes;

use super::log::Span;
use super::record::{Record, Records};

/// So many bytes are read at once, if one record is not longer.
const CHUNK: u64 = 1 << 20;

/// Where it stands.
#[derive(Debug, Default)]
pub struct Reader {
    file: Option<(u64, File)>,
    /// Where it reads on in the file, and the record before.
    offset: u64,
    before: u64,
    /// The last record that was read or passed over.
    last: u64,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// Records in order.
    pub records: Vec<Record>,
    /// How many damaged ones were passed over.
    pub damaged: u64,
}

impl Reader {
    /// A reader of what comes after the record `last`.
    pub fn after(last: u64) -> Self {
        Self {
            last,
            ..Self::default()
        }
    }

    /// The last record that was read or passed over.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Reads some records of a span, `most` at most. If there are none, the rest of it is damaged and passed over.
    pub fn read(&mut self, span: &Span, most: usize) -> io::Result<Read> {
        let mut read = Read::default();
        self.read_into(span, most, &mut read)
            .inspect_err(|_| self.file = None)?;
        if read.records.is_empty() {
            read.damaged = self.pass_over(span);
        }
        Ok(read)
    }

    /// Gives up the rest of a span; how many records that are.
    pub fn pass_over(&mut self, span: &Span) -> u64 {
        let passed = span.last.saturating_sub(self.last.max(span.first - 1));
        self.last = self.last.max(span.last);
        passed
    }

    /// Reads until there is a record or nothing is left.
    fn read_into(&mut self, span: &Span, most: usize, read: &mut Read) -> io::Result<()> {
        let file = match self.file.take() {
            Some((first, file)) if first == span.first => file,
            _ => {
                // What comes before the first record that is wanted is read, too, and left out.
                (self.offset, self.before) = (0, span.first - 1);
                File::open(&span.path)?
            }
        };
        let mut length = CHUNK;
        while read.records.is_empty() && self.last < span.last && self.offset < span.end {
            let rest = span.end - self.offset;
            let bytes = read_at(&file, self.offset, length.min(rest))?;
            let mut records = Records::new(bytes, self.before);
            let taken = self.take(&mut records, span.last, most, read);
            self.offset += taken;
            if taken > 0 {
                length = CHUNK;
            } else if length < rest {
                length = records.needs().map_or(rest, |bytes| bytes as u64);
            } else {
                break;
            }
        }
        self.file = Some((span.first, file));
        Ok(())
    }

    /// Takes records up to the number `last`; how many bytes they have.
    fn take(&mut self, records: &mut Records, last: u64, most: usize, read: &mut Read) -> u64 {
        let mut taken = 0;
        while read.records.len() < most
            && let Some(record) = records.next()
            && record.sequence <= last
        {
            (taken, self.before) = (records.end(), record.sequence);
            if record.sequence > self.last {
                self.last = record.sequence;
                read.damaged = records.damaged();
                read.records.push(record);
            }
        }
        taken as u64
    }
}

/// So many bytes of a file, or as many as there are.
fn read_at(file: &File, offset: u64, length: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; length as usize];
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(Bytes::from(bytes))
}
