// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of a frame, to and from its document.

use std::sync::Arc;

use messages::{Clock, ClockSource, Event, Timestamp};
use meta::{BoundingBox, Classification, Detection, FrameInfo};
use serde_json::value::RawValue;

use super::image::{Caption, Class, ClockWords, Image, Labels, Object};

/// The document's data about a frame, without place, pixels and times of its buffer.
pub fn image_of(frame: &FrameInfo) -> Image {
    Image {
        camera: frame.camera.to_string(),
        source: frame.source,
        frame: frame.sequence,
        width: frame.width,
        height: frame.height,
        pixel_aspect: Some(frame.pixel_aspect).filter(|aspect| (aspect - 1.0).abs() > f64::EPSILON),
        clock: frame.clock.map(|clock| ClockWords {
            source: clock.source.to_string(),
            error_ns: clock.error_ns,
        }),
        inferred_by: frame.inferred_by.clone(),
        labels: frame.labels.iter().map(labels_of).collect(),
        objects: frame.detections.iter().map(object_of).collect(),
        reports: frame
            .reports
            .iter()
            .filter_map(|report| raw(report))
            .collect(),
        captions: frame.captions.iter().map(caption_of).collect(),
        ..Image::missing(&frame.camera, frame.source)
    }
}

impl Image {
    /// The data about a camera that has no frame.
    pub fn missing(camera: &str, source: u32) -> Self {
        Self {
            camera: camera.to_owned(),
            source,
            frame: 0,
            width: 0,
            height: 0,
            pixel_aspect: None,
            format: None,
            caps: None,
            planes: Vec::new(),
            packet: None,
            position_ns: None,
            duration_ns: None,
            clock: None,
            inferred_by: Vec::new(),
            labels: Vec::new(),
            objects: Vec::new(),
            reports: Vec::new(),
            captions: Vec::new(),
        }
    }

    /// What is known of the frame, captured at `time`.
    ///
    /// # Errors
    /// A report on it is no document; the sentence says what is wrong.
    pub fn frame(&self, time: Timestamp) -> Result<FrameInfo, String> {
        let report = |text: &RawValue| Event::parse(text.get()).map(Arc::new);
        let reports = self
            .reports
            .iter()
            .map(|text| report(text))
            .collect::<Result<_, _>>();
        let mut frame = FrameInfo::new(self.camera.as_str(), self.source, time);
        frame.sequence = self.frame;
        frame.width = self.width;
        frame.height = self.height;
        frame.pixel_aspect = self.pixel_aspect.unwrap_or(1.0);
        frame.clock = self.clock.as_ref().and_then(clock_of);
        frame.inferred_by.clone_from(&self.inferred_by);
        frame.labels = self.labels.iter().map(known_labels).collect();
        frame.detections = self.objects.iter().map(detection_of).collect();
        frame.reports = reports
            .map_err(|error| format!("report on a frame of camera '{}': {error}", self.camera))?;
        frame.captions = self
            .captions
            .iter()
            .map(|caption| (caption.object, caption.text.clone()))
            .collect();
        Ok(frame)
    }
}

/// A report as the document that it is everywhere.
fn raw(report: &Event) -> Option<Box<RawValue>> {
    RawValue::from_string(report.to_json()).ok()
}

/// The labels of a detector, for the document.
fn labels_of((component, labels): &(u32, Arc<[Arc<str>]>)) -> Labels {
    Labels {
        component: *component,
        labels: labels.iter().map(ToString::to_string).collect(),
    }
}

/// The labels of a detector, out of the document.
fn known_labels(labels: &Labels) -> (u32, Arc<[Arc<str>]>) {
    let texts = labels.labels.iter().map(|label| Arc::from(label.as_str()));
    (labels.component, texts.collect())
}

/// A word for an overlay, for the document.
fn caption_of((object, text): &(usize, String)) -> Caption {
    Caption {
        object: *object,
        text: text.clone(),
    }
}

/// The clock, out of the document; `None` of one that is not known here.
fn clock_of(words: &ClockWords) -> Option<Clock> {
    Some(Clock {
        source: ClockSource::from_word(&words.source)?,
        error_ns: words.error_ns,
    })
}

