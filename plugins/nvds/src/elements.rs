// SPDX-License-Identifier: MIT OR Apache-2.0
//! `DeepStream`'s elements and their properties, for whoever checks a pipeline where they cannot be asked.
//!
//! ```
//! use roundhouse_nvds::elements::find;
//!
//! let muxer = find("nvstreammux").unwrap();
//! assert!(muxer.property("batch-sise").is_none());
//! assert_eq!(muxer.property("batch-size").unwrap().check("8"), Ok(()));
//! assert_eq!(
//!     muxer.property("batch-size").unwrap().check("many"),
//!     Err("is no whole number from 0 to 1024".to_owned())
//! );
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use toml_edit::Document;

const TABLE: &str = include_str!("elements.toml");

/// One of `DeepStream`'s elements.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Name of its factory.
    pub name: String,
    /// Its properties, those of `GStreamer`'s base classes included.
    pub properties: BTreeMap<String, Kind>,
    /// Names of its pad templates, such as `sink_%u`.
    pub pads: Vec<String>,
}

/// What a property takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `true`, `false`, `1`, `0`, `yes`, `no`.
    Bool,
    /// A whole number between these.
    Int(i64, i64),
    /// A number.
    Float,
    /// Anything.
    Text,
    /// One of these words, or its number.
    Word(Vec<String>),
}

/// The element of this factory name, if it is one of `DeepStream`'s.
#[must_use]
pub fn find(name: &str) -> Option<&'static Element> {
    ELEMENTS.get(name)
}

/// The factory names of all elements that are known, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    ELEMENTS.keys().map(String::as_str)
}

impl Element {
    /// What the property of this name takes.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Kind> {
        self.properties.get(name)
    }
}

impl Kind {
    /// Whether `value`, as a pipeline text has it, can be given to the property.
    ///
    /// # Errors
    /// What is wrong with it, to follow the value in a sentence.
    pub fn check(&self, value: &str) -> Result<(), String> {
        let is_number = || value.parse::<i64>().is_ok();
        let fits = match self {
            Self::Bool => ["true", "false", "1", "0", "yes", "no"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word)),
            Self::Int(least, most) => value
                .parse()
                .is_ok_and(|number: i64| (*least..=*most).contains(&number)),
            Self::Float => value.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Text => true,
            Self::Word(words) => words.iter().any(|word| word == value) || is_number(),
        };
        if fits {
            Ok(())
        } else {
            Err(format!("is {self}"))
        }
    }
}

/// What a value is that does not fit.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("neither true nor false"),
            Self::Int(i64::MIN, i64::MAX) => f.write_str("no whole number"),
            Self::Int(least, i64::MAX) => write!(f, "no whole number from {least} on"),
            Self::Int(least, most) => write!(f, "no whole number from {least} to {most}"),
            Self::Float => f.write_str("no number"),
            Self::Text => f.write_str("no text"),
            Self::Word(words) => write!(f, "none of {}", words.join(", ")),
        }
    }
}

/// What is written once for all elements of a kind.
const INHERITED: [(&str, &[(&str, Kind)]); 4] = [
    ("element", &[]),
    ("transform", &[("qos", Kind::Bool)]),
    (
        "bin",
        &[
            ("async-handling", Kind::Bool),
            ("message-forward", Kind::Bool),
        ],
    ),
    (
        "sink",
        &[
            ("sync", Kind::Bool),
            ("async", Kind::Bool),
            ("qos", Kind::Bool),
            ("max-lateness", Kind::Int(-1, i64::MAX)),
            ("enable-last-sample", Kind::Bool),
            ("ts-offset", Kind::Int(i64::MIN, i64::MAX)),
        ],
    ),
];

static ELEMENTS: LazyLock<BTreeMap<String, Element>> = LazyLock::new(|| {
    // The table is part of this crate, and a test reads it.
    read(TABLE).unwrap_or_default()
});

/// Reads the table of elements.
fn read(table: &str) -> Option<BTreeMap<String, Element>> {
    let table = Document::parse(table).ok()?;
    table
        .iter()
        .map(|(name, element)| {
            let kind = element.get("kind")?.as_str()?;
            let (_, inherited) = INHERITED.iter().find(|(known, _)| *known == kind)?;
            let mut properties: BTreeMap<String, Kind> = [("name", Kind::Text)]
                .iter()
                .chain(*inherited)
                .map(|(name, kind)| ((*name).to_owned(), kind.clone()))
                .collect();
            for (name, kind) in element.get("properties")?.as_table_like()?.iter() {
                properties.insert(name.to_owned(), read_kind(kind.as_str()?)?);
            }
            let pads = element.get("pads")?.as_array()?.iter();
            let pads = pads.map(|pad| pad.as_str().map(str::to_owned));
            let element = Element {
                name: name.to_owned(),
                properties,
                pads: pads.collect::<Option<_>>()?,
            };
            Some((name.to_owned(), element))
        })
        .collect()
}

/// Reads what values a property takes.
fn read_kind(text: &str) -> Option<Kind> {
    let mut words = text.split_whitespace();
    let kind = words.next()?;
    let mut limit = |open: i64| match words.next()? {
        "_" => Some(open),
        number => number.parse().ok(),
    };
    Some(match kind {
        "bool" => Kind::Bool,
        "text" => Kind::Text,
        "float" => Kind::Float,
        "int" => Kind::Int(limit(i64::MIN)?, limit(i64::MAX)?),
        "enum" => Kind::Word(words.map(str::to_owned).collect()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read() {
        let elements = read(TABLE).unwrap();
        assert!(elements.len() >= 15, "{}", elements.len());
        for (name, element) in elements {
            assert!(!element.pads.is_empty(), "{name}");
            for kind in element.properties.values() {
                assert_ne!(*kind, Kind::Word(Vec::new()), "{name}");
            }
        }
    }

    #[test]
    fn values_are_checked() {
        let check = |element: &str, property: &str, value: &str| {
            find(element)
                .unwrap()
                .property(property)
                .unwrap()
                .check(value)
        };
        assert_eq!(
            check("nvurisrcbin", "select-rtp-protocol", "rtp-tcp"),
            Ok(())
        );
        assert_eq!(check("nvurisrcbin", "select-rtp-protocol", "4"), Ok(()));
        assert!(check("nvurisrcbin", "select-rtp-protocol", "tcp").is_err());
        assert_eq!(check("nvdsosd", "qos", "no"), Ok(()));
        assert_eq!(
            check("nvinfer", "batch-size", "0").unwrap_err(),
            "is no whole number from 1 to 1024"
        );
        assert!(find("nvdsosd").unwrap().property("display-txt").is_none());
        assert!(find("videotestsrc").is_none());
        assert!(names().any(|name| name == "nvtracker"));
    }
}
