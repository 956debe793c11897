// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs in `examples/`: built, and run on two cameras of which one dies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::PathBuf;
use std::process::Command;

use support::{Ended, Process, command, footage, root};

/// C4 for three seconds, C8 as it is shipped: dead from 60 to 80 s.
fn clips() -> tempfile::TempDir {
    let folder = footage(3);
    let shipped = root().join("tests/data/demo/C8.mp4");
    std::fs::copy(shipped, folder.path().join("C8.mp4")).unwrap();
    folder
}

/// Runs a program on the clips; it must have said what the camera and the flow did.
fn run(mut program: Command) -> Ended {
    let clips = clips();
    let ended = Process::start({
        program.arg(clips.path());
        program
    })
    .end()
    .well();
    for said in [
        "camera C8: silent",
        "camera C8: returned",
        "flow prod: started",
    ] {
        assert!(
            ended.err.contains(said),
            "'{said}' is missing:\n{}",
            ended.err
        );
    }
    ended
}

fn source(name: &str) -> PathBuf {
    let file = root().join("examples").join(name);
    let lines = std::fs::read_to_string(&file).unwrap().lines().count();
    assert!(lines < 80, "{name} has {lines} lines");
    file
}

/// One line a second, each with a time and a number of locomotives.
fn assert_counts(out: &str) {
    assert!(out.lines().count() >= 90, "{out}");
    assert!(
        out.lines()
            .all(|line| line.starts_with("2026-03-01T06:0") && line.ends_with("locomotives")),
        "{out}"
    );
    assert!(
        !out.contains(" 0 locomotives\n2026-03-01T06:01:29"),
        "{out}"
    );
}

#[test]
fn a_c_program() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("embed");
    let flags = Command::new("pkg-config")
        .args(["--cflags", "--libs", "gstreamer-1.0", "gstreamer-app-1.0"])
        .output()
        .unwrap();
    let flags = String::from_utf8(flags.stdout).unwrap();
    let status = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror"])
        .arg(source("embed.c"))
        .arg("-o")
        .arg(&program)
        .args(flags.split_whitespace())
        .status()
        .unwrap();
    assert!(status.success());
    let ended = run(command(&program));
    let states = ended
        .out
        .lines()
        .map(|line| messages::Event::parse(line).unwrap());
    assert!(
        states.filter(|state| state.flow == "prod").count() >= 90,
        "{}",
        ended.out
    );
}

#[test]
fn a_python_script() {
    let mut python = command("/usr/bin/python3");
    python.arg(source("embed.py"));
    assert_counts(&run(python).out);
}

#[test]
fn a_rust_program() {
    source("embed.rs");
    let mut cargo = command(env!("CARGO"));
    cargo.args([
        "run",
        "--quiet",
        "--locked",
        "-p",
        env!("CARGO_PKG_NAME"),
        "--example",
        "embed",
        "--",
    ]);
    assert_counts(&run(cargo).out);
}
