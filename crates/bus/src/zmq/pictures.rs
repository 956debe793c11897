// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures as imagezmq has them: a header and the bytes of a JPEG or of raw pixels.
//!
//! `OpenCV` and with it imagezmq know BGR and grey pixels of one byte each, and so do we. What imagezmq sends becomes an event of
//! ours; what we send has our event in its header, where a receiver of ours finds it again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use messages::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::framing::Framing;
use super::header::{self, BYTES, Header};
use super::layout::Layout;
use crate::refusal::fits;
use crate::{Kind, Message, Options, Received, Refusal, RefusalReason};

/// Header and picture.
const PARTS: usize = 2;
/// Parts that the way back of a request may have.
const ENVELOPE: usize = 16;

const JPEG: &str = "jpeg";
const BGR: &str = "BGR";
const GRAY: &str = "GRAY8";

/// What must be known of a picture.
#[derive(Debug, Serialize, Deserialize)]
struct Picture {
    camera: String,
    width: usize,
    height: usize,
    format: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    planes: Vec<Plane>,
}

/// Where the rows lie in the payload.
#[derive(Debug, Serialize, Deserialize)]
struct Plane {
    offset: usize,
    stride: i64,
}

/// An event, as far as it is of interest here.
#[derive(Debug, Serialize, Deserialize)]
struct Event {
    data: Picture,
}

/// The event of a picture that came without one.
#[derive(Serialize)]
struct NewEvent<'a> {
    specversion: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
    source: String,
    id: String,
    subject: String,
    time: Timestamp,
    #[serde(flatten)]
    event: Event,
}

/// The framing of pictures.
pub struct Pictures {
    filter: Filter,
    largest: usize,
    /// When this began, milliseconds since 1970: the ids of another time are others.
    epoch: u128,
    made: AtomicU64,
}

impl Pictures {
    /// For a socket with these options.
    pub fn new(options: &Options) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            filter: Filter::new(options),
            largest: options.largest,
            epoch: since.map_or(1, |since| since.as_millis()),
            made: AtomicU64::new(0),
        }
    }

    /// Reads a picture.
    fn picture(&self, parts: &[Bytes]) -> Result<Vec<Received>, Refusal> {
        let [text, bytes] = parts else {
            return Err(Refusal::new(
                RefusalReason::WrongParts,
                format!("{} parts, expected a header and a picture", parts.len()),
            ));
        };
        let header: Header<'_> = serde_json::from_slice(text).map_err(|error| {
            let sentence = format!("the header of a picture is no JSON object: {error}");
            Refusal::new(RefusalReason::NoEvent, sentence)
        })?;
        let name = header.name().ok_or_else(|| {
            let sentence = "the header of a picture has no 'msg', which names its camera";
            Refusal::new(RefusalReason::NoEvent, sentence)
        })?;
        let shown = Shown::of(&header, bytes)?;
        let message = if let Some(event) = header.ext {
            let event = text.slice_ref(event.get().as_bytes());
            let payload = shown.as_the_event_says(&event, bytes, self.largest)?;
            let message = Message::read(event, payload)?;
            if let Some(instead) = self.filter.rejects(&message.envelope) {
                return Ok(instead);
            }
            message
        } else {
            let event = self.event(name, &shown)?;
            Message::read(event, bytes.clone())?
        };
        fits(message.size(), self.largest)?;
        Ok(vec![Received::Message(message)])
    }

    /// The event of a picture that came without one.
    fn event(&self, camera: String, shown: &Shown) -> Result<Bytes, Refusal> {
        let now = Timestamp::now().nanos();
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        let usual = Layout::usual(shown.row(), shown.height);
        let plane = Plane {
            offset: 0,
            stride: shown.row() as i64,
        };
        let is_usual = shown.format == JPEG || usual.stride == shown.row();
        let event = NewEvent {
            specversion: "1.0",
            event_type: "com.roundhouse.image.v1",
            source: format!(
                "/imagezmq/sender/{}",
                utf8_percent_encode(&camera, NON_ALPHANUMERIC)
            ),
            id: format!("{}-{number}", self.epoch),
            subject: format!("camera/{camera}"),
            time: Timestamp::from_nanos(now),
            event: Event {
                data: Picture {
                    camera,
                    width: shown.width,
                    height: shown.height,
                    format: Some(shown.format.to_owned()),
                    planes: if is_usual { Vec::new() } else { vec![plane] },
                },
            },
        };
        let text = serde_json::to_vec(&event);
        text.map(Bytes::from)
            .map_err(|error| bad(error.to_string()))
    }
}

