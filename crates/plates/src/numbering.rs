// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a site's locomotives are numbered: its schemes, its roster, and from them what a text is worth before it is read.

use std::path::Path;

use facility::{FacilityErrors, Mistake};

use crate::beam;
use crate::format::Format;
use crate::roster::Roster;
use crate::{Emissions, Scheme, Shape, log_probability, signs};

/// Texts kept of the search within the schemes.
const SCHEME_WIDTH: usize = 24;
/// Texts kept of the search without any scheme.
const FREE_WIDTH: usize = 6;
/// Roster numbers that are looked at closer.
const ROSTER_BEST: usize = 6;
/// What a text that fits no scheme loses against one that does, nats: plates that follow no scheme of the site are rare.
const STRANGER: f64 = 6.0;

/// A text that a plate may bear.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its shapes.
    pub number: Vec<Shape>,
    /// Index of the scheme whose form and check rule it obeys.
    pub scheme: Option<usize>,
    /// Logarithm of how much it is expected, up to a constant.
    pub log_prior: f64,
}

/// How a site's locomotives are numbered.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbering {
    pub(crate) format: Format,
    roster: Roster,
    /// Probability that a locomotive is not in the roster.
    unexpected: f64,
}

impl Numbering {
    /// All shipped schemes, no roster.
    ///
    /// # Errors
    /// None: the shipped schemes are tested.
    pub fn shipped() -> Result<Self, FacilityErrors> {
        Self::new(None, "", Path::new(""))
    }

    /// The numbering of the site of a facility file, of which only the schemes called `names` count; all that it has if none is
    /// named.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_schemes(
        names: &[&str],
        site: Option<&facility::Numbering>,
        file: &Path,
    ) -> Result<Self, FacilityErrors> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let file = &file.display().to_string();
        if names.is_empty() {
            return Self::new(site, file, folder);
        }
        let mut site = site.cloned().unwrap_or_else(|| facility::Numbering {
            schemes: None,
            own: Vec::new(),
            roster: None,
            unexpected: 1.0,
        });
        site.own.retain(|own| names.contains(&own.id.as_str()));
        let shipped = names
            .iter()
            .filter(|name| !site.own.iter().any(|own| own.id == **name));
        site.schemes = Some(
            shipped
                .map(|name| facility::Named {
                    name: (*name).to_owned(),
                    line: 0,
                })
                .collect(),
        );
        Self::new(Some(&site), file, folder)
    }

    /// The numbering of a site. `file` names the facility file in errors; the roster lies relative to `folder`.
    ///
    /// # Errors
    /// Everything that is wrong with the schemes, or with the roster.
    pub fn new(
        site: Option<&facility::Numbering>,
        file: &str,
        folder: &Path,
    ) -> Result<Self, FacilityErrors> {
        let errors = |mistakes| FacilityErrors {
            file: file.to_owned(),
            mistakes,
        };
        let format = Format::new(schemes(site).map_err(errors)?).map_err(|problem| {
            errors(vec![Mistake {
                line: 0,
                field: "numbering".to_owned(),
                problem,
            }])
        })?;
        let roster = match site.and_then(|site| site.roster.as_ref()) {
            Some(roster) => Roster::load(&folder.join(&roster.name), &format)?,
            None => Roster::default(),
        };
        Ok(Self {
            format,
            roster,
            unexpected: site.map_or(1.0, |site| site.unexpected),
        })
    }

    /// The same with this roster, given as the text of a roster file; `unexpected` is the probability that a locomotive is
    /// not in it.
    ///
    /// # Errors
    /// Everything that is wrong with the roster.
    pub fn with_roster(
        mut self,
        text: &str,
        file: &str,
        unexpected: f64,
    ) -> Result<Self, FacilityErrors> {
        self.roster = Roster::parse(text, file, &self.format)?;
        self.unexpected = unexpected.clamp(1e-6, 1.0);
        Ok(self)
    }

    /// Its schemes.
    pub fn schemes(&self) -> &[Scheme] {
        &self.format.schemes
    }

    /// Its roster; empty if it has none.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// A number as it is written in this site: as its scheme writes it, else shape by shape.
    pub fn write(&self, number: &[Shape]) -> String {
        self.format
            .scheme_of(number)
            .and_then(|index| self.format.schemes[index].write(number))
            .unwrap_or_else(|| signs(number))
    }

    /// Gives a text its scheme and its prior.
    pub(crate) fn candidate(&self, number: Vec<Shape>) -> Candidate {
        let scheme = self.format.scheme_of(&number);
        self.judged(number, scheme)
    }

    /// A text as a candidate, with its prior.
    fn judged(&self, number: Vec<Shape>, scheme: Option<usize>) -> Candidate {
        let log_prior = match scheme {
            None => -STRANGER,
            Some(index) => self.format.schemes[index].log_prior + self.expectation(&number, index),
        };
        Candidate {
            number,
            scheme,
            log_prior,
        }
    }

    /// How much the roster changes the expectation of a valid number, nats: a known one is one of few, an unknown one is one
    /// of all that its scheme has.
    fn expectation(&self, number: &[Shape], scheme: usize) -> f64 {
        if self.roster.is_empty() {
            0.0
        } else if self.roster.contains(number) {
            let known = (1.0 - self.unexpected).ln() - (self.roster.len() as f64).ln();
            (known + self.format.log_texts[scheme]).max(0.0)
        } else {
            self.unexpected.ln()
        }
    }

    /// Texts worth scoring against one crop: the best of each scheme and of the roster, and the best whatever the scheme.
    /// The search takes well under 100 us, a roster of 400 a millisecond.
    pub fn candidates(&self, emissions: &Emissions) -> Vec<Candidate> {
        let free = beam::search(emissions, None, FREE_WIDTH);
        let formed = beam::search(emissions, Some(&self.format.automaton), SCHEME_WIDTH);
        let mut found: Vec<Candidate> = formed
            .into_iter()
            .filter_map(|found| {
                let scheme = self
                    .format
                    .best(self.format.automaton.complete(found.state), &found.text)?;
                Some(self.judged(found.text, Some(scheme)))
            })
            .collect();
        found.extend(self.roster_candidates(emissions));
        found.extend(
            free.into_iter()
                .filter(|found| !found.text.is_empty())
                .map(|found| self.candidate(found.text)),
        );
        found
    }

    /// The numbers of the roster that fit the crop best.
    fn roster_candidates(&self, emissions: &Emissions) -> impl Iterator<Item = Candidate> {
        let mut scored: Vec<_> = self
            .roster
            .entries()
            .iter()
            .map(|entry| (log_probability(emissions, &entry.number), entry))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.truncate(ROSTER_BEST);
        scored
            .into_iter()
            .map(|(_, entry)| self.judged(entry.number.clone(), Some(entry.scheme)))
    }
}

