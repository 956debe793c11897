// SPDX-License-Identifier: MIT OR Apache-2.0
//! The forms that a site's numbers can have: all its schemes at once.

use messages::Validity;

use crate::automaton::Automaton;
use crate::{Scheme, Shape};

/// The forms of a site's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    /// The schemes; everything else counts them by their index.
    pub schemes: Vec<Scheme>,
    /// All forms at once, for the search.
    pub automaton: Automaton,
    /// Logarithm of how many valid numbers each scheme has.
    pub log_texts: Vec<f64>,
}

impl Format {
    /// The forms of `schemes`; why a pattern cannot be searched for.
    pub fn new(schemes: Vec<Scheme>) -> Result<Self, String> {
        let automaton = Automaton::of(
            &schemes
                .iter()
                .map(|scheme| &scheme.pattern)
                .collect::<Vec<_>>(),
        )?;
        let log_texts = (0u16..)
            .zip(&schemes)
            .map(|(index, scheme)| {
                let valid = if scheme.check.is_some() { 0.1 } else { 1.0 };
                (automaton.texts(index) * valid).ln()
            })
            .collect();
        Ok(Self {
            schemes,
            automaton,
            log_texts,
        })
    }

    /// Of the schemes whose form and check rule a number obeys, the one that is met most often.
    pub fn scheme_of(&self, number: &[Shape]) -> Option<usize> {
        self.best(self.automaton.fits(number), number)
    }

    /// Of the schemes of `fitting` whose check rule a number obeys, the one that is met most often.
    pub fn best(&self, fitting: &[u16], number: &[Shape]) -> Option<usize> {
        fitting
            .iter()
            .map(|&index| usize::from(index))
            .filter(|&index| self.schemes[index].validity(number) != Validity::Failed)
            .reduce(|a, b| {
                if self.schemes[b].log_prior > self.schemes[a].log_prior {
                    b
                } else {
                    a
                }
            })
    }

    /// The schemes whose form a number has, its check digit aside.
    pub fn forms_of<'a>(&'a self, number: &[Shape]) -> impl Iterator<Item = &'a Scheme> {
        self.automaton
            .fits(number)
            .iter()
            .map(|&index| &self.schemes[usize::from(index)])
    }

    /// The names of all schemes.
    pub fn names(&self) -> String {
        let names: Vec<_> = self
            .schemes
            .iter()
            .map(|scheme| scheme.id.as_str())
            .collect();
        names.join(", ")
    }
}
