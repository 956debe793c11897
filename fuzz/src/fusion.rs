// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fusion, fed with what anybody may send or save.

use std::sync::Arc;

use estimation::fse::{Fusion, FusionConfig};
use messages::Event;

use crate::HALL;

/// So much time may pass in one input, ns: a fusion that is told of a far future computes for long, as it should.
const LONGEST: i64 = 60_000_000_000;

/// Lines of reports, in the order of arrival.
pub fn reports(data: &[u8]) {
    let Some(hall) = &*HALL else {
        return;
    };
    let mut fusion = Fusion::new(Arc::clone(hall), FusionConfig::default());
    feed(&mut fusion, &String::from_utf8_lossy(data));
    // What it says is readable, and what it saves can be restored.
    if let Ok(saved) = fusion.save() {
        let _ = Fusion::restore(Arc::clone(hall), FusionConfig::default(), &saved);
    }
    for state in fusion.finish() {
        drop(state.to_json());
    }
}

/// A saved fusion on the first line, reports on the others: what is restored must go on.
pub fn saved(data: &[u8]) {
    let Some(hall) = &*HALL else {
        return;
    };
    let text = String::from_utf8_lossy(data);
    let (saved, lines) = text.split_once('\n').unwrap_or((&text, ""));
    match Fusion::restore(Arc::clone(hall), FusionConfig::default(), saved) {
        Ok(mut fusion) => {
            feed(&mut fusion, lines);
            for state in fusion.finish() {
                drop(state.to_json());
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

/// What a fusion saves after these reports: an input for the target `saved-fusion`. The same reports follow, ten seconds later.
#[must_use]
pub fn saved_after(reports: &str) -> Option<String> {
    let mut fusion = Fusion::new(Arc::clone(HALL.as_ref()?), FusionConfig::default());
    feed(&mut fusion, reports);
    let saved = fusion.save().ok()?;
    Some(format!(
        "{saved}\n{}",
        reports.replace("06:00:0", "06:00:1")
    ))
}

/// Gives a fusion every line that is a message, as long as not too much time passes.
fn feed(fusion: &mut Fusion, lines: &str) {
    let events = lines.lines().filter_map(|line| Event::parse(line).ok());
    let mut first = None;
    for event in events {
        let arrival = event.arrival();
        let first = *first.get_or_insert(arrival);
        if (arrival.nanos().saturating_sub(first.nanos())).abs() > LONGEST {
            continue;
        }
        fusion.push(event);
        drop(fusion.advance(arrival));
    }
}
