// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures by reference: a folder that sender and receiver share, so that only events travel.
//!
//! A picture is named by its content: `img/<day>/<camera>/<SHA-256>.jpg`. So a picture that is stored twice is stored once, and one
//! that is damaged is not taken for another.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{Fault, FaultKind, Refusal, RefusalReason, escaped};

/// The scheme of a folder.
const SCHEME: &str = "dir://";
/// The first part of every reference.
const ROOT: &str = "img";
/// How a JPEG begins.
const JPEG: [u8; 2] = [0xff, 0xd8];

/// A folder of pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store of an address such as `dir:///var/lib/roundhouse/pictures`.
    ///
    /// # Errors
    /// The address is none of a folder.
    pub fn parse(address: &str) -> Result<Self, Fault> {
        let folder = address.strip_prefix(SCHEME);
        match folder.filter(|folder| folder.starts_with('/')) {
            Some(folder) => Ok(Self {
                folder: PathBuf::from(folder),
            }),
            None => Err(Fault::new(
                FaultKind::Local,
                format!("'{address}' is no image store; write it as dir:///FOLDER"),
            )),
        }
    }

    /// Stores what belongs to an event of `day` about `camera`, and returns the reference to it: forced to the disk, whole or not
    /// at all.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn put(&self, day: &str, camera: &str, payload: &[u8]) -> Result<String, Fault> {
        let ending = if payload.starts_with(&JPEG) {
            "jpg"
        } else {
            "bin"
        };
        let name = format!("{}.{ending}", hexadecimal(payload));
        let reference = format!("{ROOT}/{}/{}/{name}", escaped(day), escaped(camera));
        let path = self.folder.join(&reference);
        match self.write(&path, payload) {
            Ok(()) => Ok(reference),
            Err(error) => Err(Fault::new(
                FaultKind::Local,
                format!("image store {SCHEME}{}: {error}", self.folder.display()),
            )),
        }
    }

    /// What a reference names, if it has `largest` bytes at most.
    ///
    /// # Errors
    /// It is not there any more, or it is no reference of such a store.
    pub fn get(&self, reference: &str, largest: usize) -> Result<Bytes, Refusal> {
        let Some(content) = content_of(reference) else {
            let sentence = format!("dataref '{reference}' is none of an image store");
            return Err(Refusal::new(RefusalReason::NoEvent, sentence));
        };
        let expired = |problem: &str| {
            let folder = self.folder.display();
            let sentence = format!("dataref '{reference}' in {SCHEME}{folder}: {problem}");
            Refusal::new(RefusalReason::Expired, sentence)
        };
        let file = File::open(self.folder.join(reference));
        let file = file.map_err(|error| expired(&error.to_string()))?;
        let mut payload = Vec::new();
        let read = file.take(largest as u64 + 1).read_to_end(&mut payload);
        read.map_err(|error| expired(&error.to_string()))?;
        if payload.len() > largest {
            let sentence = format!("dataref '{reference}' has more than {largest} bytes");
            return Err(Refusal::new(RefusalReason::TooLarge, sentence));
        }
        if hexadecimal(&payload) != content {
            return Err(expired("the file is damaged"));
        }
        Ok(Bytes::from(payload))
    }

    /// Writes a file that is not there yet.
    fn write(&self, path: &Path, payload: &[u8]) -> io::Result<()> {
        if path.exists() {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(&self.folder);
        self.make_folder(folder)?;
        let new = path.with_extension(unique_ending());
        let written = File::create_new(&new).and_then(|mut file| {
            file.write_all(payload)?;
            file.sync_all()
        });
        if let Err(error) = written.and_then(|()| fs::rename(&new, path)) {
            // What is left of it is of no use to anybody.
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        File::open(folder)?.sync_all()
    }

    /// Makes a folder, on the disk with all that lead to it.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder)?;
        for above in folder.ancestors().skip(1) {
            File::open(above)?.sync_all()?;
            if above == self.folder {
                break;
            }
        }
        Ok(())
    }
}

/// The ending of a file that is being written, which no other one has.
fn unique_ending() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{count}.new", process::id())
}

/// The SHA-256 of some bytes.
fn hexadecimal(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 in a reference; `None`: it is no reference, and could name any file.
fn content_of(reference: &str) -> Option<&str> {
    let parts: Vec<&str> = reference.split('/').collect();
    let [ROOT, day, camera, name] = parts[..] else {
        return None;
    };
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let (content, ending) = name.split_once('.')?;
    (is_name(day) && is_name(camera) && is_name(content) && is_name(ending)).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store in a folder.
    fn store(folder: &Path) -> Store {
        Store::parse(&format!("dir://{}", folder.display())).unwrap()
    }

    #[test]
    fn what_is_put_is_got_under_a_name_of_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let reference = store.put("2026-03-01", "C 1", b"\xff\xd8abc").unwrap();
        assert!(
            reference.starts_with("img/2026-03-01/C_201/"),
            "{reference}"
        );
        let (_, ending) = reference.split_once('.').unwrap();
        assert_eq!(ending, "jpg");
        assert_eq!(
            store.put("2026-03-01", "C 1", b"\xff\xd8abc").unwrap(),
            reference
        );
        assert_eq!(&store.get(&reference, 5).unwrap()[..], b"\xff\xd8abc");
        assert_eq!(
            store.get(&reference, 4).unwrap_err().reason,
            RefusalReason::TooLarge
        );
        let files = fs::read_dir(folder.path().join("img/2026-03-01/C_201")).unwrap();
        assert_eq!(files.count(), 1);
    }

    #[test]
    fn what_is_gone_or_damaged_is_expired() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let reference = store.put("2026-03-01", "C1", b"raw").unwrap();
        fs::write(folder.path().join(&reference), "row").unwrap();
        let damaged = store.get(&reference, 99).unwrap_err();
        assert!(
            damaged.to_string().ends_with("the file is damaged"),
            "{damaged}"
        );
        fs::remove_file(folder.path().join(&reference)).unwrap();
        assert_eq!(
            store.get(&reference, 99).unwrap_err().reason,
            RefusalReason::Expired
        );
    }

    #[test]
    fn a_reference_names_no_other_file() {
        let store = store(Path::new("/"));
        for reference in [
            "/etc/passwd",
            "img/../etc/passwd",
            "img/a/b/..",
            "img/a/b/c",
            "",
        ] {
            let refusal = store.get(reference, 99).unwrap_err();
            assert_eq!(refusal.reason, RefusalReason::NoEvent, "{reference}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_a_fault() {
        let fault = store(Path::new("/proc")).put("d", "c", b"x").unwrap_err();
        assert!(
            fault.to_string().starts_with("image store dir:///proc: "),
            "{fault}"
        );
        let said = Store::parse("s3://bucket").unwrap_err().to_string();
        assert_eq!(
            said,
            "'s3://bucket' is no image store; write it as dir:///FOLDER"
        );
    }
}
