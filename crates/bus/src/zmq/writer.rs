// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that writes to one peer.

use std::io::{self, IoSlice, Write};
use std::net::TcpStream;
use std::sync::{Arc, Condvar};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::outgoing::Outgoing;
use super::pulse::Pulse;
use super::shared::{Shared, wait};
use crate::zmtp::{Command, Encoded};
use crate::{Fault, FaultKind};

/// So many bytes are written at once; what waits longer can still give way to what is newer.
const BURST: usize = 256 << 10;
/// So many pieces are written at once, as much as Linux takes.
const PIECES: usize = 1024;
/// How often a peer is asked whether it is there, as a part of the patience with it.
const PINGS_IN_PATIENCE: u32 = 3;

/// What is written at once.
#[derive(Default)]
struct Burst {
    control: Vec<Encoded>,
    messages: Vec<Outgoing>,
    /// Asks behind the messages whether they have arrived.
    question: Option<Encoded>,
    /// Whether the peer confirms the messages; else they are settled when they are written.
    is_confirmed: bool,
}

impl Burst {
    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool {
        self.control.is_empty() && self.messages.is_empty() && self.question.is_none()
    }
}

/// Writes what waits for the link `id` until the link is lost. A peer that knows pings is asked now and then whether it is there.
pub fn write(
    shared: &Shared,
    id: u64,
    stream: &TcpStream,
    wake: &Arc<Condvar>,
    pulse: &Pulse,
    knows_pings: bool,
) {
    let interval = shared.options.patience / PINGS_IN_PATIENCE;
    let mut next_ping = Instant::now() + interval;
    while let Some(mut burst) = next(shared, id, wake, knows_pings.then_some(next_ping)) {
        let is_to_ping = knows_pings && Instant::now() >= next_ping;
        if is_to_ping {
            next_ping = Instant::now() + interval;
            let ping = Command::Ping(Bytes::new());
            burst.control.push(Encoded::command(&ping));
        }
        let (written, outcome) = write_all(stream, &burst, knows_pings.then_some(pulse));
        settle(shared, id, burst, written);
        if let Err(error) = outcome {
            return shared.lose(id, fault(shared, &error));
        }
        if is_to_ping {
            pulse.count_ping();
        }
        shared.changed.notify_all();
    }
}

/// What is to be written next; nothing but a ping at `until`. `None` if the link is lost.
fn next(shared: &Shared, id: u64, wake: &Condvar, until: Option<Instant>) -> Option<Burst> {
    let mut state = shared.lock();
    loop {
        let link = state.links.get_mut(&id)?;
        let mut burst = Burst {
            control: link.control.drain(..).chain(link.receipt.take()).collect(),
            ..Burst::default()
        };
        let (mut size, mut pieces) = (0, burst.control.len());
        while let Some(next) = link.outbox.front() {
            size += next.encoded.size();
            pieces += next.encoded.pieces().len();
            if !burst.messages.is_empty() && (size > BURST || pieces > PIECES) {
                break;
            }
            burst.messages.extend(link.outbox.pop_front());
        }
        if let Some(unconfirmed) = &mut link.unconfirmed {
            unconfirmed.extend(&burst.messages);
            burst.question = unconfirmed.ask();
            burst.is_confirmed = true;
        }
        if !burst.is_empty() {
            link.is_writing = true;
            return Some(burst);
        }
        let is_in_time;
        (state, is_in_time) = wait(wake, state, until);
        if !is_in_time {
            return Some(burst);
        }
    }
}

/// Notes which messages of a burst are written, of which `written` bytes are, and returns the others.
fn settle(shared: &Shared, id: u64, burst: Burst, written: usize) {
    let mut end: usize = burst.control.iter().map(Encoded::size).sum();
    let mut guard = shared.lock();
    let state = &mut *guard;
    if let Some(link) = state.links.get_mut(&id) {
        link.is_writing = false;
    }
    if burst.is_confirmed {
        return;
    }
    let mut unwritten = Vec::new();
    for message in burst.messages {
        end += message.encoded.size();
        if end > written {
            unwritten.push(message);
        } else if let Some(job) = message.job {
            state.unsettled.remove(&job);
        }
    }
    let stranded = state.stranded.remove(&id).into_iter().flatten();
    shared.take_back(state, unwritten.into_iter().chain(stranded));
}

/// Writes a burst: how many of its bytes are written, and whether that is all. A peer that takes nothing for long, but of which
/// something is heard, works: it is busy.
fn write_all(
    mut stream: &TcpStream,
    burst: &Burst,
    pulse: Option<&Pulse>,
) -> (usize, io::Result<()>) {
    let messages = burst.messages.iter().map(|message| &message.encoded);
    let pieces = burst.control.iter().chain(messages).chain(&burst.question);
    let mut slices: Vec<IoSlice<'_>> = pieces
        .flat_map(Encoded::pieces)
        .map(|piece| IoSlice::new(piece))
        .collect();
    let mut slices = &mut slices[..];
    let mut written = 0;
    let mut heard = pulse.map(Pulse::heard);
    while !slices.is_empty() {
        match stream.write_vectored(slices) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(size) => {
                written += size;
                IoSlice::advance_slices(&mut slices, size);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) && heard != pulse.map(Pulse::heard) => {
                heard = pulse.map(Pulse::heard);
            }
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

/// What an error of writing says about the peer.
fn fault(shared: &Shared, error: &io::Error) -> Fault {
    let address = &shared.address;
    if is_timeout(error) {
        let patience = seconds(shared.options.patience);
        return Fault::new(
            FaultKind::Silent,
            format!("{address}: the peer took nothing for {patience}; look whether it still works"),
        );
    }
    Fault::new(
        FaultKind::Lost,
        format!("{address}: the connection ended: {error}"),
    )
}

/// Whether the time for a write has passed.
fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// A time for a sentence.
fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
