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
