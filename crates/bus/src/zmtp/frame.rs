// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames: how messages of several parts, and commands, lie in a stream of bytes.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use bytes::Bytes;

use super::command::{Broken, Command};

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Largest command that is taken, bytes; those that exist are far smaller.
const LARGEST_COMMAND: u64 = 8 << 10;
/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;
/// A body grows in steps of so many bytes while it arrives: its sender may promise more than it has.
const STEP: usize = 1 << 20;
/// A body that is smaller is copied beside its header, a larger one is sent from where it lies.
const COPIED: usize = 8 << 10;

/// What a message may have at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of all its parts.
    pub bytes: usize,
    /// Parts.
    pub parts: usize,
}

/// What one read found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// The parts of a message.
    Message(Vec<Bytes>),
    /// A message beyond the limits, which was read past.
    Excess(Excess),
    /// A command.
    Command(Command),
}

/// Which limit a message exceeds, and those of its first parts that are within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excess {
    /// That of its bytes.
    Bytes(Vec<Bytes>),
    /// That of its parts.
    Parts(Vec<Bytes>),
}

/// Why nothing more can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream ended or failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The bytes are no frames.
    #[error("the peer sent bytes that are no ZMTP frame")]
    Malformed,
    /// A command that is cut off or contradicts itself.
    #[error("{0}")]
    Command(#[from] Broken),
}

/// The header of a frame.
#[derive(Debug, Clone, Copy)]
struct Header {
    flags: u8,
    size: u64,
}

impl Header {
    /// The header that `bytes` begin with, and its own size; `None` if it is not yet complete.
    fn of(bytes: &[u8]) -> Option<(Self, usize)> {
        let (&flags, rest) = bytes.split_first()?;
        if flags & LONG == 0 {
            let size = u64::from(*rest.first()?);
            return Some((Self { flags, size }, 2));
        }
        let size = u64::from_be_bytes(*rest.first_chunk()?);
        Some((Self { flags, size }, 9))
    }

    /// Whether it is a header at all.
    fn is_valid(self) -> bool {
        self.flags & !(MORE | LONG | COMMAND) == 0
            && self.flags & (MORE | COMMAND) != MORE | COMMAND
            && (self.flags & COMMAND == 0 || self.size <= LARGEST_COMMAND)
    }
}

/// The message that is arriving.
#[derive(Debug, Default)]
struct Partial {
    parts: Vec<Bytes>,
    bytes: usize,
    count: usize,
}

/// Reads messages and commands.
#[derive(Debug)]
pub struct Reader<R> {
    input: BufReader<R>,
    limits: Limits,
    partial: Partial,
}

