// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages of a foreign estimator: what `DeepStream`'s `nvmsgconv` makes with `payload-type=1` (`PAYLOAD_DEEPSTREAM_MINIMAL`) of each
//! frame, read as a frame with detections and without pixels.
//!
//! `{"version":"4.0","id":"252","@timestamp":"2026-03-01T06:00:00.200Z","sensorId":"C1","objects":["7|10|20|110|80|head|#|0.9"]}`
//!
//! An object is `tracker's id|left|top|right|bottom|label`, and behind a classifier also `|#|answer|…|confidence`. Boxes are in pixels of
//! the muxer, whose size is nowhere said: `nvmsgconv` means to scale them to those of the source, but does not.

use std::str::FromStr;

use bytes::Bytes;
use messages::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Refusal, RefusalReason};

/// The `gie-unique-id` that a detector has where nothing else is said.
const COMPONENT: u32 = 1;
/// How sure a detection is taken to be of which the message does not say it: it was above the detector's threshold.
const CONFIDENCE: f32 = 0.9;
/// What stands between an object's label and the answers of classifiers.
const ANSWERS: &str = "#";

/// The size of a muxer's pictures, pixels, written as `1920x1080`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MuxerSize {
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
}

impl FromStr for MuxerSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let size = text.split_once('x').and_then(|(width, height)| {
            let number = |text: &str| text.parse().ok().filter(|&number| number > 0);
            Some(Self {
                width: number(width)?,
                height: number(height)?,
            })
        });
        size.ok_or_else(|| {
            format!(
                "is '{text}', expected width and height of the muxer's pictures, such as 1920x1080"
            )
        })
    }
}

/// What is read of a message.
#[derive(Deserialize)]
struct Minimal {
    id: Value,
    #[serde(rename = "@timestamp")]
    time: String,
    #[serde(rename = "sensorId")]
    sensor: String,
    objects: Vec<String>,
}

/// A message of `nvmsgconv` as one of ours, of the flow `raw`, about `facility`; `None` if it is something else.
///
/// # Errors
/// It cannot be understood; the sentence says why.
pub fn document(message: &[u8], size: MuxerSize, facility: &str) -> Option<Result<Bytes, Refusal>> {
    let message: Minimal = serde_json::from_slice(message).ok()?;
    Some(message.document(size, facility))
}

impl Minimal {
    /// The same as a document of ours.
    fn document(&self, size: MuxerSize, facility: &str) -> Result<Bytes, Refusal> {
        let Self { time, sensor, .. } = self;
        let wrong = |problem: String| {
            let sentence = format!("message of nvmsgconv about sensor '{sensor}': {problem}");
            Refusal::new(RefusalReason::NoEvent, sentence)
        };
        let objects = self.objects.iter().map(|text| object(text));
        let objects = objects.collect::<Result<Vec<Value>, _>>().map_err(wrong)?;
        if time.parse::<Timestamp>().is_err() {
            return Err(wrong(format!("@timestamp is '{time}', expected RFC 3339")));
        }
        let number = match &self.id {
            Value::String(text) => text.parse().unwrap_or_default(),
            other => other.as_u64().unwrap_or_default(),
        };
        let document = json!({
            "specversion": "1.0",
            "type": "com.roundhouse.image.v1",
            "source": format!("/{facility}/nvmsgconv/{sensor}"),
            "id": format!("{time}-{number}"),
            "subject": format!("camera/{sensor}"),
            "time": time,
            "flow": "raw",
            "data": {
                "camera": sensor,
                "source": 0,
                "frame": number,
                "width": size.width,
                "height": size.height,
                "inferred_by": [COMPONENT],
                "objects": objects,
                "packet": {"id": number, "index": 0, "of": 1, "status": "fresh"},
            },
        });
        Ok(Bytes::from(document.to_string()))
    }
}

