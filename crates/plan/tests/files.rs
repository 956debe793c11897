// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plans as people write them, and what is wrong with them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::sync::LazyLock;

use facility::Facility;
use plates::Numbering;
use proptest::prelude::*;
use roundhouse_plan::{Plan, Site};

fn site() -> Site {
    let text = "facility = 'hall'\ntimezone = 'Europe/Berlin'\n[[track]]\nid = 'T1'\nlength = 60\n[[track]]\nid = 'T2'\nlength = 60\n\
                [[model]]\nname = 'A15'\nlength = 15\n";
    Site::new(
        Facility::parse(text, "facility.toml").unwrap(),
        Some(Numbering::shipped().unwrap()),
    )
}

/// What is wrong with a plan.
fn refused(text: &str) -> String {
    Plan::parse(text, "plan.csv", &site())
        .unwrap_err()
        .to_string()
}

#[test]
fn a_table_and_json_say_the_same() {
    let table = "# the week\nNumber, Track, From, Until, Model, Remark\n185 123-7, T1, 2026-03-01 06:00, 2026-03-01, A15, brakes\n\n185 001-5,T2,2026-03-01T05:00Z,,,\n";
    let spreadsheet = "\u{feff}number;track;from;until;model\r\n185 123-7;T1;2026-03-01 06:00;2026-03-01;A15\r\n\r\n\r\n185 001-5;T2;2026-03-01T05:00Z;;\r\n";
    let json = "[\n\n\n{\"number\": \"185 123-7\", \"track\": \"T1\", \"from\": \"2026-03-01 06:00\", \"until\": \"2026-03-01\", \"model\": \"A15\"},\n\
                \n{\"number\": \"185 001-5\", \"track\": \"T2\", \"from\": \"2026-03-01T05:00Z\", \"until\": null}]";
    let plans = [table, spreadsheet, json].map(|text| Plan::parse(text, "plan", &site()).unwrap());
    let without_lines = plans.clone().map(|plan| {
        plan.entries
            .into_iter()
            .map(|entry| roundhouse_plan::Entry { line: 0, ..entry })
            .collect::<Vec<_>>()
    });
    assert_eq!(without_lines[0], without_lines[1]);
    assert_eq!(without_lines[0], without_lines[2]);
    assert_eq!(
        plans[0]
            .entries
            .iter()
            .map(|entry| entry.line)
            .collect::<Vec<_>>(),
        [3, 5]
    );
    assert_eq!(
        plans[2]
            .entries
            .iter()
            .map(|entry| entry.line)
            .collect::<Vec<_>>(),
        [4, 6]
    );
    assert_eq!(
        plans[0].entries[0].until.to_string(),
        "2026-03-01T23:00:00Z"
    );
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let text = "number,track,from,until,model\n185 123-8,T1,2026-03-01,,\n185 123-7,T3,tomorrow,,A16\n185 001-5,T1,2026-03-02,2026-03-01 06:00,\n,T1,2026-03-01,,\n";
    assert_eq!(
        refused(text).lines().collect::<Vec<_>>(),
        [
            "plan.csv:2: number: '185 123-8' has a check digit that cannot be; correct the number, or add its scheme to the facility file",
            "plan.csv:3: track: there is no track 'T3'; did you mean 'T1'?",
            "plan.csv:3: model: there is no model 'A16'; did you mean 'A15'?",
            "plan.csv:3: from: is 'tomorrow', expected a time such as 2026-03-01 06:00 (the hall's clock), 2026-03-01T06:00Z, or a day",
            "plan.csv:4: until: is not after 'from' (2026-03-01T23:00:00Z); exchange them, or correct one",
            "plan.csv:5: number: is empty; write the number as it is painted",
        ]
    );
}

#[test]
fn a_column_that_is_missing_is_named_with_what_was_meant() {
    let sentence = refused("number,track,from,untill\n185 123-7,T1,2026-03-01,\n");
    assert!(
        sentence.starts_with("plan.csv:1: until: the header has no such column (is it 'untill'?);"),
        "{sentence}"
    );
}

#[test]
fn a_machine_is_planned_in_one_place_at_a_time() {
    let sentence = refused(
        "number,track,from,until\n185 123-7,T1,2026-03-01 06:00,2026-03-01 14:00\n1851237,T2,2026-03-01 13:00,\n",
    );
    assert_eq!(
        sentence,
        "plan.csv:3: number: '1851237' is planned in line 2 on T1 for a part of this time already; a machine stands in one place at a time"
    );
    // One after the other is no overlap.
    Plan::parse("number,track,from,until\n1851237,T1,2026-03-01 06:00,2026-03-01 14:00\n1851237,T2,2026-03-01 14:00,\n", "plan.csv", &site()).unwrap();
}

#[test]
fn json_is_checked_field_by_field() {
    assert!(
        refused("[{\"number\": 1851237, \"track\": \"T1\", \"from\": \"2026-03-01\"}]")
            .contains(":1: number: is 1851237, expected a text in quotes")
    );
    assert!(
        refused("[{\"number\": \"1851237\", \"trak\": \"T1\", \"from\": \"2026-03-01\"}]")
            .contains(":1: trak: is unknown; did you mean 'track'?")
    );
    assert!(refused("{\"number\": 1}").contains("no JSON array of entries"));
    assert!(refused("[1]").contains(":1: is no object"));
}

static SITE: LazyLock<Site> = LazyLock::new(site);

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let heads = ["", "number,track,from,until\n", "["];
        for head in heads {
            let _ = Plan::parse(&format!("{head}{text}"), "plan", &SITE);
        }
    }
}
