// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbering schemes: the form of a number, its check rule, and how often it is met.

use std::collections::BTreeSet;

use facility::{FacilityErrors, Mistake, SchemeText};
use messages::Validity;

use crate::pattern::{Edge, Pattern};
use crate::{Check, Shape};

/// The schemes that every site may name.
const SHIPPED: &str = include_str!("schemes.toml");
/// How errors call that file.
const SHIPPED_NAME: &str = "schemes.toml";

/// A way of numbering.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheme {
    /// Its name.
    pub id: String,
    /// The rule of its check digit.
    pub check: Option<Check>,
    /// Natural logarithm of how often its numbers are met, compared with those of other schemes.
    pub log_prior: f64,
    pub(crate) pattern: Pattern,
}

impl Scheme {
    /// All shipped schemes as text.
    ///
    /// # Errors
    /// None: the shipped file is tested.
    pub fn shipped() -> Result<Vec<SchemeText>, FacilityErrors> {
        SchemeText::parse_all(SHIPPED, SHIPPED_NAME)
    }

    /// A scheme, ready for use.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub fn new(text: &SchemeText) -> Result<Self, Mistake> {
        let mistake = |key: &str, problem: String| Mistake {
            line: text.line,
            field: format!("scheme '{}'.{key}", text.id),
            problem,
        };
        let check = text
            .check
            .as_deref()
            .map(|name| {
                let known = Check::NAMES.join(", ");
                Check::named(name)
                    .ok_or_else(|| mistake("check", format!("'{name}' is no rule; known: {known}")))
            })
            .transpose()?;
        let pattern =
            Pattern::parse(&expanded(text)).map_err(|problem| mistake("pattern", problem))?;
        Ok(Self {
            id: text.id.clone(),
            check,
            log_prior: text.log_prior,
            pattern,
        })
    }

    /// The number as this scheme writes it; `None` if it has another form.
    pub fn write(&self, number: &[Shape]) -> Option<String> {
        self.pattern.write(number)
    }

    /// The shapes that its numbers may have.
    pub fn shapes(&self) -> BTreeSet<Shape> {
        let edges = self.pattern.nodes.iter().flatten();
        edges
            .filter_map(|edge| match edge {
                Edge::Sign(_, shape, _) => Some(*shape),
                Edge::Free(_) | Edge::Written(..) => None,
            })
            .collect()
    }

    /// What the check rule says about a number of this form.
    pub fn validity(&self, number: &[Shape]) -> Validity {
        match self.check {
            None => Validity::None,
            Some(check) if check.holds(number) => Validity::Passed,
            Some(_) => Validity::Failed,
        }
    }
}

/// The pattern with its words.
fn expanded(text: &SchemeText) -> String {
    // The longest first: of `ТЭМ2` and `ТЭМ2У` the number `ТЭМ2У-123` means the latter.
    let mut words: Vec<String> = text
        .words
        .iter()
        .map(|word| regex_syntax::escape(word))
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    text.pattern
        .replace("{words}", &format!("({})", words.join("|")))
}
