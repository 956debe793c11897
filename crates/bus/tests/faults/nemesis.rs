// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the one who makes faults sees and does.

use std::thread;

use roundhouse_bus::Outbox;

use crate::lines::Line;
use crate::receiver::{Here, Log, There};
use crate::run::{QUEUE, Scale, until};

/// A run from the inside.
pub struct Nemesis<'a> {
    /// The network and the broker.
    pub line: &'a Line<'a>,
    /// The sender.
    pub outbox: &'a Outbox,
    /// The receiver, if it is in this process.
    pub here: Option<&'a Here>,
    /// The receiver, if it is another process.
    pub there: Option<&'a There>,
    /// What has happened.
    pub log: &'a Log,
    /// How much is sent.
    pub scale: &'a Scale,
    /// How many messages will have been offered in the end.
    pub last: u64,
}

impl Nemesis<'_> {
    /// Waits until the run is under way.
    pub fn until_begun(&self) {
        until("messages arrive", || self.delivered() >= self.scale.begin);
    }

    /// Waits until this part of a hundred of what comes after the beginning was handed over, or nothing is left to be sent.
    pub fn until_part(&self, part: u64) {
        let rest = self.scale.count - self.scale.begin;
        let count = self.scale.begin + rest * part / 100;
        until("messages arrive", || {
            self.is_over() || self.delivered() >= count
        });
    }

    /// How many messages were handed over.
    fn delivered(&self) -> u64 {
        self.log.lock().unwrap().delivered.len() as u64
    }

    /// Waits until the sender knows that it has no connection; then the fault goes on for a while.
    pub fn until_noticed(&self) {
        until("the fault is noticed", || {
            self.is_over() || !self.outbox.stats().link.connected
        });
        thread::sleep(self.scale.lasts);
    }

    /// Waits until the sender can take no more, or has no connection, or nothing is left to be sent; then the fault goes on for a
    /// while.
    pub fn until_stuck(&self) {
        until("the sender is stuck", || {
            let stats = self.outbox.stats();
            let is_full = stats.waiting >= QUEUE as u64 || stats.spool.is_some();
            self.is_over() || is_full || !stats.link.connected
        });
        thread::sleep(self.scale.lasts);
    }

    /// Whether nothing is left to be sent.
    fn is_over(&self) -> bool {
        let stats = self.outbox.stats();
        stats.counters.offered >= self.last && stats.waiting == 0
    }
}
