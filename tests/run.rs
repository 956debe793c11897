// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse run` as a process: signals, reload, several files, graphs, exit code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use support::{Ended, Process, command, wait_until};
use tempfile::TempDir;

/// A folder with texts in it.
struct Texts(TempDir);

impl Texts {
    fn new(texts: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in texts {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let text = text.replace("HERE", &self.0.path().display().to_string());
        std::fs::write(self.path(name), text).unwrap();
    }

    /// `roundhouse run` of these files, with more arguments.
    fn run(&self, files: &[&str], more: &[&str]) -> Process {
        let mut run = command("roundhouse");
        run.arg("run")
            .args(files.iter().map(|file| self.path(file)));
        Process::start({
            run.args(more);
            run
        })
    }
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// What a WAV file says of its length; right only if it was finished.
fn stated_length(file: &Path) -> u64 {
    let header = std::fs::read(file).unwrap();
    u64::from(u32::from_le_bytes(header[4..8].try_into().unwrap())) + 8
}

const SOUND: &str = "audiotestsrc is-live=true ! wavenc ! filesink location=HERE/a.wav";

#[test]
fn an_interrupt_finishes_the_files() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let texts = Texts::new(&[("a.gst", SOUND)]);
        let run = texts.run(&["a.gst"], &[]);
        let file = texts.path("a.wav");
        wait_until("sound is written", || length(&file) > 20_000);
        run.signal(signal);
        let ended = run.end().well();
        assert_eq!(stated_length(&file), length(&file));
        assert!(ended.err.contains("ending cleanly"), "{}", ended.err);
        assert!(ended.err.contains("played "), "{}", ended.err);
    }
}

#[test]
fn the_second_interrupt_ends_at_once() {
    // The sink holds the first picture for a thousand seconds, and the end behind it.
    let text = "videotestsrc ! fakesink sync=true ts-offset=1000000000000";
    let texts = Texts::new(&[("a.gst", text)]);
    let mut run = texts.run(&["a.gst"], &["--dot", texts.path("dots").to_str().unwrap()]);
    wait_until("it plays", || texts.path("dots/a-playing.dot").exists());
    run.signal(Signal::SIGINT);
    run.hear("ending cleanly");
    run.signal(Signal::SIGINT);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.err.contains("stopped at once"), "{}", ended.err);
}

#[test]
fn a_run_ends_after_its_duration() {
    let texts = Texts::new(&[("a.gst", SOUND)]);
    texts.run(&["a.gst"], &["--duration", "300ms"]).end().well();
    let file = texts.path("a.wav");
    assert!(length(&file) > 44, "{}", length(&file));
    assert_eq!(stated_length(&file), length(&file));
}

/// Two flows on one fork, each a file of its own.
fn two_flows() -> Texts {
    Texts::new(&[
        (
            "a.gst",
            "videotestsrc is-live=true ! video/x-raw,width=16,height=16,framerate=30/1 ! tee name=t\n\
             t. ! flowbin name=prod flow=prod location=HERE/prod.gst\n\
             t. ! flowbin name=dev flow=dev location=HERE/dev.gst",
        ),
        ("prod.gst", "queue ! fakesink sync=false"),
        ("dev.gst", "queue ! fakesink sync=false"),
    ])
}

fn figures<'a>(ended: &'a Ended, flow: &str) -> &'a str {
    let start = format!("flow {flow}: ");
    let mut lines = ended.err.lines();
    lines
        .find(|line| line.starts_with(&start) && line.contains(" in, "))
        .unwrap_or_else(|| panic!("no figures of {flow}:\n{}", ended.err))
}

#[test]
fn a_hang_up_reloads_what_has_changed() {
    let texts = two_flows();
    let dots = texts.path("dots");
    let mut run = texts.run(&["a.gst"], &["--dot", dots.to_str().unwrap()]);
    wait_until("it plays", || dots.join("a-playing.dot").exists());
    run.signal(Signal::SIGHUP);
    run.hear("nothing to reload");
    texts.write("dev.gst", "queue ! identity ! fakesink sync=false");
    run.signal(Signal::SIGHUP);
    run.hear("flow dev: its file has changed");
    run.hear("flow dev plays its new text");
    wait_until("a graph of the new text", || {
        std::fs::read_to_string(dots.join("a-reloaded.dot"))
            .is_ok_and(|graph| graph.contains("digraph") && graph.contains("GstIdentity"))
    });
    texts.write("dev.gst", "queue ! identitty ! fakesink");
    run.signal(Signal::SIGHUP);
    let refused = run.hear("flow dev goes on with its old text");
    assert!(
        refused.contains("dev.gst") && refused.contains("identitty"),
        "{refused}"
    );
    run.signal(Signal::SIGINT);
    let ended = run.end().well();
    assert!(
        figures(&ended, "dev").contains(" 1 reload,"),
        "{}",
        ended.err
    );
    assert!(
        figures(&ended, "prod").contains(" 0 reloads,"),
        "{}",
        ended.err
    );
}

