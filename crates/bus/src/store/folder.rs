// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures in a folder.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Fault, FaultKind, Refusal, RefusalReason};

/// The scheme of a folder.
const SCHEME: &str = "dir://";

/// A folder of pictures.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of an address; `None` if it is none of a folder.
    pub fn parse(address: &str) -> Option<Self> {
        let folder = address.strip_prefix(SCHEME);
        let folder = folder.filter(|folder| folder.starts_with('/'))?;
        Some(Self(PathBuf::from(folder)))
    }

    /// Stores something: forced to the disk, whole or not at all.
    pub fn put(&self, reference: &str, payload: &[u8]) -> Result<(), Fault> {
        let written = self.write(&self.0.join(reference), payload);
        written.map_err(|error| {
            Fault::new(
                FaultKind::Local,
                format!("image store {SCHEME}{}: {error}", self.0.display()),
            )
        })
    }

    /// What is stored, at most a byte more than `largest`.
    pub fn get(&self, reference: &str, largest: usize) -> Result<Vec<u8>, Refusal> {
        let mut payload = Vec::new();
        let read = File::open(self.0.join(reference))
            .and_then(|file| file.take(largest as u64 + 1).read_to_end(&mut payload));
        match read {
            Ok(_) => Ok(payload),
            Err(error) => {
                let folder = self.0.display();
                let sentence = format!("dataref '{reference}' in {SCHEME}{folder}: {error}");
                Err(Refusal::new(RefusalReason::Expired, sentence))
            }
        }
    }

    /// Writes a file that is not there yet.
    fn write(&self, path: &Path, payload: &[u8]) -> io::Result<()> {
        if path.exists() {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(&self.0);
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
            if above == self.0 {
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
