// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file in which a fusion outlives its process.
//!
//! Two lines of JSON: a header that says whose it is, and the fusion as [`estimation::fse::Fusion::save`] writes it. The file
//! is replaced as a whole (written beside, synced, renamed), so whoever reads it finds the old one or the new one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use messages::Timestamp;
use serde::{Deserialize, Serialize};

/// What this kind of file is called in its header.
const FORMAT: &str = "roundhouse-fusion";
/// Version of the header. The fusion has a version of its own.
const VERSION: u32 = 1;
/// A saved state may be younger than the clock by this much, s: clocks are corrected by small steps.
const FUTURE: f64 = 60.0;

/// A fusion at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Name of the facility that it is of.
    pub facility: String,
    /// The latest arrival that is in it.
    pub arrival: Timestamp,
    /// First part of the ids that the process used which wrote it.
    pub epoch: u64,
    /// The fusion itself, one line.
    pub fusion: String,
}

/// First line of the file.
#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    facility: String,
    arrival: Timestamp,
    epoch: u64,
    /// Length of the second line in bytes.
    length: usize,
    /// FNV-1a of the second line, in hexadecimal digits.
    checksum: String,
}

/// Why a file was refused, as the end of a sentence that begins with its path.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no state file.
    #[error("is not a state file of fsefuse: {0}")]
    Format(String),
    /// A newer or older program wrote it.
    #[error("has version {0}, this program reads version {VERSION}")]
    Version(u32),
    /// The second line is not what the header says.
    #[error("is incomplete or damaged")]
    Damaged,
    /// It is of another facility.
    #[error("is of the facility '{0}', not of '{1}'")]
    Facility(String, String),
    /// It is older than live input allows.
    #[error("is {0:.0} s old, more than the {1:.0} s of property 'state-max-age'")]
    Age(f64, f64),
    /// The clock has been set back since, or is wrong.
    #[error("was saved {0:.0} s in the future by this machine's clock")]
    Future(f64),
    /// The fusion does not accept it.
    #[error("does not fit: {0}")]
    Fusion(#[from] estimation::fse::RestoreError),
}

impl Snapshot {
    /// Replaces the file `path`. After a power failure it is the old one or the new one.
    ///
    /// # Errors
    /// The folder is missing or not writable, or the disk is full; the old file is untouched then.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            facility: self.facility.clone(),
            arrival: self.arrival,
            epoch: self.epoch,
            length: self.fusion.len(),
            checksum: checksum(&self.fusion),
        };
        let temporary = beside(path, ".new");
        let mut file = File::create(&temporary)?;
        writeln!(file, "{}", serde_json::to_string(&header)?)?;
        writeln!(file, "{}", self.fusion)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(path)
    }

    /// The snapshot in the file `path`; `None` if there is no file.
    ///
    /// # Errors
    /// The file cannot be read, is of another kind, version or facility, or not whole.
    pub fn read(path: &Path, facility: &str) -> Result<Option<Self>, Refused> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(Refused::Damaged);
            }
            Err(error) => return Err(error.into()),
        };
        let (first, fusion) = text.split_once('\n').ok_or(Refused::Damaged)?;
        let header: Header =
            serde_json::from_str(first).map_err(|error| Refused::Format(error.to_string()))?;
        if header.format != FORMAT {
            return Err(Refused::Format(format!(
                "its format is '{}'",
                header.format
            )));
        }
        if header.version != VERSION {
            return Err(Refused::Version(header.version));
        }
        let fusion = fusion.strip_suffix('\n').ok_or(Refused::Damaged)?;
        if fusion.len() != header.length || checksum(fusion) != header.checksum {
            return Err(Refused::Damaged);
        }
        if header.facility != facility {
            return Err(Refused::Facility(header.facility, facility.to_owned()));
        }
        Ok(Some(Self {
            facility: header.facility,
            arrival: header.arrival,
            epoch: header.epoch,
            fusion: fusion.to_owned(),
        }))
    }

    /// Whether it may be used by live input at `now`.
    ///
    /// # Errors
    /// It is older than `max_age` seconds, or from the future.
    pub fn check_age(&self, now: Timestamp, max_age: f64) -> Result<(), Refused> {
        let age = now.seconds_since(self.arrival);
        if age > max_age {
            return Err(Refused::Age(age, max_age));
        }
        if age < -FUTURE {
            return Err(Refused::Future(-age));
        }
        Ok(())
    }
}

