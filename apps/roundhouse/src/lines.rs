// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of JSON Lines: one document a line, mistakes named by file and line. A folder, as `jsonlsink` fills it, is read file by
//! file in the order of their names, as if it were one.

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::Utf8Error;

use messages::{Data, Event, FacilityState, Timestamp};

use crate::failure::{Failure, Outcome};

/// One facility state and the instant it describes.
#[derive(Debug, Clone)]
pub struct State {
    pub time: Timestamp,
    pub state: FacilityState,
}

/// Where a document stands.
#[derive(Debug, Clone)]
pub struct Place {
    file: Rc<Path>,
    line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}:{}", self.file.display(), self.line)
    }
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

/// The files of a folder that hold lines, in the order of their names; a file is its own only one.
pub fn files(path: &Path) -> Outcome<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| Failure::file(path, &error))?;
    let mut files: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    files.sort_unstable();
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{}: there is no file in this folder whose name ends in .jsonl",
            path.display()
        )));
    }
    Ok(files)
}

/// Reads every report of a file or folder with its place, in the order of arrival; those that arrive together keep the order
/// of the lines.
///
/// Lines that are no messages are named on standard error and counted.
pub fn read_reports(path: &Path) -> Outcome<(Vec<(Place, Event)>, u64)> {
    let mut events = Vec::new();
    let mut refused = 0;
    read_lines(path, |place, text| {
        match text
            .map_err(|error| format!("no UTF-8: {error}"))
            .and_then(parse_report)
        {
            Ok(event) => events.push((place, event)),
            Err(reason) => {
                refused += 1;
                name_refused(&place, &reason, refused);
            }
        }
        Ok(())
    })?;
    events.sort_by_key(|(_, event)| event.arrival());
    Ok((events, refused))
}

/// Calls `on_line` for every line of a file or folder that is not empty, with its place; a line that is no UTF-8 is an error in its place.
pub fn read_lines(
    path: &Path,
    mut on_line: impl FnMut(Place, Result<&str, Utf8Error>) -> Outcome,
) -> Outcome {
    for file in files(path)? {
        let named: Rc<Path> = file.as_path().into();
        for (line, text) in (1..).zip(BufReader::new(open(&file)?).split(b'\n')) {
            let text = text.map_err(|error| Failure::file(&file, &error))?;
            if text.trim_ascii().is_empty() {
                continue;
            }
            let file = Rc::clone(&named);
            on_line(Place { file, line }, std::str::from_utf8(&text))?;
        }
    }
    Ok(())
}

/// A line as a message, or what is wrong with it.
fn parse_report(line: &str) -> Result<Event, String> {
    Event::parse(line).map_err(|error| error.to_string())
}

/// Prints why a line is passed over, unless too many have been.
fn name_refused(place: &Place, reason: &str, refused: u64) {
    if refused <= MOST_NAMED {
        eprintln!("{place}: {reason}; passed over");
    }
    if refused == MOST_NAMED {
        eprintln!("{}: further lines are counted only", place.file.display());
    }
}

/// Reads every facility state of a file or folder; other messages in it are passed over.
pub fn read_states(path: &Path) -> Outcome<Vec<State>> {
    let mut states = Vec::new();
    for file in files(path)? {
        for (number, line) in BufReader::new(open(&file)?).lines().enumerate() {
            let line = line.map_err(|error| Failure::file(&file, &error))?;
            if let Some(state) = parse_state(&file, number + 1, &line)? {
                states.push(state);
            }
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