/// The schemes that a site uses, or all mistakes.
fn schemes(site: Option<&facility::Numbering>) -> Result<Vec<Scheme>, Vec<Mistake>> {
    let shipped = Scheme::shipped().map_err(|errors| errors.mistakes)?;
    let mut mistakes = Vec::new();
    let mut texts = match site.and_then(|site| site.schemes.as_ref()) {
        None => shipped,
        Some(names) => names
            .iter()
            .filter_map(|named| {
                let text = shipped.iter().find(|text| text.id == named.name).cloned();
                if text.is_none() {
                    let known: Vec<_> = shipped.iter().map(|text| text.id.as_str()).collect();
                    mistakes.push(Mistake {
                        line: named.line,
                        field: "numbering.schemes".to_owned(),
                        problem: format!(
                            "there is no shipped scheme '{}'; known: {}",
                            named.name,
                            known.join(", ")
                        ),
                    });
                }
                text
            })
            .collect(),
    };
    for own in site.map(|site| site.own.as_slice()).unwrap_or_default() {
        // A scheme of the site's own takes the place of a shipped one of its name.
        texts.retain(|text| text.id != own.id);
        texts.push(own.clone());
    }
    let read: Vec<_> = texts
        .iter()
        .filter_map(|text| {
            Scheme::new(text)
                .map_err(|mistake| mistakes.push(mistake))
                .ok()
        })
        .collect();
    if mistakes.is_empty() {
        Ok(read)
    } else {
        Err(mistakes)
    }
}
