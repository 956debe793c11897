// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of JSON Lines: one document a line, mistakes named by file and line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::Path;

use messages::{Data, Event, FacilityState, Timestamp};

use crate::failure::{Failure, Outcome};

/// One facility state and the instant it describes.
#[derive(Debug, Clone)]
pub struct State {
    pub time: Timestamp,
    pub state: FacilityState,
}

/// So many refused lines are named one by one.
const MOST_NAMED: u64 = 20;

/// Whether `-`, standard input or output, is meant.
pub fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path) -> Outcome<Box<dyn Read>> {
    if is_standard(path) {
        return Ok(Box::new(stdin()));
    }
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    Ok(Box::new(file))
}

/// Reads every report of a file with the number of its line, in the order of arrival; those that arrive together keep the order
/// of the file.
///
/// Lines that are no messages are named on standard error and counted.
pub fn read_reports(path: &Path) -> Outcome<(Vec<(u64, Event)>, u64)> {
    let mut events = Vec::new();
    let mut refused = 0;
    for (number, line) in (1..).zip(BufReader::new(open(path)?).split(b'\n')) {
        let line = line.map_err(|error| Failure::file(path, &error))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match parse_report(&line) {
            Ok(event) => events.push((number, event)),
            Err(reason) => {
                refused += 1;
                name_refused(path, number, &reason, refused);
            }
        }
    }
    events.sort_by_key(|(_, event)| event.arrival());
    Ok((events, refused))
}

/// A line as a message, or what is wrong with it.
fn parse_report(line: &[u8]) -> Result<Event, String> {
    let text = std::str::from_utf8(line).map_err(|error| format!("no UTF-8: {error}"))?;
    Event::parse(text).map_err(|error| error.to_string())
}

/// Prints why a line is passed over, unless too many have been.
fn name_refused(path: &Path, number: u64, reason: &str, refused: u64) {
    if refused <= MOST_NAMED {
        eprintln!("{}:{number}: {reason}; passed over", path.display());
    }
    if refused == MOST_NAMED {
        eprintln!("{}: further lines are counted only", path.display());
    }
}

/// Reads every facility state of a file; other messages in it are passed over.
pub fn read_states(path: &Path) -> Outcome<Vec<State>> {
    let mut states = Vec::new();
    for (number, line) in BufReader::new(open(path)?).lines().enumerate() {
        let line = line.map_err(|error| Failure::file(path, &error))?;
        if let Some(state) = parse_state(path, number + 1, &line)? {
            states.push(state);
        }
    }
    Ok(states)
}

/// The facility state in a line of `path`; `None` for an empty line and for other messages.
pub fn parse_state(path: &Path, number: usize, line: &str) -> Outcome<Option<State>> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let event = Event::parse(line).map_err(|error| {
        Failure::new(format!(
            "{}:{number}: {error}; every line must be one message as in docs/messages.md",
            path.display()
        ))
    })?;
    let time = event.time;
    Ok(match event.data {
        Data::State(state) => Some(State { time, state }),
        _ => None,
    })
}
