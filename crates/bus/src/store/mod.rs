// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures by reference: a folder or a bucket that sender and receiver share, so that only events travel.
//!
//! A picture is named by its content: `img/<day>/<camera>/<SHA-256>.jpg`. So a picture that is stored twice is stored once, and one
//! that is damaged is not taken for another.

mod folder;
mod not_got;
#[cfg(feature = "s3")]
mod s3;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use self::folder::Folder;
pub use self::not_got::NotGot;
#[cfg(feature = "s3")]
use self::s3::Bucket;
use crate::{Fault, FaultKind, Refusal, RefusalReason, escaped};

/// The first part of every reference.
const ROOT: &str = "img";
/// How a JPEG begins.
const JPEG: [u8; 2] = [0xff, 0xd8];

/// Where pictures lie.
#[derive(Debug, Clone)]
pub struct Store(Place);

/// The kinds of places.
#[derive(Debug, Clone)]
enum Place {
    /// A folder.
    Folder(Folder),
    /// A bucket of S3.
    #[cfg(feature = "s3")]
    Bucket(Box<Bucket>),
}

impl Store {
    /// The store of an address such as `dir:///var/lib/roundhouse/pictures` or `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// The address is none of a store.
    pub fn parse(address: &str) -> Result<Self, Fault> {
        if let Some(folder) = Folder::parse(address) {
            return Ok(Self(Place::Folder(folder)));
        }
        #[cfg(feature = "s3")]
        if address.starts_with("s3://") {
            return Ok(Self(Place::Bucket(Box::new(Bucket::parse(address)?))));
        }
        let forms = if cfg!(feature = "s3") {
            "dir:///FOLDER or s3://BUCKET/PREFIX"
        } else {
            "dir:///FOLDER"
        };
        Err(Fault::new(
            FaultKind::Local,
            format!("'{address}' is no image store; write it as {forms}"),
        ))
    }

    /// Stores what belongs to an event of `day` about `camera`, and returns the reference to it: whole and safe, or not at all.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn put(&self, day: &str, camera: &str, payload: &[u8]) -> Result<String, Fault> {
        let ending = if payload.starts_with(&JPEG) {
            "jpg"
        } else {
            "bin"
        };
        let name = format!("{}.{ending}", hexadecimal(payload));
        let reference = format!("{ROOT}/{}/{}/{name}", escaped(day), escaped(camera));
        match &self.0 {
            Place::Folder(folder) => folder.put(&reference, payload)?,
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.put(&reference, payload)?,
        }
        Ok(reference)
    }

    /// What a reference names, if it has `largest` bytes at most.
    ///
    /// # Errors
    /// It is not there any more, or it is no reference of such a store; or the store is out of reach.
    pub fn get(&self, reference: &str, largest: usize) -> Result<Bytes, NotGot> {
        let Some(content) = content_of(reference) else {
            let sentence = format!("dataref '{reference}' is none of an image store");
            return Err(NotGot::Refused(Refusal::new(
                RefusalReason::NoEvent,
                sentence,
            )));
        };
        let payload = match &self.0 {
            Place::Folder(folder) => folder.get(reference, largest).map_err(NotGot::Refused)?,
            #[cfg(feature = "s3")]
            Place::Bucket(bucket) => bucket.get(reference, largest)?,
        };
        let refused = |reason, sentence| Err(NotGot::Refused(Refusal::new(reason, sentence)));
        if payload.len() > largest {
            let sentence = format!("dataref '{reference}' has more than {largest} bytes");
            return refused(RefusalReason::TooLarge, sentence);
        }
        if hexadecimal(&payload) != content {
            return refused(
                RefusalReason::Expired,
                format!("dataref '{reference}': it is damaged"),
            );
        }
        Ok(Bytes::from(payload))
    }
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
    use std::fs;
    use std::path::Path;

    use super::*;

    /// A store in a folder.
    fn store(folder: &Path) -> Store {
        Store::parse(&format!("dir://{}", folder.display())).unwrap()
    }

    /// Why something was refused.
    fn refusal(got: Result<Bytes, NotGot>) -> Refusal {
        match got.unwrap_err() {
            NotGot::Refused(refusal) => refusal,
            NotGot::Fault(fault) => panic!("{fault}"),
        }
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
        let refused = refusal(store.get(&reference, 4));
        assert_eq!(refused.reason, RefusalReason::TooLarge);
        let files = fs::read_dir(folder.path().join("img/2026-03-01/C_201")).unwrap();
        assert_eq!(files.count(), 1);
    }

    #[test]
    fn what_is_gone_or_damaged_is_expired() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let reference = store.put("2026-03-01", "C1", b"raw").unwrap();
        fs::write(folder.path().join(&reference), "row").unwrap();
        let damaged = refusal(store.get(&reference, 99)).to_string();
        assert!(damaged.ends_with("it is damaged"), "{damaged}");
        fs::remove_file(folder.path().join(&reference)).unwrap();
        let expired = refusal(store.get(&reference, 99));
        assert_eq!(expired.reason, RefusalReason::Expired);
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
            let refusal = refusal(store.get(reference, 99));
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
        let said = Store::parse("folder").unwrap_err().to_string();
        assert!(
            said.starts_with("'folder' is no image store; write it as dir:///FOLDER"),
            "{said}"
        );
    }
}
