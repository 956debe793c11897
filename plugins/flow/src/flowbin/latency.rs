// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long the inner bin takes for a packet.

use std::collections::VecDeque;
use std::time::Duration;

/// Packets that the percentiles are of.
const KEPT: usize = 1024;

/// The times of the newest packets.
#[derive(Debug, Default)]
pub struct Latency {
    times: VecDeque<Duration>,
}

impl Latency {
    /// One more packet took `time`.
    pub fn add(&mut self, time: Duration) {
        if self.times.len() == KEPT {
            self.times.pop_front();
        }
        self.times.push_back(time);
    }

    /// The times that 50 % and 99 % of the newest packets do not exceed, nanoseconds; 0 without packets.
    pub fn percentiles(&self) -> [u64; 2] {
        let mut sorted: Vec<_> = self.times.iter().collect();
        sorted.sort();
        [50, 99].map(|percent| {
            let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
            sorted.get(rank).map_or(0, |time| time.as_nanos() as u64)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_newest() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentiles(), [0, 0]);
        latency.add(Duration::from_secs(9));
        for _ in 0..KEPT {
            latency.add(Duration::from_nanos(7));
        }
        assert_eq!(latency.percentiles(), [7, 7]);
        for _ in 0..20 {
            latency.add(Duration::from_nanos(70));
        }
        assert_eq!(latency.percentiles(), [7, 70]);
    }
}