/// A detection, for the document.
fn object_of(detection: &Detection) -> Object {
    let BoundingBox {
        x,
        y,
        width,
        height,
    } = detection.bounding_box;
    let class = |answer: &Classification| Class {
        component: answer.component,
        index: answer.class_id,
        label: answer.label.to_string(),
        confidence: answer.confidence,
    };
    Object {
        component: detection.component,
        index: detection.class_id,
        label: detection.label.to_string(),
        confidence: detection.confidence,
        bounding_box: [x, y, width, height],
        tracker_id: detection.tracker_id,
        parent: detection.parent,
        classifications: detection.classifications.iter().map(class).collect(),
    }
}

/// A detection, out of the document.
fn detection_of(object: &Object) -> Detection {
    let [x, y, width, height] = object.bounding_box;
    let bounding_box = BoundingBox {
        x,
        y,
        width,
        height,
    };
    let answer = |class: &Class| Classification {
        component: class.component,
        class_id: class.index,
        label: Arc::from(class.label.as_str()),
        confidence: class.confidence,
    };
    Detection {
        tracker_id: object.tracker_id,
        parent: object.parent,
        classifications: object.classifications.iter().map(answer).collect(),
        ..Detection::new(
            object.component,
            object.index,
            Arc::from(object.label.as_str()),
            object.confidence,
            bounding_box,
        )
    }
}

#[cfg(test)]
pub mod tests {
    use messages::{Data, PositionReport};

    use super::*;

    /// A frame that has everything a document can hold.
    pub fn full_frame() -> FrameInfo {
        let mut frame = FrameInfo::new(
            "north gate",
            3,
            Timestamp::from_nanos(1_772_344_803_412_000_000),
        );
        frame.sequence = 17;
        (frame.width, frame.height, frame.pixel_aspect) = (960, 540, 1.25);
        frame.clock = Some(Clock {
            source: ClockSource::Rtcp,
            error_ns: 5,
        });
        frame.inferred_by = vec![1, 2];
        frame.labels = vec![(1, ["head", "tail"].map(Arc::from).into())];
        let bounding_box = BoundingBox {
            x: 0.1,
            y: 1.0 / 3.0,
            width: 7.7,
            height: 1e-7,
        };
        let mut found = Detection::new(1, 0, "head".into(), 0.123_456_79, bounding_box);
        found.tracker_id = Some(u64::MAX);
        found.parent = Some(0);
        found.classifications = vec![Classification {
            component: 2,
            class_id: -1,
            label: "WAG-9".into(),
            confidence: 0.9,
        }];
        frame.detections = vec![found];
        frame.captions = vec![(0, "12.3 m".to_owned())];
        let report = PositionReport {
            clock: None,
            camera: "north gate".to_owned(),
            frame: 17,
            covers: None,
            ends: Vec::new(),
            bodies: Vec::new(),
        };
        frame.reports = vec![Arc::new(Event {
            id: "1-1".to_owned(),
            source: "/hall/locoposition/prod/C1".to_owned(),
            subject: None,
            time: frame.capture_time,
            received: None,
            recorded: None,
            flow: "prod".to_owned(),
            data: Data::Position(report),
        })];
        frame
    }

    #[test]
    fn everything_that_is_known_crosses_the_bus() {
        let frame = full_frame();
        let text = serde_json::to_string(&image_of(&frame)).unwrap();
        let image: Image = serde_json::from_str(&text).unwrap();
        let got = image.frame(frame.capture_time).unwrap();
        assert_eq!(format!("{got:?}"), format!("{frame:?}"));
    }

    #[test]
    fn a_foreign_image_needs_its_camera_only() {
        let image: Image = serde_json::from_str(r#"{"camera":"C1","new":[1]}"#).unwrap();
        assert_eq!(
            &*image.frame(Timestamp::from_nanos(0)).unwrap().camera,
            "C1"
        );
        assert!(serde_json::from_str::<Image>("{}").is_err());
    }
}
