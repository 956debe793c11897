// SPDX-License-Identifier: MIT OR Apache-2.0
//! A plan as JSON: an array of objects.

use facility::Mistake;
use facility::toml::hint;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::row::{FIELDS, Row};

/// Calls `on_row` for each object of an array; what is no such array is added to `mistakes`.
pub fn rows(
    text: &str,
    mistakes: &mut Vec<Mistake>,
    mut on_row: impl FnMut(&Row, &mut Vec<Mistake>),
) {
    let items: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(items) => items,
        Err(error) => {
            let problem = format!("no JSON array of entries: {error}");
            return mistakes.push(mistake(error.line(), "", problem));
        }
    };
    let (mut line, mut read) = (1, 0);
    for item in items {
        let offset = (item.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let between = text.get(read..offset).unwrap_or_default();
        line += between.matches('\n').count();
        read = offset;
        match serde_json::from_str::<Map<String, Value>>(item.get()) {
            Ok(object) => row(line, &object, mistakes, &mut on_row),
            Err(_) => mistakes.push(mistake(
                line,
                "",
                "is no object; write {\"number\": …, \"track\": …, \"from\": …, \"until\": …}"
                    .to_owned(),
            )),
        }
    }
}

/// One object.
fn row(
    line: usize,
    object: &Map<String, Value>,
    mistakes: &mut Vec<Mistake>,
    on_row: &mut impl FnMut(&Row, &mut Vec<Mistake>),
) {
    for key in object.keys().filter(|key| !FIELDS.contains(&key.as_str())) {
        let problem = format!("is unknown{}", hint(key, FIELDS));
        mistakes.push(mistake(line, key, problem));
    }
    let mut fields = [""; 5];
    for (place, field) in FIELDS.iter().enumerate() {
        match object.get(*field) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => fields[place] = text,
            Some(other) => {
                return mistakes.push(mistake(
                    line,
                    field,
                    format!("is {other}, expected a text in quotes"),
                ));
            }
        }
    }
    on_row(&Row { line, fields }, mistakes);
}

/// A mistake in a line.
fn mistake(line: usize, field: &str, problem: String) -> Mistake {
    Mistake {
        line,
        field: field.to_owned(),
        problem,
    }
}
