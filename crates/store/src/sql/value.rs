// SPDX-License-Identifier: MIT OR Apache-2.0
//! What passes between Rust and SQL.

use std::borrow::Cow;

use messages::Timestamp;

use crate::store::{Result, StoreError};

/// A parameter, or what stands in a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'v> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'v, str>),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Integer(i64::from(truth))
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.nanos())
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Parameters, from `?1` on.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

/// A row of an answer.
#[derive(Debug)]
pub struct Row(Vec<Value<'static>>);

impl Row {
    /// A row of these columns.
    pub const fn new(columns: Vec<Value<'static>>) -> Self {
        Self(columns)
    }

    /// Takes what stands in a column.
    pub fn take<T: Cell>(&mut self, column: usize) -> Result<T> {
        let value = self.0.get_mut(column);
        let value = value.map_or(Value::Null, |value| std::mem::replace(value, Value::Null));
        T::of(value).ok_or_else(|| {
            StoreError::Unreadable(format!("column {column} of an answer is of another type"))
        })
    }

    /// Takes what stands in all columns.
    pub fn take_all(&mut self) -> Vec<Value<'static>> {
        std::mem::take(&mut self.0)
    }
}

/// What can be made of what stands in a column.
pub trait Cell: Sized {
    /// This, if the value is of this type.
    fn of(value: Value<'static>) -> Option<Self>;
}

impl Cell for i64 {
    fn of(value: Value<'static>) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl Cell for bool {
    fn of(value: Value<'static>) -> Option<Self> {
        i64::of(value).map(|number| number != 0)
    }
}

impl Cell for Timestamp {
    fn of(value: Value<'static>) -> Option<Self> {
        i64::of(value).map(Self::from_nanos)
    }
}

impl Cell for f64 {
    fn of(value: Value<'static>) -> Option<Self> {
        match value {
            Value::Real(number) => Some(number),
            _ => None,
        }
    }
}

impl Cell for String {
    fn of(value: Value<'static>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}

impl<T: Cell> Cell for Option<T> {
    fn of(value: Value<'static>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::of(value).map(Some),
        }
    }
}
