// SPDX-License-Identifier: MIT OR Apache-2.0
//! `fsefuse state-file=`: a fusion outlives its process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gst::prelude::*;
use messages::{Event, FacilityState};
use support::bench::{Bench, SECOND, now};
use support::{Site, launch, play, report, state, time_of};

/// Name of the environment variable that makes this program the process under test; its value is the folder to work in.
const CHILD: &str = "FSEFUSE_TEST_CHILD";

type State = (Event, FacilityState);

/// The complete lines of a file of states.
fn states(path: &Path) -> Vec<State> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .map(state)
        .collect()
}

fn names(state: &FacilityState) -> BTreeSet<String> {
    state.locomotives.iter().map(|l| l.id.clone()).collect()
}

/// A recording of the scans from `from` to `to`, through a fusion with a state file: its states, and the warnings.
fn fuse(site: &Site, from: u64, to: u64, properties: &str) -> (Vec<State>, Vec<String>) {
    let lines: String = (from..to)
        .flat_map(|number| ["C1", "C2"].map(|camera| report(camera, number).to_json() + "\n"))
        .collect();
    std::fs::write(site.path("reports.jsonl"), lines).unwrap();
    let output = site.path("states.jsonl");
    let pipeline = launch(&format!(
        "filesrc location={} ! application/x-roundhouse-report ! fsefuse facility={} state-file={} {properties} ! \
         filesink location={}",
        site.path("reports.jsonl").display(),
        site.facility(),
        site.path("state").display(),
        output.display(),
    ));
    let warnings = play(&pipeline).unwrap();
    (states(&output), warnings)
}

#[test]
fn a_recording_goes_on_where_the_one_before_ended() {
    let site = Site::new();
    let (first, warnings) = fuse(&site, 0, 100, "");
    assert_eq!(
        warnings,
        Vec::<String>::new(),
        "no file is no reason to warn"
    );
    let (second, _) = fuse(&site, 110, 160, "");
    let (last, next) = (first.last().unwrap(), &second[0]);
    assert_eq!(names(&last.1).len(), 1);
    assert_eq!(names(&next.1), names(&last.1), "the same locomotive");
    assert_eq!(next.1.state, last.1.state + 1, "numbers go on");
    let resumed = next.0.time.since(time_of(110));
    assert!(
        (0..SECOND).contains(&resumed),
        "no state of the time in between"
    );
    let ids: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|state| &state.0.id)
        .collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "no id is given twice");
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_one_sentence() {
    let site = Site::new();
    fuse(&site, 0, 50, "");
    let good = std::fs::read_to_string(site.path("state")).unwrap();
    let cases = [
        (
            good.replace("hall-a", "hall-b"),
            "is of the facility 'hall-b', not of 'hall-a'",
        ),
        (
            good.replacen("\"version\":1", "\"version\":2", 1),
            "has version 2",
        ),
        (
            good[..good.len() / 2].to_owned(),
            "is incomplete or damaged",
        ),
        ("hello\n".to_owned(), "is not a state file"),
    ];
    for (text, reason) in cases {
        std::fs::write(site.path("state"), &text).unwrap();
        let (states, warnings) = fuse(&site, 50, 60, "");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].contains(reason) && warnings[0].ends_with("the fusion begins anew"),
            "{}",
            warnings[0]
        );
        assert_eq!(states[0].0.id, "1-1");
        let kept = std::fs::read_to_string(site.path("state.refused")).unwrap();
        assert_eq!(kept, text, "for whoever wants to know");
    }
}

#[test]
fn a_file_that_is_too_old_is_refused_by_live_input() {
    let site = Site::new();
    // Its latest arrival is that of a recording made long ago.
    fuse(&site, 0, 50, "");
    let bench = Bench::live();
    let file = site.path("state").display().to_string();
    bench.fuse.set_property("state-file", &file);
    let source = bench.source();
    bench.play();
    source.push("C1", 0, now()).unwrap();
    bench.wait_for_count("fed", 1);
    let warnings = bench.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("s of property 'state-max-age'"),
        "{}",
        warnings[0]
    );
}

