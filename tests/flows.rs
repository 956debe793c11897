// SPDX-License-Identifier: MIT OR Apache-2.0
//! The shipped pipelines of several flows, to their ends, with the real detector and estimators.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::Path;

use messages::{Data, Event, FacilityState};
use support::{Ended, Process, command, footage};

/// Plays a pipeline; settings as `name=value`.
fn play(pipeline: &str, settings: &[String]) -> Ended {
    let mut run = command("roundhouse");
    run.args(["run", pipeline]);
    for setting in settings {
        run.args(["--set", setting]);
    }
    Process::start(run).end().well()
}

fn set(name: &str, folder: &Path, file: &str) -> String {
    format!("{name}={}", folder.join(file).display())
}

/// Where the results of prod-and-dev.gst go.
fn results(folder: &Path) -> Vec<String> {
    vec![
        set("states_prod", folder, "prod.jsonl"),
        set("states_dev", folder, "dev.jsonl"),
        set("comparison", folder, "comparison.jsonl"),
    ]
}

fn text(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}

/// The states of a file, each with the flow that made it.
fn states(folder: &Path, file: &str) -> Vec<(String, FacilityState)> {
    let text = text(folder, file);
    let states = text.lines().map(|line| {
        let event = Event::parse(line).unwrap();
        let Data::State(state) = event.data else {
            panic!("no state: {line}");
        };
        (event.flow, state)
    });
    states.collect()
}

#[test]
fn prod_and_dev_play_the_shipped_clips_and_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let ended = play("pipelines/prod-and-dev.gst", &results(folder.path()));
    for flow in ["prod", "dev"] {
        let states = states(folder.path(), &format!("{flow}.jsonl"));
        assert!(states.len() >= 90, "{flow}: {}", states.len());
        assert!(
            states
                .iter()
                .all(|(by, state)| by == flow && state.inputs == [flow])
        );
        assert_eq!(states.last().unwrap().1.count, 6, "{flow}");
    }
    // The verdict, and the lines it is made of.
    assert!(
        ended.out.contains("number           equal at"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("GOSPA"), "{}", ended.out);
    assert!(text(folder.path(), "comparison.jsonl").lines().count() >= 90);
}

#[test]
fn gst_launch_plays_what_expand_gives() {
    let (clips, ran, launched) = (
        footage(8),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let clips = set("clips", clips.path(), "");
    let mut settings = results(ran.path());
    settings.push(clips.clone());
    play("pipelines/prod-and-dev.gst", &settings);

    let mut settings = results(launched.path());
    settings.push(clips);
    let settings: String = settings.iter().map(|it| format!(" --set {it}")).collect();
    let mut shell = command("bash");
    shell.arg("-c").arg(format!(
        "set -e; line=$(roundhouse expand pipelines/prod-and-dev.gst{settings}); gst-launch-1.0 -q $line"
    ));
    Process::start(shell).end().well();
    for file in ["prod.jsonl", "dev.jsonl", "comparison.jsonl"] {
        let played = text(launched.path(), file);
        assert!(played.lines().count() >= 7, "{file}: {played}");
        assert_eq!(played, text(ran.path(), file), "{file}");
    }
}

#[test]
fn prod_is_the_same_beside_dev_and_alone() {
    let (clips, folder) = (footage(8), tempfile::tempdir().unwrap());
    let clips = set("clips", clips.path(), "");
    let mut settings = results(folder.path());
    settings.push(clips.clone());
    play("pipelines/prod-and-dev.gst", &settings);
    play(
        "pipelines/hall.gst",
        &[clips, set("states", folder.path(), "alone.jsonl")],
    );
    let alone = text(folder.path(), "alone.jsonl");
    assert!(alone.lines().count() >= 7, "{alone}");
    assert_eq!(alone, text(folder.path(), "prod.jsonl"));
    assert_ne!(alone, text(folder.path(), "dev.jsonl"));
}

#[test]
fn four_mixes_play_to_their_end() {
    let (clips, folder) = (footage(20), tempfile::tempdir().unwrap());
    let settings = [
        set("clips", clips.path(), ""),
        set("out", folder.path(), ""),
    ];
    play("pipelines/mixed-flows.gst", &settings);
    let mut texts = Vec::new();
    for (estimator, fusion) in [
        ("prod", "prod"),
        ("dev", "dev"),
        ("dev", "prod"),
        ("prod", "dev"),
    ] {
        let file = format!("states-{estimator}-{fusion}.jsonl");
        let states = states(folder.path(), &file);
        assert!(states.len() >= 19, "{file}: {}", states.len());
        for (flow, state) in &states {
            assert_eq!(
                (flow.as_str(), state.inputs.as_slice()),
                (fusion, &[estimator.to_owned()][..])
            );
        }
        assert!(states.last().unwrap().1.count > 0, "{file}");
        texts.push(text(folder.path(), &file));
    }
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 4, "two mixes are the same");
}
