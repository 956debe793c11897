// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse watch`: the hall in the terminal, as it changes.

mod picture;

use std::io::{BufReader, IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use facility::Facility;
use jsonl::GrowingLines;

use crate::failure::{Failure, Outcome};
use crate::lines::{State, files, is_standard, open, parse_state, read_states};

/// How long to wait before a growing file is read again.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);

/// Show the hall in the terminal: every track to scale with its locomotives, and a table of the locomotives.
///
/// Reads facility states, one per line, from a file that is still being written (as tail -f does; one that is not there yet is waited for), from a folder that `jsonlsink` fills (from its newest file on), or from standard input: gst-launch-1.0 … ! fsefuse … ! fdsink | roundhouse watch --facility facility.toml -
#[derive(Args)]
pub struct Arguments {
    /// States as `fsefuse` writes them: a file, or a folder of files *.jsonl; `-` is standard input.
    states: PathBuf,
    /// Facility file, for the tracks and their lengths.
    #[arg(long, value_name = "FILE")]
    facility: PathBuf,
    /// Print the last state and exit.
    #[arg(long)]
    once: bool,
    /// Width of the picture in columns.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..))]
    width: u16,
}

/// Prints each state as a drawing of the tracks.
pub fn run(arguments: &Arguments) -> Outcome {
    let facility =
        Facility::load(&arguments.facility).map_err(|errors| Failure::new(errors.to_string()))?;
    let width = usize::from(arguments.width);
    if arguments.once {
        let states = read_states(&arguments.states)?;
        let last = states.last().ok_or_else(|| {
            Failure::new(format!(
                "{}: there is no facility state in it",
                arguments.states.display()
            ))
        })?;
        print!("{}", picture::draw(&facility, last, width));
        return Ok(());
    }
    follow(arguments, |state| {
        show(&picture::draw(&facility, state, width))
    })
}

/// Calls `on_state` for every state as it comes, until standard input ends or the user stops.
fn follow(
    arguments: &Arguments,
    mut on_state: impl FnMut(&State) -> std::io::Result<()>,
) -> Outcome {
    let path = &arguments.states;
    let endless = !is_standard(path);
    if endless {
        await_states(path);
    }
    let mut file = newest(path)?;
    let mut lines = GrowingLines::new(BufReader::new(open(&file)?));
    let mut number = 1;
    loop {
        let failed = |error| Failure::file(&file, &error);
        if let Some(line) = lines.next_line().map_err(failed)? {
            let line = std::io::read_to_string(&*line).map_err(failed)?;
            if let Some(state) = parse_state(&file, number, &line)? {
                on_state(&state).map_err(|error| Failure::new(format!("the terminal: {error}")))?;
            }
            number += 1;
        } else if !endless {
            return Ok(());
        } else if !lines.is_within_line()
            && let Some(next) = newer(path, &file)
        {
            lines = GrowingLines::new(BufReader::new(open(&next)?));
            (file, number) = (next, 1);
        } else {
            std::thread::sleep(FOLLOW_INTERVAL);
        }
    }
}

/// Waits until there are states to read: who writes them may need some seconds to start.
fn await_states(path: &Path) {
    let are_there = || path.exists() && files(path).is_ok();
    if !are_there() {
        eprintln!("{} is not there yet: waiting for it", path.display());
    }
    while !are_there() {
        std::thread::sleep(FOLLOW_INTERVAL);
    }
}

/// The newest file of a folder; a file itself.
fn newest(path: &Path) -> Outcome<PathBuf> {
    Ok(files(path)?.pop().unwrap_or_else(|| path.to_owned()))
}

/// The file of a folder that comes after `file`, once there is one.
fn newer(path: &Path, file: &Path) -> Option<PathBuf> {
    let files = files(path).ok()?;
    files.into_iter().find(|other| other.as_path() > file)
}

/// Replaces what the terminal shows; into a file or a pipe the pictures are written one below the other.
fn show(picture: &str) -> std::io::Result<()> {
    let mut output = stdout().lock();
    if output.is_terminal() {
        write!(output, "\x1b[H\x1b[2J{picture}")?;
    } else {
        writeln!(output, "{picture}")?;
    }
    output.flush()
}
