// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file of JSON Lines that grows: what is added is taken in.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jsonl::GrowingLines;

use crate::app::App;

/// How often it is looked whether the file has grown.
const PAUSE: Duration = Duration::from_millis(200);
/// How long one waits after the store took nothing.
const AGAIN: Duration = Duration::from_secs(2);
/// Lines taken in at once.
const BATCH: usize = 500;

/// Follows a file for ever, in a thread of its own. It need not be there yet. Each start reads it from its begin: what is kept already
/// counts as a duplicate.
pub fn follow(app: Arc<App>, file: PathBuf) {
    thread::spawn(move || {
        loop {
            if let Err(error) = read(&app, &file) {
                eprintln!("roundhouse: {}: {error}; reading it again", file.display());
            }
            thread::sleep(AGAIN);
        }
    });
}

/// Reads a file and what is added to it, until it fails or becomes shorter.
fn read(app: &App, path: &Path) -> Result<(), String> {
    let Ok(file) = File::open(path) else {
        return Ok(());
    };
    let mut lines = GrowingLines::new(BufReader::new(file));
    let mut read = 0;
    let mut refused = 0;
    loop {
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let Some(line) = lines.next_line().map_err(|error| error.to_string())? else {
                break;
            };
            read += line.len() as u64;
            // What is no UTF-8 is no message: the intake says so.
            let line = String::from_utf8(line).unwrap_or_else(|_| "no UTF-8".to_owned());
            if !line.trim().is_empty() {
                batch.push(line);
            }
        }
        if batch.is_empty() {
            let length = std::fs::metadata(path).map_or(0, |about| about.len());
            if length < read {
                return Ok(());
            }
            thread::sleep(PAUSE);
            continue;
        }
        let texts = batch.iter().map(|line| line.trim());
        let receipt = app.intake.take(texts).map_err(|error| error.to_string())?;
        for event in &receipt.refused {
            if refused == 0 {
                eprintln!(
                    "roundhouse: {}: a line is refused: {}; more are counted only",
                    path.display(),
                    event.reason
                );
            }
            refused += 1;
        }
    }
}