/// What the wire says of a picture, checked against its bytes.
struct Shown {
    format: &'static str,
    width: usize,
    height: usize,
}

impl Shown {
    /// Reads it from a header, or from the JPEG itself.
    fn of(header: &Header<'_>, bytes: &Bytes) -> Result<Self, Refusal> {
        let Some(dtype) = &header.dtype else {
            let size = imagesize::blob_size(bytes);
            let size = size.map_err(|error| bad(format!("no JPEG picture: {error}")))?;
            return Ok(Self {
                format: JPEG,
                width: size.width,
                height: size.height,
            });
        };
        if dtype != BYTES {
            return Err(bad(format!(
                "pixels of type '{dtype}', and only {BYTES} is taken: convert them, or send JPEG"
            )));
        }
        let (format, [height, width]) = match header.shape.as_deref() {
            Some(&[height, width] | &[height, width, 1]) => (GRAY, [height, width]),
            Some(&[height, width, 3]) => (BGR, [height, width]),
            shape => {
                return Err(bad(format!(
                    "pixels of the shape {:?}, and only [height, width] and [height, width, 3] are taken",
                    shape.unwrap_or_default()
                )));
            }
        };
        let shown = Self {
            format,
            width,
            height,
        };
        let size = width
            .checked_mul(shown.channels())
            .and_then(|row| row.checked_mul(height));
        if size != Some(bytes.len()) || bytes.is_empty() {
            return Err(bad(format!(
                "a picture of {width}x{height} pixels in {format} with {} bytes",
                bytes.len()
            )));
        }
        Ok(shown)
    }

    /// Bytes of a raw pixel.
    fn channels(&self) -> usize {
        if self.format == BGR { 3 } else { 1 }
    }

    /// Bytes of a raw row.
    fn row(&self) -> usize {
        self.width * self.channels()
    }

    /// The bytes of the picture, `most` at most, as the event that came along says that they lie.
    fn as_the_event_says(
        &self,
        event: &[u8],
        bytes: &Bytes,
        most: usize,
    ) -> Result<Bytes, Refusal> {
        let event: Event = serde_json::from_slice(event).map_err(|error| {
            let sentence = format!("'ext' in the header of a picture is no event of one: {error}");
            Refusal::new(RefusalReason::NoEvent, sentence)
        })?;
        let said = event.data;
        let format = said.format.as_deref().unwrap_or_default();
        if (format, said.width, said.height) != (self.format, self.width, self.height) {
            return Err(bad(format!(
                "a picture of {}x{} in {}, and its event says {}x{} in {format}",
                self.width, self.height, self.format, said.width, said.height
            )));
        }
        if format == JPEG {
            return Ok(bytes.clone());
        }
        said.layout(self.channels())
            .and_then(|layout| layout.spread(bytes, most))
            .ok_or_else(|| bad("the event of a picture says of its rows what cannot be".to_owned()))
    }
}

impl Picture {
    /// How its rows lie.
    fn layout(&self, channels: usize) -> Option<Layout> {
        let row = self.width.checked_mul(channels)?;
        match self.planes[..] {
            [] => Some(Layout::usual(row, self.height)),
            [Plane { offset, stride }] => Some(Layout {
                offset,
                stride: usize::try_from(stride).ok()?,
                row,
                rows: self.height,
            }),
            _ => None,
        }
    }
}

