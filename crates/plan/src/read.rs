// SPDX-License-Identifier: MIT OR Apache-2.0
//! A plan's file -> [`Plan`].

use std::path::Path;

use facility::{FacilityErrors, Mistake};

use crate::plan::{Entry, Plan};
use crate::row::{Row, entry};
use crate::site::Site;
use crate::{json, table, time};

/// Larger files are no plans, bytes.
const LARGEST: u64 = 32 << 20;
/// So many mistakes are told.
const MOST_MISTAKES: usize = 50;

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// The file cannot be read, or everything that is wrong with it, by line.
    pub fn load(path: &Path, site: &Site) -> Result<Self, FacilityErrors> {
        let file = path.display().to_string();
        let refused = |problem| errors(&file, vec![Mistake::of_file(problem)]);
        let size = std::fs::metadata(path).map_or(0, |about| about.len());
        if size > LARGEST {
            return Err(refused(format!(
                "has {size} bytes, at most {LARGEST} are read"
            )));
        }
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| {
            refused(format!(
                "cannot be read: {error}; the argument --plan names it"
            ))
        })?;
        Self::parse(&text, &file, site)
    }

    /// Reads the text of a plan, which is JSON if it begins with a bracket; `file` names it in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(text: &str, file: &str, site: &Site) -> Result<Self, FacilityErrors> {
        let zone = time::zone(site.facility.timezone.as_deref());
        let text = text.trim_start_matches('\u{feff}');
        let (mut entries, mut mistakes) = (Vec::new(), Vec::new());
        let on_row = |row: &Row, mistakes: &mut Vec<Mistake>| {
            entries.extend(entry(row, site, &zone, mistakes));
        };
        if text.trim_start().starts_with(['[', '{']) {
            json::rows(text, &mut mistakes, on_row);
        } else {
            table::rows(text, &mut mistakes, on_row);
        }
        refuse_overlaps(&entries, &mut mistakes);
        if mistakes.is_empty() {
            return Ok(Self { entries });
        }
        mistakes.sort_by_key(|mistake| mistake.line);
        Err(errors(file, mistakes))
    }
}

/// One machine stands in one place at a time.
fn refuse_overlaps(entries: &[Entry], mistakes: &mut Vec<Mistake>) {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| (&a.shapes, a.from).cmp(&(&b.shapes, b.from)));
    for pair in sorted.windows(2) {
        let [first, second] = pair else { continue };
        if first.shapes == second.shapes && second.from < first.until {
            let (later, earlier) = if first.line > second.line {
                (first, second)
            } else {
                (second, first)
            };
            mistakes.push(Mistake {
                line: later.line,
                field: "number".to_owned(),
                problem: format!(
                    "'{}' is planned in line {} on {} for a part of this time already; a machine stands in one place at a time",
                    later.number, earlier.line, earlier.track
                ),
            });
        }
    }
}

/// What is wrong with a plan, as far as somebody would read it.
fn errors(file: &str, mut mistakes: Vec<Mistake>) -> FacilityErrors {
    let more = mistakes.len().saturating_sub(MOST_MISTAKES);
    mistakes.truncate(MOST_MISTAKES);
    if more > 0 {
        mistakes.push(Mistake::of_file(format!("and {more} more")));
    }
    FacilityErrors {
        file: file.to_owned(),
        mistakes,
    }
}
