// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse scenario` and `roundhouse evaluate` on what it makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod tool;

use tool::{Hall, roundhouse};

#[test]
fn a_clean_hall_is_estimated_well() {
    let hall = Hall::make("clean", 2, 240);
    let said = hall.evaluate(&["--json"]);
    assert!(said.ok, "{}", said.err);
    let figures: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(figures["instants"], 211);
    assert!(figures["count_exact"].as_f64().unwrap() > 0.95, "{figures}");
    assert!(figures["mae_still"].as_f64().unwrap() < 0.15, "{figures}");
    let summary = hall.evaluate(&["--summary", "clean"]).out;
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["scenario"], "clean");
    assert_eq!(summary["count_exact_share"], figures["count_exact"]);
}

#[test]
fn the_picture_shows_what_is_missed_and_what_is_false() {
    let hall = Hall::make("clean", 2, 120);
    let svg = |more: &[&str]| {
        let path = hall.path("picture.svg");
        let mut arguments = vec!["--svg", path.to_str().unwrap()];
        arguments.extend(more);
        let said = hall.evaluate(&arguments);
        assert!(said.ok, "{}", said.err);
        hall.text("picture.svg")
    };
    let facility = hall.path("facility.toml");
    let right = svg(&["--facility", facility.to_str().unwrap()]);
    assert!(right.starts_with("<svg ") && right.ends_with("</svg>\n"));
    assert_eq!(right.matches("<text x=\"8\"").count(), 6, "six tracks");
    let bands = |svg: &str, class: &str| {
        svg.matches(&format!("<path class=\"{class}\" d=\"M"))
            .count()
    };
    let matched = bands(&right, "right");
    assert!(matched >= 10);
    // One true machine moved to another track in the file: missed there, false here.
    let truth = hall.text("truth.jsonl");
    let after = |key: &str| truth.split(key).nth(1).unwrap().split('"').next().unwrap();
    let (id, track) = (after("\"id\":\""), after("\"track\":\""));
    let of = |track: &str| format!("\"id\":\"{id}\",\"track\":\"{track}\"");
    let moved = truth.replace(&of(track), &of("T9"));
    assert_ne!(moved, truth);
    std::fs::write(hall.path("truth.jsonl"), moved).unwrap();
    let wrong = svg(&[]);
    assert!(bands(&wrong, "right") < matched);
    assert!(wrong.contains(&format!("<title>{id} = nothing</title>")));
    assert!(bands(&wrong, "false") > bands(&right, "false"));
    // The same in words.
    let said = hall.evaluate(&["--cases", "2"]);
    let cases: Vec<&str> = said
        .out
        .lines()
        .skip_while(|line| !line.starts_with("single cases"))
        .skip(1)
        .collect();
    assert_eq!(cases.len(), 2, "{}", said.out);
    assert!(
        cases
            .iter()
            .any(|case| case.contains(&format!("missed  {id} ")) && case.contains("on T9")),
        "{}",
        said.out
    );
    assert!(
        cases
            .iter()
            .any(|case| case.contains("false") && case.contains(&format!("on {track} "))),
        "{}",
        said.out
    );
}

#[test]
fn a_facility_without_a_picture_is_refused_with_both_remedies() {
    let files = ["--truth", "truth.jsonl", "--states", "states.jsonl"];
    let facility = ["--facility", "facility.toml"];
    let said = roundhouse(&[&["evaluate"], &files[..], &facility[..]].concat());
    assert!(!said.ok);
    assert!(
        said.err.contains("leave it out") && said.err.contains("--svg FILE"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("Usage"), "{}", said.err);
}

#[test]
fn the_suite_prints_a_row_for_every_kind() {
    let said = roundhouse(&[
        "scenario",
        "suite",
        "--seeds",
        "1",
        "--duration",
        "60",
        "--kinds",
        "clean,gaps",
        "--worst",
        "1",
    ]);
    assert!(said.ok, "{}", said.err);
    for row in ["| clean | ", "| gaps | ", "Identity switches per hour"] {
        assert!(said.out.contains(row), "{}", said.out);
    }
    assert!(!said.out.contains("NaN | "), "{}", said.out);
}

#[test]
fn an_unknown_kind_is_refused_with_those_that_there_are() {
    let said = roundhouse(&["scenario", "--kind", "cleen", "--out", "nowhere"]);
    assert!(!said.ok);
    assert!(
        said.err.contains("'cleen'") && said.err.contains("nominal"),
        "{}",
        said.err
    );
}