impl Framing for Pictures {
    fn parts(&self, message: &Message) -> Result<Vec<Bytes>, Refusal> {
        if message.envelope.kind != Kind::Image {
            return Err(bad(format!(
                "a message of kind {}, and imagezmq carries only pictures: send it by zmq+pub:// or another transport",
                message.envelope.kind.as_str()
            )));
        }
        let event: Event = serde_json::from_slice(&message.event).map_err(|error| {
            bad(format!(
                "an event that does not describe a picture: {error}"
            ))
        })?;
        let picture = event.data;
        let channels = match picture.format.as_deref() {
            Some(JPEG) => None,
            Some(BGR) => Some(3),
            Some(GRAY) => Some(1),
            Some(other) => {
                return Err(bad(format!(
                    "pixels in {other}, and imagezmq knows BGR and GRAY8: put videoconvert ! video/x-raw,format=BGR before it, or send JPEG"
                )));
            }
            None => return Err(bad("a frame without pixels".to_owned())),
        };
        let (shape, payload) = match channels {
            None => (None, message.payload.clone()),
            Some(channels) => {
                let packed = picture.layout(channels);
                let packed = packed.and_then(|layout| layout.packed(&message.payload));
                let packed = packed.ok_or_else(|| {
                    bad(format!(
                        "{} bytes are no picture of {}x{} pixels",
                        message.payload.len(),
                        picture.width,
                        picture.height
                    ))
                })?;
                let mut shape = vec![picture.height, picture.width];
                shape.extend((channels > 1).then_some(channels));
                (Some(shape), packed)
            }
        };
        let event = std::str::from_utf8(&message.event).map_err(|error| bad(error.to_string()))?;
        let header = header::write(&picture.camera, shape.as_deref(), event);
        Ok(vec![header.into(), payload])
    }

    fn read(&self, parts: &[Bytes]) -> Vec<Received> {
        let refused = |refusal| vec![Received::Refused(refusal)];
        self.picture(parts).unwrap_or_else(refused)
    }

    fn most_in_request(&self) -> usize {
        1
    }

    fn most_parts(&self) -> usize {
        PARTS + ENVELOPE
    }

    fn subscriptions(&self) -> Vec<Bytes> {
        vec![Bytes::new()]
    }
}

