// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file of sections: its text as TOML, its named sections, and all that is wrong with it at once.

use crate::section::{Entry, Notes, Read, Section};
use crate::{FacilityErrors, Mistake};

/// Reads a text as TOML.
pub fn document<'a>(
    notes: &Notes,
    text: &'a str,
    file: &str,
) -> Result<toml_edit::Document<&'a str>, FacilityErrors> {
    toml_edit::Document::parse(text).map_err(|error| {
        let line = notes.line(error.span().map_or(0, |span| span.start));
        whole_file(file, line, format!("no TOML: {}", error.message().trim()))
    })
}

/// What was read and the warnings, unless there were mistakes.
pub fn finished<T>(
    notes: Notes,
    read: Read<T>,
    file: &str,
) -> Result<(T, Vec<Mistake>), FacilityErrors> {
    let (mistakes, warnings) = notes.finish();
    match read {
        Ok(thing) if mistakes.is_empty() => Ok((thing, warnings)),
        _ => Err(FacilityErrors {
            file: file.to_owned(),
            mistakes,
        }),
    }
}

/// A mistake of the whole file, or of its line `line` where that is known.
pub fn whole_file(file: &str, line: usize, problem: String) -> FacilityErrors {
    let mistake = Mistake {
        line,
        field: String::new(),
        problem,
    };
    FacilityErrors {
        file: file.to_owned(),
        mistakes: vec![mistake],
    }
}

/// Reads sections that carry a name of their own: all names found, and what could be read.
pub fn read_named<'a, T>(
    sections: Vec<Section<'a>>,
    key: &'static str,
    what: &str,
    mut read: impl FnMut(&Section<'a>, &str) -> Read<T>,
) -> (Vec<String>, Vec<T>) {
    let mut named: Vec<(String, usize)> = Vec::new();
    let mut things = Vec::new();
    for section in sections {
        let entry = section.need(key, &format!("{key} = \"NAME\""));
        let name = entry.as_ref().map_err(|&noted| noted).and_then(Entry::name);
        // A nameless one is read all the same, for its other mistakes.
        let thing = read(&section, name.as_deref().unwrap_or_default());
        section.finish();
        let (Ok(entry), Ok(name)) = (entry, name) else {
            continue;
        };
        if let Some((_, line)) = named.iter().find(|(other, _)| *other == name) {
            entry.mistake(format!(
                "'{name}' is the {what} of line {line} already; give each its own name"
            ));
        }
        named.push((name, entry.line()));
        things.extend(thing);
    }
    (named.into_iter().map(|(name, _)| name).collect(), things)
}
