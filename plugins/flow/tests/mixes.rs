// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every mix of estimators and fusions on one fork; each state says whose looks it is made of and who made it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use gst::prelude::*;
use messages::{Data, Event};
use support::{Play, at};

#[test]
fn every_state_names_the_estimator_and_the_fusion_that_made_it() {
    let facility = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/demo/facility.toml"
    );
    let estimators = ["prod", "dev"].map(|flow| {
        format!(
            "t. ! flowbin name=lpe-{flow} flow={flow} leaky=no description=\"locoposition facility={facility}\" ! tee name={flow} "
        )
    });
    let mixes = [
        ("prod", "prod"),
        ("dev", "dev"),
        ("dev", "prod"),
        ("prod", "dev"),
    ];
    let fusions = mixes.map(|(estimator, fusion)| {
        format!(
            "{estimator}. ! flowbin flow={fusion} leaky=no description=\"fsefuse facility={facility}\" \
             ! fakesink name=out-{estimator}-{fusion} sync=false "
        )
    });
    let play = Play::start(&format!("{}{}", estimators.concat(), fusions.concat()));
    // The frames come without a report: the estimators make them.
    let pad = play.flow("in").static_pad("src").unwrap();
    pad.add_probe(gst::PadProbeType::BUFFER, |_, info| {
        if let Some(buffer) = info.buffer_mut() {
            meta::update_frames(buffer.make_mut(), |frame| frame.reports.clear());
        }
        gst::PadProbeReturn::Ok
    });
    play.feed(0..20);
    let seen = play.end();
    for (estimator, fusion) in mixes {
        let states = at(&seen, &format!("out-{estimator}-{fusion}"));
        assert!(states.len() >= 4, "{estimator} {fusion}: {states:?}");
        let event = Event::parse(states.last().unwrap()).unwrap();
        assert_eq!(event.flow, fusion);
        let Data::State(state) = event.data else {
            panic!("no state");
        };
        assert_eq!(state.inputs, [estimator], "{estimator} {fusion}");
    }
}
