// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse run --metrics`: what Prometheus reads of pipelines that play.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use support::{Process, command, wait_until};
use tempfile::TempDir;

/// Two cameras, two flows, and a bus within one pipeline.
const HALL: &str = "videotestsrc is-live=true ! video/x-raw,width=16,height=16,framerate=30/1 ! mux.sink_0\n\
    videotestsrc is-live=true ! video/x-raw,width=16,height=16,framerate=30/1 ! mux.sink_1\n\
    framemux name=mux sink_0::camera=C1 sink_1::camera=C2 ! tee name=t\n\
    t. ! flowbin flow=prod description=\"queue ! locoposition facility=tests/data/demo/facility.toml ! fakesink sync=false\"\n\
    t. ! flowbin flow=dev description=\"queue ! locoposition facility=tests/data/demo/facility.toml ! fakesink sync=false\"\n\
    t. ! queue ! bussink uri=zmq+pub://127.0.0.1:PORT facility=tests/data/demo/facility.toml";

/// A run of `text` in a folder.
fn run(text: &str, address: &str) -> (TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hall.gst");
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    std::fs::write(&file, text.replace("PORT", &free.to_string())).unwrap();
    let mut run = command("roundhouse");
    run.arg("run").arg(file).args(["--metrics", address]);
    (folder, Process::start(run))
}

/// The place that a run says it answers at.
fn place(run: &mut Process) -> String {
    let line = run.hear("metrics: http://");
    let (_, place) = line.split_once("http://").unwrap();
    place.strip_suffix("/metrics").unwrap().to_owned()
}

/// The answer to a request: head and body.
fn get(place: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(place).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The series of a text in Prometheus's format, each with its value; every one must be described before, and come once.
fn series(text: &str) -> BTreeMap<String, f64> {
    let (mut described, mut typed) = (BTreeSet::new(), BTreeMap::new());
    let mut series = BTreeMap::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(described.insert(name), "{name} is described twice");
            assert!(!help.is_empty());
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            typed.insert(name, kind);
        } else {
            let (labelled, value) = line.rsplit_once(' ').unwrap();
            let name = labelled.split('{').next().unwrap();
            assert!(described.contains(name), "{line}");
            assert_eq!(typed[name] == "counter", name.ends_with("_total"), "{line}");
            let before = series.insert(labelled.to_owned(), value.parse().unwrap());
            assert!(before.is_none(), "twice: {line}");
        }
    }
    series
}

/// Lets Prometheus's own tool judge a text, where it is installed.
fn judge(text: &str) {
    let tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut tool) = tool else {
        println!("promtool is not installed: the text was only parsed here");
        return;
    };
    let mut stdin = tool.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    let said = tool.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "{out}\n{text}");
    println!("promtool: {out}");
}

#[test]
fn what_all_elements_count_can_be_read_while_they_play() {
    let (_folder, mut run) = run(HALL, "127.0.0.1:0");
    let place = place(&mut run);
    let count = |name: &str| {
        let (head, body) = get(&place, "/metrics");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(head.to_lowercase().contains("text/plain; version=0.0.4"));
        series(&body).get(name).copied()
    };
    let packets =
        "roundhouse_framemux_packets_total{pipeline=\"hall\",name=\"mux\",camera=\"\",flow=\"\"}";
    wait_until("packets", || {
        count(packets).is_some_and(|count| count > 2.0)
    });
    for flow in ["prod", "dev"] {
        let labels =
            format!("pipeline=\"hall\",name=\"locoposition0\",camera=\"\",flow=\"{flow}\"");
        let buffers = format!("roundhouse_locoposition_buffers_total{{{labels}}}");
        wait_until("a flow", || {
            count(&buffers).is_some_and(|count| count > 2.0)
        });
    }
    let text = get(&place, "/metrics").1;
    judge(&text);
    let all = series(&text);
    let has = |start: &str, part: &str| {
        let found = |name: &String| name.starts_with(start) && name.contains(part);
        assert!(all.keys().any(found), "{start} {part}\n{text}");
    };
    has("roundhouse_framemux_fresh_total{", "camera=\"C2\"");
    has("roundhouse_flowbin_dropped_total{", "flow=\"dev\"");
    has("roundhouse_bussink_connected{", "name=\"bussink0\"");
    has("roundhouse_bussink_waiting_bytes{", "");
    has("roundhouse_bussink_refused_too_large_total{", "");
    assert!(all["roundhouse_pipeline_well{pipeline=\"hall\"}"] > 0.5);
    let (head, body) = get(&place, "/healthz");
    assert!(
        head.starts_with("HTTP/1.1 200") && body == "ok\n",
        "{head}\n{body}"
    );
    run.signal(Signal::SIGINT);
    run.end().well();
}

#[test]
fn a_pipeline_that_does_not_play_is_not_well() {
    // A sink that waits for a picture that never comes.
    let (_folder, mut run) = run("appsrc ! fakesink", "127.0.0.1:0");
    let place = place(&mut run);
    let (head, body) = get(&place, "/healthz");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    assert_eq!(body, "hall: does not play\n");
    let all = series(&get(&place, "/metrics").1);
    assert!(all["roundhouse_pipeline_well{pipeline=\"hall\"}"] < 0.5);
    run.signal(Signal::SIGKILL);
    run.end();
}

#[test]
fn an_address_that_is_taken_or_none_is_refused_with_the_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (address, remedy) in [
        (address.as_str(), "another program listens there"),
        ("nonsense", "write it as HOST:PORT"),
    ] {
        let ended = run("videotestsrc ! fakesink", address).1.end();
        assert_eq!(ended.status.code(), Some(1));
        let said = format!("--metrics {address}: ");
        assert!(
            ended.err.contains(&said) && ended.err.contains(remedy),
            "{}",
            ended.err
        );
    }
}
