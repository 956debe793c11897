// SPDX-License-Identifier: MIT OR Apache-2.0
//! Classifiers, raw tensors, networks of fixed and open size, and networks that look at the objects of others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod scene;

use gst::prelude::*;
use gst_check::Harness;
use meta::FrameInfo;
use scene::{BLUE, Config, RED, at, boxes, init, ortinfer, rgb, rgb_caps, rgb_harness, stat};

#[test]
fn a_classifier_answers_about_whole_frames() {
    init();
    let config = Config::new(
        "classifier.onnx",
        "gie-unique-id=4\nnetwork-type=1\nnet-scale-factor=0.0039215697906911373\nclassifier-threshold=0.4\nlabelfile-path=labels.txt\n",
    );
    std::fs::write(config.file("labels.txt"), "red;green;blue\nlight;dark\n").unwrap();
    let mut harness = rgb_harness(&config, 16, 16);
    let seen = harness
        .push_and_pull(at(rgb(16, 16, 16, &[(0, 0, [0, 255, 0])]), 0))
        .unwrap();
    let frame = FrameInfo::of(&seen).unwrap();
    assert_eq!(boxes(&seen), [(-1, [0.0, 0.0, 16.0, 16.0])]);
    let answers: Vec<_> = frame.detections[0]
        .classifications
        .iter()
        .map(|answer| (answer.component, answer.class_id, &*answer.label))
        .collect();
    assert_eq!(answers, [(4, 1, "green"), (4, 1, "dark")]);
}

#[test]
fn raw_tensors_are_attached_to_the_frame() {
    let config = Config::new("detector.onnx", "gie-unique-id=9\nnetwork-type=100\n");
    let mut harness = rgb_harness(&config, 64, 32);
    let seen = harness
        .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED)]), 0))
        .unwrap();
    let frame = FrameInfo::of(&seen).unwrap();
    let forms: Vec<_> = frame
        .tensors
        .iter()
        .map(|tensor| (&*tensor.name, &tensor.shape[..]))
        .collect();
    assert_eq!(
        forms,
        [
            ("output_cov", &[2, 4, 8][..]),
            ("output_bbox", &[8, 4, 8][..])
        ]
    );
    let coverage = frame.tensors[0].data[8 + 2];
    assert!(
        (coverage - 255.0).abs() < 1e-3,
        "class 0, row 1, column 2: {coverage}"
    );
    assert!(frame.detections.is_empty() && frame.is_inferred_by(9));
}

#[test]
fn tensors_come_beside_boxes_when_asked_for() {
    let mut harness = rgb_harness(&Config::detector("output-tensor-meta=1\n"), 64, 32);
    let seen = harness
        .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED)]), 0))
        .unwrap();
    assert_eq!(
        (
            boxes(&seen).len(),
            FrameInfo::of(&seen).unwrap().tensors.len()
        ),
        (1, 2)
    );
}

#[test]
fn a_network_with_a_fixed_batch_is_filled_up() {
    let config = Config::new("detector_batch2.onnx", scene::DETECTOR);
    let mut harness = rgb_harness(&config, 64, 32);
    let seen = harness
        .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED)]), 0))
        .unwrap();
    assert_eq!(boxes(&seen), [(0, [13.0, 5.0, 7.0, 7.0])]);
}

#[test]
fn a_network_of_open_size_takes_infer_dims() {
    let config = Config::new(
        "open_size.onnx",
        &format!("{}infer-dims=3;32;64\n", scene::DETECTOR),
    );
    let mut harness = rgb_harness(&config, 64, 32);
    let seen = harness
        .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED)]), 0))
        .unwrap();
    assert_eq!(boxes(&seen), [(0, [13.0, 5.0, 7.0, 7.0])]);
}