impl<R: Read> Reader<R> {
    /// Reads from `input`, behind the greeting.
    pub fn new(input: R, limits: Limits) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER, input),
            limits,
            partial: Partial::default(),
        }
    }

    /// What is read from.
    pub fn get_mut(&mut self) -> &mut R {
        self.input.get_mut()
    }

    /// Reads bytes that are no frames: a greeting.
    pub(super) fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.input.read_exact(bytes)
    }

    /// Whether [`Reader::read`] would return without another read.
    pub fn has_more(&self) -> bool {
        let mut rest = self.input.buffer();
        loop {
            let Some((header, size)) = Header::of(rest) else {
                return false;
            };
            let body = usize::try_from(header.size).unwrap_or(usize::MAX);
            let Some(behind) = rest.get(size.saturating_add(body)..) else {
                return false;
            };
            if header.flags & MORE == 0 {
                return true;
            }
            rest = behind;
        }
    }

    /// The next message or command; waits for it as long as the input does.
    ///
    /// # Errors
    /// The input ended or failed, or its bytes are no frames.
    pub fn read(&mut self) -> Result<Arrived, ReadError> {
        loop {
            let header = self.header()?;
            if header.flags & COMMAND != 0 {
                let body = self.body(header.size as usize)?;
                return Ok(Arrived::Command(Command::read(&body)?));
            }
            self.part(header.size)?;
            if header.flags & MORE == 0 {
                let Partial {
                    parts,
                    bytes,
                    count,
                } = std::mem::take(&mut self.partial);
                return Ok(if bytes > self.limits.bytes {
                    Arrived::Excess(Excess::Bytes(parts))
                } else if count > self.limits.parts {
                    Arrived::Excess(Excess::Parts(parts))
                } else {
                    Arrived::Message(parts)
                });
            }
        }
    }

    /// Reads the header of a frame.
    fn header(&mut self) -> Result<Header, ReadError> {
        if let Some((header, size)) = Header::of(self.input.buffer()) {
            self.input.consume(size);
            return header
                .is_valid()
                .then_some(header)
                .ok_or(ReadError::Malformed);
        }
        let mut bytes = [0; 9];
        self.input.read_exact(&mut bytes[..2])?;
        if bytes[0] & LONG != 0 {
            self.input.read_exact(&mut bytes[2..])?;
        }
        Header::of(&bytes)
            .map(|(header, _)| header)
            .filter(|header| header.is_valid())
            .ok_or(ReadError::Malformed)
    }

    /// Reads a part of a message, or past it if the message is beyond its limits.
    fn part(&mut self, size: u64) -> Result<(), ReadError> {
        let claimed = usize::try_from(size).unwrap_or(usize::MAX);
        self.partial.bytes = self.partial.bytes.saturating_add(claimed);
        self.partial.count = self.partial.count.saturating_add(1);
        if self.partial.bytes > self.limits.bytes || self.partial.count > self.limits.parts {
            let past = io::copy(&mut (&mut self.input).take(size), &mut io::sink())?;
            return if past == size {
                Ok(())
            } else {
                Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())
            };
        }
        let body = self.body(claimed)?;
        self.partial.parts.push(body);
        Ok(())
    }

    /// Reads a body of this size, which is within the limits.
    fn body(&mut self, size: usize) -> io::Result<Bytes> {
        let buffered = self.input.buffer();
        if let Some(body) = buffered.get(..size) {
            let body = Bytes::copy_from_slice(body);
            self.input.consume(size);
            return Ok(body);
        }
        let mut body = Vec::new();
        while body.len() < size {
            let begin = body.len();
            body.resize(size.min(begin + STEP), 0);
            self.input.read_exact(&mut body[begin..])?;
        }
        Ok(body.into())
    }
}

/// A message or command as it lies in a stream: pieces that are sent one after the other.
#[derive(Debug, Clone)]
pub struct Encoded {
    pieces: Arc<[Bytes]>,
    size: usize,
}

impl Encoded {
    /// Of a message with these parts.
    #[must_use]
    pub fn message(parts: &[Bytes]) -> Self {
        let mut pieces = Vec::with_capacity(1);
        let copied = parts.iter().filter(|part| part.len() < COPIED);
        let mut small = Vec::with_capacity(copied.map(|part| part.len() + 9).sum::<usize>() + 9);
        for (index, part) in parts.iter().enumerate() {
            let more = if index + 1 < parts.len() { MORE } else { 0 };
            put_header(&mut small, more, part.len());
            if part.len() < COPIED {
                small.extend_from_slice(part);
            } else {
                pieces.push(Bytes::from(std::mem::take(&mut small)));
                pieces.push(part.clone());
            }
        }
        if !small.is_empty() {
            pieces.push(Bytes::from(small));
        }
        Self::of(pieces)
    }

    /// Of a command.
    #[must_use]
    pub fn command(command: &Command) -> Self {
        let body = command.body();
        let mut bytes = Vec::with_capacity(body.len() + 9);
        put_header(&mut bytes, COMMAND, body.len());
        bytes.extend(body);
        Self::of(vec![bytes.into()])
    }

    /// Of these pieces.
    fn of(pieces: Vec<Bytes>) -> Self {
        Self {
            size: pieces.iter().map(Bytes::len).sum(),
            pieces: pieces.into(),
        }
    }

    /// Its pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Bytes] {
        &self.pieces
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }
}

