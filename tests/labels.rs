// SPDX-License-Identifier: MIT OR Apache-2.0
//! Label files as people have them: a byte order mark, capitals, other words. What position estimation understands gives the
//! same states; what it does not is said, and the run is no success.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::Path;

use messages::{Data, Event};
use support::{Ended, Process, command, footage, root};
use tempfile::TempDir;

/// The shipped detector with the labels of `text`, in a folder of its own.
fn detector(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shipped = root()
        .join("models/trt/locodetector")
        .canonicalize()
        .unwrap();
    let config = std::fs::read_to_string(shipped.join("config_infer.txt")).unwrap();
    let network = format!("onnx-file={}", shipped.join("model.onnx").display());
    let config = config.replace("onnx-file=model.onnx", &network);
    std::fs::write(folder.path().join("config_infer.txt"), config).unwrap();
    std::fs::write(folder.path().join("labels.txt"), text).unwrap();
    folder
}

/// Plays the footage in `clips` with the detector in `model`: how it ended, and the states.
fn play(clips: &Path, model: &Path) -> (Ended, String) {
    let states = clips.join("states.jsonl");
    let mut run = command("roundhouse");
    run.args(["run", "pipelines/hall.gst"]);
    for (name, path) in [
        ("clips", clips),
        ("model", &model.join("config_infer.txt")),
        ("states", &states),
    ] {
        run.arg("--set").arg(format!("{name}={}", path.display()));
    }
    let ended = Process::start(run).end();
    let text = std::fs::read_to_string(states).unwrap();
    (ended, text)
}

/// How many locomotives the last state counts.
fn count(states: &str) -> u64 {
    let last = Event::parse(states.lines().last().unwrap()).unwrap();
    let Data::State(state) = last.data else {
        panic!("no state: {last:?}");
    };
    state.count
}

#[test]
fn a_byte_order_mark_and_capitals_give_the_states_of_the_shipped_labels() {
    let clips = footage(6);
    let shipped = detector("head\ntail\nplate\n");
    let (ended, expected) = play(clips.path(), shipped.path());
    ended.well();
    assert!(count(&expected) > 0, "{expected}");
    for labels in ["\u{feff}head\r\ntail\r\nplate\r\n", "Head\nTail\nPlate\n"] {
        let model = detector(labels);
        let (ended, states) = play(clips.path(), model.path());
        let ended = ended.well();
        assert!(!ended.err.contains("warning"), "{}", ended.err);
        assert!(states == expected, "{labels:?} gives other states");
    }
}

#[test]
fn labels_that_mean_nothing_are_told_once_and_in_the_exit_status() {
    let clips = footage(3);
    for labels in ["front\nrear\nnumber\n", "locomotive\nperson\nplate\n"] {
        let model = detector(labels);
        let (ended, states) = play(clips.path(), model.path());
        assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
        let told = ended.err.matches("labels lack 'head' and 'tail'").count();
        assert_eq!(told, 1, "{}", ended.err);
        let last = ended.err.lines().last().unwrap();
        assert!(
            last.contains(
                "cameras C1, C2, C3, C4, C5, C6, C7, C8 was discarded at the end (unknown labels)"
            ),
            "{}",
            ended.err
        );
        assert_eq!(count(&states), 0);
    }
}
