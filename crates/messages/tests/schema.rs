// SPDX-License-Identifier: MIT OR Apache-2.0
//! The published schemas, the examples and the reader say the same.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

use std::path::Path;

use roundhouse_messages::Event;
use serde_json::{Map, Value};

const EXAMPLES: &str = include_str!("data/examples.jsonl");

fn schema(kind: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema");
    serde_json::from_str(&std::fs::read_to_string(folder.join(format!("{kind}.v1.json"))).unwrap())
        .unwrap()
}

/// The schema of a kind, with what the envelope's schema says put into it.
fn whole_schema(kind: &str) -> Value {
    let (envelope, mut schema) = (schema("envelope"), schema(kind));
    for (key, property) in envelope["properties"].as_object().unwrap() {
        schema["properties"]
            .as_object_mut()
            .unwrap()
            .entry(key)
            .or_insert_with(|| property.clone());
    }
    let required = schema["required"].as_array_mut().unwrap();
    required.extend_from_slice(envelope["required"].as_array().unwrap());
    schema
}

/// Each example with the schema that describes it.
fn examples() -> Vec<(Value, Value)> {
    let example = |line: &str| {
        let document: Value = serde_json::from_str(line).unwrap();
        let name = document["type"].as_str().unwrap();
        let kind = name
            .strip_prefix("com.roundhouse.")
            .unwrap()
            .strip_suffix(".v1")
            .unwrap();
        let schema = whole_schema(kind);
        assert_eq!(schema["properties"]["type"]["const"], name);
        (document, schema)
    };
    EXAMPLES.lines().map(example).collect()
}

/// Calls `visit` with the JSON pointer of every object in `value` that `schema` describes, and with its schema.
fn walk(
    value: &Value,
    schema: &Value,
    pointer: &str,
    visit: &mut impl FnMut(&str, &Map<String, Value>, &Value),
) {
    match value {
        Value::Object(fields) => {
            visit(pointer, fields, schema);
            for (key, field) in fields {
                walk(
                    field,
                    &schema["properties"][key],
                    &format!("{pointer}/{key}"),
                    visit,
                );
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &schema["items"], &format!("{pointer}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// `/data/ends/0/s` as errors write it: `data.ends[0].s`.
fn field_of(pointer: &str) -> String {
    let parts = pointer.split('/').skip(1);
    let written = parts.map(|part| {
        if part.parse::<usize>().is_ok() {
            format!("[{part}]")
        } else {
            format!(".{part}")
        }
    });
    written
        .collect::<Vec<_>>()
        .concat()
        .trim_start_matches('.')
        .to_owned()
}

#[test]
fn examples_hold_no_undescribed_field() {
    for (document, schema) in examples() {
        walk(&document, &schema, "", &mut |pointer, fields, schema| {
            for key in fields.keys() {
                assert!(schema["properties"].get(key).is_some(), "{pointer}/{key}");
            }
        });
    }
}

#[test]
fn required_fields_are_those_that_the_reader_needs() {
    for (document, schema) in examples() {
        walk(&document, &schema, "", &mut |pointer, fields, schema| {
            for key in fields.keys() {
                let place = format!("{pointer}/{key}");
                let mut without = document.clone();
                without
                    .pointer_mut(pointer)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove(key);
                let read = Event::parse(&without.to_string());
                if schema["required"]
                    .as_array()
                    .unwrap()
                    .contains(&Value::from(key.as_str()))
                {
                    let error = read.unwrap_err();
                    assert_eq!(
                        (error.field, error.problem.as_str()),
                        (field_of(&place), "is missing")
                    );
                } else {
                    assert!(read.is_ok(), "{place}: {read:?}");
                }
            }
        });
    }
}