#[test]
fn a_watched_file_is_reloaded_when_it_changes() {
    let texts = two_flows();
    let dots = texts.path("dots");
    let mut run = texts.run(&["a.gst"], &["--watch", "--dot", dots.to_str().unwrap()]);
    wait_until("it plays", || dots.join("a-playing.dot").exists());
    texts.write("prod.gst", "include inner.inc");
    texts.write("inner.inc", "queue ! identity ! fakesink sync=false");
    run.hear("flow prod plays its new text");
    // What is included counts, too.
    texts.write(
        "inner.inc",
        "queue ! identity silent=true ! fakesink sync=false",
    );
    run.hear("flow prod plays its new text");
    run.signal(Signal::SIGINT);
    let ended = run.end().well();
    assert!(
        figures(&ended, "dev").contains(" 0 reloads,"),
        "{}",
        ended.err
    );
}

#[test]
fn settings_reach_the_texts_of_flows() {
    let texts = Texts::new(&[
        (
            "a.gst",
            "fakesrc num-buffers=5 format=time ! tee name=t t. ! flowbin leaky=no location=HERE/flow.gst t. ! queue ! fakesink",
        ),
        ("flow.gst", "queue ! filesink location=\"${where}\""),
    ]);
    let place = texts.path("my own file");
    let setting = format!("where={}", place.display());
    texts.run(&["a.gst"], &["--set", &setting]).end().well();
    assert!(place.exists());
    let refused = texts
        .run(&["a.gst"], &["--set", "where=x", "--set", "wheer=x"])
        .end();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.err.contains("did you mean 'where'"),
        "{}",
        refused.err
    );
}

#[test]
fn several_files_play_side_by_side() {
    let texts = Texts::new(&[
        ("a.gst", "fakesrc num-buffers=5 ! filesink location=HERE/a"),
        ("b.gst", "fakesrc num-buffers=5 ! filesink location=HERE/b"),
        ("broken.gst", "fakesrc ! filesink location=HERE/none/c"),
    ]);
    let ended = texts.run(&["a.gst", "b.gst"], &[]).end().well();
    assert!(texts.path("a").exists() && texts.path("b").exists());
    assert!(ended.err.contains("a: played"), "{}", ended.err);
    std::fs::remove_file(texts.path("a")).unwrap();
    let ended = texts.run(&["broken.gst", "a.gst"], &[]).end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(texts.path("a").exists(), "{}", ended.err);
    assert!(
        ended.err.contains("broken: ") && ended.err.contains("none/c"),
        "{}",
        ended.err
    );
}

#[test]
fn an_error_is_drawn_and_told() {
    let texts = Texts::new(&[("a.gst", "fakesrc ! identity error-after=3 ! fakesink")]);
    let dots = texts.path("dots");
    let ended = texts
        .run(&["a.gst"], &["--dot", dots.to_str().unwrap()])
        .end();
    assert_eq!(ended.status.code(), Some(1));
    let graph = std::fs::read_to_string(dots.join("a-error.dot")).unwrap();
    assert!(graph.contains("GstIdentity"), "{graph}");
}

#[test]
fn a_flow_that_is_off_at_the_end_is_no_success() {
    let texts = Texts::new(&[(
        "a.gst",
        "fakesrc num-buffers=500 format=time ! tee name=t t. ! queue ! fakesink\n\
         t. ! flowbin name=dev on-error=stop leaky=no description=\"identity error-after=3 ! fakesink\"",
    )]);
    let ended = texts.run(&["a.gst"], &[]).end();
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended.err.contains("flow dev was off at the end"),
        "{}",
        ended.err
    );
}
