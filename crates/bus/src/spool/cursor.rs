// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a spool knows beside its messages: up to which one they are settled, and who sends them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::segment::sync_folder;

/// The file of the sequence that was settled last.
const CURSOR: &str = "cursor";
/// The file of the sender.
const SENDER: &str = "sender";

/// Up to which message they are settled; 0 if nobody knows: then they are sent again, and the receiver leaves out what it has.
pub fn read(folder: &Path) -> u64 {
    let text = fs::read_to_string(folder.join(CURSOR)).unwrap_or_default();
    text.trim().parse().unwrap_or_default()
}

/// Notes up to which message they are settled.
pub fn write(folder: &Path, settled: u64) -> io::Result<()> {
    replace(folder, CURSOR, &format!("{settled}\n"))
}

/// Who sends them, if somebody has so far.
pub fn sender(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(SENDER)).ok()?;
    let sender = text.strip_suffix('\n')?;
    (!sender.is_empty()).then(|| sender.to_owned())
}

/// Notes who sends them.
pub fn write_sender(folder: &Path, sender: &str) -> io::Result<()> {
    replace(folder, SENDER, &format!("{sender}\n"))
}

/// Replaces a file such that after a loss of power there is the old one or the new one.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let new = folder.join(format!("{name}.new"));
    let mut file = File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, folder.join(name))?;
    sync_folder(folder)
}
