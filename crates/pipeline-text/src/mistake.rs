// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a text, and where.

use std::fmt;
use std::path::PathBuf;

/// What is wrong with a text, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file in which it stands.
    pub file: PathBuf,
    /// Where in the file; `None` where it is about the file as a whole.
    pub spot: Option<Spot>,
    /// What is wrong and how to mend it.
    pub sentence: String,
}

/// A part of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Line, from 1.
    pub line: usize,
    /// First character, from 1.
    pub column: usize,
    /// How many characters, at least 1.
    pub width: usize,
    /// The whole line as it is written.
    pub text: String,
}

impl Mistake {
    /// `file:line:column: sentence`, without the line itself.
    pub fn headline(&self) -> String {
        let file = self.file.display();
        match &self.spot {
            Some(spot) => format!("{file}:{}:{}: {}", spot.line, spot.column, self.sentence),
            None => format!("{file}: {}", self.sentence),
        }
    }
}

impl std::error::Error for Mistake {}

/// `file:line:column: sentence`, then the line with a caret under the place.
impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.headline())?;
        let Some(Spot {
            line,
            column,
            width,
            text,
        }) = &self.spot
        else {
            return Ok(());
        };
        let gutter = " ".repeat(line.to_string().len());
        let before: String = text.chars().take(column - 1).map(blank).collect();
        let carets = "^".repeat(*width);
        let text = text.trim_end();
        write!(
            formatter,
            "\n {line} | {text}\n {gutter} | {before}{carets}"
        )
    }
}

/// A tab stays a tab, so that the caret stands under its character.
fn blank(character: char) -> char {
    if character == '\t' { '\t' } else { ' ' }
}
