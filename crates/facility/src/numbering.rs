// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a site says about the numbers of its locomotives. Crate `plates` turns it into a decoder.

/// The section `[numbering]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbering {
    /// Which of the shipped schemes are in use; `None`: all of them.
    pub schemes: Option<Vec<Named>>,
    /// Schemes of the site's own.
    pub own: Vec<SchemeText>,
    /// The file of the numbers that the site expects, relative to the facility file.
    pub roster: Option<Named>,
    /// Probability that a locomotive is not in the roster.
    pub unexpected: f64,
}

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Line in the file, from 1.
    pub line: usize,
}

/// A numbering scheme as written.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemeText {
    /// Its name.
    pub id: String,
    /// Regular expression of the whole number as painted; `{words}` stands for one of `words`.
    pub pattern: String,
    /// Texts that `{words}` stands for, such as the series of locomotives.
    pub words: Vec<String>,
    /// Name of the rule of its check digit.
    pub check: Option<String>,
    /// Natural logarithm of how often its numbers are met, compared with those of other schemes.
    pub log_prior: f64,
    /// Line in the file, from 1.
    pub line: usize,
}
