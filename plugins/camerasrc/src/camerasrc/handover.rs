// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way of pictures from the thread of a connection to that of the element: short, and it never holds a connection back.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use kit::lock;

/// Pictures that may wait; if one more comes, the oldest goes.
const CAPACITY: usize = 4;

/// What was found there.
#[derive(Debug, PartialEq, Eq)]
pub enum Taken<T> {
    /// The oldest that waits.
    Item(T),
    /// Nothing came in time, or something else became new.
    Nothing,
    /// The element is to let go.
    Flushing,
}

#[derive(Debug)]
struct Waiting<T> {
    items: VecDeque<T>,
    flushing: bool,
    /// Something else became new since the last look.
    roused: bool,
}

/// The way.
#[derive(Debug)]
pub struct Handover<T> {
    waiting: Mutex<Waiting<T>>,
    changed: Condvar,
}

impl<T> Default for Handover<T> {
    fn default() -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                items: VecDeque::with_capacity(CAPACITY),
                flushing: false,
                roused: false,
            }),
            changed: Condvar::new(),
        }
    }
}

impl<T> Handover<T> {
    /// Puts `item` there; what has no room any more comes back.
    pub fn put(&self, item: T) -> Option<T> {
        let mut waiting = lock(&self.waiting);
        let oldest = if waiting.items.len() >= CAPACITY {
            waiting.items.pop_front()
        } else {
            None
        };
        waiting.items.push_back(item);
        self.changed.notify_all();
        oldest
    }

    /// Takes the oldest; waits for it at most so long.
    pub fn take(&self, patience: Duration) -> Taken<T> {
        let waiting = lock(&self.waiting);
        let idle = |waiting: &mut Waiting<T>| {
            waiting.items.is_empty() && !waiting.flushing && !waiting.roused
        };
        let mut waiting = match self.changed.wait_timeout_while(waiting, patience, idle) {
            Ok((waiting, _)) => waiting,
            Err(poisoned) => poisoned.into_inner().0,
        };
        if waiting.flushing {
            return Taken::Flushing;
        }
        waiting.roused = false;
        waiting
            .items
            .pop_front()
            .map_or(Taken::Nothing, Taken::Item)
    }

    /// Wakes who waits, so that it looks at what else became new.
    pub fn rouse(&self) {
        lock(&self.waiting).roused = true;
        self.changed.notify_all();
    }

    /// Sets whether who waits is to let go.
    pub fn set_flushing(&self, flushing: bool) {
        lock(&self.waiting).flushing = flushing;
        self.changed.notify_all();
    }

    /// Whether who waits is to let go.
    pub fn is_flushing(&self) -> bool {
        lock(&self.waiting).flushing
    }

    /// Forgets what waits.
    pub fn clear(&self) {
        lock(&self.waiting).items.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let way = Handover::default();
        let gone: Vec<u32> = (0..6).filter_map(|item| way.put(item)).collect();
        assert_eq!(gone, [0, 1]);
        assert_eq!(way.take(LONG), Taken::Item(2));
        way.clear();
        assert_eq!(way.take(SHORT), Taken::Nothing);
    }

    #[test]
    fn who_waits_can_be_woken() {
        let way = Handover::<u32>::default();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| way.take(LONG));
            way.rouse();
            assert_eq!(waiter.join().unwrap(), Taken::Nothing);
            let waiter = scope.spawn(|| way.take(LONG));
            way.set_flushing(true);
            assert_eq!(waiter.join().unwrap(), Taken::Flushing);
        });
        way.set_flushing(false);
        way.put(7);
        assert_eq!(way.take(LONG), Taken::Item(7));
    }
}
