// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a requesting socket does: it sends a few messages, and they are settled when the answer has come.

use std::sync::MutexGuard;
use std::time::Instant;

use bytes::Bytes;

use super::distribute::{nobody, turn_of};
use super::outgoing::Outgoing;
use super::shared::{REQUEST_BYTES, Shared, State};
use crate::zmtp::Encoded;
use crate::{Fault, FaultKind, Message, Published};

/// Publishes a batch, request by request; each request goes to one peer, in turn.
pub fn request(shared: &Shared, batch: &[Message], turn: &mut u64) -> Published {
    let mut published = Published::default();
    while published.settled < batch.len() && published.fault.is_none() {
        let mut refused = Vec::new();
        let mut parts = vec![Bytes::new()];
        let (mut size, mut taken, mut messages) = (0, 0, 0);
        for message in &batch[published.settled..] {
            size += message.size();
            if messages >= shared.framing.most_in_request()
                || (messages > 0 && size > REQUEST_BYTES)
            {
                break;
            }
            match shared.parts(message) {
                Ok(those) => {
                    parts.extend(those);
                    messages += 1;
                }
                Err(refusal) => refused.push((published.settled + taken, refusal)),
            }
            taken += 1;
        }
        if messages > 0
            && let Err(fault) = ask(shared, &Encoded::message(&parts), turn)
        {
            published.fault = Some(fault);
        } else {
            published.settled += taken;
            published.refused.append(&mut refused);
        }
    }
    published
}

/// Sends a request until it is answered: if a peer goes before, to the next one.
fn ask(shared: &Shared, encoded: &Encoded, turn: &mut u64) -> Result<(), Fault> {
    let mut state = shared.lock();
    let patience = shared.options.patience;
    let deadline = Instant::now() + patience;
    loop {
        if let Some(fault) = &state.ended {
            return Err(fault.clone());
        }
        state.inbox.clear();
        if let Some(id) = turn_of(&state, *turn, usize::MAX) {
            *turn = id;
            let is_answered;
            (state, is_answered) = exchange(shared, state, id, encoded)?;
            if is_answered {
                return Ok(());
            }
        } else {
            let is_in_time;
            (state, is_in_time) = shared.wait(state, Some(deadline));
            if !is_in_time {
                return Err(nobody(shared));
            }
        }
    }
}

/// Sends a request to a peer; whether the answer came before the peer went.
fn exchange<'a>(
    shared: &'a Shared,
    mut state: MutexGuard<'a, State>,
    id: u64,
    encoded: &Encoded,
) -> Result<(MutexGuard<'a, State>, bool), Fault> {
    let patience = shared.options.patience;
    state.unsettled = [0].into();
    if let Some(link) = state.links.get_mut(&id) {
        link.send(Outgoing {
            encoded: encoded.clone(),
            job: Some(0),
        });
    }
    let mut deadline = None;
    loop {
        let answer = state.inbox.iter().any(|arrival| arrival.link == id);
        if answer || !state.links.contains_key(&id) {
            return Ok((state, answer));
        }
        // While it is being written, the writer watches that it goes on.
        if state.unsettled.is_empty() {
            deadline.get_or_insert_with(|| Instant::now() + patience);
        }
        let is_in_time;
        (state, is_in_time) = shared.wait(state, deadline);
        if !is_in_time {
            return Err(Fault::new(
                FaultKind::Silent,
                format!(
                    "{}: no answer within {} s; look whether the other side still works",
                    shared.address,
                    patience.as_secs_f64()
                ),
            ));
        }
    }
}
