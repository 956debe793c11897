// SPDX-License-Identifier: MIT OR Apache-2.0
//! The section `[numbering]`, and files of schemes.

use super::document::{document, finished, read_named};
use crate::section::{Entry, Notes, Read, Section};
use crate::{FacilityErrors, Named, Numbering, SchemeText};

const UNEXPECTED: f64 = 0.05;

impl SchemeText {
    /// Reads a text of `[[scheme]]` sections; `file` names it in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse_all(text: &str, file: &str) -> Result<Vec<Self>, FacilityErrors> {
        let notes = Notes::new(text);
        let document = document(&notes, text, file)?;
        let root = Section::root(&notes, document.as_table());
        let schemes = read_schemes(root.sections("scheme"));
        root.finish();
        finished(notes, Ok(schemes), file).map(|(schemes, _)| schemes)
    }
}

/// Sections `[[scheme]]`.
fn read_schemes(sections: Vec<Section>) -> Vec<SchemeText> {
    read_named(sections, "id", "scheme", read_scheme).1
}

/// The section `[numbering]`.
pub(super) fn read_numbering(section: &Section) -> Read<Numbering> {
    let schemes = section
        .get("schemes")
        .map(|entry| read_names(&entry))
        .transpose();
    let roster = section.get("roster").map(|entry| named(&entry)).transpose();
    let own = read_schemes(section.sections("scheme"));
    let unexpected = section
        .get("unexpected")
        .map(|entry| {
            entry.number_where("a probability above 0 and below 1", |p| p > 0.0 && p < 1.0)
        })
        .transpose();
    Ok(Numbering {
        schemes: schemes?,
        own,
        roster: roster?,
        unexpected: unexpected?.unwrap_or(UNEXPECTED),
    })
}

/// One scheme.
fn read_scheme(section: &Section, id: &str) -> Read<SchemeText> {
    let pattern = section
        .need("pattern", "pattern = 'REGULAR EXPRESSION'")
        .and_then(|entry| entry.name());
    let check = section.get("check").map(|entry| entry.name()).transpose();
    let words = section
        .get("words")
        .map(|entry| read_names(&entry))
        .transpose();
    let log_prior = section
        .get("log_prior")
        .map(|entry| {
            entry.number_where("a number from -20 to 0", |log| (-20.0..=0.0).contains(&log))
        })
        .transpose();
    Ok(SchemeText {
        id: id.to_owned(),
        pattern: pattern?,
        words: words?
            .unwrap_or_default()
            .into_iter()
            .map(|word| word.name)
            .collect(),
        check: check?,
        log_prior: log_prior?.unwrap_or(0.0),
        line: section.line(),
    })
}

/// A list of names with their lines.
fn read_names(entry: &Entry) -> Read<Vec<Named>> {
    let names: Vec<_> = entry.list("a list of names")?.iter().map(named).collect();
    names.into_iter().collect()
}

/// A name with its line.
fn named(entry: &Entry) -> Read<Named> {
    Ok(Named {
        name: entry.name()?,
        line: entry.line(),
    })
}
