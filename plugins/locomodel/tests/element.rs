// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element on frames whose ends a classifier has judged already.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::path::{Path, PathBuf};
use std::sync::Once;

use facility::{END_HEIGHT, END_WIDTH, Facility};
use gst::prelude::*;
use gst_check::Harness;
use messages::{Data, ModelReport, Timestamp};
use meta::{BoundingBox, Classification, Detection, FrameInfo, Tensor};
use roundhouse_locomodel::LocoModel;

fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        gst::Element::register(None, "locomodel", gst::Rank::NONE, LocoModel::static_type())
            .unwrap();
    });
}

fn demo() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/demo/facility.toml")
}

/// A folder with a classifier's configuration and these labels.
fn classifier(labels: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("labels.txt"), labels).unwrap();
    std::fs::write(
        folder.path().join("config.txt"),
        "[property]\ngie-unique-id=2\nlabelfile-path=labels.txt\n",
    )
    .unwrap();
    folder
}

fn element(folder: &Path) -> gst::Element {
    init();
    gst::ElementFactory::make("locomodel")
        .property("facility", demo().display().to_string())
        .property(
            "classifier",
            folder.join("config.txt").display().to_string(),
        )
        .build()
        .unwrap()
}

fn harness(element: &gst::Element) -> Harness {
    let mut harness = Harness::with_element(element, Some("sink"), Some("src"));
    harness.set_src_caps(gst_video_caps());
    harness
}

fn gst_video_caps() -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", "GRAY8")
        .field("width", 960)
        .field("height", 540)
        .field("framerate", gst::Fraction::new(5, 1))
        .build()
}

/// The end of a machine at metre 8 of track T2 of the demo hall, as camera C1 sees it.
fn end() -> Detection {
    let facility = Facility::load(&demo()).unwrap();
    let projection = facility.camera("C1").unwrap().projection.as_ref().unwrap();
    let track = facility.track("T2").unwrap();
    let [left, top, right, bottom] = projection
        .end_box(track, 8.0, END_WIDTH, END_HEIGHT)
        .unwrap()
        .map(|edge| edge as f32);
    let bounds = BoundingBox {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
    };
    let mut end = Detection::new(1, 0, "head".into(), 0.9, bounds);
    end.tracker_id = Some(7);
    end
}

fn tensor(values: &[f32]) -> Tensor {
    Tensor {
        component: 2,
        name: "model".into(),
        shape: vec![values.len()],
        data: values.into(),
    }
}

fn frame(sequence: u64, end: Detection) -> gst::Buffer {
    let mut buffer = gst::Buffer::new();
    let time = Timestamp::from_nanos(sequence as i64 * 200_000_000);
    let mut info = FrameInfo::new("C1", 0, time);
    info.sequence = sequence;
    (info.width, info.height) = (960, 540);
    info.detections = vec![end];
    info.attach(buffer.get_mut().unwrap());
    buffer
}

fn reports(buffer: &gst::BufferRef) -> Vec<ModelReport> {
    let info = FrameInfo::of(buffer).unwrap();
    let model = |event: &std::sync::Arc<messages::Event>| match &event.data {
        Data::Model(report) => report.clone(),
        other => panic!("{other:?}"),
    };
    info.reports.iter().map(model).collect()
}

fn stat(element: &gst::Element, name: &str) -> u64 {
    element
        .property::<gst::Structure>("stats")
        .get(name)
        .unwrap()
}

