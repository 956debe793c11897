// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a pushing socket does: each message goes to one peer, in turn.

use std::collections::VecDeque;
use std::time::Instant;

use super::outgoing::Outgoing;
use super::shared::{Shared, State};
use crate::zmtp::Encoded;
use crate::{Fault, FaultKind, Message, Published};

/// Publishes a batch. It returns when all of it is settled, unless the socket is live: then what finds no room gives way.
pub fn distribute(shared: &Shared, batch: &[Message], turn: &mut u64) -> Published {
    let mut published = Published::default();
    let mut waiting = VecDeque::new();
    let live = shared.options.live;
    for (job, message) in batch.iter().enumerate() {
        match shared.parts(message) {
            Ok(parts) => waiting.push_back(Outgoing {
                encoded: Encoded::message(&parts),
                job: (!live).then_some(job),
            }),
            Err(refusal) => published.refused.push((job, refusal)),
        }
    }
    let mut state = shared.lock();
    if live {
        published.settled = batch.len();
        give_way(&mut state, waiting, shared.options.queue.max(1), turn);
    } else {
        state.unsettled = waiting.iter().filter_map(|outgoing| outgoing.job).collect();
        drop(state);
        published.fault = hand_out(shared, waiting, turn).err();
        state = shared.lock();
        published.settled = state.unsettled.first().copied().unwrap_or(batch.len());
        published
            .refused
            .retain(|(job, _)| *job < published.settled);
    }
    published.dropped = std::mem::take(&mut state.dropped);
    published.fault = published.fault.or_else(|| state.ended.clone());
    published
}

/// Hands out messages until all are settled.
fn hand_out(shared: &Shared, mut waiting: VecDeque<Outgoing>, turn: &mut u64) -> Result<(), Fault> {
    let mut state = shared.lock();
    let mut deadline = None;
    loop {
        for outgoing in state.returned.drain(..).rev() {
            waiting.push_front(outgoing);
        }
        while let Some(id) = turn_of(&state, *turn, shared.options.queue.max(1)) {
            let Some(outgoing) = waiting.pop_front() else {
                break;
            };
            if let Some(link) = state.links.get_mut(&id) {
                link.send(outgoing);
            }
            *turn = id;
        }
        if state.unsettled.is_empty() {
            return Ok(());
        }
        if let Some(fault) = &state.ended {
            return Err(fault.clone());
        }
        if state.links.is_empty() {
            deadline.get_or_insert_with(|| Instant::now() + shared.options.patience);
        } else {
            deadline = None;
        }
        let is_in_time;
        (state, is_in_time) = shared.wait(state, deadline);
        if !is_in_time {
            return Err(nobody(shared));
        }
    }
}

/// Hands out messages at once; where there is no room, the oldest is dropped.
fn give_way(state: &mut State, waiting: VecDeque<Outgoing>, queue: usize, turn: &mut u64) {
    // What a lost link had not delivered is old.
    state.dropped += state.returned.len() as u64;
    state.returned.clear();
    for outgoing in waiting {
        let id = turn_of(state, *turn, queue).or_else(|| turn_of(state, *turn, usize::MAX));
        let link = id.and_then(|id| state.links.get_mut(&id));
        let Some((id, link)) = id.zip(link) else {
            state.dropped += 1;
            continue;
        };
        if link.outbox.len() >= queue {
            link.outbox.pop_front();
            link.send(outgoing);
            state.dropped += 1;
        } else {
            link.send(outgoing);
        }
        *turn = id;
    }
}

/// Whose turn it is behind `last` among the links that have room.
pub fn turn_of(state: &State, last: u64, queue: usize) -> Option<u64> {
    let behind = state.links.range(last + 1..);
    let before = state.links.range(..=last);
    let mut links = behind.chain(before);
    let has_room = |(_, link): &(_, &super::shared::Link)| link.outbox.len() < queue;
    links.find(has_room).map(|(id, _)| *id)
}

/// That there is no peer.
pub fn nobody(shared: &Shared) -> Fault {
    Fault::new(
        FaultKind::Silent,
        format!(
            "{}: no peer connected within {} s; is the other side running?",
            shared.address,
            shared.options.patience.as_secs_f64()
        ),
    )
}
