// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse simulate-cameras` as a user starts it: what it writes can be played as it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use facility::Facility;

/// A simulation that is ready.
struct Simulation {
    child: Child,
    input: ChildStdin,
    /// The cameras that it has named.
    cameras: Vec<String>,
}

impl Simulation {
    /// Starts it; `None` where the bindings of GStreamer's RTSP server are not installed.
    fn start(facility: &Path, more: &[&str]) -> Option<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_roundhouse"))
            .args(["simulate-cameras", "--port=0", "--length=1s"])
            .args(["--rate=2", "--size=160x90", "--facility"])
            .arg(facility)
            .args(more)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .env("XDG_CACHE_HOME", facility.parent().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut cameras = Vec::new();
        for line in lines.map_while(Result::ok) {
            if line == "ready" {
                return Some(Self {
                    child,
                    input,
                    cameras,
                });
            }
            cameras.push(line);
        }
        let said = child.wait_with_output().unwrap();
        let said = String::from_utf8(said.stderr).unwrap();
        assert!(said.contains("gir1.2-gst-rtsp-server-1.0"), "{said}");
        println!("not run: {said}");
        None
    }

    fn quit(mut self) {
        writeln!(self.input, "quit").unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn the_facility_has_the_cameras_that_are_served_and_no_others() {
    for (count, last) in [(3, "C3"), (10, "C10")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live.toml");
        let Some(simulation) = Simulation::start(&path, &[&format!("--cameras={count}")]) else {
            return;
        };
        let facility = Facility::load(&path).unwrap();
        let written: Vec<String> = facility
            .cameras
            .iter()
            .map(|camera| format!("{} {}", camera.id, camera.uri.as_ref().unwrap()))
            .collect();
        assert_eq!(written, simulation.cameras);
        assert_eq!(written.len(), count);
        assert_eq!(facility.cameras.last().unwrap().id, last);
        assert!(facility.cameras.iter().all(|it| it.projection.is_some()));
        assert_eq!(facility.tracks.len(), 3);
        // What is written is what the shipped pipeline plays.
        let expanded = Command::new(env!("CARGO_BIN_EXE_roundhouse"))
            .args(["expand", "pipelines/live.gst", "--set"])
            .arg(format!("facility={}", path.display()))
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .output()
            .unwrap();
        let text = String::from_utf8(expanded.stdout).unwrap();
        assert_eq!(text.matches("camerasrc ").count(), count, "{text}");
        simulation.quit();
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.toml");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let said = Command::new(env!("CARGO_BIN_EXE_roundhouse"))
        .args(["simulate-cameras", "--cameras=1", "--length=1s"])
        .args(["--rate=2", "--size=160x90"])
        .arg(format!("--port={port}"))
        .arg("--facility")
        .arg(&path)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .env("XDG_CACHE_HOME", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(said.stderr).unwrap();
    assert!(!said.status.success(), "{text}");
    let address = format!("cannot listen at 127.0.0.1:{port}");
    assert!(
        text.contains(&address) || text.contains("gir1.2-gst-rtsp-server-1.0"),
        "{text}"
    );
}
