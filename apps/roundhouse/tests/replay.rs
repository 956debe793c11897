// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse replay`: what goes in, what comes out, what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod tool;

use gst::prelude::*;
use messages::{Data, Event};
use tool::{Hall, roundhouse_with_input};

const SECONDS: u32 = 60;

fn events(text: &str) -> Vec<Event> {
    text.lines()
        .map(|line| Event::parse(line).unwrap())
        .collect()
}

#[test]
fn every_run_gives_the_same_bytes_from_a_file_and_from_standard_input() {
    let hall = Hall::make("mixed", 3, SECONDS);
    let first = hall.replay("reports.jsonl", &[]);
    assert!(first.ok, "{}", first.err);
    assert_eq!(first.out, hall.replay("reports.jsonl", &[]).out);
    let piped = roundhouse_with_input(&hall.replay_arguments("-"), &hall.text("reports.jsonl"));
    assert_eq!(first.out, piped.out);
}

#[test]
fn a_state_at_every_interval_and_at_every_change() {
    let hall = Hall::make("nominal", 3, SECONDS);
    let said = events(&hall.replay("reports.jsonl", &[]).out);
    let regular = |event: &&Event| event.time.nanos() % 1_000_000_000 == 0;
    // Nothing has arrived at 0 s, so the first state is that of 1 s; the last arrival is at the end.
    assert_eq!(said.iter().filter(regular).count(), SECONDS as usize);
    assert!(
        said.iter().any(|event| !regular(&event)),
        "no change was said"
    );
    for event in &said {
        let Data::State(state) = &event.data else {
            panic!("no state: {event:?}");
        };
        assert_eq!(event.source, "/nominal-3/fsefuse/prod");
        assert!(state.inputs.is_empty() || state.inputs == ["prod"]);
    }
    let without = events(&hall.replay("reports.jsonl", &["--on-change=false"]).out);
    assert_eq!(without.len(), SECONDS as usize);
    let often = hall.replay(
        "reports.jsonl",
        &["--on-change=false", "--interval", "500ms"],
    );
    assert_eq!(often.out.lines().count(), 2 * SECONDS as usize);
}

#[test]
fn arrival_decides_and_not_the_order_of_the_file() {
    let hall = Hall::make("delay", 4, SECONDS);
    let mut lines: Vec<String> = hall
        .text("reports.jsonl")
        .lines()
        .map(str::to_owned)
        .collect();
    // By event time instead.
    lines.sort_by_key(|line| Event::parse(line).unwrap().time);
    assert_ne!(lines.join("\n") + "\n", hall.text("reports.jsonl"));
    std::fs::write(hall.path("sorted.jsonl"), lines.join("\n")).unwrap();
    assert_eq!(
        hall.replay("sorted.jsonl", &[]).out,
        hall.replay("reports.jsonl", &[]).out
    );
}

#[test]
fn a_bad_line_is_named_and_the_others_are_used() {
    let hall = Hall::make("nominal", 5, SECONDS);
    let whole = hall.replay("reports.jsonl", &[]);
    let mut lines: Vec<String> = hall
        .text("reports.jsonl")
        .lines()
        .map(str::to_owned)
        .collect();
    lines.insert(2, lines[2][..100].to_owned());
    lines.insert(7, lines[7].replacen("\"camera\"", "\"kamera\"", 1));
    lines.push("\u{fffd}".to_owned());
    let mut bytes = lines.join("\n").into_bytes();
    bytes.extend(b"\n\xff\xfe\n\n");
    std::fs::write(hall.path("bad.jsonl"), bytes).unwrap();
    let said = hall.replay("bad.jsonl", &[]);
    assert!(said.ok);
    assert_eq!(said.out, whole.out);
    for named in [
        "bad.jsonl:3: no JSON",
        "bad.jsonl:8: ",
        "4 lines that are no reports",
    ] {
        assert!(
            said.err.contains(named),
            "'{named}' is not in:\n{}",
            said.err
        );
    }
    let eighth = said.err.lines().find(|line| line.contains(":8:")).unwrap();
    assert!(
        eighth.contains("camera"),
        "the field is not named: {eighth}"
    );
}

#[test]
fn many_bad_lines_are_counted_and_not_all_named() {
    let hall = Hall::make("nominal", 5, 10);
    std::fs::write(hall.path("bad.jsonl"), "{\n".repeat(5000)).unwrap();
    let said = hall.replay("bad.jsonl", &[]);
    assert!(said.err.contains("5000 lines that are no reports"));
    assert!(said.err.lines().count() < 30);
    assert_eq!(said.out, "");
}

#[test]
fn a_missing_file_or_a_bad_interval_is_named() {
    let hall = Hall::make("nominal", 5, 10);
    let said = hall.replay("nowhere.jsonl", &[]);
    assert!(!said.ok && said.err.contains("nowhere.jsonl"));
    let said = hall.replay("reports.jsonl", &["--interval", "0s"]);
    assert!(!said.ok && said.err.contains("'0s'"), "{}", said.err);
}

#[test]
fn what_fsefuse_recorded_replays_to_the_states_that_it_said() {
    let hall = Hall::make("rich", 6, SECONDS);
    gst::init().unwrap();
    let element = gst::ElementFactory::find("fsefuse");
    if element.is_none() {
        fsefuse_under_test::plugin_register_static().unwrap();
    }
    let path = |name: &str| hall.path(name).display().to_string();
    let pipeline = gst::parse::launch(&format!(
        "filesrc location={} ! application/x-roundhouse-report ! \
         fsefuse facility={} record={} interval=500000000 ! filesink location={}",
        path("reports.jsonl"),
        path("facility.toml"),
        path("record.jsonl"),
        path("live.jsonl")
    ))
    .unwrap();
    let bus = pipeline.bus().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let end = bus.timed_pop_filtered(
        gst::ClockTime::from_seconds(120),
        &[gst::MessageType::Eos, gst::MessageType::Error],
    );
    assert_eq!(end.unwrap().type_(), gst::MessageType::Eos);
    pipeline.set_state(gst::State::Null).unwrap();
    let replayed = hall.replay("record.jsonl", &["--interval", "500ms"]).out;
    assert!(replayed.lines().count() >= 2 * SECONDS as usize);
    assert!(
        replayed == hall.text("live.jsonl"),
        "replay and live differ"
    );
}

mod fsefuse_under_test {
    gst::plugin_define!(
        fsefusereplayed,
        "fsefuse beside the tool",
        register,
        "0.1.0",
        "MIT/X11",
        "fsefusereplayed",
        "fsefusereplayed",
        "https://roundhouse.example"
    );

    fn register(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
        fsefuse::register(plugin)
    }
}