#[test]
fn every_candidate_is_reported_at_its_place() {
    let folder = classifier(b"S14;D23;E21;other\n");
    let mut harness = harness(&element(folder.path()));
    let mut end = end();
    end.tensors.push(tensor(&[0.1, 0.8, 0.04, 0.06]));
    let seen = harness.push_and_pull(frame(0, end)).unwrap();
    let report = reports(&seen).remove(0);
    let candidates: Vec<_> = report
        .candidates
        .iter()
        .map(|candidate| (candidate.model.as_str(), (candidate.p * 100.0).round()))
        .collect();
    assert_eq!(candidates, [("D23", 80.0), ("S14", 10.0), ("E21", 4.0)]);
    assert_eq!(
        (report.track.as_str(), report.camera.as_str()),
        ("T2", "C1")
    );
    assert!(
        (report.s - 10.0).abs() < 0.2,
        "two metres inside: {}",
        report.s
    );
}

#[test]
fn what_is_no_locomotive_doubtful_small_or_unfit_is_counted() {
    let folder = classifier(b"S14;D23;E21;other\n");
    let element = element(folder.path());
    let mut harness = harness(&element);
    let mut push = |sequence, values: &[f32], height: Option<f32>| {
        let mut end = end();
        end.tensors.push(tensor(values));
        end.bounding_box.height = height.unwrap_or(end.bounding_box.height);
        let seen = harness.push_and_pull(frame(sequence, end)).unwrap();
        assert!(reports(&seen).is_empty());
    };
    push(0, &[0.1, 0.2, 0.1, 0.6], None);
    push(1, &[0.3, 0.4, 0.2, 0.1], None);
    push(2, &[0.9, 0.05, 0.05, 0.0], Some(39.0));
    push(3, &[0.9, 0.1], None);
    push(4, &[3.0, -2.0, 1.0, 0.0], None);
    push(5, &[f32::NAN, 0.0, 1.0, 0.0], None);
    push(6, &[], None);
    let counts = ["other", "doubtful", "small", "errors-tensor", "reports"];
    assert_eq!(counts.map(|name| stat(&element, name)), [1, 1, 1, 4, 0]);
}

#[test]
fn without_tensors_the_best_answer_counts_and_a_repeated_one_once_a_second() {
    let folder = classifier(b"S14;D23;E21;other\n");
    let mut harness = harness(&element(folder.path()));
    let mut told = Vec::new();
    for sequence in 0..12 {
        let mut end = end();
        end.classifications.push(Classification {
            component: 2,
            class_id: 1,
            label: "D23".into(),
            confidence: 0.9,
        });
        let seen = harness.push_and_pull(frame(sequence, end)).unwrap();
        told.extend(reports(&seen).iter().map(|_| sequence));
    }
    assert_eq!(told, [0, 6]);
}

#[test]
fn an_answer_that_is_repeated_without_its_tensor_is_no_second_look() {
    let folder = classifier(b"S14;D23;E21;other\n");
    let mut harness = harness(&element(folder.path()));
    let mut push = |sequence, p: f32, looked: bool| {
        let mut end = end();
        end.classifications.push(Classification {
            component: 2,
            class_id: 1,
            label: "D23".into(),
            confidence: p,
        });
        if looked {
            end.tensors.push(tensor(&[0.9 - p, p, 0.05, 0.05]));
        }
        let seen = harness.push_and_pull(frame(sequence, end)).unwrap();
        reports(&seen).len()
    };
    assert_eq!(push(0, 0.8, true), 1);
    assert_eq!([push(1, 0.8, false), push(2, 0.8, false)], [0, 0]);
    assert_eq!(push(3, 0.75, true), 1, "a new look");
}

#[test]
fn labels_that_are_wrong_are_refused() {
    for (labels, expected) in [
        (b"".as_slice(), "no labels"),
        (b"S14;\xff\n".as_slice(), "UTF-8"),
    ] {
        let folder = classifier(labels);
        let element = element(folder.path());
        let bus = gst::Bus::new();
        element.set_bus(Some(&bus));
        assert!(element.set_state(gst::State::Paused).is_err());
        let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
        element.set_state(gst::State::Null).unwrap();
        let gst::MessageView::Error(error) = message.view() else {
            panic!()
        };
        assert!(error.error().to_string().contains(expected), "{error:?}");
    }
}
