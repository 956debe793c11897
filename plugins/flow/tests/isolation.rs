// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever happens to dev, prod's states are byte for byte those of prod alone, and dev comes back.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use gst::prelude::*;
use roundhouse_flow::Status;
use support::{Play, Site, at};

/// Prod: a fusion that never loses a packet.
fn prod(site: &Site) -> String {
    format!(
        "t. ! flowbin name=prod flow=prod leaky=no description=\"{}\" ! fakesink name=out-prod sync=false",
        site.fusion()
    )
}

/// The states of prod of so many frames, with nobody beside it.
fn alone(site: &Site, frames: u64) -> Vec<String> {
    let play = Play::start(&prod(site));
    play.feed(0..frames);
    at(&play.end(), "out-prod")
}

/// How a run went in which dev failed at the 21st of 100 frames.
struct Run {
    /// Why dev failed, in its own words.
    reason: String,
    /// Whether dev played again before the 51st frame.
    status: Status,
    /// How often it was restarted until then.
    restarts: u64,
    /// The states of prod beside dev.
    prod: Vec<String>,
    /// The states of prod alone on the same frames.
    alone: Vec<String>,
    /// The last state of dev.
    last_of_dev: String,
}

impl Run {
    /// Feeds 50 frames, waits until dev is back from this kind of trouble, and feeds 50 more.
    fn with_trouble(kind: &str) -> Self {
        let site = Site::new();
        // Only where a stall is meant: a busy machine may take long to write down a panic.
        let stall = if kind == "stall" { 300_000_000 } else { 0 };
        let play = Play::start(&format!(
            "{} t. ! flowbin name=dev flow=dev max-packets=1000 restart-delay=1000000 stall-timeout={stall} \
             description=\"trouble kind={kind} at=20 ! {}\" ! fakesink name=out-dev sync=false",
            prod(&site),
            site.fusion()
        ));
        play.wait("dev", "started");
        play.feed(0..50);
        let reason = play.wait("dev", "failed");
        play.wait("dev", "started");
        let dev = play.flow("dev");
        let status = dev.property("status");
        let stats = dev.property::<gst::Structure>("stats");
        play.feed(50..100);
        let seen = play.end();
        Self {
            reason,
            status,
            restarts: stats.get("restarts").unwrap(),
            prod: at(&seen, "out-prod"),
            alone: alone(&site, 100),
            last_of_dev: at(&seen, "out-dev").pop().unwrap(),
        }
    }
}

#[test]
fn a_flow_error_inside_dev_leaves_prod_untouched_and_dev_restarts() {
    let run = Run::with_trouble("flow");
    assert!(run.reason.contains("error"), "{}", run.reason);
    assert_eq!((run.status, run.restarts), (Status::Running, 1));
    assert!(run.alone.len() > 10, "{:?}", run.alone);
    assert_eq!(run.prod, run.alone);
    assert!(
        run.last_of_dev.contains("\"flow\":\"dev\""),
        "{}",
        run.last_of_dev
    );
    assert!(run.last_of_dev.contains("06:00:19"), "{}", run.last_of_dev);
}

#[test]
fn an_error_message_inside_dev_leaves_prod_untouched_and_dev_restarts() {
    let run = Run::with_trouble("message");
    assert!(run.reason.contains("meant to fail"), "{}", run.reason);
    assert_eq!((run.status, run.restarts), (Status::Running, 1));
    assert!(run.alone.len() > 10, "{:?}", run.alone);
    assert_eq!(run.prod, run.alone);
    assert!(
        run.last_of_dev.contains("\"flow\":\"dev\""),
        "{}",
        run.last_of_dev
    );
    assert!(run.last_of_dev.contains("06:00:19"), "{}", run.last_of_dev);
}

#[test]
fn a_panic_inside_dev_leaves_prod_untouched_and_dev_restarts() {
    let run = Run::with_trouble("panic");
    assert!(
        run.reason.to_lowercase().contains("panic"),
        "{}",
        run.reason
    );
    assert_eq!((run.status, run.restarts), (Status::Running, 1));
    assert!(run.alone.len() > 10, "{:?}", run.alone);
    assert_eq!(run.prod, run.alone);
    assert!(
        run.last_of_dev.contains("\"flow\":\"dev\""),
        "{}",
        run.last_of_dev
    );
    assert!(run.last_of_dev.contains("06:00:19"), "{}", run.last_of_dev);
}

#[test]
fn a_stall_inside_dev_leaves_prod_untouched_and_dev_restarts() {
    let run = Run::with_trouble("stall");
    assert!(run.reason.contains("stalled"), "{}", run.reason);
    assert_eq!((run.status, run.restarts), (Status::Running, 1));
    assert!(run.alone.len() > 10, "{:?}", run.alone);
    assert_eq!(run.prod, run.alone);
    assert!(
        run.last_of_dev.contains("\"flow\":\"dev\""),
        "{}",
        run.last_of_dev
    );
    assert!(run.last_of_dev.contains("06:00:19"), "{}", run.last_of_dev);
}

#[test]
fn a_bad_text_at_reload_leaves_the_running_one_playing() {
    let site = Site::new();
    let file = site.path("dev.gst");
    std::fs::write(&file, format!("# dev\n{}\n", site.fusion())).unwrap();
    let play = Play::start(&format!(
        "{} t. ! flowbin name=dev flow=dev max-packets=1000 location={file} ! fakesink name=out-dev sync=false",
        prod(&site),
    ));
    play.wait("dev", "started");
    play.feed(0..50);
    std::fs::write(&file, "nosuchelement ! fakesink").unwrap();
    let dev = play.flow("dev");
    assert!(dev.emit_by_name::<bool>("reload", &[]));
    let reason = play.wait("dev", "reload-failed");
    assert!(
        reason.contains("nosuchelement") && reason.contains("dev.gst"),
        "{reason}"
    );
    assert_eq!(dev.property::<Status>("status"), Status::Running);
    play.feed(50..100);
    let seen = play.end();
    assert_eq!(at(&seen, "out-prod"), alone(&site, 100));
    assert_eq!(at(&seen, "out-dev").len(), at(&seen, "out-prod").len());
}
