// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header of a picture as imagezmq has it: a JSON object whose first key is `msg`.
//!
//! A subscriber of imagezmq chooses cameras by the beginning of this text, so it is written as Python's `json.dumps` writes it. Our
//! event is one more key, `ext`, which imagezmq does not look at.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// The only type of pixels that is taken.
pub const BYTES: &str = "uint8";

/// A header that is read.
#[derive(Debug, Deserialize)]
pub struct Header<'a> {
    msg: Option<Value>,
    /// The type of the pixels; left out of a compressed picture.
    pub dtype: Option<String>,
    /// Height, width and, unless there is one, channels.
    pub shape: Option<Vec<usize>>,
    /// Our event.
    #[serde(borrow)]
    pub ext: Option<&'a RawValue>,
}

impl Header<'_> {
    /// What the sender says of the picture, which is the name of its camera; `None` if it says nothing.
    pub fn name(&self) -> Option<String> {
        self.msg.as_ref().map(|msg| match msg {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        })
    }
}

/// Writes a header. `shape` is that of raw pixels.
pub fn write(name: &str, shape: Option<&[usize]>, event: &str) -> String {
    let mut text = format!("{{\"msg\": {}", python_text(name));
    if let Some(shape) = shape {
        let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
        text.push_str(&format!(
            ", \"dtype\": \"{BYTES}\", \"shape\": [{}]",
            shape.join(", ")
        ));
    }
    text.push_str(&format!(", \"ext\": {event}}}"));
    text
}

/// A text in JSON as Python writes it: everything that is not ASCII is escaped.
fn python_text(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    written.push('"');
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            ' '..='~' => written.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    written.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_written_as_python_does() {
        let raw = write("cam-é1", Some(&[4, 6, 3]), "{}");
        let expected = r#"{"msg": "cam-\u00e91", "dtype": "uint8", "shape": [4, 6, 3], "ext": {}}"#;
        assert_eq!(raw, expected);
        let jpeg = write("a\"🚂\u{7f}", None, "{}");
        assert_eq!(jpeg, r#"{"msg": "a\"\ud83d\ude82\u007f", "ext": {}}"#);
    }

    proptest! {
        #[test]
        fn any_name_is_read_as_it_was_written(name in ".{0,20}") {
            let text = write(&name, None, "{}");
            let header: Header<'_> = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(header.name(), Some(name));
        }
    }
}
