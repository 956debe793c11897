// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dev is reloaded while prod plays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use gst::prelude::*;
use support::{Play, Site, at};

/// Resident memory of this process, kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes.unwrap().parse().unwrap()
}

#[test]
fn a_hundred_reloads_cost_prod_no_packet_and_no_memory() {
    let site = Site::new();
    let play = Play::start(&format!(
        "t. ! flowbin name=prod flow=prod leaky=no description=queue ! fakesink name=out-prod sync=false \
         t. ! flowbin name=dev flow=dev max-packets=1000 description=\"queue ! {} ! identity\" ! fakesink name=out-dev sync=false",
        site.fusion()
    ));
    play.wait("dev", "started");
    play.feed(0..10);
    let dev = play.flow("dev");
    let mut settled = 0;
    for round in 1..=100 {
        assert!(dev.emit_by_name::<bool>("reload", &[]));
        play.feed(round * 10..round * 10 + 5);
        play.wait("dev", "reloaded");
        play.feed(round * 10 + 5..round * 10 + 10);
        if round == 30 {
            settled = memory();
        }
    }
    let grown = memory().saturating_sub(settled);
    let stats = dev.property::<gst::Structure>("stats");
    assert_eq!(stats.get::<u64>("reloads"), Ok(100));
    assert_eq!(stats.get::<u64>("dropped"), Ok(0));
    let prod = play.flow("prod").property::<gst::Structure>("stats");
    assert_eq!(prod.get::<u64>("dropped"), Ok(0));
    let seen = play.end();
    assert_eq!(at(&seen, "out-prod").len(), 1010);
    assert!(at(&seen, "out-dev").len() >= 100);
    assert!(grown < 20_000, "{grown} kB more after 70 reloads");
}

#[test]
fn a_reload_that_wants_a_file_of_the_running_flow_is_refused() {
    let site = Site::new();
    let file = site.path("states.jsonl");
    let description = format!("{} ! filesink async=false location={file}", site.fusion());
    let play = Play::start(&format!(
        "t. ! flowbin name=dev flow=dev max-packets=1000 description=\"{description}\" t. ! queue ! fakesink"
    ));
    play.wait("dev", "started");
    play.feed(0..10);
    let dev = play.flow("dev");
    assert!(dev.emit_by_name::<bool>("reload", &[]));
    let reason = play.wait("dev", "reload-failed");
    assert!(
        reason.contains(&file) && reason.contains("filesink"),
        "{reason}"
    );
    play.feed(10..20);
    play.end();
    let states = std::fs::read_to_string(&file).unwrap();
    assert!(states.lines().count() > 3 && states.contains("\"flow\":\"dev\""));
}
