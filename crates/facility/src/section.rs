// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading TOML key by key: what is wrong is noted with its line and reading goes on, so that all mistakes are found at once.

use std::cell::RefCell;

use toml_edit::{Item, TableLike, Value};

use crate::Mistake;
use crate::hint::hint;

/// What was noted while reading a file.
pub struct Notes<'a> {
    text: &'a str,
    mistakes: RefCell<Vec<Mistake>>,
    warnings: RefCell<Vec<Mistake>>,
}

impl<'a> Notes<'a> {
    /// No mistakes yet in this text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            mistakes: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// Line of a byte of the file, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.text
            .bytes()
            .take(offset)
            .filter(|&byte| byte == b'\n')
            .count()
            + 1
    }

    /// Notes a mistake.
    fn mistake(&self, offset: usize, field: &str, problem: String) -> Noted {
        self.mistakes
            .borrow_mut()
            .push(self.at(offset, field, problem));
        Noted
    }

    /// Notes a warning.
    fn warn(&self, offset: usize, field: &str, problem: String) {
        self.warnings
            .borrow_mut()
            .push(self.at(offset, field, problem));
    }

    /// A mistake in the line of this byte.
    fn at(&self, offset: usize, field: &str, problem: String) -> Mistake {
        Mistake {
            line: self.line(offset),
            field: field.to_owned(),
            problem,
        }
    }

    /// Mistakes and warnings, each in the order of their lines.
    pub fn finish(self) -> (Vec<Mistake>, Vec<Mistake>) {
        let sorted = |list: RefCell<Vec<Mistake>>| {
            let mut list = list.into_inner();
            list.sort_by_key(|mistake| mistake.line);
            list
        };
        (sorted(self.mistakes), sorted(self.warnings))
    }
}

/// Something could not be read, and why is noted.
#[derive(Debug, Clone, Copy)]
pub struct Noted;

/// What was read, or that it could not be.
pub type Read<T> = Result<T, Noted>;

