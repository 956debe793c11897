// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a facility file.

use std::fmt;

/// One thing that is wrong or odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Line in the file, from 1; 0 if the file as a whole is meant.
    pub line: usize,
    /// The key, such as `camera[0].covers[1].track`; empty if the file as a whole is meant.
    pub field: String,
    /// What is wrong and what to do about it.
    pub problem: String,
}

impl Mistake {
    /// A mistake of the whole file.
    #[must_use]
    pub const fn of_file(problem: String) -> Self {
        Self {
            line: 0,
            field: String::new(),
            problem,
        }
    }
}

/// Everything that is wrong with a facility file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacilityErrors {
    /// The file's name, as given.
    pub file: String,
    /// The mistakes in the order of their lines, at least one.
    pub mistakes: Vec<Mistake>,
}

impl std::error::Error for FacilityErrors {}

/// One line for each mistake: `facility.toml:12: camera[0].rate: is -1, expected ...`.
impl fmt::Display for FacilityErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}:", self.file)?;
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

/// Without the file's name: `12: camera[0].rate: is -1, expected ...`.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        if !self.field.is_empty() {
            write!(f, " {}:", self.field)?;
        }
        write!(f, " {}", self.problem)
    }
}
