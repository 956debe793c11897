// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a peer lives: what was asked of it, and what was heard.

use std::sync::atomic::{AtomicU32, Ordering};

/// A peer that says nothing for as long as the patience with it, and leaves so many pings unanswered meanwhile, is dead. A ping may
/// be long under way behind a large message.
const UNANSWERED: u32 = 2;

/// What reader and writer of a link tell each other of their peer.
#[derive(Debug, Default)]
pub struct Pulse {
    /// How many pings were sent.
    pings: AtomicU32,
    /// How many of them when something was last heard.
    answered: AtomicU32,
    /// How often something was heard.
    heard: AtomicU32,
}

impl Pulse {
    /// Notes that a ping was sent.
    pub fn count_ping(&self) {
        self.pings.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that something was heard.
    pub fn hear(&self) {
        let pings = self.pings.load(Ordering::Relaxed);
        self.answered.store(pings, Ordering::Relaxed);
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    /// How often something was heard, to compare it with later.
    pub fn heard(&self) -> u32 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Whether the peer was asked often enough to be taken for dead.
    pub fn is_asked_enough(&self) -> bool {
        let pings = self.pings.load(Ordering::Relaxed);
        pings.wrapping_sub(self.answered.load(Ordering::Relaxed)) >= UNANSWERED
    }
}
