// SPDX-License-Identifier: MIT OR Apache-2.0
//! How often somebody may ask: so many requests a second on average, and more at once after a pause. What is refused was not read, so
//! nothing of it is kept or confirmed: whoever sends events sends them again.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use messages::Timestamp;

/// A second, ns.
const SECOND_NS: i64 = 1_000_000_000;
/// So many seconds' worth of requests may come at once.
const BURST_S: i64 = 10;
/// Somebody who is not known may ask this many times less often: he has nothing to do here but to log in.
const STRANGER: i64 = 10;
/// So many askers are remembered at most.
const MOST_ASKERS: usize = 65_536;

/// Somebody who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Asker {
    /// Whoever has this token, which is known.
    Known(String),
    /// Whoever is at this address.
    Stranger(IpAddr),
}

/// Who has asked, and how often anybody may.
pub struct Pace {
    /// Time between two requests of somebody who is known, ns.
    interval: i64,
    /// When each would have asked last, had he kept to the average (the generic cell rate algorithm).
    due: Mutex<HashMap<Asker, Timestamp>>,
}

impl Asker {
    /// Whoever is at an address; in IPv6, at any of its network: one has all of its addresses.
    pub fn at(address: IpAddr) -> Self {
        Self::Stranger(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

impl Pace {
    /// So many requests a second, at least one.
    pub fn new(per_second: u32) -> Self {
        Self {
            interval: SECOND_NS / i64::from(per_second.max(1)),
            due: Mutex::default(),
        }
    }

    /// Somebody asks now.
    ///
    /// # Errors
    /// Too often: he may ask again after so many seconds.
    pub fn ask(&self, asker: Asker, now: Timestamp) -> Result<(), u64> {
        let (interval, burst) = match asker {
            Asker::Known(_) => (self.interval, BURST_S * SECOND_NS),
            Asker::Stranger(_) => (self.interval * STRANGER, BURST_S * SECOND_NS),
        };
        let latest = now.saturating_add(burst);
        let mut all = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        // Of tokens there are as many as their file has.
        let is_new = matches!(asker, Asker::Stranger(_)) && !all.contains_key(&asker);
        if is_new && all.len() >= MOST_ASKERS {
            all.retain(|_, due| *due > now);
            if all.len() >= MOST_ASKERS {
                return Err(BURST_S.unsigned_abs());
            }
        }
        // A clock that was put back makes nobody wait longer.
        let due = all.get(&asker).copied().unwrap_or(now).clamp(now, latest);
        let next = due.saturating_add(interval);
        if next > latest {
            let wait = next.since(latest);
            return Err((wait / SECOND_NS + 1).unsigned_abs());
        }
        all.insert(asker, next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A time after so many milliseconds.
    fn after(milliseconds: i64) -> Timestamp {
        Timestamp::from_nanos(milliseconds * 1_000_000)
    }

    /// Somebody who is known.
    fn known(name: &str) -> Asker {
        Asker::Known(name.to_owned())
    }

    #[test]
    fn many_may_ask_at_once_and_then_as_many_as_the_average() {
        let pace = Pace::new(2);
        for _ in 0..20 {
            assert_eq!(pace.ask(known("a"), after(0)), Ok(()));
        }
        assert_eq!(pace.ask(known("a"), after(0)), Err(1));
        assert_eq!(pace.ask(known("b"), after(0)), Ok(()));
        assert_eq!(pace.ask(known("a"), after(499)), Err(1));
        assert_eq!(pace.ask(known("a"), after(500)), Ok(()));
        assert_eq!(pace.ask(known("a"), after(999)), Err(1));
        assert_eq!(pace.ask(known("a"), after(1000)), Ok(()));
    }

    #[test]
    fn strangers_of_one_network_are_one() {
        let pace = Pace::new(2);
        let at = |text: &str| Asker::at(text.parse().unwrap_or(IpAddr::from([0, 0, 0, 0])));
        assert_eq!(pace.ask(at("2001:db8::1"), after(0)), Ok(()));
        assert_eq!(pace.ask(at("2001:db8::2"), after(0)), Ok(()));
        assert_eq!(pace.ask(at("2001:db8::3"), after(0)), Err(6));
        assert_eq!(pace.ask(at("2001:db8:0:1::3"), after(0)), Ok(()));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }

    #[test]
    fn a_clock_that_is_put_back_makes_nobody_wait() {
        let pace = Pace::new(1);
        for _ in 0..10 {
            assert_eq!(pace.ask(known("a"), after(3_600_000)), Ok(()));
        }
        assert_eq!(pace.ask(known("a"), after(0)), Err(2));
        assert_eq!(pace.ask(known("a"), after(1000)), Err(2));
    }

    #[test]
    fn memory_is_bounded() {
        let pace = Pace::new(1);
        for number in 0..MOST_ASKERS as u32 {
            let address = std::net::Ipv4Addr::from(number);
            assert_eq!(pace.ask(Asker::at(address.into()), after(0)), Ok(()));
        }
        let another = Asker::at(IpAddr::from([192, 0, 2, 1]));
        assert!(pace.ask(another.clone(), after(0)).is_err());
        assert_eq!(pace.ask(known("a"), after(0)), Ok(()));
        assert_eq!(pace.ask(another, after(3_600_000)), Ok(()));
    }
}
