// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that properties name: those that are read must be there, those that are written need their folder.

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

/// The sentence that a file which `factory` needs is not there.
pub fn look(factory: &str, property: &str, value: &str) -> Result<(), String> {
    let is_in = |list: &[(&str, &str)]| {
        list.iter()
            .any(|&(of, name)| (of == "*" || of == factory) && name == property)
    };
    if value.is_empty() {
        return Ok(());
    }
    if is_in(&READ) {
        return match value.split(';').find(|file| !Path::new(file).is_file()) {
            Some(file) => Err(format!(
                "there is no file '{file}', which '{factory}' reads; names count from the folder in which the pipeline is started"
            )),
            None => Ok(()),
        };
    }
    let folder = Path::new(value)
        .parent()
        .filter(|folder| is_in(&WRITTEN) && !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(format!(
            "there is no folder '{}', in which '{factory}' writes: make it, or write elsewhere",
            folder.display()
        )),
        _ => Ok(()),
    }
}
