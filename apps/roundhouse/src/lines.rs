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

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path) -> Outcome<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(stdin()));
    }
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    Ok(Box::new(file))
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
