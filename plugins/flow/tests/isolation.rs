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

fn prod(site: &Site) -> String {
    format!(
        "t. ! flowbin name=prod flow=prod leaky=no description=\"{}\" ! fakesink name=out-prod sync=false",
        site.fusion()
    )
}

fn alone(site: &Site, frames: u64) -> Vec<String> {
    let play = Play::start(&prod(site));
    play.feed(0..frames);
    let states = at(&play.end(), "out-prod");
    assert!(states.len() > 10, "{states:?}");
    states
}

/// Feeds 50 frames, of which dev fails at the 21st, waits until it is back, and feeds 50 more.
fn killed_by(kind: &str) -> String {
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
    assert_eq!(dev.property::<Status>("status"), Status::Running);
    let before = dev.property::<gst::Structure>("stats");
    play.feed(50..100);
    let seen = play.end();
    assert_eq!(at(&seen, "out-prod"), alone(&site, 100));
    let last = at(&seen, "out-dev").pop().unwrap();
    assert!(
        last.contains("\"flow\":\"dev\"") && last.contains("06:00:19"),
        "{last}"
    );
    assert_eq!(before.get::<u64>("restarts"), Ok(1));
    reason
}

#[test]
fn a_flow_error() {
    let reason = killed_by("flow");
    assert!(reason.contains("error"), "{reason}");
}

#[test]
fn an_error_message() {
    let reason = killed_by("message");
    assert!(reason.contains("meant to fail"), "{reason}");
}

#[test]
fn a_panic() {
    let reason = killed_by("panic");
    assert!(reason.to_lowercase().contains("panic"), "{reason}");
}

#[test]
fn a_stall() {
    let reason = killed_by("stall");
    assert!(reason.contains("stalled"), "{reason}");
}

#[test]
fn a_bad_text_at_reload_leaves_the_old_one_playing() {
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
