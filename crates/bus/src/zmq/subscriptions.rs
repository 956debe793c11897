// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a subscriber wants.

use std::collections::HashMap;

use bytes::Bytes;

/// How many subscriptions one subscriber may have.
const MOST: usize = 1024;

/// Beginnings of topics, each with how often it was subscribed to.
#[derive(Debug, Default)]
pub struct Subscriptions(HashMap<Bytes, usize>);

impl Subscriptions {
    /// Adds one; `false` if there are too many.
    pub fn add(&mut self, topic: Bytes) -> bool {
        let full = self.0.len() >= MOST;
        let known = self.0.contains_key(&topic);
        if known || !full {
            *self.0.entry(topic).or_default() += 1;
        }
        known || !full
    }

    /// Takes one back.
    pub fn remove(&mut self, topic: &Bytes) {
        if let Some(count) = self.0.get_mut(topic) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(topic);
            }
        }
    }

    /// Whether a message with this first part is wanted.
    pub fn want(&self, topic: &[u8]) -> bool {
        self.0.keys().any(|begin| topic.starts_with(begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subscription_is_taken_back_once() {
        let mut wanted = Subscriptions::default();
        let begin = Bytes::from_static(b"a.");
        assert!(!wanted.want(b"a.b"));
        assert!(wanted.add(begin.clone()) && wanted.add(begin.clone()));
        wanted.remove(&begin);
        assert!(wanted.want(b"a.b") && !wanted.want(b"ab"));
        wanted.remove(&begin);
        assert!(!wanted.want(b"a.b"));
    }
}