/// A table of the file.
pub struct Section<'a> {
    notes: &'a Notes<'a>,
    table: &'a dyn TableLike,
    path: String,
    offset: usize,
    /// Keys asked for: all others are unknown.
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// The file itself.
    pub fn root(notes: &'a Notes<'a>, table: &'a dyn TableLike) -> Self {
        Self {
            notes,
            table,
            path: String::new(),
            offset: 0,
            asked: RefCell::default(),
        }
    }

    /// A key that may be left out.
    pub fn get(&self, key: &'static str) -> Option<Entry<'a>> {
        self.asked.borrow_mut().push(key);
        let (name, item) = self.table.get_key_value(key)?;
        let node = Node::of(item)?;
        let offset = item
            .span()
            .or_else(|| name.span())
            .map_or(self.offset, |span| span.start);
        Some(Entry {
            notes: self.notes,
            path: self.join(key),
            offset,
            node,
        })
    }

    /// A key that must be there; `remedy` says what to add.
    pub fn need(&self, key: &'static str, remedy: &str) -> Read<Entry<'a>> {
        self.get(key).ok_or_else(|| {
            let problem = format!("is missing; add {remedy}");
            self.notes.mistake(self.offset, &self.join(key), problem)
        })
    }

    /// The sections of a list of tables, none if it is left out.
    pub fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        self.get(key)
            .map(|entry| entry.sections())
            .unwrap_or_default()
    }

    /// Notes a mistake of the section as a whole.
    pub fn mistake(&self, problem: impl Into<String>) -> Noted {
        self.notes.mistake(self.offset, &self.path, problem.into())
    }

    /// Notes something odd about the section as a whole.
    pub fn warn(&self, problem: impl Into<String>) {
        self.notes.warn(self.offset, &self.path, problem.into());
    }

    /// Line of the section's first byte.
    pub fn line(&self) -> usize {
        self.notes.line(self.offset)
    }

    /// Warns of the keys that nobody asked for.
    pub fn finish(self) {
        for (offset, key, nearest) in self.unknown() {
            let problem = format!("is unknown and ignored{nearest}");
            self.notes.warn(offset, &self.join(&key), problem);
        }
    }

    /// Refuses the keys that nobody asked for.
    pub fn finish_strictly(self) {
        for (offset, key, nearest) in self.unknown() {
            let problem = format!("is unknown{nearest}");
            self.notes.mistake(offset, &self.join(&key), problem);
        }
    }

    /// The keys that nobody asked for: where each stands, its name, and a hint at the one that was meant.
    fn unknown(&self) -> Vec<(usize, String, String)> {
        let asked = self.asked.borrow();
        let others = self.table.iter().filter(|(key, _)| !asked.contains(key));
        let unknown = others.map(|(key, item)| {
            let name = self.table.key(key).and_then(toml_edit::Key::span);
            let offset = name
                .or_else(|| item.span())
                .map_or(self.offset, |span| span.start);
            (offset, key.to_owned(), hint(key, asked.iter().copied()))
        });
        unknown.collect()
    }

    /// The path of a key in this section.
    fn join(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// What stands at a key or in a list.
#[derive(Clone, Copy)]
enum Node<'a> {
    Value(&'a Value),
    Table(&'a toml_edit::Table),
    Tables(&'a toml_edit::ArrayOfTables),
}

impl<'a> Node<'a> {
    /// What stands at a key, if anything does.
    fn of(item: &'a Item) -> Option<Self> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(Self::Value(value)),
            Item::Table(table) => Some(Self::Table(table)),
            Item::ArrayOfTables(tables) => Some(Self::Tables(tables)),
        }
    }
}

/// A value of the file. Readers note what is wrong.
pub struct Entry<'a> {
    notes: &'a Notes<'a>,
    path: String,
    offset: usize,
    node: Node<'a>,
}

impl<'a> Entry<'a> {
    /// Notes a mistake here.
    pub fn mistake(&self, problem: impl Into<String>) -> Noted {
        self.notes.mistake(self.offset, &self.path, problem.into())
    }

    /// Notes something odd here.
    pub fn warn(&self, problem: impl Into<String>) {
        self.notes.warn(self.offset, &self.path, problem.into());
    }

    /// The line this stands in.
    pub fn line(&self) -> usize {
        self.notes.line(self.offset)
    }

    /// Notes that another kind of value is expected.
    fn wrong(&self, expected: &str) -> Noted {
        let found = match self.node {
            Node::Value(Value::String(text)) => format!("the text '{}'", text.value()),
            Node::Value(Value::Integer(number)) => number.value().to_string(),
            Node::Value(Value::Float(number)) => number.value().to_string(),
            Node::Value(Value::Boolean(flag)) => flag.value().to_string(),
            Node::Value(Value::Datetime(time)) => time.value().to_string(),
            Node::Value(Value::Array(_)) | Node::Tables(_) => "a list".to_owned(),
            Node::Value(Value::InlineTable(_)) | Node::Table(_) => "a table".to_owned(),
        };
        self.mistake(format!("is {found}, expected {expected}"))
    }

    /// A text that is not empty.
    pub fn name(&self) -> Read<String> {
        match self.node {
            Node::Value(Value::String(text)) if !text.value().is_empty() => {
                Ok(text.value().clone())
            }
            _ => Err(self.wrong("a name in quotes")),
        }
    }

    /// A finite number.
    fn as_number(&self) -> Option<f64> {
        match self.node {
            Node::Value(Value::Integer(number)) => Some(*number.value() as f64),
            Node::Value(Value::Float(number)) => {
                Some(*number.value()).filter(|number| number.is_finite())
            }
            _ => None,
        }
    }

    /// A number for which `accept` holds; `expected` says which.
    pub fn number_where(&self, expected: &str, accept: impl Fn(f64) -> bool) -> Read<f64> {
        self.as_number()
            .filter(|&number| accept(number))
            .ok_or_else(|| self.wrong(expected))
    }

    /// Any finite number.
    pub fn number(&self) -> Read<f64> {
        self.number_where("a number", |_| true)
    }

    /// A number above 0.
    pub fn positive(&self, unit: &str) -> Read<f64> {
        self.number_where(&format!("{unit} above 0"), |number| number > 0.0)
    }

    /// A whole number in 32 bits, at least `least`.
    pub fn whole(&self, least: u32) -> Read<u32> {
        let number = match self.node {
            Node::Value(Value::Integer(number)) => u32::try_from(*number.value()).ok(),
            _ => None,
        };
        number
            .filter(|&number| number >= least)
            .ok_or_else(|| self.wrong(&format!("a whole number from {least}")))
    }

    /// The values of a list.
    pub fn list(&self, expected: &str) -> Read<Vec<Entry<'a>>> {
        let Node::Value(Value::Array(array)) = self.node else {
            return Err(self.wrong(expected));
        };
        let entry = |(index, value): (usize, &'a Value)| Entry {
            notes: self.notes,
            path: format!("{}[{index}]", self.path),
            offset: value.span().map_or(self.offset, |span| span.start),
            node: Node::Value(value),
        };
        Ok(array.iter().enumerate().map(entry).collect())
    }

    /// A list of exactly two, each read by `read`.
    pub fn pair<T>(&self, expected: &str, read: impl Fn(&Entry<'a>) -> Read<T>) -> Read<[T; 2]> {
        let list = self.list(expected)?;
        let [first, second] = list.as_slice() else {
            return Err(self.wrong(&format!("{expected}, two values")));
        };
        // Both are read, so that the mistakes of both are noted.
        let (first, second) = (read(first), read(second));
        Ok([first?, second?])
    }

    /// A list of points.
    pub fn points(&self, expected: &str) -> Read<Vec<[f64; 2]>> {
        let points: Vec<_> = self
            .list(expected)?
            .iter()
            .map(|entry| entry.pair("[x, y]", Entry::number))
            .collect();
        points.into_iter().collect()
    }

    /// A table.
    pub fn section(&self) -> Read<Section<'a>> {
        let table: &'a dyn TableLike = match self.node {
            Node::Table(table) => table,
            Node::Value(Value::InlineTable(table)) => table,
            _ => return Err(self.wrong("a table")),
        };
        Ok(Section {
            notes: self.notes,
            table,
            path: self.path.clone(),
            offset: self.offset,
            asked: RefCell::default(),
        })
    }

    /// A list of tables, written `[[key]]` or `key = [{ … }]`.
    pub fn sections(&self) -> Vec<Section<'a>> {
        match self.node {
            Node::Tables(tables) => tables
                .iter()
                .enumerate()
                .map(|(index, table)| Section {
                    notes: self.notes,
                    table,
                    path: format!("{}[{index}]", self.path),
                    offset: table.span().map_or(self.offset, |span| span.start),
                    asked: RefCell::default(),
                })
                .collect(),
            _ => self
                .list("a list of tables")
                .unwrap_or_default()
                .iter()
                .filter_map(|entry| entry.section().ok())
                .collect(),
        }
    }
}
