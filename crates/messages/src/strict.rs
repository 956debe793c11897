// SPDX-License-Identifier: MIT OR Apache-2.0
//! Facility states read straight into their form. [`crate::Event::parse`] reads any document by way of a tree of values, which for a
//! large state takes several times as long. What is read here is read the same there; what is refused here, if only for an unknown
//! field, is left to it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::{Data, Event, FacilityState, Timestamp};

/// The document of a state.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "specversion", deserialize_with = "version")]
    _version: (),
    #[serde(rename = "type", deserialize_with = "kind")]
    _kind: (),
    #[serde(deserialize_with = "name")]
    source: String,
    #[serde(deserialize_with = "name")]
    id: String,
    subject: Option<String>,
    time: Timestamp,
    recordedtime: Option<Timestamp>,
    receivedtime: Option<Timestamp>,
    #[serde(default = "prod", deserialize_with = "name")]
    flow: String,
    #[serde(deserialize_with = "object")]
    data: FacilityState,
}

/// An object: what derives its reading would be read out of a list of its fields, too.
struct Object<T>(T);

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

/// The state in a document, if it is one and has nothing unusual.
pub(crate) fn state(text: &str) -> Option<Event> {
    let Object(document) = serde_json::from_str::<Object<Document>>(text).ok()?;
    Some(Event {
        id: document.id,
        source: document.source,
        subject: document.subject,
        time: document.time,
        received: document.receivedtime,
        recorded: document.recordedtime,
        flow: document.flow,
        data: Data::State(document.data),
    })
}

/// The flow of a document that names none.
fn prod() -> String {
    crate::event::DEFAULT_FLOW.to_owned()
}

/// A text that must be this one.
fn exactly<'de, D: Deserializer<'de>>(deserializer: D, expected: &str) -> Result<(), D::Error> {
    if <&str>::deserialize(deserializer)? == expected {
        Ok(())
    } else {
        Err(D::Error::custom("another text"))
    }
}

/// The version of the envelope.
fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    exactly(deserializer, crate::event::SPECVERSION)
}

/// The type of a state.
fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    exactly(deserializer, crate::event::STATE)
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::state;
    use crate::Event;

    /// A state with everything in it.
    fn document() -> Value {
        json!({
            "specversion": "1.0", "type": "com.roundhouse.facility-state.v1", "source": "/hall/fsefuse/prod", "id": "1-7",
            "subject": "hall", "time": "2026-03-01T06:00:03.5Z", "recordedtime": "2026-03-01T06:00:04Z",
            "receivedtime": "2026-03-01T06:00:05Z", "flow": "dev",
            "data": {
                "state": 7, "count": 1, "inputs": ["dev"],
                "locomotives": [{
                    "id": "L1", "track": "T1", "head": {"s": 12.5, "sigma": 0.1}, "tail": {"s": 28, "sigma": 1},
                    "orientation_confidence": 0.9, "velocity": -0.25, "moving": true, "confidence": 1, "status": "coasting",
                    "model": {"name": "A15", "p": 0.8}, "plate": {"text": "215 001", "p": 0.7, "contested_by": ["L2"]},
                    "last_seen": "2026-03-01T06:00:02Z", "seen_by": ["C1", "C2"]
                }],
                "cameras": [{"id": "C1", "health": "blind", "blind": 0.25}]
            }
        })
    }

    /// The places of all values in a document, as JSON pointers.
    fn places(value: &Value, at: &str, all: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect(),
            Value::Array(items) => (0..).map(|n: usize| n.to_string()).zip(items).collect(),
            _ => Vec::new(),
        };
        for (key, child) in children {
            let place = format!("{at}/{key}");
            places(child, &place, all);
            all.push(place);
        }
    }

    #[test]
    fn an_ordinary_state_is_read_straight() {
        let text = document().to_string();
        assert!(state(&text).is_some());
        assert_eq!(state(&text), Event::by_fields(&text).ok());
    }

    #[test]
    fn whatever_is_read_straight_is_read_the_same_by_its_fields() {
        let (mut all, mut read) = (Vec::new(), 0);
        places(&document(), "", &mut all);
        let values = [
            json!(null),
            json!(""),
            json!("online"),
            json!("2026-03-01T06:00:03+01:00"),
            json!(0),
            json!(-1),
            json!(1.5),
            json!(18_446_744_073_709_551_615_u64),
            json!(true),
            json!([]),
            json!({}),
            json!(["x"]),
            json!([1]),
        ];
        all.push(String::new());
        for place in &all {
            let whole = document();
            let children = whole.pointer(place).and_then(Value::as_object);
            let list = children.map(|map| Value::from_iter(map.values().cloned()));
            for value in values.iter().chain(&list) {
                let mut changed = document();
                *changed.pointer_mut(place).unwrap() = value.clone();
                let text = changed.to_string();
                if let Some(event) = state(&text) {
                    assert_eq!(Event::by_fields(&text), Ok(event), "{place}: {value}");
                    read += 1;
                }
            }
            let Some((parent, key)) = place.rsplit_once('/') else {
                continue;
            };
            let mut changed = document();
            if let Some(Value::Object(map)) = changed.pointer_mut(parent) {
                let value = map.remove(key).unwrap();
                let text = changed.to_string();
                if let Some(event) = state(&text) {
                    assert_eq!(Event::by_fields(&text), Ok(event), "{place}");
                    read += 1;
                }
                // What is unknown is not judged here.
                if let Some(Value::Object(map)) = changed.pointer_mut(parent) {
                    map.insert(format!("{key}?"), value);
                }
                assert_eq!(state(&changed.to_string()), None, "{place}");
            }
        }
        assert!(read > 50, "{read}");
    }
}
