// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse expand`, `list` and `run`: pipelines as text, and what is said of broken ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the tool in `folder`.
fn roundhouse(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_roundhouse"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What is said of a text that cannot be played.
fn refusal(command: &str, text: &str, settings: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.gst"), text).unwrap();
    let output = roundhouse(folder.path(), &[&[command, "a.gst"], settings].concat());
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_shipped_pipelines_are_listed_and_expand_to_one_line() {
    let listed = out(&roundhouse(root(), &["list"]));
    let files: Vec<_> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(files.contains(&"pipelines/hall.gst"), "{listed}");
    for file in files {
        let line = out(&roundhouse(root(), &["expand", file]));
        assert_eq!(line.lines().count(), 1, "{file}");
        assert!(!line.contains("${") && !line.contains('#'), "{line}");
    }
}

#[test]
fn settings_come_first() {
    let line = roundhouse(
        root(),
        &["expand", "pipelines/hall.gst", "--set", "states=mine.jsonl"],
    );
    assert!(out(&line).contains("location=mine.jsonl"));
}

#[test]
fn mistakes_name_file_line_and_column_and_the_remedy() {
    for command in ["expand", "run"] {
        let said = refusal(command, "videotestsrc\n  ! fakesink name=${who}\n", &[]);
        assert!(
            said.contains("a.gst:2:19: the variable 'who' has no value"),
            "{said}"
        );
        assert!(said.contains("--set who="), "{said}");
        assert!(said.contains("^^^^^^"), "{said}");
        let said = refusal(
            command,
            "fakesrc name=${who:-a} ! fakesink\n",
            &["--set", "woh=b"],
        );
        assert!(said.contains("did you mean 'who'"), "{said}");
    }
    let said = refusal("run", "videotestsrc ! nosuchelement", &[]);
    assert!(said.contains("nosuchelement"), "{said}");
}

#[test]
fn what_a_shell_would_change_is_not_expanded() {
    let said = refusal("expand", "multifilesrc location=*.jpg ! fakesink", &[]);
    assert!(said.contains("a.gst:1:23"), "{said}");
}

#[test]
fn a_block_is_expanded_for_each_camera_of_the_facility_and_no_password_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = "for camera in ${facility}\n  fakesrc name=\"${camera.id}\" ! fakesink name=${camera.credentials:-none}\nend\n";
    let site = "facility = \"a\"\n[[track]]\nid = \"T1\"\nlength = 60\n[[camera]]\nid = \"C1\"\nuri = \"rtsp://[::1]/a?b=1\"\ncredentials = \"env:CAMERA\"\n[[camera]]\nid = \"C2\"\n";
    std::fs::write(folder.path().join("a.gst"), text).unwrap();
    std::fs::write(folder.path().join("a.toml"), site).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_roundhouse"))
        .current_dir(folder.path())
        .env("CAMERA", "me:hidden")
        .args(["expand", "a.gst", "--set", "facility=a.toml"])
        .output()
        .unwrap();
    assert_eq!(
        out(&output).trim(),
        "fakesrc name=\"C1\" ! fakesink name=env:CAMERA fakesrc name=\"C2\" ! fakesink name=none"
    );
    let said = roundhouse(
        folder.path(),
        &["check", "a.gst", "--set", "facility=a.toml"],
    );
    assert!(out(&said).contains("nothing wrong, 4 elements"), "{said:?}");
}

#[test]
fn mistakes_in_a_facility_are_said_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let site = "facility = \"a\"\n[[track]]\nid = \"T1\"\nlength = 60\n[[camera]]\nid = \"C1\"\nuri = \"rtsp://me:hidden@camera/\"\n";
    std::fs::write(folder.path().join("a.toml"), site).unwrap();
    std::fs::write(folder.path().join("a.gst"), "for camera in a.toml\nend\n").unwrap();
    for command in ["expand", "check", "run"] {
        let output = roundhouse(folder.path(), &[command, "a.gst"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("a.gst:1:15: ")
                && said.contains("a.toml:7: camera[0].uri: holds a password"),
            "{said}"
        );
        assert!(!said.contains("hidden"), "{said}");
    }
}

#[test]
fn whoever_reads_may_stop() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_roundhouse"))
        .current_dir(root())
        .args(["expand", "pipelines/hall.gst"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}
