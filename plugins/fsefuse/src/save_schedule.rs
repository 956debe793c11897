// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the fusion is saved: at regular intervals, and as soon as it has named a locomotive that it had not named before.
//!
//! An identifier that has left the process must be in the file: otherwise a restart could give it to another locomotive.

use std::collections::BTreeSet;

use messages::{Data, Event, Timestamp};

/// The longest time between two snapshots, ns of arrival time: what a crash can cost.
const INTERVAL: i64 = 10_000_000_000;

/// What the last snapshot holds.
#[derive(Debug, Default)]
pub struct SaveSchedule {
    /// The latest arrival in it.
    saved: Option<Timestamp>,
    /// The identifiers in the latest state.
    known: BTreeSet<String>,
}

impl SaveSchedule {
    /// Whether a snapshot is due, now that what came at `arrival` has made these states.
    pub fn is_due(&mut self, arrival: Timestamp, states: &[Event]) -> bool {
        let saved = *self.saved.get_or_insert(arrival);
        // A seek goes back.
        let is_long_ago = arrival.since(saved).abs() >= INTERVAL;
        let due = self.take_names(states) || is_long_ago;
        if due {
            self.saved = Some(arrival);
        }
        due
    }

    /// Takes the identifiers in `states`; whether one of them is new.
    fn take_names(&mut self, states: &[Event]) -> bool {
        let mut has_new = false;
        for state in states {
            if let Data::State(state) = &state.data {
                let names: BTreeSet<_> = state.locomotives.iter().map(|l| l.id.clone()).collect();
                has_new |= !names.is_subset(&self.known);
                self.known = names;
            }
        }
        has_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state of these locomotives.
    fn state(names: &[&str]) -> Event {
        let locomotives: Vec<String> = names
            .iter()
            .map(|name| {
                format!(
                    r#"{{"id":"{name}","track":"T1","head":{{"s":10,"sigma":0.1}},"tail":{{"s":30,"sigma":0.1}},"orientation_confidence":0.9,"velocity":0,"moving":false,"confidence":0.9,"status":"confirmed","model":null,"plate":null,"last_seen":"2026-03-01T06:00:00Z","seen_by":[]}}"#
                )
            })
            .collect();
        let text = format!(
            r#"{{"specversion":"1.0","type":"com.roundhouse.facility-state.v1","source":"/a/fsefuse/b","id":"1-1","time":"2026-03-01T06:00:00Z","data":{{"state":1,"count":{},"inputs":["prod"],"locomotives":[{}],"cameras":[]}}}}"#,
            names.len(),
            locomotives.join(",")
        );
        Event::parse(&text).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_snapshot_every_ten_seconds_of_arrival_time() {
        let mut schedule = SaveSchedule::default();
        let due: Vec<_> = (100..=125)
            .filter(|&second| schedule.is_due(at(second), &[]))
            .collect();
        assert_eq!(due, [110, 120]);
        assert!(schedule.is_due(at(5), &[]), "a seek went back");
    }

    #[test]
    fn a_snapshot_for_every_new_name_and_for_no_other_change() {
        let mut schedule = SaveSchedule::default();
        let steps: [(&[&str], bool); 6] = [
            (&[], false),
            (&["L1"], true),
            (&["L1"], false),
            (&["L1", "L2"], true),
            (&["L2"], false),
            (&["L3", "L2"], true),
        ];
        for (names, due) in steps {
            assert_eq!(schedule.is_due(at(1), &[state(names)]), due, "{names:?}");
        }
    }
}
