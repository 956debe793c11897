// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of files: the second of UTC in which a file was begun, such as `20260301T060000Z.jsonl`. By name they are in order.

use std::fs;
use std::io;
use std::path::Path;

use messages::Timestamp;

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a day of UTC.
const DAY: i64 = 86_400 * SECOND;
/// How names end.
const ENDING: &str = ".jsonl";

/// When a file was begun, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Begun(Timestamp);

impl Begun {
    /// A file that is begun `now`, after the one that was begun at `last`: its name comes behind, even if the clock was set back.
    pub fn after(last: Option<Self>, now: Timestamp) -> Self {
        let second = now.nanos() - now.nanos().rem_euclid(SECOND);
        let now = Timestamp::from_nanos(second);
        Self(last.map_or(now, |last| now.max(last.0.saturating_add(SECOND))))
    }

    /// The file's name.
    pub fn file_name(self) -> String {
        let digits = self.0.to_string().replace(['-', ':'], "");
        format!("{digits}{ENDING}")
    }

    /// When the file of this name was begun; `None` for the files of others.
    pub fn of(name: &str) -> Option<Self> {
        let digits = name.strip_suffix(ENDING)?;
        let part = |range: std::ops::Range<usize>| digits.get(range);
        let [year, month, day] = [part(0..4)?, part(4..6)?, part(6..9)?];
        let [hour, minute, second] = [part(9..11)?, part(11..13)?, part(13..16)?];
        let text = format!("{year}-{month}-{day}{hour}:{minute}:{second}");
        let begun = Self(text.parse().ok()?);
        (begun.file_name() == name).then_some(begun)
    }

    /// Whether `now` is on a later day of UTC.
    pub fn is_of_an_earlier_day(self, now: Timestamp) -> bool {
        self.0.nanos().div_euclid(DAY) < now.nanos().div_euclid(DAY)
    }

    /// Nanoseconds from then to `now`.
    pub fn age(self, now: Timestamp) -> i64 {
        now.since(self.0)
    }
}

/// The files of a folder, the oldest first.
pub fn list(folder: &Path) -> io::Result<Vec<Begun>> {
    let names = fs::read_dir(folder)?.flatten();
    let mut begun: Vec<_> = names
        .filter_map(|entry| Begun::of(entry.file_name().to_str()?))
        .collect();
    begun.sort_unstable();
    Ok(begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_the_second_in_which_the_file_was_begun() {
        let begun = Begun::after(None, at("2026-03-01T06:00:03.412Z"));
        assert_eq!(begun.file_name(), "20260301T060003Z.jsonl");
        assert_eq!(Begun::of("20260301T060003Z.jsonl"), Some(begun));
    }

    #[test]
    fn the_files_of_others_are_none() {
        for name in [
            "states.jsonl",
            "20260301T060003Z",
            "20261301T060003Z.jsonl",
            "2026030ÜT060003Z.jsonl",
            "20260301T060003Z.jsonl.gz",
            "20260301t060003z.jsonl",
        ] {
            assert_eq!(Begun::of(name), None, "{name}");
        }
    }

    #[test]
    fn names_stay_in_order_when_the_clock_is_set_back() {
        let first = Begun::after(None, at("2026-03-01T06:00:03.9Z"));
        let second = Begun::after(Some(first), at("2026-03-01T05:00:00Z"));
        assert_eq!(second.file_name(), "20260301T060004Z.jsonl");
    }

    #[test]
    fn a_day_is_one_of_utc() {
        let begun = Begun::after(None, at("2026-03-01T23:59:59Z"));
        assert!(!begun.is_of_an_earlier_day(at("2026-03-01T23:59:59.9Z")));
        assert!(begun.is_of_an_earlier_day(at("2026-03-02T00:00:00Z")));
        assert!(!begun.is_of_an_earlier_day(at("2026-02-01T00:00:00Z")));
    }
}