#[test]
fn a_file_that_cannot_be_written_is_counted_said_once_and_stops_nothing() {
    let bench = Bench::live();
    bench.fuse.set_property("state-file", "/nowhere/at/all");
    let source = bench.source();
    bench.play();
    for number in 0..200 {
        source.push("C1", number, now()).unwrap();
        source.push("C2", number, now()).unwrap();
    }
    bench.wait_for_count("fed", 400);
    // 10 s of states are a snapshot; one that still waits to be written is replaced by the next.
    for _ in 0..200 {
        bench.crank();
        if bench.count("save-errors") >= 2 {
            break;
        }
    }
    bench.wait_for_count("save-errors", 2);
    let warnings = bench.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("cannot be written"), "{}", warnings[0]);
    assert_eq!(bench.errors(), Vec::<String>::new());
}

#[test]
fn after_a_kill_the_same_identifiers_and_numbers_within_three_seconds() {
    if let Some(folder) = std::env::var_os(CHILD) {
        run_cameras(Path::new(&folder));
    }
    let site = Site::new();
    let (before, mut child) = (site.path("before.jsonl"), spawn(&site, "before.jsonl"));
    let patience = Duration::from_secs(40);
    wait(patience, || {
        states(&before).last().is_some_and(|last| last.1.count == 1)
    });
    let known = names(&states(&before).last().unwrap().1);
    wait(patience, || site.path("state").exists());
    // SIGKILL: the process has no say in it.
    child.kill().unwrap();
    child.wait().unwrap();
    let before = states(&before);

    let begun = Instant::now();
    let (after, mut child) = (site.path("after.jsonl"), spawn(&site, "after.jsonl"));
    wait(patience, || !states(&after).is_empty());
    let seconds = begun.elapsed().as_secs_f64();
    println!("the first state came {seconds:.1} s after the start");
    wait(patience, || states(&after).len() >= 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let after = states(&after);

    assert!(seconds < 3.0, "{seconds} s");
    for (_, state) in &after {
        assert_eq!((names(state), state.count), (known.clone(), 1));
    }
    let (last, next) = (&before.last().unwrap().1, &after[0].1);
    assert!(
        next.state > 1,
        "a fusion that begins anew starts with number 1"
    );
    let metres = |state: &FacilityState| state.locomotives[0].head.s;
    assert!((metres(last) - metres(next)).abs() < 0.5);
    let ids: Vec<_> = before
        .iter()
        .chain(&after)
        .map(|state| &state.0.id)
        .collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "no id is given twice");
    assert!(after[0].0.time > before.last().unwrap().0.time);
}

/// A process of this program that fuses live, and writes its states to `output`. It ends with this process.
fn spawn(site: &Site, output: &str) -> Child {
    let folder = site.path("");
    std::fs::write(site.path("output"), output).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "after_a_kill_the_same_identifiers_and_numbers_within_three_seconds",
        ])
        .env(CHILD, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits for something that another process does.
fn wait(patience: Duration, done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < patience, "it does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The process under test: two cameras, five scans a second each, until it is killed.
fn run_cameras(folder: &Path) {
    std::thread::spawn(|| {
        // The parent is gone, whatever the reason.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
    let output = std::fs::read_to_string(folder.join("output")).unwrap();
    let pipeline = launch(&format!(
        "appsrc name=in is-live=true do-timestamp=true format=time caps=application/x-roundhouse-report ! \
         fsefuse facility={0}/facility.toml state-file={0}/state ! filesink buffer-mode=unbuffered location={0}/{output}",
        folder.display()
    ));
    let source = pipeline.by_name("in").unwrap();
    let source = source.downcast::<gst_app::AppSrc>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    for number in 0.. {
        for camera in ["C1", "C2"] {
            let mut event = report(camera, number);
            event.time = now();
            let buffer = gst::Buffer::from_slice(event.to_json() + "\n");
            source.push_buffer(buffer).unwrap();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
