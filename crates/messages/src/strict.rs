// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the fields of a state may be where it is read straight into its form: objects, no lists of their fields; names that are not
//! empty; numbers within their range.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// An object: what derives its reading would be read out of a list of its fields, too.
pub(crate) struct Object<T>(pub(crate) T);

/// Whoever expects an object.
struct Expected<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Expected<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Expected(PhantomData))
    }
}

/// An object.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// An object, or `null`.
pub(crate) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(value.map(|Object(value)| value))
}

/// A list of objects.
pub(crate) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let values = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(values.into_iter().map(|Object(value)| value).collect())
}

/// A value, if it is allowed.
fn allowed<'de, D, T>(deserializer: D, is_allowed: impl FnOnce(&T) -> bool) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = T::deserialize(deserializer)?;
    if is_allowed(&value) {
        Ok(value)
    } else {
        Err(D::Error::custom("not allowed"))
    }
}

/// A text that is not empty.
pub(crate) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    allowed(deserializer, |text: &String| !text.is_empty())
}

/// A number.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    allowed(deserializer, |number: &f64| number.is_finite())
}

/// A number above zero.
pub(crate) fn sigma<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    allowed(deserializer, |sigma: &f64| {
        sigma.is_finite() && *sigma > 0.0
    })
}

/// A number from 0 to 1.
pub(crate) fn probability<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    allowed(deserializer, |p: &f64| (0.0..=1.0).contains(p))
}
