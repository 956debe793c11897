// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a document is said by name.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

use roundhouse_messages::{Data, Event};
use serde_json::{Value, json};

const EXAMPLES: &str = include_str!("data/examples.jsonl");

fn example(kind: &str) -> Value {
    let line = EXAMPLES.lines().find(|line| line.contains(kind)).unwrap();
    serde_json::from_str(line).unwrap()
}

/// The refusal of the example of `kind` with `value` at `pointer`.
fn refusal(kind: &str, pointer: &str, value: Value) -> String {
    let mut document = example(kind);
    *document.pointer_mut(pointer).unwrap() = value;
    Event::parse(&document.to_string()).unwrap_err().to_string()
}

/// Which example, the place of a value in it, a wrong value, and what is said of it.
const WRONG_VALUES: &str = r#"
    position | /data/ends/0/sigma             | 0      | is 0, expected metres above 0
    position | /data/ends/0/sigma             | -1.5   | is -1.5, expected metres above 0
    position | /data/ends/0/sigma             | "NaN"  | is the text 'NaN', expected a number
    position | /data/ends/0/sigma             | null   | is missing
    position | /data/ends/0/confidence        | 1.2    | is 1.2, expected a probability from 0 to 1
    position | /data/ends/0/kind              | "nose" | is 'nose', expected one of head, tail, unknown
    position | /data/frame                    | -1     | is the number -1, expected a whole number from 0
    position | /data/ends                     | {}     | is an object, expected a list
    position | /data/ends/0                   | 7      | is the number 7, expected an object
    position | /data/covers/0/to              | 1.0    | is 1, expected at least 'from' (3.2)
    position | /data/camera                   | ""     | is empty, expected a name
    position | /data/bodies/0/open_to         | "yes"  | is the text 'yes', expected true or false
    position | /time                          | "noon" | 'noon' is not an RFC 3339 time such as 2026-03-01T06:00:03.412Z
    position | /specversion                   | "0.3"  | is '0.3', expected '1.0'
    state    | /data/locomotives/0/head/sigma | 0      | is 0, expected metres above 0
    state    | /data/inputs/0                 | 3      | is the number 3, expected a text
    health   | /data/health                   | "fine" | is 'fine', expected one of online, connecting, stalled, frozen, blind, moved, offline, disabled, unknown
    health   | /data/reason                   | 7      | is the number 7, expected a text
    health   | /data/since                    | "noon" | 'noon' is not an RFC 3339 time such as 2026-03-01T06:00:03.412Z
"#;

/// A place as refusals write it: `data.ends[0]` for `/data/ends/0`.
fn field(pointer: &str) -> String {
    let mut field = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            field += &format!("[{part}]");
        } else {
            field += if field.is_empty() { "" } else { "." };
            field += part;
        }
    }
    field
}

#[test]
fn wrong_values_name_the_field() {
    for row in WRONG_VALUES.trim().lines() {
        let [kind, pointer, value, problem] = row
            .splitn(4, '|')
            .map(str::trim)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let value = serde_json::from_str(value).unwrap();
        let expected = format!("field '{}': {problem}", field(pointer));
        assert_eq!(refusal(kind, pointer, value), expected);
    }
}

#[test]
fn foreign_kinds_are_told_apart_from_broken_ones() {
    let mut document = example("tick");
    document["type"] = json!("com.roundhouse.image.v1");
    let error = Event::parse(&document.to_string()).unwrap_err();
    assert_eq!(error.field, "type");
    assert!(
        error
            .problem
            .starts_with("is 'com.roundhouse.image.v1', expected"),
        "{error}"
    );
}

#[test]
fn what_is_no_json_object_has_no_field() {
    for text in ["", "{", "[1]", "7", "{\"a\":1e999}"] {
        let error = Event::parse(text).unwrap_err();
        assert_eq!(error.field, "", "{text}: {error}");
    }
    assert_eq!(
        Event::parse("{} {}").unwrap_err().to_string(),
        "no JSON: trailing characters at column 4"
    );
}

#[test]
fn flow_defaults_to_prod_and_a_tick_needs_no_data() {
    let mut document = example("tick");
    let fields = document.as_object_mut().unwrap();
    fields.remove("flow");
    fields.remove("data");
    let event = Event::parse(&document.to_string()).unwrap();
    assert_eq!((event.flow.as_str(), event.data), ("prod", Data::Tick));
}

#[test]
fn unknown_fields_are_ignored() {
    for line in EXAMPLES.lines() {
        let mut document: Value = serde_json::from_str(line).unwrap();
        document["traceparent"] = json!("00-ab-cd-01");
        document["data"]["colour"] = json!([1, {"deep": null}]);
        assert_eq!(Event::parse(&document.to_string()), Event::parse(line));
    }
}
