// SPDX-License-Identifier: MIT OR Apache-2.0
//! How recordings lie in a folder: one file per minute or so, named after the UTC time of its first picture.
//!
//! A picture's event time is the name's time plus its time stamp in the file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use messages::Timestamp;

/// Ending of a recording's file.
const ENDING: &str = ".mkv";

/// A file of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Event time of its first picture.
    pub start: Timestamp,
    /// Where it is.
    pub path: PathBuf,
    /// Its size, bytes.
    pub bytes: u64,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of all files of a camera; 0: any number.
    pub bytes: u64,
    /// Age of the oldest file; zero: any.
    pub age: Duration,
}

/// The name of a file whose first picture was taken at `start`: its UTC, without colons, which some file systems refuse.
pub fn name(start: Timestamp) -> String {
    format!("{}{ENDING}", start.to_string().replace(':', "-"))
}

/// The time in a file's name, if it is one of a recording.
pub fn start(name: &str) -> Option<Timestamp> {
    let (date, time) = name.strip_suffix(ENDING)?.split_once('T')?;
    kit::start_time::parse(&format!("{date}T{}", time.replace('-', ":"))).ok()
}

/// The files of the recording in `folder`, oldest first.
pub fn list(folder: &Path) -> std::io::Result<Vec<Recorded>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(start) = entry.file_name().to_str().and_then(start) {
            files.push(Recorded {
                start,
                path: entry.path(),
                bytes: entry.metadata().map_or(0, |metadata| metadata.len()),
            });
        }
    }
    files.sort_by_key(|file| file.start.nanos());
    Ok(files)
}

/// How many of the oldest `files` have to go at `now`, so that the rest keeps the bounds. The newest stays in any case.
pub fn surplus(files: &[Recorded], bounds: Bounds, now: Timestamp) -> usize {
    let mut bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let mut count = 0;
    for (file, next) in files.iter().zip(files.iter().skip(1)) {
        let is_many = bounds.bytes > 0 && bytes > bounds.bytes;
        // A file ends where the next one begins.
        let age = now.nanos().saturating_sub(next.start.nanos());
        let is_old = !bounds.age.is_zero() && i128::from(age) > bounds.age.as_nanos() as i128;
        if !is_many && !is_old {
            break;
        }
        bytes -= file.bytes;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000_000;
    const BEGIN: i64 = 1_772_344_803_412_000_001;

    fn files(count: i64) -> Vec<Recorded> {
        let file = |index| {
            let start = Timestamp::from_nanos(BEGIN + index * MINUTE);
            let path = PathBuf::from(name(start));
            Recorded {
                start,
                path,
                bytes: 100,
            }
        };
        (0..count).map(file).collect()
    }

    #[test]
    fn names_hold_the_exact_time() {
        let time = Timestamp::from_nanos(BEGIN);
        assert_eq!(name(time), "2026-03-01T06-00-03.412000001Z.mkv");
        assert_eq!(start(&name(time)), Some(time));
        for other in ["notes.txt", "T.mkv", "2026-03-01T06-00.mkv", ".mkv"] {
            assert_eq!(start(other), None, "{other}");
        }
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_bytes_or_they_are_too_old() {
        let files = files(10);
        let now = Timestamp::from_nanos(BEGIN + 10 * MINUTE);
        let surplus = |bytes, minutes| {
            let age = Duration::from_nanos((minutes * MINUTE) as u64);
            surplus(&files, Bounds { bytes, age }, now)
        };
        assert_eq!(surplus(0, 0), 0);
        assert_eq!(surplus(1000, 0), 0);
        assert_eq!(surplus(999, 0), 1);
        assert_eq!(surplus(0, 4), 5);
        assert_eq!(surplus(1, 0), 9);
        assert_eq!(
            super::surplus(
                &[],
                Bounds {
                    bytes: 1,
                    age: Duration::ZERO
                },
                now
            ),
            0
        );
    }

    #[test]
    fn only_recordings_are_listed_in_the_order_of_their_times() {
        let folder = tempfile::tempdir().unwrap();
        for file in files(3).iter().rev() {
            std::fs::write(folder.path().join(&file.path), b"x").unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), b"x").unwrap();
        let listed = list(folder.path()).unwrap();
        let starts: Vec<i64> = listed.iter().map(|file| file.start.nanos()).collect();
        assert_eq!(starts, [BEGIN, BEGIN + MINUTE, BEGIN + 2 * MINUTE]);
        assert!(list(Path::new("/no/such/folder")).is_err());
    }
}
