// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras that fail, end or fall behind: the others go on, the run can be ended, and what was lost is named.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use messages::Event;
use nix::sys::signal::Signal;
use support::{Ended, Process, command, footage, wait_until};
use tempfile::TempDir;

/// A run that was asked to end is over after this time.
const END: Duration = Duration::from_secs(3);
/// How much longer a process may take to come up on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

const LIVE_CAMERA: &str = "videotestsrc is-live=true ! video/x-raw,format=I420,framerate=5/1,width=640,height=360 ! mux.sink_0";
/// Nobody listens there.
const REFUSED: &str = "rtspsrc location=rtsp://admin:secret@127.0.0.1:1/x protocols=tcp ! rtph264depay ! h264parse ! avdec_h264 ! mux.sink_1";
const FILE: &str =
    "filesrc location=HERE/broken.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_1";

/// A folder with a pipeline from cameras to states.
struct Hall(TempDir);

impl Hall {
    /// `middle` stands between the aggregator and the fusion; `HERE` is the folder.
    fn new(folder: TempDir, middle: &str, cameras: &[&str]) -> Self {
        let here = folder.path().display().to_string();
        let text = format!(
            "framemux name=mux interval=200000000 ! {middle} \
             fsefuse facility=tests/data/demo/facility.toml interval=1000000000 \
             ! filesink location=HERE/states.jsonl buffer-mode=unbuffered\n{}",
            cameras.join("\n")
        );
        std::fs::write(folder.path().join("hall.gst"), text.replace("HERE", &here)).unwrap();
        Self(folder)
    }

    /// With the shipped detector and estimator.
    fn that_detects(folder: TempDir, cameras: &[&str]) -> Self {
        let middle = "ortinfer config-file-path=models/trt/locodetector/config_infer.txt \
                      ! locoposition facility=tests/data/demo/facility.toml !";
        Self::new(folder, middle, cameras)
    }

    fn run(&self, more: &[&str]) -> Process {
        let mut run = command("roundhouse");
        run.arg("run")
            .arg(self.0.path().join("hall.gst"))
            .args(more);
        Process::start(run)
    }

    fn states(&self) -> PathBuf {
        self.0.path().join("states.jsonl")
    }
}

fn lines(file: &Path) -> usize {
    std::fs::read_to_string(file).map_or(0, |text| text.lines().count())
}

/// The last line of what a run has said.
fn last_line(ended: &Ended) -> &str {
    ended.err.lines().last().unwrap_or_default()
}

/// Plays until there are states, then ends the run by `signal`.
fn end_by_signal(hall: &Hall, signal: Signal) -> (Ended, Duration) {
    let mut run = hall.run(&[]);
    run.hear("is lost");
    wait_until("the other camera gives states", || {
        lines(&hall.states()) >= 2
    });
    let asked = Instant::now();
    run.signal(signal);
    (run.end(), asked.elapsed())
}

#[test]
fn a_camera_that_is_refused_at_the_start_costs_the_others_nothing() {
    let hall = Hall::that_detects(tempfile::tempdir().unwrap(), &[LIVE_CAMERA, REFUSED]);
    let (ended, took) = end_by_signal(&hall, Signal::SIGTERM);
    assert!(took < END, "{took:?}\n{}", ended.err);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    let last = last_line(&ended);
    assert!(
        last.contains("camera C2 (rtsp://admin:***@127.0.0.1:1/x) is lost"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("secret"), "{}", ended.err);
}

#[test]
fn an_empty_file_beside_a_live_camera_costs_it_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.mp4"), "").unwrap();
    let hall = Hall::that_detects(folder, &[LIVE_CAMERA, FILE]);
    let (ended, took) = end_by_signal(&hall, Signal::SIGINT);
    assert!(took < END, "{took:?}\n{}", ended.err);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    assert!(
        last_line(&ended).contains("broken.mp4) is lost"),
        "{}",
        ended.err
    );
}

