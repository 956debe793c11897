// SPDX-License-Identifier: MIT OR Apache-2.0
//! One message in a file of the spool.
//!
//! Numbers are little-endian: length of the body (u32), CRC-32C of all that follows and of the length (u32), sequence (u64), kind
//! (u8), body. The body of a message is the length of its event (u32), its event, its payload.

use bytes::Bytes;

/// Bytes before the body.
const HEADER: usize = 17;
/// Where the sequence stands.
const SEQUENCE: usize = 8;
/// Where the kind stands.
const KIND: usize = 16;
/// The kind of a message, the only one.
const MESSAGE: u8 = 1;
/// A sequence that is further away than this is none.
const NEAR: u64 = 1 << 40;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number; later records have larger ones.
    pub sequence: u64,
    /// The document.
    pub event: Bytes,
    /// What travels beside it.
    pub payload: Bytes,
}

/// Bytes of a record in its file.
pub fn size(event: &[u8], payload: &[u8]) -> usize {
    HEADER + 4 + event.len() + payload.len()
}

/// Writes a record behind the end of `buffer`.
pub fn write(buffer: &mut Vec<u8>, sequence: u64, event: &[u8], payload: &[u8]) {
    let start = buffer.len();
    let length = (4 + event.len() + payload.len()) as u32;
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&sequence.to_le_bytes());
    buffer.push(MESSAGE);
    buffer.extend_from_slice(&(event.len() as u32).to_le_bytes());
    buffer.extend_from_slice(event);
    buffer.extend_from_slice(payload);
    let sum = checksum(&buffer[start..]);
    buffer[start + 4..start + SEQUENCE].copy_from_slice(&sum.to_le_bytes());
}

/// The checksum of a record.
fn checksum(record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&record[..4]), &record[SEQUENCE..])
}

/// A number of four bytes.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

/// The sequence of a record that begins here, if it may be one.
fn sequence(bytes: &[u8]) -> Option<u64> {
    let sequence = bytes.get(SEQUENCE..KIND)?;
    let is_message = bytes.get(KIND) == Some(&MESSAGE);
    let sequence = sequence.try_into().ok().map(u64::from_le_bytes)?;
    is_message.then_some(sequence)
}

/// The records of a part of a file, in order. What is damaged is left out.
pub struct Records {
    bytes: Bytes,
    /// Where the next one begins.
    at: usize,
    /// The sequence of the last one.
    last: u64,
    /// How many are damaged: so many numbers are missing where something else was found.
    damaged: u64,
}

impl Records {
    /// The records behind that of the sequence `last`.
    pub fn new(bytes: Bytes, last: u64) -> Self {
        Self {
            bytes,
            at: 0,
            last,
            damaged: 0,
        }
    }

    /// Where the last record ends.
    pub fn end(&self) -> usize {
        self.at
    }

    /// The sequence of the last record.
    pub fn sequence(&self) -> u64 {
        self.last
    }

    /// How many damaged ones were left out.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Whether something stands behind the last record.
    pub fn has_rest(&self) -> bool {
        self.bytes[self.at..].iter().any(|&byte| byte != 0)
    }

    /// The length of the whole record that begins at the end, if it goes beyond these bytes.
    pub fn needs(&self) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let length = number(rest, 0)? as usize + HEADER;
        (length > rest.len() && self.is_next(sequence(rest)?)).then_some(length)
    }

    /// Whether this may be the sequence of the next record.
    fn is_next(&self, sequence: u64) -> bool {
        sequence > self.last && sequence - self.last < NEAR
    }

    /// The record that begins at `at`, and where it ends.
    fn read(&self, at: usize) -> Option<(Record, usize)> {
        let rest = &self.bytes[at..];
        let sequence = sequence(rest)?;
        let end = HEADER + number(rest, 0)? as usize;
        if !self.is_next(sequence) || end > rest.len() || number(rest, 4)? != checksum(&rest[..end])
        {
            return None;
        }
        let event = HEADER + 4..HEADER + 4 + number(rest, HEADER)? as usize;
        if event.end > end {
            return None;
        }
        let record = Record {
            sequence,
            payload: self.bytes.slice(at + event.end..at + end),
            event: self.bytes.slice(at + event.start..at + event.end),
        };
        Some((record, at + end))
    }
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let mut found = self.read(self.at);
        if found.is_none() && self.has_rest() {
            found = (self.at + 1..self.bytes.len()).find_map(|at| self.read(at));
            if let Some((record, _)) = &found {
                self.damaged += record.sequence - self.last - 1;
            }
        }
        let (record, end) = found?;
        self.at = end;
        self.last = record.sequence;
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three records in a file that has room for more, and where they end.
    fn three() -> (Vec<u8>, Vec<usize>) {
        let mut file = Vec::new();
        let mut ends = Vec::new();
        for sequence in 7..10 {
            write(
                &mut file,
                sequence,
                b"{\"event\":1}",
                &[sequence as u8, 0, 0],
            );
            ends.push(file.len());
        }
        file.resize(file.len() + 100, 0);
        (file, ends)
    }

    /// What is read of a file: numbers, end, how many are damaged, whether something is left.
    fn read(file: &[u8]) -> (Vec<u64>, usize, u64, bool) {
        let mut records = Records::new(Bytes::copy_from_slice(file), 6);
        let numbers = records.by_ref().map(|record| record.sequence).collect();
        (
            numbers,
            records.end(),
            records.damaged(),
            records.has_rest(),
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let (file, ends) = three();
        assert_eq!(read(&file), (vec![7, 8, 9], ends[2], 0, false));
        let first = Records::new(Bytes::from(file), 6).next().unwrap();
        assert_eq!(
            (&first.event[..], &first.payload[..]),
            (&b"{\"event\":1}"[..], &[7, 0, 0][..])
        );
    }

    #[test]
    fn a_file_that_ends_anywhere_in_the_last_record_has_all_others() {
        let (file, ends) = three();
        for end in ends[1]..ends[2] - 2 {
            let (numbers, at, damaged, _) = read(&file[..end]);
            assert_eq!((numbers, at, damaged), (vec![7, 8], ends[1], 0), "{end}");
            let mut zeroed = file.clone();
            zeroed[end..].fill(0);
            let (numbers, at, ..) = read(&zeroed);
            assert_eq!((numbers, at), (vec![7, 8], ends[1]), "{end}");
        }
    }

    #[test]
    fn each_flipped_bit_costs_its_own_record() {
        let (file, ends) = three();
        for bit in 0..ends[2] * 8 {
            let mut file = file.clone();
            file[bit / 8] ^= 1 << (bit % 8);
            let (numbers, _, damaged, has_rest) = read(&file);
            let hit = ends.iter().position(|&end| bit / 8 < end).unwrap();
            let mut expected = vec![7, 8, 9];
            expected.remove(hit);
            assert_eq!(numbers, expected, "bit {bit}");
            assert_eq!(
                (damaged, has_rest),
                if hit < 2 { (1, false) } else { (0, true) }
            );
        }
    }

    #[test]
    fn a_zeroed_page_costs_the_records_that_it_touches() {
        let (mut file, ends) = three();
        file[..=ends[0]].fill(0);
        assert_eq!(read(&file), (vec![9], ends[2], 2, false));
    }

    #[test]
    fn a_record_that_is_not_whole_says_how_long_it_is() {
        let (file, ends) = three();
        let mut records = Records::new(Bytes::from(file[..ends[0] + HEADER].to_vec()), 6);
        assert_eq!(records.by_ref().count(), 1);
        assert_eq!(records.needs(), Some(ends[1] - ends[0]));
    }
}
