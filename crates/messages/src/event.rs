// SPDX-License-Identifier: MIT OR Apache-2.0
//! The envelope: CloudEvents 1.0, structured mode.

use serde::Serialize;
use serde_json::Value;

use crate::envelope::{DEFAULT_FLOW, SPECVERSION, STATE};
use crate::read::{Object, ParseError};
use crate::state_document;
use crate::{CameraHealth, FacilityState, ModelReport, PlateReport, PositionReport, Timestamp};

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `<epoch>-<sequence>`; unique together with `source`.
    pub id: String,
    /// Who says it: `/<facility>/<service>/<instance>`.
    pub source: String,
    /// What it is about: `camera/C01`, `loco/L1`.
    pub subject: Option<String>,
    /// Event time: when the light hit the sensor; of a state, the instant that it describes.
    pub time: Timestamp,
    /// Attribute `receivedtime`: when a recorder received it.
    pub received: Option<Timestamp>,
    /// Attribute `recordedtime`: when it was made.
    pub recorded: Option<Timestamp>,
    /// The flow it belongs to: `prod`, `dev` or any name.
    pub flow: String,
    /// What it says.
    pub data: Data,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Data {
    /// One look of one camera.
    Position(PositionReport),
    /// Which model stands somewhere.
    Model(ModelReport),
    /// Which number was read somewhere.
    Plate(PlateReport),
    /// Whether a camera delivers.
    Health(CameraHealth),
    /// The state of the facility.
    State(FacilityState),
    /// Nothing but that time goes on.
    #[serde(serialize_with = "empty_object")]
    Tick,
}

/// `{}`: the attribute `data` is there even if there is nothing to say.
fn empty_object<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serde::ser::SerializeMap::end(serializer.serialize_map(Some(0))?)
}

impl Data {
    /// The attribute `type` of a message with this content.
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::Position(_) => "com.roundhouse.position-report.v1",
            Self::Model(_) => "com.roundhouse.model-report.v1",
            Self::Plate(_) => "com.roundhouse.plate-report.v1",
            Self::Health(_) => "com.roundhouse.camera-health.v1",
            Self::State(_) => STATE,
            Self::Tick => "com.roundhouse.tick.v1",
        }
    }

    /// Reads the data of a document by its type.
    fn read(document: &Object) -> Result<Self, ParseError> {
        let event_type = document.need("type")?;
        let data = || document.need("data")?.object();
        match event_type.text()? {
            "com.roundhouse.position-report.v1" => PositionReport::read(&data()?).map(Self::Position),
            "com.roundhouse.model-report.v1" => ModelReport::read(&data()?).map(Self::Model),
            "com.roundhouse.plate-report.v1" => PlateReport::read(&data()?).map(Self::Plate),
            "com.roundhouse.camera-health.v1" => CameraHealth::read(&data()?).map(Self::Health),
            STATE => FacilityState::read(&data()?).map(Self::State),
            "com.roundhouse.tick.v1" => Ok(Self::Tick),
            other => Err(event_type.refuse(format!(
                "is '{other}', expected com.roundhouse.KIND.v1 with KIND one of position-report, model-report, \
                 plate-report, camera-health, facility-state, tick"
            ))),
        }
    }
}

/// The caller names the line; where in it is said here.
fn no_json(error: &serde_json::Error) -> String {
    format!(
        "no JSON: {}",
        error.to_string().replace(" at line 1 column", " at column")
    )
}

/// The document as it is written: the order of the keys is the order of the fields.
#[derive(Serialize)]
struct Document<'a> {
    specversion: &'static str,
    #[serde(rename = "type")]
    event_type: &'static str,
    source: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    recordedtime: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receivedtime: Option<Timestamp>,
    flow: &'a str,
    data: &'a Data,
}

impl Event {
    /// The document that a camera of `facility` has had this health since `time`.
    #[must_use]
    pub fn of_health(
        id: String,
        facility: &str,
        flow: &str,
        health: CameraHealth,
        time: Timestamp,
    ) -> Self {
        Self {
            id,
            source: format!("/{facility}/health/{flow}"),
            subject: Some(format!("camera/{}", health.camera)),
            time,
            received: None,
            recorded: None,
            flow: flow.to_owned(),
            data: Data::Health(health),
        }
    }

    /// Reads one document.
    ///
    /// # Errors
    /// Text that is no JSON object, a required field that is missing, a field of the wrong type or outside its range.
    /// The error names the field; the caller knows the file and the line.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::directly(text).map_or_else(|| Self::by_fields(text), Ok)
    }

    /// Reads the document of an ordinary state.
    fn directly(text: &str) -> Option<Self> {
        let document = state_document::read(text)?;
        Some(Self {
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

    /// Reads one document field by field.
    fn by_fields(text: &str) -> Result<Self, ParseError> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| ParseError::new("", no_json(&error)))?;
        let document = Object::new(String::new(), &value)?;
        let version = document.need("specversion")?;
        if version.text()? != SPECVERSION {
            return Err(version.refuse(format!(
                "is '{}', expected '{SPECVERSION}'",
                version.text()?
            )));
        }
        Ok(Self {
            id: document.need("id")?.name()?,
            source: document.need("source")?.name()?,
            subject: document
                .get("subject")
                .map(|field| field.string())
                .transpose()?,
            time: document.need("time")?.time()?,
            received: document
                .get("receivedtime")
                .map(|field| field.time())
                .transpose()?,
            recorded: document
                .get("recordedtime")
                .map(|field| field.time())
                .transpose()?,
            flow: document
                .get("flow")
                .map_or(Ok(DEFAULT_FLOW.to_owned()), |field| field.name())?,
            data: Data::read(&document)?,
        })
    }

    /// The document, in one line without a line feed.
    pub fn to_json(&self) -> String {
        let document = Document {
            specversion: SPECVERSION,
            event_type: self.data.event_type(),
            source: &self.source,
            id: &self.id,
            subject: self.subject.as_deref(),
            time: self.time,
            recordedtime: self.recorded,
            receivedtime: self.received,
            flow: &self.flow,
            data: &self.data,
        };
        // Writing text to memory fails for maps with keys that are no texts, and here are none.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// This event with its numbers as its document writes them.
    ///
    /// Whoever computes with events that are also recorded takes this form, so that a replay computes with the same numbers.
    ///
    /// # Errors
    /// A number that no document may hold (not finite, a probability outside [0, 1]); the error names the field.
    pub fn canonical(&self) -> Result<Self, ParseError> {
        Self::parse(&self.to_json())
    }

    /// When it reached whoever recorded it: `receivedtime`, else `recordedtime`, else `time`.
    pub fn arrival(&self) -> Timestamp {
        self.received.or(self.recorded).unwrap_or(self.time)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Event;

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
        assert!(Event::directly(&text).is_some());
        assert_eq!(Event::directly(&text), Event::by_fields(&text).ok());
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
            let list = children.map(|map| map.values().cloned().collect::<Value>());
            for value in values.iter().chain(&list) {
                let mut changed = document();
                *changed.pointer_mut(place).unwrap() = value.clone();
                let text = changed.to_string();
                if let Some(event) = Event::directly(&text) {
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
                if let Some(event) = Event::directly(&text) {
                    assert_eq!(Event::by_fields(&text), Ok(event), "{place}");
                    read += 1;
                }
                // What is unknown is not judged here.
                if let Some(Value::Object(map)) = changed.pointer_mut(parent) {
                    map.insert(format!("{key}?"), value);
                }
                assert_eq!(Event::directly(&changed.to_string()), None, "{place}");
            }
        }
        assert!(read > 50, "{read}");
    }
}
