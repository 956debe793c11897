// SPDX-License-Identifier: MIT OR Apache-2.0
//! The numbers that a site expects.

use std::collections::HashMap;
use std::path::Path;

use facility::{FacilityErrors, Mistake};

use crate::format::Format;
use crate::{Shape, fold, signs};

/// Known numbers; each fits a scheme of the site.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Roster {
    entries: Vec<Entry>,
    by_number: HashMap<Vec<Shape>, usize>,
}

/// A number of the roster and the scheme that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub number: Vec<Shape>,
    pub scheme: usize,
}

impl Roster {
    /// Reads a roster file: a number at the start of each line, up to the first comma; `#` begins a comment.
    pub(crate) fn load(path: &Path, format: &Format) -> Result<Self, FacilityErrors> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| FacilityErrors {
            file: file.clone(),
            mistakes: vec![Mistake {
                line: 0,
                field: String::new(),
                problem: format!(
                    "cannot be read: {error}; the key roster of the facility file names it"
                ),
            }],
        })?;
        Self::parse(&text, &file, format)
    }

    /// Reads the text of a roster file; `file` names it in errors.
    pub(crate) fn parse(text: &str, file: &str, format: &Format) -> Result<Self, FacilityErrors> {
        let mut roster = Self::default();
        let mut lines = Vec::new();
        let mut mistakes = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let content = line.split('#').next().unwrap_or_default();
            let number = content.split(',').next().unwrap_or_default().trim();
            if number.is_empty() {
                continue;
            }
            let problem = match roster.add(number, format) {
                Ok(()) => {
                    lines.push(index + 1);
                    continue;
                }
                Err(Refusal::Known(entry)) => format!(
                    "'{number}' stands in line {} already; remove one",
                    lines[entry]
                ),
                Err(Refusal::Other(problem)) => problem,
            };
            mistakes.push(Mistake {
                line: index + 1,
                field: String::new(),
                problem,
            });
        }
        if mistakes.is_empty() {
            Ok(roster)
        } else {
            let file = file.to_owned();
            Err(FacilityErrors { file, mistakes })
        }
    }

    /// Adds a number as it is written in the file.
    fn add(&mut self, text: &str, format: &Format) -> Result<(), Refusal> {
        let number = fold(text).map_err(|sign| {
            Refusal::Other(format!("'{text}' has '{sign}', which cannot be read from a plate; write the number as it is painted"))
        })?;
        if let Some(&entry) = self.by_number.get(&number) {
            return Err(Refusal::Known(entry));
        }
        let scheme = format
            .scheme_of(&number)
            .ok_or_else(|| Refusal::Other(no_scheme(text, &number, format)))?;
        self.by_number.insert(number.clone(), self.entries.len());
        self.entries.push(Entry { number, scheme });
        Ok(())
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether a number is expected.
    pub fn contains(&self, number: &[Shape]) -> bool {
        self.by_number.contains_key(number)
    }

    /// All numbers, in the order of the file.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// Why a number is not taken.
enum Refusal {
    Known(usize),
    Other(String),
}

/// The sentence that a number fits no scheme, or has a wrong check digit.
fn no_scheme(text: &str, number: &[Shape], format: &Format) -> String {
    match format.forms_of(number).next() {
        Some(scheme) => {
            let body = &number[..number.len() - 1];
            let wanted = scheme
                .check
                .map(|check| check.digit_for(body).to_string())
                .unwrap_or_default();
            format!(
                "'{text}' has a wrong check digit for {}: {} wants {wanted} behind it",
                scheme.id,
                signs(body)
            )
        }
        None => format!(
            "'{text}' fits none of the schemes in use ({}); add its scheme or correct it",
            format.names()
        ),
    }
}