/// An object as the document of a frame has it.
fn object(text: &str) -> Result<Value, String> {
    let wrong = |problem: &str| format!("object '{text}': {problem}");
    let parts: Vec<&str> = text.split('|').collect();
    let [id, left, top, right, bottom, label, rest @ ..] = &parts[..] else {
        return Err(wrong("expected id|left|top|right|bottom|label"));
    };
    let edge = |text: &str| {
        text.trim()
            .parse::<f32>()
            .ok()
            .filter(|edge| edge.is_finite())
    };
    let edges = (edge(left), edge(top), edge(right), edge(bottom));
    let (Some(left), Some(top), Some(right), Some(bottom)) = edges else {
        return Err(wrong("its box is no four numbers"));
    };
    if right <= left || bottom <= top {
        return Err(wrong("its box is empty"));
    }
    let (answers, confidence) = match rest {
        [ANSWERS, answers @ .., confidence] => (answers, confidence.trim().parse().ok()),
        _ => (&[][..], None),
    };
    let confidence = confidence.filter(|sure| (0.0..=1.0).contains(sure));
    let confidence = confidence.unwrap_or(CONFIDENCE);
    let answers = answers.iter().filter(|answer| !answer.is_empty());
    let answers: Vec<Value> = answers
        .map(|answer| json!({"component": 0, "class": -1, "label": answer, "confidence": confidence}))
        .collect();
    // An object without a tracker has the largest number.
    let tracked = id.trim().parse::<u64>().ok().filter(|&id| id != u64::MAX);
    Ok(json!({
        "component": COMPONENT,
        "class": -1,
        "label": label.trim(),
        "confidence": confidence,
        "box": [left, top, right - left, bottom - top],
        "tracker_id": tracked,
        "classifications": answers,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Kind, Message};

    const SIZE: MuxerSize = MuxerSize {
        width: 960,
        height: 540,
    };

    /// The document of a message with these objects.
    fn converted(objects: &str) -> Option<Result<Value, String>> {
        let text = format!(
            r#"{{"version":"4.0","id":"252","@timestamp":"2026-03-01T06:00:00.2Z","sensorId":"C1","objects":[{objects}]}}"#
        );
        let document = document(text.as_bytes(), SIZE, "hall-a")?;
        Some(match document {
            Ok(bytes) => {
                let message = Message::read(bytes.clone(), Bytes::new()).unwrap();
                assert_eq!(
                    (message.envelope.kind, &*message.envelope.about),
                    (Kind::Image, "C1")
                );
                assert_eq!((&*message.envelope.flow, message.stamp), ("raw", None));
                Ok(serde_json::from_slice(&bytes).unwrap())
            }
            Err(refusal) => Err(refusal.to_string()),
        })
    }

    #[test]
    fn objects_become_detections_in_pixels_of_the_muxer() {
        let document = converted(
            r#""7|10|20|110|80.5|head","18446744073709551615|0|0|5|5|plate|#|D23||0.75""#,
        );
        let document = document.unwrap().unwrap();
        assert_eq!(document["source"], "/hall-a/nvmsgconv/C1");
        let data = &document["data"];
        assert_eq!((&data["width"], &data["frame"]), (&json!(960), &json!(252)));
        let [head, plate] = [&data["objects"][0], &data["objects"][1]];
        assert_eq!(head["box"], json!([10.0, 20.0, 100.0, 60.5]));
        assert_eq!(
            (&head["label"], &head["tracker_id"]),
            (&json!("head"), &json!(7))
        );
        assert_eq!(head["confidence"], json!(CONFIDENCE));
        assert_eq!(
            (&plate["confidence"], &plate["tracker_id"]),
            (&json!(0.75), &Value::Null)
        );
        assert_eq!(plate["classifications"][0]["label"], "D23");
        assert_eq!(plate["classifications"].as_array().unwrap().len(), 1);
        let empty = converted("").unwrap().unwrap();
        assert_eq!(
            empty["data"]["objects"],
            json!([]),
            "an empty frame is evidence, too"
        );
    }

    #[test]
    fn what_is_wrong_is_named_and_what_is_something_else_left_alone() {
        for (objects, said) in [
            (
                r#""7|10|20|110""#,
                "expected id|left|top|right|bottom|label",
            ),
            (r#""7|10|20|NaN|80|head""#, "no four numbers"),
            (r#""7|10|20|10|80|head""#, "is empty"),
        ] {
            let refusal = converted(objects).unwrap().unwrap_err();
            assert!(
                refusal.contains("'C1'") && refusal.contains(said),
                "{refusal}"
            );
        }
        assert!(document(br#"{"specversion":"1.0"}"#, SIZE, "hall-a").is_none());
        let undated = br#"{"id":1,"@timestamp":"now","sensorId":"C1","objects":[]}"#;
        let refusal = document(undated, SIZE, "hall-a").unwrap().unwrap_err();
        assert!(
            refusal.to_string().contains("@timestamp is 'now'"),
            "{refusal}"
        );
        assert_eq!(
            "1920x1080".parse(),
            Ok(MuxerSize {
                width: 1920,
                height: 1080
            })
        );
        for text in ["", "1920", "0x1080", "1920x1080x3"] {
            assert!(text.parse::<MuxerSize>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_object_or_refused(text in "[0-9|#a-z.-]{0,40}") {
            if let Ok(object) = object(&text) {
                prop_assert!(object["box"][2].as_f64() > Some(0.0));
            }
        }
    }
}
