// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading documents field by field, so that every refusal names the field.

use serde_json::{Map, Value};

use crate::Timestamp;

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", if field.is_empty() { String::new() } else { format!("field '{field}': ") })]
pub struct ParseError {
    /// The path of the field, such as `data.ends[0].sigma`; empty if the text is no JSON object at all;
    /// `type` if this is another kind of message, which a reader of mixed streams may pass over.
    pub field: String,
    /// What is wrong with it and what is expected.
    pub problem: String,
}

impl ParseError {
    /// A field and what is wrong with it.
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

type Result<T> = std::result::Result<T, ParseError>;

/// A JSON object at a known place of the document.
pub(crate) struct Object<'a> {
    path: String,
    map: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The object that `value` is; `path` is empty for the document itself.
    pub(crate) fn new(path: String, value: &'a Value) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self { path, map }),
            other => Err(ParseError::new(
                path,
                format!("is {}, expected an object", kind_of(other)),
            )),
        }
    }

    /// A field that must be there.
    pub(crate) fn need(&self, key: &'static str) -> Result<Field<'a, '_>> {
        self.get(key)
            .ok_or_else(|| ParseError::new(join(&self.path, key), "is missing"))
    }

    /// A field that may be left out; `null` counts as left out.
    pub(crate) fn get(&self, key: &'static str) -> Option<Field<'a, '_>> {
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        Some(Field {
            parent: &self.path,
            key,
            value,
        })
    }

    /// A list of objects that may be left out, each read by `read`.
    pub(crate) fn list<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Object) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.get(key)
            .map_or(Ok(Vec::new()), |field| field.objects(read))
    }
}

/// One field of an object.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a, 'p> {
    parent: &'p str,
    key: &'static str,
    value: &'a Value,
}

impl<'a> Field<'a, '_> {
    /// The field with the objects that hold it: `data.ends[0].s`.
    fn path(&self) -> String {
        join(self.parent, self.key)
    }

    /// Refuses this field.
    pub(crate) fn refuse(&self, problem: impl Into<String>) -> ParseError {
        ParseError::new(self.path(), problem)
    }

    /// Refuses a value of another kind.
    fn wrong_kind(&self, expected: &str) -> ParseError {
        self.refuse(format!("is {}, expected {expected}", kind_of(self.value)))
    }

    /// A text.
    pub(crate) fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.wrong_kind("a text"))
    }

    /// A text of its own.
    pub(crate) fn string(&self) -> Result<String> {
        self.text().map(str::to_owned)
    }

    /// A text that names something: not empty.
    pub(crate) fn name(&self) -> Result<String> {
        match self.text()? {
            "" => Err(self.refuse("is empty, expected a name")),
            name => Ok(name.to_owned()),
        }
    }

    /// Any finite number; JSON has no other, but a number too large for 64 bits reads as infinity.
    pub(crate) fn number(&self) -> Result<f64> {
        match self.value.as_f64() {
            Some(number) if number.is_finite() => Ok(number),
            _ => Err(self.wrong_kind("a number")),
        }
    }

    /// A standard deviation: above zero.
    pub(crate) fn sigma(&self) -> Result<f64> {
        match self.number()? {
            sigma if sigma > 0.0 => Ok(sigma),
            sigma => Err(self.refuse(format!("is {sigma}, expected metres above 0"))),
        }
    }

    /// A number from 0 to 1.
    pub(crate) fn probability(&self) -> Result<f64> {
        match self.number()? {
            p if (0.0..=1.0).contains(&p) => Ok(p),
            p => Err(self.refuse(format!("is {p}, expected a probability from 0 to 1"))),
        }
    }

    /// A whole number from 0.
    pub(crate) fn count(&self) -> Result<u64> {
        self.value
            .as_u64()
            .ok_or_else(|| self.wrong_kind("a whole number from 0"))
    }

    /// True or false.
    pub(crate) fn flag(&self) -> Result<bool> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong_kind("true or false"))
    }

    /// A time as RFC 3339 writes it.
    pub(crate) fn time(&self) -> Result<Timestamp> {
        self.text()?
            .parse()
            .map_err(|error: crate::timestamp::TimestampError| self.refuse(error.to_string()))
    }

    /// One of the words of an enumeration.
    pub(crate) fn word<T>(
        &self,
        words: &[&str],
        from_word: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let word = self.text()?;
        from_word(word).ok_or_else(|| {
            self.refuse(format!("is '{word}', expected one of {}", words.join(", ")))
        })
    }

    /// An object.
    pub(crate) fn object(&self) -> Result<Object<'a>> {
        Object::new(self.path(), self.value)
    }

    /// A list.
    fn array(&self) -> Result<&'a [Value]> {
        self.value
            .as_array()
            .map(Vec::as_slice)
            .ok_or_else(|| self.wrong_kind("a list"))
    }

    /// A list of objects, each read by `read`.
    pub(crate) fn objects<T>(&self, read: impl Fn(&Object) -> Result<T>) -> Result<Vec<T>> {
        let item = |(index, value)| read(&Object::new(format!("{}[{index}]", self.path()), value)?);
        self.array()?.iter().enumerate().map(item).collect()
    }

    /// A list of texts.
    pub(crate) fn texts(&self) -> Result<Vec<String>> {
        let item = |(index, value): (usize, &Value)| match value {
            Value::String(text) => Ok(text.clone()),
            other => {
                let place = format!("{}[{index}]", self.path());
                Err(ParseError::new(
                    place,
                    format!("is {}, expected a text", kind_of(other)),
                ))
            }
        };
        self.array()?.iter().enumerate().map(item).collect()
    }
}

/// The path of `key` in the object `parent`.
fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

/// What a value is, for a sentence.
fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text '{text}'"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
