// SPDX-License-Identifier: MIT OR Apache-2.0
//! What cannot work is refused when the element starts, with a sentence that helps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod scene;

use gst::prelude::*;
use scene::{Config, DETECTOR, at, init, model, ortinfer, rgb, rgb_caps};

/// Starts `element`, which must fail, and returns what it says on the bus.
fn refusal(element: &gst::Element) -> String {
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    assert!(element.set_state(gst::State::Paused).is_err(), "it started");
    element.set_state(gst::State::Null).unwrap();
    let message = bus
        .pop_filtered(&[gst::MessageType::Error])
        .expect("an error on the bus");
    let gst::MessageView::Error(error) = message.view() else {
        unreachable!()
    };
    format!("{} {}", error.error(), error.debug().unwrap_or_default())
}

fn refused(config: &Config) -> String {
    init();
    refusal(&ortinfer(config))
}

fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "\"{part}\" is missing in: {said}");
    }
}

#[test]
fn no_configuration() {
    init();
    let element = gst::ElementFactory::make("ortinfer").build().unwrap();
    assert_says(&refusal(&element), &["config-file-path"]);
    element.set_property("config-file-path", "/nowhere/config_infer.txt");
    assert_says(&refusal(&element), &["/nowhere/config_infer.txt"]);
}

#[test]
fn a_value_out_of_range() {
    let config = Config::detector("cluster-mode=9\n");
    assert_says(
        &refused(&config),
        &["config_infer.txt:9", "cluster-mode", "0 to 4"],
    );
}

#[test]
fn a_model_that_is_not_there() {
    let config = Config::new("nothing.onnx", DETECTOR);
    assert_says(
        &refused(&config),
        &["nothing.onnx", "config_infer.txt", "onnx-file"],
    );
}

#[test]
fn a_model_that_is_none() {
    let config = Config::with_model(&model("make_models.py"), DETECTOR);
    assert_says(&refused(&config), &["make_models.py", "cannot load"]);
}

#[test]
fn a_model_that_is_cut_off() {
    let whole = std::fs::read(model("detector.onnx")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.onnx");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    assert_says(
        &refused(&Config::with_model(&cut, DETECTOR)),
        &["cut.onnx", "complete?"],
    );
    std::fs::write(&cut, []).unwrap();
    assert_says(&refused(&Config::with_model(&cut, DETECTOR)), &["cut.onnx"]);
}

#[test]
fn other_outputs() {
    let config = Config::new("foreign_names.onnx", DETECTOR);
    assert_says(
        &refused(&config),
        &[
            "foreign_names.onnx",
            "\"cov\"",
            "scores, corners",
            "network-type=100",
        ],
    );
}

#[test]
fn too_few_planes() {
    assert_says(
        &refused(&Config::new("few_planes.onnx", DETECTOR)),
        &["few_planes.onnx", "8 planes", "has 4"],
    );
}

#[test]
fn inputs_of_another_form() {
    assert_says(
        &refused(&Config::new("two_inputs.onnx", DETECTOR)),
        &["2 inputs", "a, b"],
    );
    assert_says(
        &refused(&Config::new("bytes.onnx", DETECTOR)),
        &["bytes.onnx", "32-bit floats"],
    );
    assert_says(
        &refused(&Config::new("channels_last.onnx", DETECTOR)),
        &["channels_last.onnx", "model-color-format"],
    );
    assert_says(
        &refused(&Config::new("open_size.onnx", DETECTOR)),
        &["open_size.onnx", "infer-dims"],
    );
    let grey = format!("{DETECTOR}model-color-format=2\n");
    assert_says(
        &refused(&Config::new("detector.onnx", &grey)),
        &["detector.onnx", "model-color-format=2"],
    );
    let dims = format!("{DETECTOR}infer-dims=3;64;64\n");
    assert_says(
        &refused(&Config::new("detector.onnx", &dims)),
        &["infer-dims"],
    );
}

#[test]
fn outputs_that_are_no_floats() {
    let config = Config::new("integers_out.onnx", "network-type=100\n");
    assert_says(&refused(&config), &["integers_out.onnx", "does not run"]);
}

