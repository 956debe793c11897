// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every thread of a flow with `nice` gives way, and none of them is prod's afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::sync::mpsc::channel;

use gst::prelude::*;
use support::{Play, frame, niceness};

const NICE: i32 = 7;

/// Elements named after `flow` on three threads: flowbin's own and one of each queue; one makes a thread as it starts.
fn description(flow: &str) -> String {
    format!(
        "trouble name={flow}-0 at=9999 ! queue ! identity name={flow}-1 ! queue ! identity name={flow}-2"
    )
}

/// The niceness of the thread that each of the flow's elements works on, and of the thread that its first one made.
fn niceness_in(play: &Play, flow: &str, number: u64) -> [i32; 4] {
    let (told, heard) = channel();
    for index in 0..3 {
        let element = play.pipeline.by_name(&format!("{flow}-{index}")).unwrap();
        let told = told.clone();
        let pad = element.static_pad("sink").unwrap();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            told.send((index, niceness())).unwrap();
            gst::PadProbeReturn::Remove
        });
    }
    play.push(&frame(number));
    let first = play.pipeline.by_name(&format!("{flow}-0")).unwrap();
    let mut all = [0, 0, 0, first.property::<i32>("start-niceness")];
    for _ in 0..3 {
        let limit = std::time::Duration::from_nanos(support::LIMIT.nseconds());
        let (index, niceness) = heard.recv_timeout(limit).unwrap();
        all[index] = niceness;
    }
    all
}

#[test]
fn all_threads_of_dev_give_way_and_none_of_prod() {
    let process = niceness();
    let nicer = (process + NICE).min(19);
    let play = Play::start(&format!(
        "t. ! flowbin name=prod leaky=no description=\"{}\" ! fakesink sync=false async=false \
         t. ! flowbin name=dev leaky=no nice={NICE} description=\"{}\" ! fakesink sync=false async=false",
        description("prod"),
        description("dev"),
    ));
    assert_eq!(niceness_in(&play, "dev", 0), [nicer; 4]);
    assert_eq!(niceness_in(&play, "prod", 1), [process; 4]);

    // What dev leaves behind must not come to prod's new inner bin.
    for flow in ["dev", "prod"] {
        assert!(play.flow(flow).emit_by_name::<bool>("reload", &[]));
        play.wait(flow, "reloaded");
    }
    assert_eq!(niceness_in(&play, "dev", 2), [nicer; 4]);
    assert_eq!(niceness_in(&play, "prod", 3), [process; 4]);
    assert_eq!(niceness(), process);

    // The property counts from the next inner bin on.
    play.flow("dev").set_property("nice", 0_u32);
    assert!(play.flow("dev").emit_by_name::<bool>("reload", &[]));
    play.wait("dev", "reloaded");
    assert_eq!(niceness_in(&play, "dev", 4), [process; 4]);
    play.end();
}