/// Puts a file that was refused out of the way of the next one, so that it can be looked at: its new path.
///
/// # Errors
/// It cannot be renamed.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = beside(path, ".refused");
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// `path` with `suffix` at its end.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Makes a rename in the folder of `path` survive a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// FNV-1a, 64 bits: finds damage, not malice.
fn checksum(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            facility: "hall-a".to_owned(),
            arrival: Timestamp::from_nanos(1_772_344_800_000_000_000),
            epoch: 17,
            fusion: r#"{"version":4}"#.to_owned(),
        }
    }

    /// What is said about a file with `text` in it.
    fn refusal(text: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        fs::write(&path, text).unwrap();
        Snapshot::read(&path, "hall-a").unwrap_err().to_string()
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!(Snapshot::read(&path, "hall-a").unwrap(), None);
        for epoch in [1, 2] {
            let snapshot = Snapshot {
                epoch,
                ..snapshot()
            };
            snapshot.write(&path).unwrap();
            assert_eq!(Snapshot::read(&path, "hall-a").unwrap(), Some(snapshot));
        }
        let files = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 1, "no temporary file is left");
    }

    #[test]
    fn a_file_cut_anywhere_or_with_any_byte_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        snapshot().write(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            refusal(&whole[..length]);
        }
        let body = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for index in body..whole.len() {
            let mut damaged = whole.clone();
            damaged[index] ^= 1;
            assert_eq!(refusal(&damaged), "is incomplete or damaged");
        }
    }

    #[test]
    fn every_refusal_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        snapshot().write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let cases = [
            (
                text.replace("hall-a", "hall-b"),
                "is of the facility 'hall-b', not of 'hall-a'",
            ),
            (
                text.replacen("\"version\":1", "\"version\":9", 1),
                "has version 9, this program reads version 1",
            ),
            (
                text.replace(FORMAT, "other"),
                "is not a state file of fsefuse: its format is 'other'",
            ),
            (
                text.replace("epoch", "era"),
                "is not a state file of fsefuse: missing field",
            ),
            ("\u{0}\n".to_owned(), "is not a state file of fsefuse"),
        ];
        for (text, expected) in cases {
            let found = refusal(text.as_bytes());
            assert!(found.starts_with(expected), "{found}");
        }
        assert_eq!(refusal(b"\xff\xfe\n"), "is incomplete or damaged");
    }

    #[test]
    fn age_counts_from_the_latest_arrival() {
        let snapshot = snapshot();
        let after = |seconds: i64| snapshot.arrival.saturating_add(seconds * 1_000_000_000);
        assert!(snapshot.check_age(after(3), 3600.0).is_ok());
        assert!(snapshot.check_age(after(-59), 3600.0).is_ok());
        let old = snapshot.check_age(after(3601), 3600.0).unwrap_err();
        assert_eq!(
            old.to_string(),
            "is 3601 s old, more than the 3600 s of property 'state-max-age'"
        );
        let future = snapshot.check_age(after(-61), 3600.0).unwrap_err();
        assert!(future.to_string().contains("in the future"));
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        snapshot().write(&path).unwrap();
        // The name of the temporary file is taken by a folder.
        fs::create_dir(folder.path().join("state.new")).unwrap();
        let newer = Snapshot {
            epoch: 18,
            ..snapshot()
        };
        assert!(newer.write(&path).is_err());
        assert_eq!(Snapshot::read(&path, "hall-a").unwrap(), Some(snapshot()));
    }

    #[test]
    fn a_refused_file_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        fs::write(&path, "x").unwrap();
        let aside = set_aside(&path).unwrap();
        assert_eq!(fs::read_to_string(aside).unwrap(), "x");
        assert!(!path.exists());
    }
}
