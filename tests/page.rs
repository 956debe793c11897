// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page of `roundhouse serve` in a real browser: `tests/browser` says what is looked at.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::process::Command;

use support::{command, root};

/// Node with the browser's tests, where the command that is installed is found.
fn node() -> Command {
    let folder = root().join("tests/browser");
    assert!(
        folder.join("node_modules/playwright-core").exists(),
        "the packages of the browser tests are not there: run scripts/setup.sh --checks"
    );
    let mut node = command("node");
    node.current_dir(folder);
    node
}

/// Runs a file of tests.
fn passes(file: &str) {
    let output = node().args(["--test", file]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

#[test]
fn the_page_shows_what_is_now() {
    passes("now.test.js");
}

#[test]
fn the_page_shows_what_was() {
    passes("history.test.js");
}

#[test]
fn the_page_shows_the_plan_and_alerts() {
    passes("plan.test.js");
}

#[test]
fn everybody_can_use_the_page() {
    passes("everybody.test.js");
}

/// No test: makes the pictures of the documentation anew.
#[test]
#[ignore = "writes docs/images"]
fn the_pictures_of_the_documentation_are_made() {
    let status = node().arg("pictures.js").status().unwrap();
    assert!(status.success());
}