#[test]
fn a_second_network_looks_at_what_the_first_found() {
    init();
    let detector = Config::detector("");
    let classifier = Config::new(
        "classifier.onnx",
        "gie-unique-id=2\nprocess-mode=2\noperate-on-gie-id=1\noperate-on-class-ids=0\nnetwork-type=1\nbatch-size=4\n\
         net-scale-factor=0.0039215697906911373\nlabelfile-path=labels.txt\noutput-tensor-meta=1\n",
    );
    std::fs::write(
        classifier.file("labels.txt"),
        "red;green;blue\nlight;dark\n",
    )
    .unwrap();
    let bin = gst::Bin::new();
    let (first, second) = (ortinfer(&detector), ortinfer(&classifier));
    bin.add_many([&first, &second]).unwrap();
    first.link(&second).unwrap();
    for (element, name) in [(&first, "sink"), (&second, "src")] {
        let pad = element.static_pad(name).unwrap();
        bin.add_pad(&gst::GhostPad::with_target(&pad).unwrap())
            .unwrap();
    }
    let mut harness = Harness::with_element(&bin, Some("sink"), Some("src"));
    harness.set_src_caps(rgb_caps(64, 32));
    let seen = harness
        .push_and_pull(at(rgb(64, 32, 8, &[(2, 1, RED), (5, 2, BLUE)]), 0))
        .unwrap();
    let frame = FrameInfo::of(&seen).unwrap();
    assert_eq!(frame.inferred_by, [1, 2]);
    assert_eq!(frame.detections.len(), 2);
    let red = &frame.detections[0];
    assert_eq!(
        red.classifications
            .iter()
            .map(|answer| &*answer.label)
            .collect::<Vec<_>>(),
        ["red", "dark"]
    );
    assert_eq!(red.tensors.len(), 2);
    // The box (13, 5, 7, 7) covers a corner of the red cell: whole, it would be 1; the whole frame, 1/32.
    let confidence = red.classifications[0].confidence;
    assert!((0.1..0.5).contains(&confidence), "{confidence}");
    assert!(
        frame.detections[1].classifications.is_empty(),
        "blue is none of its classes"
    );
}

/// Detector and a classifier of what it found that is configured by `more`; what the classifier's element says of itself.
fn classified(more: &str, max_rate: f64, frames: u64) -> (Vec<usize>, Vec<Option<u64>>, u64, u64) {
    init();
    let detector = Config::detector("");
    let text = format!(
        "gie-unique-id=2\nprocess-mode=2\noperate-on-gie-id=1\nnetwork-type=1\n\
         net-scale-factor=0.0039215697906911373\nlabelfile-path=labels.txt\n{more}"
    );
    let classifier = Config::new("classifier.onnx", &text);
    std::fs::write(
        classifier.file("labels.txt"),
        "red;green;blue\nlight;dark\n",
    )
    .unwrap();
    let bin = gst::Bin::new();
    let (first, second) = (ortinfer(&detector), ortinfer(&classifier));
    second.set_property("max-rate", max_rate);
    bin.add_many([&first, &second]).unwrap();
    first.link(&second).unwrap();
    for (element, name) in [(&first, "sink"), (&second, "src")] {
        let pad = element.static_pad(name).unwrap();
        bin.add_pad(&gst::GhostPad::with_target(&pad).unwrap())
            .unwrap();
    }
    let mut harness = Harness::with_element(&bin, Some("sink"), Some("src"));
    harness.set_src_caps(rgb_caps(64, 32));
    let (mut answers, mut ids) = (Vec::new(), Vec::new());
    for number in 0..frames {
        let picture = at(rgb(64, 32, 8, &[(2, 1, RED)]), number * 200);
        let seen = harness.push_and_pull(picture).unwrap();
        let red = &FrameInfo::of(&seen).unwrap().detections[0];
        answers.push(red.classifications.len());
        ids.push(red.tracker_id);
    }
    (
        answers,
        ids,
        stat(&second, "objects"),
        stat(&second, "rested"),
    )
}

#[test]
fn a_classifier_is_asked_once_and_its_answer_is_repeated() {
    let (answers, ids, objects, rested) = classified("", 0.0, 6);
    assert_eq!(answers, [2; 6], "both outputs answer on every frame");
    assert!(ids[0].is_some() && ids.iter().all(|id| *id == ids[0]));
    assert_eq!((objects, rested), (1, 5));
    let (_, _, objects, rested) = classified("secondary-reinfer-interval=2\n", 0.0, 6);
    assert_eq!((objects, rested), (2, 4), "frames 0 and 3");
}

#[test]
fn a_rate_bounds_what_a_second_network_costs() {
    // Frames come every 0.2 s: at most one look a second is one in five frames.
    let (_, _, objects, rested) = classified("secondary-reinfer-interval=0\n", 1.0, 11);
    assert_eq!((objects, rested), (3, 8));
}
