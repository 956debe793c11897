// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse cameras` on the shipped clips, and on cameras that cannot be reached.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod tool;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tool::{Said, roundhouse};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/demo")
}

/// The findings about the cameras of `arguments`.
fn probed(arguments: &[&str]) -> (Said, Vec<Value>) {
    let said = roundhouse(&[&["cameras", "--json"], arguments].concat());
    let findings: Value =
        serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}", said.err));
    let findings = findings.as_array().unwrap().clone();
    (said, findings)
}

#[test]
fn the_cameras_of_the_demo_are_measured_and_pictured() {
    let folder = tempfile::tempdir().unwrap();
    let facility = demo().join("facility.toml");
    let pictures = folder.path().join("reference");
    let (said, findings) = probed(&[
        "--facility",
        facility.to_str().unwrap(),
        "--reference",
        pictures.to_str().unwrap(),
    ]);
    assert!(said.ok, "{}", said.err);
    assert_eq!(findings.len(), 8);
    for finding in &findings {
        assert_eq!(finding["codec"], "H.264");
        assert_eq!(finding["size"], serde_json::json!([960, 540]));
        let rate = finding["rate"].as_f64().unwrap();
        assert!((rate - 5.0).abs() < 0.1, "{finding}");
        // The clips are encoded with a key picture every 50 frames.
        assert_eq!(finding["key_distance_s"], 10.0, "{finding}");
        assert_eq!(finding["clock"], "file");
        let picture = image::open(finding["reference"].as_str().unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (960, 540));
    }
    let first = &findings[0];
    let advice = first["advice"].as_array().unwrap();
    assert!(
        advice
            .iter()
            .any(|advice| advice.as_str().unwrap().contains("reference = ")),
        "{first}"
    );
}

#[test]
fn cameras_that_fail_are_named_with_the_reason_and_no_password() {
    let clip = demo().join("C1.mp4").display().to_string();
    let text = demo().join("README.md").display().to_string();
    let (said, findings) = probed(&[
        &format!("file://{clip}"),
        "rtsp://admin:hidden@127.0.0.1:9/stream",
        &format!("file://{text}"),
        "file:///nowhere/C1.mp4",
        "ftp://127.0.0.1/x",
    ]);
    assert!(!said.ok);
    assert!(
        said.err
            .contains("4 of 5 cameras failed: uri-2, uri-3, uri-4, uri-5"),
        "{}",
        said.err
    );
    assert!(!said.out.contains("hidden") && !said.err.contains("hidden"));
    assert_eq!(findings[0]["problem"], Value::Null);
    let problem = |index: usize| findings[index]["problem"].as_str().unwrap();
    assert!(
        problem(1).contains("no connection to 127.0.0.1:9"),
        "{}",
        problem(1)
    );
    assert!(problem(2).contains("no video"), "{}", problem(2));
    assert!(
        problem(3).contains("nothing at its address"),
        "{}",
        problem(3)
    );
    assert!(
        problem(4).contains("unknown scheme 'ftp'"),
        "{}",
        problem(4)
    );
}

#[test]
fn the_table_says_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let facility = folder.path().join("hall.toml");
    let clip = demo().join("C1.mp4").display().to_string();
    let text = format!(
        "facility = \"hall\"\n[[track]]\nid = \"T1\"\nlength = 60\n[[camera]]\nid = \"north\"\nrate = 1\nimage = [640, 480]\nuri = \"file://{clip}\"\ncovers = []\n"
    );
    std::fs::write(&facility, text).unwrap();
    let said = roundhouse(&["cameras", "--facility", facility.to_str().unwrap()]);
    assert!(said.ok, "{}", said.err);
    assert!(
        said.out.contains("north   H.264  960x540  5.0 /s"),
        "{}",
        said.out
    );
    assert!(said.out.contains("set the camera to 1"), "{}", said.out);
    assert!(said.out.contains("its metres are wrong"), "{}", said.out);
}

#[test]
fn no_camera_and_no_address_are_said() {
    let said = roundhouse(&["cameras"]);
    assert!(
        !said.ok && said.err.contains("--facility FILE"),
        "{}",
        said.err
    );
    let folder = tempfile::tempdir().unwrap();
    let facility = folder.path().join("hall.toml");
    std::fs::write(
        &facility,
        "facility = \"hall\"\n[[track]]\nid = \"T1\"\nlength = 60\n",
    )
    .unwrap();
    let said = roundhouse(&["cameras", "--facility", facility.to_str().unwrap()]);
    assert!(
        !said.ok && said.err.contains("no camera has an address"),
        "{}",
        said.err
    );
}