#[test]
fn labels_too_short_or_not_there() {
    let config = Config::detector("");
    std::fs::write(config.file("labels.txt"), "red\n").unwrap();
    assert_says(&refused(&config), &["labels.txt", "1 labels for 2 classes"]);
    std::fs::remove_file(config.file("labels.txt")).unwrap();
    assert_says(&refused(&config), &["labels.txt", "labelfile-path"]);
}

#[test]
fn a_start_time_that_is_none() {
    init();
    let config = Config::detector("");
    let element = ortinfer(&config);
    element.set_property("utc-start-time", "yesterday");
    assert_says(&refusal(&element), &["utc-start-time", "yesterday"]);
}

#[test]
fn the_old_name_of_the_start_time_is_accepted_with_a_warning() {
    init();
    let config = Config::detector("");
    let element = ortinfer(&config);
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    element.set_property("start-time", "2026-03-01T06:00:00Z");
    assert_eq!(
        element.property::<String>("utc-start-time"),
        "2026-03-01T06:00:00Z"
    );
    element.set_state(gst::State::Paused).unwrap();
    element.set_state(gst::State::Null).unwrap();
    let warning = bus.pop_filtered(&[gst::MessageType::Warning]).unwrap();
    let gst::MessageView::Warning(warning) = warning.view() else {
        unreachable!()
    };
    let said = warning.error().to_string();
    assert_says(&said, &["'start-time'", "'utc-start-time'"]);
}

#[test]
fn a_provider_that_is_not_here() {
    init();
    let config = Config::detector("");
    let element = ortinfer(&config);
    element.set_property_from_str("provider", "cuda");
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    if element.set_state(gst::State::Paused).is_ok() {
        // This machine has a GPU and a library that knows it.
        element.set_state(gst::State::Null).unwrap();
        return;
    }
    element.set_state(gst::State::Null).unwrap();
    assert_says(&refusal(&element), &["provider=cpu"]);
}

#[test]
fn keys_that_are_not_followed_are_told_on_the_bus() {
    init();
    let config = Config::detector(
        "custom-lib-path=x.so\ncluster_mode=2\noutput-blob-names=output_cov;heads\n",
    );
    let element = ortinfer(&config);
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    element.set_state(gst::State::Paused).unwrap();
    element.set_state(gst::State::Null).unwrap();
    let said: Vec<String> = bus
        .iter_filtered(&[gst::MessageType::Warning])
        .filter_map(|message| match message.view() {
            gst::MessageView::Warning(warning) => Some(format!(
                "{} {}",
                warning.error(),
                warning.debug().unwrap_or_default()
            )),
            _ => None,
        })
        .collect();
    assert_eq!(said.len(), 3);
    assert_says(
        &said.join("\n"),
        &["custom-lib-path", "did you mean cluster-mode?", "heads"],
    );
}

#[test]
fn an_optional_model_that_is_not_there_lets_frames_pass_with_a_warning() {
    init();
    let config = Config::new("nothing.onnx", DETECTOR);
    let element = ortinfer(&config);
    element.set_property("optional", true);
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let mut harness = gst_check::Harness::with_element(&element, Some("sink"), Some("src"));
    harness.set_src_caps(rgb_caps(64, 32));
    let seen = harness.push_and_pull(at(rgb(64, 32, 8, &[]), 0)).unwrap();
    assert!(
        meta::FrameInfo::of(&seen).is_none(),
        "nobody looked at this frame"
    );
    let warning = bus
        .pop_filtered(&[gst::MessageType::Warning])
        .expect("a warning");
    let gst::MessageView::Warning(warning) = warning.view() else {
        unreachable!()
    };
    assert_says(
        &warning.error().to_string(),
        &["nothing.onnx", "pass unseen"],
    );
    // What else is wrong stays an error.
    let config = Config::with_model(&model("make_models.py"), DETECTOR);
    let element = ortinfer(&config);
    element.set_property("optional", true);
    assert_says(&refusal(&element), &["cannot load"]);
}
