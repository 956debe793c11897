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

/// A position report of camera `camera` with `data` in it.
fn report(frame: u32, camera: &str, time: &str, received: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.position-report.v1","source":"/t/l","id":"1-{frame}","time":"{time}","receivedtime":"{received}","data":{{"camera":"{camera}","frame":{frame},{data}}}}}"#
    )
}

/// One end on a track.
fn end(track: &str, s: &str, sigma: &str) -> String {
    format!(
        r#""ends":[{{"track":"{track}","s":{s},"sigma":{sigma},"kind":"head","kind_confidence":0.8,"confidence":0.9}}]"#
    )
}

/// A report, what is said of its line, and how it is counted.
type Case = (String, &'static str, &'static str);

/// Lines of which hardly one can be used as it is.
fn bad_lines(camera: &str, track: &str) -> Vec<Case> {
    let at = |second: u32| format!("2026-03-01T06:00:{second:02}Z");
    let on = |s: &str, sigma: &str| end(track, s, sigma);
    let good = on("20.0", "0.1");
    let line = |number: u32, data: &str| report(number, camera, &at(number), &at(number), data);
    let extra = |number: u32, more: &str| line(number, &format!("{good},{more}"));
    vec![
        (
            report(1, "nobody", &at(1), &at(1), &good),
            "no such camera",
            "1 from unknown cameras",
        ),
        (
            line(2, &end("nowhere", "20.0", "0.1")),
            "no such track",
            "1 on unknown tracks",
        ),
        (
            line(3, &on("20.0", "0.0")),
            "'data.ends[0].sigma': is 0",
            "7 lines that are no reports",
        ),
        (
            line(4, &on("20.0", "-1.0")),
            "'data.ends[0].sigma': is -1",
            "",
        ),
        (
            line(5, &on("20.0", "1e300")),
            "an end cannot be meant",
            "1 ends that cannot be meant",
        ),
        (
            line(6, &on("-900.0", "0.1")),
            "far off its track",
            "2 far off their track",
        ),
        (line(7, &on("1e9", "0.1")), "far off its track", ""),
        (
            extra(
                8,
                &format!(r#""covers":[{{"track":"{track}","from":9.0,"to":3.0}}]"#),
            ),
            "data.covers[0]",
            "",
        ),
        (
            extra(
                9,
                &format!(
                    r#""bodies":[{{"track":"{track}","from":9.0,"to":3.0,"open_from":false,"open_to":false,"confidence":0.9}}]"#
                ),
            ),
            "data.bodies[0]",
            "",
        ),
        (report(10, camera, &at(10), &at(10), &good), "", ""),
        (
            report(10, camera, &at(10), &at(10), &good),
            "heard before",
            "1 heard before",
        ),
        (
            report(12, camera, "2031-01-01T00:00:00Z", &at(12), &good),
            "after its arrival",
            "1 ahead of their arrival",
        ),
        (
            report(13, camera, "1999-01-01T00:00:00Z", &at(13), &good),
            "",
            "1 later than the reorder window",
        ),
        (
            report(14, camera, &at(14), "2031-01-01T00:00:00Z", &good),
            "more than an hour",
            "1 at times far from all others",
        ),
        (line(15, &good)[..90].to_owned(), "no JSON", ""),
        (line(16, &on("20.0", "1e999")), "no JSON", ""),
        (line(17, &on("20.0", "null")), "sigma", ""),
    ]
}

#[test]
fn what_the_fusion_refuses_is_named_by_file_and_line_and_counted() {
    let hall = Hall::make("clean", 5, 10);
    let text = hall.text("facility.toml");
    let first = |table: &str| {
        let after = text.split(table).nth(1).unwrap();
        after.split('"').nth(1).unwrap().to_owned()
    };
    let (camera, track) = (first("[[camera]]"), first("[[track]]"));
    let cases = bad_lines(&camera, &track);
    let lines: Vec<&str> = cases.iter().map(|case| case.0.as_str()).collect();
    std::fs::write(hall.path("bad.jsonl"), lines.join("\n")).unwrap();
    let said = hall.replay("bad.jsonl", &[]);
    assert!(said.ok, "{}", said.err);
    for (number, (_, words, counted)) in (1..).zip(&cases) {
        let named = format!("bad.jsonl:{number}: ");
        let line = said.err.lines().find(|line| line.contains(&named));
        match line {
            Some(line) => assert!(!words.is_empty() && line.contains(words), "{line}"),
            None => assert!(
                words.is_empty(),
                "line {number} is not named:\n{}",
                said.err
            ),
        }
        assert!(
            said.err.contains(counted),
            "'{counted}' is not in:\n{}",
            said.err
        );
    }
    let quiet = hall.replay("bad.jsonl", &["--quiet"]);
    assert_eq!(quiet.err.lines().count(), 7, "{}", quiet.err);
    assert_eq!(quiet.out, said.out);
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
