// SPDX-License-Identifier: MIT OR Apache-2.0
//! A plan as a table: CSV with a header, separated by commas or, as some spreadsheets do, by semicolons.

use csv::{ReaderBuilder, Trim};
use facility::Mistake;
use names::nearest;

use crate::row::{FIELDS, Row};

/// Calls `on_row` for each row of a table; what is no table is added to `mistakes`.
pub fn rows(
    text: &str,
    mistakes: &mut Vec<Mistake>,
    mut on_row: impl FnMut(&Row, &mut Vec<Mistake>),
) {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(text))
        .comment(Some(b'#'))
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return mistakes.push(Mistake::of_file(format!("no CSV: {error}"))),
    };
    let place = |field: &str| {
        header
            .iter()
            .position(|name| name.eq_ignore_ascii_case(field))
    };
    let places = FIELDS.map(place);
    for (field, _) in FIELDS
        .iter()
        .zip(places)
        .take(4)
        .filter(|(_, place)| place.is_none())
    {
        let meant = nearest(field, header.iter());
        let meant = meant.map_or_else(String::new, |name| format!(" (is it '{name}'?)"));
        mistakes.push(Mistake {
            line: 1,
            field: (*field).to_owned(),
            problem: format!("the header has no such column{meant}; a plan begins with number,track,from,until and, if you like, model"),
        });
    }
    if places.iter().take(4).any(Option::is_none) {
        return;
    }
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                mistakes.push(Mistake::of_file(format!("no CSV: {error}")));
                continue;
            }
        };
        let line = record.position().map_or(0, |place| line_of(text, place));
        let field = |place: Option<usize>| {
            place
                .and_then(|place| record.get(place))
                .unwrap_or_default()
        };
        let fields = places.map(field);
        if fields.iter().any(|field| !field.is_empty()) {
            on_row(&Row { line, fields }, mistakes);
        }
    }
}

/// The line of a record: the reader's place is behind the record before, and lines that say nothing may follow.
fn line_of(text: &str, place: &csv::Position) -> usize {
    let rest = text.get(place.byte() as usize..).unwrap_or_default();
    let silent = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    place.line() as usize + rest.lines().take_while(silent).count()
}

/// The sign between columns: what is in the first line that is no comment.
fn delimiter(text: &str) -> u8 {
    let header = text
        .lines()
        .find(|line| !line.starts_with('#') && !line.trim().is_empty());
    let has = |sign: char| header.is_some_and(|header| header.contains(sign));
    if has(';') && !has(',') { b';' } else { b',' }
}
