// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that properties name: those that are read must be there, those that are written need their folder.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Properties that name files an element reads; `*`: any element. A `;` parts several.
const READ: [(&str, &str); 5] = [
    ("filesrc", "location"),
    ("*", "config-file-path"),
    ("*", "facility"),
    ("*", "classifier"),
    ("*", "readers"),
];

/// Properties that name a file an element writes.
const WRITTEN: [(&str, &str); 3] = [
    ("filesink", "location"),
    ("flowcompare", "location"),
    ("fsefuse", "record"),
];

/// What a text file begins with that Windows has saved.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// The sentence that `file` begins with a byte order mark, if it does.
pub fn byte_order_mark(file: &Path) -> Option<String> {
    let mut begin = [0; BYTE_ORDER_MARK.len()];
    File::open(file).ok()?.read_exact(&mut begin).ok()?;
    (begin == BYTE_ORDER_MARK).then(|| {
        format!(
            "'{}' begins with a byte order mark, which not every program skips (nvinfer takes it for part of the first word): \
             save it as UTF-8 without one",
            file.display()
        )
    })
}

/// The sentences about byte order marks in the files that an element reads by this property.
pub fn byte_order_marks(factory: &str, property: &str, value: &str) -> Vec<String> {
    if !is_in(&READ, factory, property) || factory == "filesrc" {
        return Vec::new();
    }
    let files = value.split(';').map(Path::new);
    files.filter_map(byte_order_mark).collect()
}

/// Whether a list has this property of this element.
fn is_in(list: &[(&str, &str)], factory: &str, property: &str) -> bool {
    list.iter()
        .any(|&(of, name)| (of == "*" || of == factory) && name == property)
}

/// The sentence that a file which `factory` needs is not there.
pub fn look(factory: &str, property: &str, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Ok(());
    }
    if is_in(&READ, factory, property) {
        return match value.split(';').find(|file| !Path::new(file).is_file()) {
            Some(file) => Err(format!(
                "there is no file '{file}', which '{factory}' reads; names count from the folder in which the pipeline is started"
            )),
            None => Ok(()),
        };
    }
    let folder = Path::new(value)
        .parent()
        .filter(|folder| is_in(&WRITTEN, factory, property) && !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(format!(
            "there is no folder '{}', in which '{factory}' writes: make it, or write elsewhere",
            folder.display()
        )),
        _ => Ok(()),
    }
}
