// SPDX-License-Identifier: MIT OR Apache-2.0
//! Live cameras as the README plays them: simulated cameras, `live.gst`, and one of them that fails and comes back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use messages::{Data, Event, Health};
use nix::sys::signal::Signal;
use support::{Process, command, wait_until};

/// Two simulated cameras.
struct Simulation {
    child: Child,
    commands: ChildStdin,
    /// It ends when nobody can hear its answers.
    _answers: Lines<BufReader<ChildStdout>>,
}

impl Simulation {
    /// Starts it; `None` where the bindings of GStreamer's RTSP server are not installed.
    fn start(facility: &Path) -> Option<Self> {
        let mut simulate = command("roundhouse");
        simulate.args(["simulate-cameras", "--port=0", "--cameras=2", "--length=5s"]);
        simulate.arg("--facility").arg(facility);
        let mut child = simulate
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        while let Some(Ok(line)) = answers.next() {
            if line == "ready" {
                return Some(Self {
                    child,
                    commands,
                    _answers: answers,
                });
            }
        }
        println!("not run: the packages of the simulated cameras are not installed");
        None
    }

    fn command(&mut self, line: &str) {
        writeln!(self.commands, "{line}").unwrap();
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        // Told in vain only if it has ended.
        let _ = writeln!(self.commands, "quit");
        let _ = self.child.wait();
    }
}

/// The health of camera C2 in the states of a file, each once.
fn healths(states: &Path) -> BTreeSet<Health> {
    let text = std::fs::read_to_string(states).unwrap_or_default();
    let whole = text.lines().filter_map(|line| Event::parse(line).ok());
    let states = whole.filter_map(|event| match event.data {
        Data::State(state) => Some(state),
        _ => None,
    });
    states
        .flat_map(|state| state.cameras)
        .filter(|camera| camera.id == "C2")
        .map(|camera| camera.health)
        .collect()
}

#[test]
fn a_camera_that_fails_and_comes_back_has_two_sentences_and_its_health_in_the_states() {
    let folder = tempfile::tempdir().unwrap();
    let [facility, states] = ["live.toml", "states.jsonl"].map(|name| folder.path().join(name));
    let Some(mut simulation) = Simulation::start(&facility) else {
        return;
    };
    let mut run = command("roundhouse");
    run.args(["run", "pipelines/live.gst"]);
    for (name, path) in [("facility", &facility), ("states", &states)] {
        run.arg("--set").arg(format!("{name}={}", path.display()));
    }
    let mut run = Process::start(run);
    let seen = |health| healths(&states).contains(&health);
    wait_until("the cameras are online", || seen(Health::Online));
    simulation.command("C2 stop");
    run.hear("camera C2");
    wait_until("states know", || seen(Health::Stalled));
    simulation.command("C2 continue");
    run.hear("camera C2 is back, after");
    run.signal(Signal::SIGINT);
    let ended = run.end().well();
    let told: Vec<&str> = ended
        .err
        .lines()
        .filter(|line| line.contains("camera"))
        .collect();
    assert_eq!(told.len(), 3, "{}", ended.err);
    assert!(told[2].contains("camera C2 failed once"), "{}", ended.err);
    assert!(!ended.err.contains("warning"), "{}", ended.err);
}

#[test]
fn a_camera_that_is_away_at_the_end_is_in_the_last_line_and_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let facility = folder.path().join("hall.toml");
    let text = "facility = \"hall\"\n[[track]]\nid = \"T1\"\nlength = 60\n[[camera]]\nid = \"C1\"\n\
                uri = \"rtsp://127.0.0.1:1/x\"\ncovers = []\n";
    std::fs::write(&facility, text).unwrap();
    let states = folder.path().join("states.jsonl");
    let mut run = command("roundhouse");
    run.args(["run", "pipelines/live.gst"]);
    for (name, path) in [("facility", &facility), ("states", &states)] {
        run.arg("--set").arg(format!("{name}={}", path.display()));
    }
    let mut run = Process::start(run);
    run.hear("camera C1 cannot be reached");
    run.signal(Signal::SIGTERM);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    let last = ended.err.lines().last().unwrap();
    assert!(
        last.contains("camera C1 was offline for the last"),
        "{}",
        ended.err
    );
}
