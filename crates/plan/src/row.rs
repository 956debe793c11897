// SPDX-License-Identifier: MIT OR Apache-2.0
//! A row of a plan, checked field by field.

use facility::Mistake;
use facility::toml::hint;
use jiff::tz::TimeZone;
use messages::{Timestamp, Validity};
use plates::fold;

use crate::plan::Entry;
use crate::site::Site;
use crate::time::{End, parse};

/// The fields of an entry. The last one may be left out.
pub const FIELDS: [&str; 5] = ["number", "track", "from", "until", "model"];

/// A row as it is written: its line and its fields, empty where nothing is said.
pub struct Row<'a> {
    /// Line in the file, from 1.
    pub line: usize,
    /// The fields in the order of [`FIELDS`].
    pub fields: [&'a str; 5],
}

/// The entry of a row; what is wrong with it is added to `mistakes`.
pub fn entry(
    row: &Row,
    site: &Site,
    zone: &TimeZone,
    mistakes: &mut Vec<Mistake>,
) -> Option<Entry> {
    let before = mistakes.len();
    let mut mistake = |field: usize, problem: String| {
        mistakes.push(Mistake {
            line: row.line,
            field: FIELDS[field].to_owned(),
            problem,
        });
    };
    let [number, track, from, until, model] = row.fields.map(str::trim);
    let shapes = fold(number).unwrap_or_else(|sign| {
        mistake(0, format!("'{number}' has '{sign}', which cannot be read from a plate; write the number as it is painted"));
        Vec::new()
    });
    if number.is_empty() {
        mistake(0, "is empty; write the number as it is painted".to_owned());
    } else if site.validity(&shapes) == Validity::Failed {
        mistake(
            0,
            format!(
                "'{number}' has a check digit that cannot be; correct the number, or add its scheme to the facility file"
            ),
        );
    }
    let tracks = &site.facility.tracks;
    if site.facility.track(track).is_none() {
        let known = hint(track, tracks.iter().map(|track| track.id.as_str()));
        mistake(1, format!("there is no track '{track}'{known}"));
    }
    let models = &site.facility.models;
    if !model.is_empty() && !models.is_empty() && site.facility.model(model).is_none() {
        let known = hint(model, models.iter().map(|model| model.name.as_str()));
        mistake(4, format!("there is no model '{model}'{known}"));
    }
    let mut time = |field: usize, text: &str, end: End| {
        let time = parse(text, zone, end);
        time.map_err(|problem| mistake(field, problem)).ok()
    };
    let from = time(2, from, End::Begin);
    // Without an end it stands there until the plan is changed.
    let until = match until {
        "" => Some(Timestamp::MAX),
        text => time(3, text, End::End),
    };
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        mistake(
            3,
            format!("is not after 'from' ({from}); exchange them, or correct one"),
        );
    }
    if mistakes.len() > before {
        return None;
    }
    Some(Entry {
        number: number.to_owned(),
        shapes,
        track: track.to_owned(),
        from: from?,
        until: until?,
        model: Some(model.to_owned()).filter(|model| !model.is_empty()),
        line: row.line,
    })
}
