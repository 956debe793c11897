// SPDX-License-Identifier: MIT OR Apache-2.0
//! A line of a file, as it is written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use crate::mistake::{Mistake, Spot};
use crate::quotes::Quotes;

/// Values for the variables of a text, by name.
pub type Variables = BTreeMap<String, String>;

/// A line as it is written.
#[derive(Debug)]
pub(crate) struct Line {
    /// The file that it stands in.
    pub(crate) file: Rc<Path>,
    /// Its number in the file, from 1.
    pub(crate) number: usize,
    /// What is written on it.
    pub(crate) text: String,
}

impl Line {
    /// A mistake about some bytes of this line.
    pub(crate) fn mistake(&self, part: Range<usize>, sentence: impl Into<String>) -> Mistake {
        let characters =
            |bytes: Range<usize>| self.text.get(bytes).map_or(0, |text| text.chars().count());
        let end = part.end.min(self.text.len());
        Mistake {
            file: self.file.to_path_buf(),
            spot: Some(Spot {
                line: self.number,
                column: characters(0..part.start) + 1,
                width: characters(part.start..end).max(1),
                text: self.text.clone(),
            }),
            sentence: sentence.into(),
        }
    }
}

/// What of a line is the pipeline: without its comment, a backslash at its end and blanks around.
pub(crate) fn written(line: &Line) -> Result<Range<usize>, Mistake> {
    let text = line.text.as_str();
    let mut quotes = Quotes::default();
    let mut before = ' ';
    let mut end = text.len();
    for (index, character) in text.char_indices() {
        let quoted = quotes.holds(index, character);
        if character == '#' && !quoted && before.is_whitespace() {
            end = index;
            break;
        }
        before = character;
    }
    if let Some(start) = quotes.opened_at() {
        let sentence = "the quote that opens here does not close on this line";
        return Err(line.mistake(start..start + 1, sentence));
    }
    let body = text[..end].trim_end();
    let body = body.strip_suffix('\\').unwrap_or(body).trim_end();
    let start = body.len() - body.trim_start().len();
    Ok(start..body.len())
}