#[test]
fn a_duration_ends_a_run_whose_first_camera_is_refused() {
    let cameras = [
        &LIVE_CAMERA.replace("sink_0", "sink_1"),
        &REFUSED.replace("sink_1", "sink_0"),
    ];
    let hall = Hall::that_detects(tempfile::tempdir().unwrap(), &cameras.map(String::as_str));
    let start = Instant::now();
    let ended = hall.run(&["--duration", "4s"]).end();
    let took = start.elapsed();
    assert!(
        took < Duration::from_secs(4) + END + SLACK,
        "{took:?}\n{}",
        ended.err
    );
    assert!(lines(&hall.states()) >= 1, "{}", ended.err);
    assert!(
        last_line(&ended).contains("camera C1 (rtsp://"),
        "{}",
        ended.err
    );
}

#[test]
fn files_that_are_no_video_are_given_up_and_the_others_play_to_their_end() {
    for broken in [Some("not a video"), None] {
        let folder = footage(8);
        if let Some(text) = broken {
            std::fs::write(folder.path().join("broken.mp4"), text).unwrap();
        }
        let good = "filesrc location=HERE/C1.mp4 ! qtdemux ! h264parse ! avdec_h264 ! mux.sink_0";
        let hall = Hall::that_detects(folder, &[good, FILE]);
        let ended = hall.run(&[]).end();
        assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
        assert!(
            last_line(&ended).contains("broken.mp4) is lost"),
            "{}",
            ended.err
        );
        let states = std::fs::read_to_string(hall.states()).unwrap();
        let last = Event::parse(states.lines().last().unwrap()).unwrap();
        assert!(last.time.nanos() >= 7_000_000_000, "{broken:?}: {states}");
    }
}

#[test]
fn two_cameras_that_are_refused_are_both_named() {
    let second = REFUSED.replace("sink_1", "sink_2").replace("1/x", "1/y");
    let hall = Hall::new(
        tempfile::tempdir().unwrap(),
        "",
        &[LIVE_CAMERA, REFUSED, &second],
    );
    let (ended, took) = end_by_signal(&hall, Signal::SIGINT);
    assert!(took < END, "{took:?}\n{}", ended.err);
    let last = last_line(&ended);
    for name in [
        "127.0.0.1:1/x) is lost",
        "127.0.0.1:1/y) is lost",
        "are C2, C3",
    ] {
        assert!(last.contains(name), "{}", ended.err);
    }
}

#[test]
fn a_live_camera_whose_stream_ends_unasked_is_lost() {
    let ends = "videotestsrc is-live=true ! video/x-raw,format=I420,framerate=5/1,width=64,height=48 \
                ! identity eos-after=5 ! mux.sink_1";
    let hall = Hall::new(tempfile::tempdir().unwrap(), "", &[LIVE_CAMERA, ends]);
    let mut run = hall.run(&[]);
    run.hear("camera C2 is lost: its stream ended; the other cameras go on");
    run.signal(Signal::SIGINT);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    let last = last_line(&ended);
    assert!(
        last.contains("camera C2 is lost: its stream ended"),
        "{}",
        ended.err
    );
    // The end of the other one was asked for.
    assert!(!last.contains("C1"), "{}", ended.err);
}

#[test]
fn scans_that_arrive_late_are_told_with_the_remedy_and_the_run_still_ends_in_time() {
    let slow = "queue max-size-time=0 ! identity sleep-time=2000000 !";
    let hall = Hall::new(tempfile::tempdir().unwrap(), slow, &[LIVE_CAMERA]);
    let mut run = hall.run(&[]);
    let warning = run.hear("scans arrive");
    assert!(warning.contains("leaky=downstream"), "{warning}");
    let asked = Instant::now();
    run.signal(Signal::SIGTERM);
    let ended = run.end();
    assert!(
        asked.elapsed() < END,
        "{:?}\n{}",
        asked.elapsed(),
        ended.err
    );
    assert!(
        last_line(&ended).contains("its last packets are missing"),
        "{}",
        ended.err
    );
}

#[test]
fn a_run_that_waits_for_its_first_packet_ends_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("waits.gst");
    std::fs::write(&text, "appsrc ! fakesink").unwrap();
    let mut run = command("roundhouse");
    run.arg("run").arg(&text);
    let mut run = Process::start(run);
    // Signals are obeyed as soon as the process listens.
    std::thread::sleep(SLACK);
    let asked = Instant::now();
    run.signal(Signal::SIGTERM);
    run.hear("ending cleanly");
    let ended = run.end().well();
    assert!(
        asked.elapsed() < END,
        "{:?}\n{}",
        asked.elapsed(),
        ended.err
    );
}
