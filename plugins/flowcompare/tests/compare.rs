// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two streams of states go in; differences and a verdict come out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use gst::prelude::*;

/// A state of one second with one machine whose tail is at `tail`.
fn state(second: u32, tail: f64) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.facility-state.v1","source":"/a/fsefuse/b","id":"1-{second}","time":"2026-03-01T06:00:{second:02}Z","data":{{"state":{second},"count":1,"inputs":["prod"],"locomotives":[{{"id":"L1","track":"T1","head":{{"s":10,"sigma":0.1}},"tail":{{"s":{tail},"sigma":0.1}},"orientation_confidence":0.9,"velocity":0,"moving":false,"confidence":0.9,"status":"confirmed","model":null,"plate":null,"last_seen":"2026-03-01T06:00:00Z","seen_by":[]}}],"cameras":[]}}}}"#
    )
}

#[test]
fn a_flow_that_lags_and_lies_is_found_out_and_holds_nobody_back() {
    gst::init().unwrap();
    let kind = roundhouse_flowcompare::FlowCompare::static_type();
    gst::Element::register(None, "flowcompare", gst::Rank::NONE, kind).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("difference.jsonl");
    let caps = "application/x-roundhouse-state";
    let pipeline = gst::parse::launch(&format!(
        "flowcompare name=compare location={} appsrc name=prod caps={caps} ! compare.reference \
         appsrc name=dev caps={caps} ! compare.candidate",
        file.display()
    ))
    .unwrap()
    .downcast::<gst::Pipeline>()
    .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let source = |name: &str| {
        let element = pipeline.by_name(name).unwrap();
        element.downcast::<gst_app::AppSrc>().unwrap()
    };
    let say = |name: &str, text: String| {
        let buffer = gst::Buffer::from_slice(text.into_bytes());
        source(name).push_buffer(buffer).unwrap();
    };
    // All of prod first: it must not wait for dev.
    (0..10).for_each(|second| say("prod", state(second, 30.0)));
    source("prod").end_of_stream().unwrap();
    say("dev", "no document".to_owned());
    (5..10).for_each(|second| say("dev", state(second, 32.0)));
    source("dev").end_of_stream().unwrap();

    let names = kit::properties::exercise(&pipeline.by_name("compare").unwrap());
    assert_eq!(names, ["location", "moved-above", "summary", "stats"]);

    let bus = pipeline.bus().unwrap();
    let wanted = [
        gst::MessageType::Element,
        gst::MessageType::Error,
        gst::MessageType::Eos,
    ];
    let next = || {
        bus.timed_pop_filtered(gst::ClockTime::from_seconds(20), &wanted)
            .unwrap()
    };
    let verdict = next();
    let structure = verdict.structure().unwrap();
    assert_eq!(structure.name(), "roundhouse-comparison");
    let summary: String = structure.get("summary").unwrap();
    assert!(
        summary.contains("compared at 5 instants; 5 only the reference"),
        "{summary}"
    );
    assert!(summary.contains("5 of 5 farther than 0.5 m"), "{summary}");
    assert_eq!(next().type_(), gst::MessageType::Eos);
    pipeline.set_state(gst::State::Null).unwrap();

    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[0]["moved"][0]["distance"], 1.0);
    assert_eq!(lines[5]["total"]["moved"], 5);
}
