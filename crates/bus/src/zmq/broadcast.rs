// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a publishing socket does: each message goes to every peer that wants it.

use super::outgoing::Outgoing;
use super::shared::{Link, Shared};
use crate::zmtp::Encoded;
use crate::{Fault, Message, Published};

/// Most bytes that wait for one subscriber, if it is more than one message: a packet of eight raw frames of 1920x1080. A subscriber
/// that is suspended costs no more memory than this.
const QUEUE_BYTES: usize = 24 << 20;

/// Publishes a batch. A live socket never waits: the oldest message gives way where there is no room. Else it waits for room.
pub fn broadcast(shared: &Shared, batch: &[Message]) -> Published {
    let queue = shared.options.queue.max(1);
    let mut published = Published::default();
    for (place, message) in batch.iter().enumerate() {
        match shared.parts(message) {
            Ok(parts) => {
                let topic = parts.first().cloned().unwrap_or_default();
                let outgoing = Outgoing {
                    encoded: Encoded::message(&parts),
                    job: None,
                };
                published.fault = send(shared, &topic, &outgoing, queue).err();
            }
            Err(refusal) => published.refused.push((place, refusal)),
        }
        if published.fault.is_some() {
            break;
        }
        published.settled += 1;
    }
    published.dropped = std::mem::take(&mut shared.lock().dropped);
    published
}

/// Puts a message into the queues of all that want it. A socket whose only peer has gone takes nothing.
fn send(shared: &Shared, topic: &[u8], outgoing: &Outgoing, queue: usize) -> Result<(), Fault> {
    let mut state = shared.lock();
    if !shared.options.live {
        let mut links = state.links.values();
        while links.any(|link| is_full(link, outgoing, queue) && link.wanted.want(topic)) {
            (state, _) = shared.wait(state, None);
            links = state.links.values();
        }
    }
    if let Some(fault) = &state.ended {
        return Err(fault.clone());
    }
    let mut dropped = 0;
    for link in state.links.values_mut() {
        if !link.wanted.want(topic) {
            continue;
        }
        while is_full(link, outgoing, queue) && link.outbox.pop_front().is_some() {
            dropped += 1;
        }
        link.send(outgoing.clone());
    }
    state.dropped += dropped;
    Ok(())
}

/// Whether there is no room for a message behind what waits for a link.
fn is_full(link: &Link, outgoing: &Outgoing, queue: usize) -> bool {
    let sizes = link.outbox.iter().map(|waiting| waiting.encoded.size());
    let bytes = sizes.sum::<usize>() + outgoing.encoded.size();
    !link.outbox.is_empty() && (link.outbox.len() >= queue || bytes > QUEUE_BYTES)
}