/// A picture that is refused.
fn bad(sentence: String) -> Refusal {
    Refusal::new(RefusalReason::BadPicture, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stamp;

    /// A message with a picture.
    fn message(data: &str, payload: &'static [u8]) -> Message {
        let document = format!(
            r#"{{"specversion":"1.0","type":"com.roundhouse.image.v1","source":"/hall/bussink/1","id":"1-1","subject":"camera/C1","data":{data}}}"#
        );
        let stamp = Stamp {
            sender: "s".to_owned(),
            sequence: 1,
        };
        Message::new(&document, Bytes::from_static(payload), stamp).unwrap()
    }

    /// What is received.
    fn read(header: &str, payload: &'static [u8]) -> Received {
        let parts = [Bytes::from(header.to_owned()), Bytes::from_static(payload)];
        let pictures = Pictures::new(&Options::default());
        pictures.read(&parts).remove(0)
    }

    #[test]
    fn a_picture_is_the_same_at_the_other_end() {
        let pictures = Pictures::new(&Options::default());
        for (data, payload) in [
            (
                r#"{"camera":"C1","width":1,"height":2,"format":"BGR"}"#,
                &b"bgr\0bgr\0"[..],
            ),
            (
                r#"{"camera":"C1","width":1,"height":2,"format":"BGR","planes":[{"offset":0,"stride":3}]}"#,
                b"bgrbgr",
            ),
            (
                r#"{"camera":"C1","width":4,"height":2,"format":"GRAY8"}"#,
                b"graygray",
            ),
        ] {
            let sent = message(data, payload);
            let parts = pictures.parts(&sent).unwrap();
            match pictures.read(&parts).remove(0) {
                Received::Message(got) => assert_eq!(got, sent),
                other => panic!("{data}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_opencv_does_not_know_is_refused_with_the_remedy() {
        let pictures = Pictures::new(&Options::default());
        let nv12 = message(
            r#"{"camera":"C1","width":2,"height":2,"format":"NV12"}"#,
            b"yyyyuv",
        );
        let refusal = pictures.parts(&nv12).unwrap_err();
        assert_eq!(refusal.reason, RefusalReason::BadPicture);
        assert!(refusal.to_string().contains("videoconvert"), "{refusal}");
        let short = message(
            r#"{"camera":"C1","width":2,"height":2,"format":"BGR"}"#,
            b"short",
        );
        let refusal = pictures.parts(&short).unwrap_err();
        assert_eq!(refusal.reason, RefusalReason::BadPicture);
    }

    #[test]
    fn a_foreign_picture_becomes_an_event() {
        let header = r#"{"msg": "north gate", "dtype": "uint8", "shape": [2, 1, 3]}"#;
        let Received::Message(got) = read(header, b"bgrbgr") else {
            panic!("refused");
        };
        assert_eq!(got.envelope.about, "north gate");
        assert_eq!(got.envelope.facility, "imagezmq");
        let event: serde_json::Value = serde_json::from_slice(&got.event).unwrap();
        assert_eq!(event["source"], "/imagezmq/sender/north%20gate");
        assert_eq!(
            event["data"].to_string(),
            r#"{"camera":"north gate","format":"BGR","height":2,"planes":[{"offset":0,"stride":3}],"width":1}"#
        );
    }

    #[test]
    fn what_is_no_picture_is_refused_by_reason() {
        for (header, payload, reason) in [
            ("", &b""[..], RefusalReason::NoEvent),
            ("[1]", b"", RefusalReason::NoEvent),
            (
                r#"{"dtype": "uint8", "shape": [1, 1]}"#,
                b"x",
                RefusalReason::NoEvent,
            ),
            (r#"{"msg": "c"}"#, b"no jpeg", RefusalReason::BadPicture),
            (
                r#"{"msg": "c", "dtype": "uint8", "shape": [2, 2]}"#,
                b"xyz",
                RefusalReason::BadPicture,
            ),
            (
                r#"{"msg": "c", "dtype": "uint16", "shape": [1, 1]}"#,
                b"xy",
                RefusalReason::BadPicture,
            ),
            (
                r#"{"msg": "c", "dtype": "uint8", "shape": [1, 1, 4]}"#,
                b"bgra",
                RefusalReason::BadPicture,
            ),
            (
                r#"{"msg": "c", "dtype": "uint8", "shape": [9999999999, 9999999999]}"#,
                b"x",
                RefusalReason::BadPicture,
            ),
            (
                r#"{"msg": "c", "dtype": "uint8", "shape": [0, 0]}"#,
                b"",
                RefusalReason::BadPicture,
            ),
            (
                r#"{"msg": "c", "dtype": "uint8", "shape": [1, 1], "ext": {"mine": 1}}"#,
                b"x",
                RefusalReason::NoEvent,
            ),
            (
                r#"{"msg": "c", "dtype": "uint8", "shape": [1, 1], "ext": {"data": {"camera": "c", "width": 1, "height": 1, "format": "GRAY8", "planes": [{"offset": 0, "stride": 99999999999}]}}}"#,
                b"x",
                RefusalReason::BadPicture,
            ),
            (
                r#"{"msg": "c", "dtype": "uint8", "shape": [2, 1], "ext": {"data": {"camera": "c", "width": 1, "height": 2, "format": "GRAY8", "planes": [{"offset": 0, "stride": 99999999999}]}}}"#,
                b"xy",
                RefusalReason::BadPicture,
            ),
        ] {
            match read(header, payload) {
                Received::Refused(refusal) => {
                    assert_eq!(refusal.reason, reason, "{header}: {refusal}");
                }
                other => panic!("{header}: {other:?}"),
            }
        }
    }
}