/// Appends the header of a frame.
fn put_header(bytes: &mut Vec<u8>, flags: u8, size: usize) {
    if let Ok(short) = u8::try_from(size) {
        bytes.extend([flags, short]);
    } else {
        bytes.push(flags | LONG);
        bytes.extend((size as u64).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits {
        bytes: 100_000,
        parts: 4,
    };

    /// An input that comes in pieces of these sizes, over and over.
    struct Cut<'a> {
        bytes: &'a [u8],
        sizes: std::iter::Cycle<std::slice::Iter<'a, usize>>,
    }

    impl Read for Cut<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.sizes.next().copied().unwrap_or(1);
            let (now, later) = self.bytes.split_at(size.min(self.bytes.len()));
            let (now, kept) = now.split_at(now.len().min(buffer.len()));
            buffer[..now.len()].copy_from_slice(now);
            self.bytes = if kept.is_empty() {
                later
            } else {
                &self.bytes[now.len()..]
            };
            Ok(now.len())
        }
    }

    /// Everything that is read from `bytes` in pieces of these sizes.
    fn read(bytes: &[u8], sizes: &[usize]) -> Vec<Arrived> {
        let sizes = sizes.iter().cycle();
        let mut reader = Reader::new(Cut { bytes, sizes }, LIMITS);
        std::iter::from_fn(|| reader.read().ok()).collect()
    }

    /// The bytes of a message.
    fn bytes(message: &Encoded) -> Vec<u8> {
        message.pieces().concat()
    }

    #[test]
    fn frames_are_those_of_the_protocol() {
        let parts = [Bytes::new(), Bytes::from_static(b"OK")];
        let message = Encoded::message(&parts);
        assert_eq!(bytes(&message), b"\x01\x00\x00\x02OK");
        let long = Encoded::message(&[Bytes::from(vec![7; 256])]);
        assert_eq!(bytes(&long)[..9], *b"\x02\0\0\0\0\0\0\x01\0");
        let ping = Encoded::command(&Command::Ping(Bytes::new()));
        assert_eq!(bytes(&ping), b"\x04\x07\x04PING\0\0");
    }

    #[test]
    fn what_is_beyond_the_limits_is_read_past() {
        let many = Encoded::message(&vec![Bytes::from_static(b"x"); 5]);
        let large = Encoded::message(&[Bytes::from_static(b"a"), Bytes::from(vec![0; 100_000])]);
        let good = Encoded::message(&[Bytes::from_static(b"good")]);
        let stream = [bytes(&many), bytes(&large), bytes(&good)].concat();
        let arrived = read(&stream, &[1000]);
        assert_eq!(
            arrived,
            [
                Arrived::Excess(Excess::Parts(vec![Bytes::from_static(b"x"); 4])),
                Arrived::Excess(Excess::Bytes(vec![Bytes::from_static(b"a")])),
                Arrived::Message(vec![Bytes::from_static(b"good")]),
            ]
        );
    }

    #[test]
    fn a_command_may_come_between_parts() {
        let stream = b"\x01\x01a\x04\x07\x04PING\0\0\x00\x01b";
        let parts = [b"a", b"b"].map(|part| Bytes::from_static(part)).to_vec();
        let ping = Arrived::Command(Command::Ping(Bytes::new()));
        assert_eq!(read(stream, &[3]), [ping, Arrived::Message(parts)]);
    }

    #[test]
    fn bytes_that_are_no_frames_end_it() {
        for stream in [&b"\x08\x00"[..], b"\x05\x00", b"\x06\xff\0\0\0\0\0\0\0"] {
            let mut reader = Reader::new(stream, LIMITS);
            assert!(matches!(reader.read(), Err(ReadError::Malformed)));
        }
    }

    #[test]
    fn a_promise_of_bytes_takes_no_memory() {
        let stream = b"\x02\x00\x00\x00\x00\x04\x00\x00\x00 and no more";
        let bytes = 64 << 20;
        let mut reader = Reader::new(&stream[..], Limits { bytes, parts: 1 });
        assert!(matches!(reader.read(), Err(ReadError::Io(_))));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_messages(
            messages in proptest::collection::vec(proptest::collection::vec(0_usize..20_000, 1..4), 0..5),
            sizes in proptest::collection::vec(1_usize..5_000, 1..8),
        ) {
            let parts = |sizes: &Vec<usize>| -> Vec<Bytes> {
                sizes.iter().map(|size| vec![*size as u8; *size].into()).collect()
            };
            let messages: Vec<Vec<Bytes>> = messages.iter().map(parts).collect();
            let stream: Vec<u8> = messages.iter().flat_map(|parts| bytes(&Encoded::message(parts))).collect();
            let expected: Vec<Arrived> = messages.into_iter().map(Arrived::Message).collect();
            prop_assert_eq!(read(&stream, &sizes), expected);
        }

        #[test]
        fn any_bytes_are_read_or_refused(stream in proptest::collection::vec(prop_oneof![3 => 0_u8..8, 1 => any::<u8>()], 0..2_000)) {
            let whole = read(&stream, &[2_000]);
            prop_assert_eq!(&read(&stream, &[1]), &whole);
            for arrived in whole {
                if let Arrived::Message(parts) = arrived {
                    prop_assert!(parts.len() <= LIMITS.parts);
                    prop_assert!(parts.iter().map(Bytes::len).sum::<usize>() <= LIMITS.bytes);
                }
            }
        }
    }
}
