// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse alerts`: rules are tried without a server.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;
use std::process::{Command, Output};

/// Runs `roundhouse alerts` with these arguments in a folder.
fn alerts(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundhouse"));
    command.arg("alerts").args(arguments).current_dir(folder);
    command.output().unwrap()
}

/// What a command printed.
fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn rules_are_checked_and_a_recording_says_what_they_would_have_told() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "[[rule]]\nname = 'down'\nkind = 'camera-down'\nfor = '5 s'\nclear_for = '5 s'\n";
    std::fs::write(folder.path().join("alerts.toml"), rules).unwrap();
    let health = |second: u32, health: &str| {
        format!(
            r#"{{"specversion":"1.0","type":"com.roundhouse.camera-health.v1","source":"/hall/framemux/1","id":"1-{second}","time":"2026-03-01T06:00:{second:02}Z","data":{{"camera":"C1","health":"{health}"}}}}"#
        )
    };
    let states = [
        health(0, "online"),
        health(10, "offline"),
        health(30, "online"),
        health(50, "online"),
    ];
    std::fs::write(folder.path().join("states.jsonl"), states.join("\n")).unwrap();
    let checked = alerts(folder.path(), &["check", "alerts.toml"]);
    assert_eq!(
        printed(&checked),
        "down: camera-down for 5 s, told to nobody but the page\n"
    );
    let replayed = alerts(folder.path(), &["replay", "alerts.toml", "states.jsonl"]);
    assert_eq!(
        printed(&replayed),
        "2026-03-01T06:00:15Z + hall · down: camera C1 is not connected, for 5 s\n\
         2026-03-01T06:00:34Z - hall · down: over after 24 s: camera C1 is not connected\n"
    );
    std::fs::write(
        folder.path().join("alerts.toml"),
        rules.replace("kind", "kin"),
    )
    .unwrap();
    let refused = alerts(folder.path(), &["check", "alerts.toml"]);
    assert!(!refused.status.success());
    let sentence = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        sentence.contains("alerts.toml:3: rule[0].kin: is unknown; did you mean 'kind'?"),
        "{sentence}"
    );
}
