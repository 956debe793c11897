// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many readings, one reading: over frames, over cameras, with and without a roster.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod rig;

use messages::Validity;
use rig::{Random, doubtful, glyphs, reading, shape};
use roundhouse_plates::{Ballot, Check, Numbering, Tempering, Verdict, fold, signs};

fn numbering(schemes: &[&str]) -> Numbering {
    let named = |name: &&str| facility::Named {
        name: (*name).to_owned(),
        line: 1,
    };
    let site = facility::Numbering {
        schemes: Some(schemes.iter().map(named).collect()),
        own: Vec::new(),
        roster: None,
        unexpected: 0.05,
    };
    Numbering::new(Some(&site), "hall.toml", std::path::Path::new("")).unwrap()
}

fn verdict(numbering: &Numbering, readings: &[(&str, Vec<rig::Glyph>)]) -> Verdict {
    let mut ballot = Ballot::new(Tempering::default());
    for (frame, (view, glyphs)) in readings.iter().enumerate() {
        assert!(ballot.add(numbering, reading(view, frame as u64, glyphs)));
    }
    ballot.verdict(numbering).unwrap()
}

#[test]
fn two_cameras_disagree_and_their_doubts_settle_it() {
    let all = numbering(&["in_number"]);
    // C1 prefers 8 to 3, C2 prefers 6 to 3: each its own wrong text, both have 3 as their second.
    let first = ("C1", doubtful("40381", 2, &[('8', 0.55)]));
    let second = ("C2", doubtful("40381", 2, &[('6', 0.55)]));
    assert_eq!(verdict(&all, std::slice::from_ref(&first)).text, "40881");
    assert_eq!(verdict(&all, std::slice::from_ref(&second)).text, "40681");
    let both = verdict(&all, &[first, second]);
    assert_eq!(both.text, "40381");
    assert_eq!(both.readings, 2);
    let doubted = both
        .signs
        .iter()
        .min_by(|a, b| a.confidence.total_cmp(&b.confidence))
        .unwrap();
    assert_eq!(doubted.shape, shape('3'));
    assert!("68".contains(doubted.runner_up.sign()));
}

#[test]
fn a_text_that_no_look_puts_first_can_win() {
    let all = numbering(&["cis8_traction"]);
    // Every reading spoils another digit; no two agree, and the right text is nobody's best.
    let text = "12254413";
    let readings: Vec<_> = [(2, '7'), (4, '9'), (6, '7')]
        .into_iter()
        .map(|(position, wrong)| ("C1", doubtful(text, position, &[(wrong, 0.6)])))
        .collect();
    let read = verdict(&all, &readings);
    assert_eq!(read.text, text);
    assert_eq!(read.validity, Validity::Passed);
    assert!(read.confidence > 0.9, "{read:?}");
}

#[test]
fn the_same_frame_counts_once() {
    let all = numbering(&["uk5"]);
    let mut ballot = Ballot::new(Tempering::default());
    assert!(ballot.add(&all, reading("C1", 7, &glyphs("66726"))));
    assert!(!ballot.add(&all, reading("C1", 7, &glyphs("66726"))));
    assert!(ballot.add(&all, reading("C2", 7, &glyphs("66726"))));
    assert_eq!(ballot.verdict(&all).unwrap().readings, 2);
}

#[test]
fn a_machine_at_rest_is_never_seen_surer_than_two_looks() {
    let all = numbering(&["uk5"]);
    let doubt = || doubtful("66726", 1, &[('8', 0.3)]);
    let mut ballot = Ballot::new(Tempering::default());
    let mut after = Vec::new();
    for frame in 0..200 {
        ballot.add(&all, reading("C1", frame, &doubt()));
        after.push(ballot.verdict(&all).unwrap().confidence);
    }
    // Two independent readings of 0.7 against 0.3 and the default sharpness.
    let odds = (0.7f64 / 0.3).powf(2.0 * 0.76);
    let most = odds / (1.0 + odds);
    assert!(after[199] < most + 0.01, "{} {most}", after[199]);
    assert!(after[0] < after[3] && (after[199] - after[20]).abs() < 1e-9);
    // Another camera may add what it sees.
    ballot.add(&all, reading("C2", 0, &glyphs("66726")));
    assert!(ballot.verdict(&all).unwrap().confidence > after[199]);
}

#[test]
fn a_wrong_early_reading_is_corrected() {
    let all = numbering(&["in_number"]);
    let mut ballot = Ballot::new(Tempering::default());
    let mut early = reading("C1", 0, &doubtful("40381", 2, &[('8', 0.9)]));
    early.height = 12.0;
    ballot.add(&all, early);
    assert_eq!(ballot.verdict(&all).unwrap().text, "40881");
    for frame in 1..4 {
        ballot.add(
            &all,
            reading("C1", frame, &doubtful("40381", 2, &[('8', 0.1)])),
        );
    }
    assert_eq!(ballot.verdict(&all).unwrap().text, "40381");
}

#[test]
fn small_looks_make_room_for_tall_ones() {
    let all = numbering(&["uk5"]);
    let mut ballot = Ballot::new(Tempering::default());
    for frame in 0..8 {
        let mut small = reading("C1", frame, &doubtful("66726", 1, &[('8', 0.6)]));
        small.height = 10.0;
        assert!(ballot.add(&all, small));
    }
    assert_eq!(ballot.verdict(&all).unwrap().text, "68 726");
    for frame in 8..16 {
        assert!(ballot.add(&all, reading("C1", frame, &glyphs("66726"))));
    }
    assert_eq!(ballot.verdict(&all).unwrap().text, "66 726");
    let mut late = reading("C1", 16, &glyphs("66726"));
    late.height = 10.0;
    assert!(!ballot.add(&all, late));
}

/// Numbers of a depot, valid and all different.
fn roster(count: usize) -> Vec<String> {
    let mut random = Random(99);
    let mut numbers: Vec<String> = Vec::new();
    while numbers.len() < count {
        let body: String = (0..6)
            .map(|_| char::from(b'0' + random.below(10) as u8))
            .collect();
        let text = format!(
            "1{body}{}",
            Check::Luhn.digit_for(&fold(&format!("1{body}")).unwrap())
        );
        if !numbers.contains(&text) {
            numbers.push(text);
        }
    }
    numbers
}

#[test]
fn a_roster_settles_what_the_picture_leaves_open() {
    let plain = numbering(&["cis8_traction"]);
    let known = plain
        .clone()
        .with_roster(
            "12254413,ВЛ8-0721А\n12254421 # the other section\n",
            "roster.csv",
            0.05,
        )
        .unwrap();
    assert_eq!(known.roster().len(), 2);
    // Two digits doubtful, the picture leans to another valid number.
    let mut seen = doubtful("12254413", 6, &[('2', 0.4)]);
    seen[7] = vec![(shape('1'), 0.5), (shape('3'), 0.499)];
    let with = verdict(&known, &[("C1", seen)]);
    assert_eq!(with.text, "12254413");
    assert!(with.confidence > 0.5);
}

#[test]
fn a_roster_never_invents_a_number() {
    let numbers = roster(400);
    let known = numbering(&["cis8_traction"])
        .with_roster(&numbers.join("\n"), "roster.csv", 0.05)
        .unwrap();
    let mut random = Random(5);
    for _ in 0..50 {
        let body: String = (0..6)
            .map(|_| char::from(b'0' + random.below(10) as u8))
            .collect();
        let text = format!(
            "1{body}{}",
            Check::Luhn.digit_for(&fold(&format!("1{body}")).unwrap())
        );
        let read = verdict(&known, &[("C1", glyphs(&text))]);
        assert_eq!(
            signs(&read.number),
            text,
            "a clear number is read whether it is known or not"
        );
    }
}

#[test]
fn a_roster_helps_small_plates_and_its_absence_costs_no_truth() {
    let numbers = roster(400);
    let plain = numbering(&["cis8_traction"]);
    let known = plain
        .clone()
        .with_roster(&numbers.join("\n"), "roster.csv", 0.05)
        .unwrap();
    let mut random = Random(17);
    let (mut without, mut with) = (0, 0);
    for text in numbers.iter().take(120) {
        let seen: Vec<_> = fold(text)
            .unwrap()
            .into_iter()
            .map(|own| {
                let other = shape(char::from(b'0' + random.below(10) as u8));
                let wrong = if random.unit() < 0.25 { 0.6 } else { 0.2 };
                vec![(own, 0.99 - wrong), (other, wrong)]
            })
            .collect();
        without += usize::from(signs(&verdict(&plain, &[("C1", seen.clone())]).number) == *text);
        with += usize::from(signs(&verdict(&known, &[("C1", seen)]).number) == *text);
    }
    assert!(
        with >= 117 && with > without + 10,
        "{with} with, {without} without"
    );
}

#[test]
fn mistakes_of_a_roster_are_told_by_line() {
    let plain = numbering(&["cis8_traction", "cis_series"]);
    let text = "12254413\n\n1225-4413\n12254414\nABC\nВЛ80С-1234\n№7\n";
    let errors = plain
        .with_roster(text, "roster.csv", 0.05)
        .unwrap_err()
        .to_string();
    for part in [
        "roster.csv:3: '1225-4413' stands in line 1 already",
        "roster.csv:4: '12254414' has a wrong check digit for cis8_traction: 1225441 wants 3",
        "roster.csv:5: 'ABC' fits none of the schemes in use (cis8_traction, cis_series)",
        "roster.csv:7: '№7' has '№'",
    ] {
        assert!(errors.contains(part), "{part} in {errors}");
    }
    assert_eq!(errors.lines().count(), 4);
}

#[test]
fn two_readers_of_one_camera_help_each_other() {
    let all = numbering(&["cis_series"]);
    // One reader knows no Cyrillic and reads 4 for Ч and 3 for Э; the other is unsure of a digit.
    let latin = reading("C1/latin", 0, &doubtful("4MЭ3-5712", 0, &[('Ч', 0.001)]));
    let own = reading("C1/own", 0, &doubtful("ЧMЭ3-5712", 5, &[('1', 0.55)]));
    let mut ballot = Ballot::new(Tempering::default());
    ballot.add(&all, own);
    assert_eq!(ballot.verdict(&all).unwrap().text, "ЧМЭ3-5112");
    ballot.add(&all, latin);
    assert_eq!(ballot.verdict(&all).unwrap().text, "ЧМЭ3-5712");
}

#[test]
fn covered_and_foreign_looks_do_not_outvote_clear_ones() {
    let all = numbering(&["cis8_traction"]);
    let mut ballot = Ballot::new(Tempering::default());
    assert!(
        !ballot.add(&all, reading("C1", 0, &[])),
        "a reading without a sign is none"
    );
    for frame in 1..4 {
        assert!(ballot.add(&all, reading("C1", frame, &glyphs("12254413"))));
    }
    let alone = ballot.verdict(&all).unwrap().confidence;
    // Half a number that passes behind a column, and the plate of a neighbour.
    ballot.add(&all, reading("C1", 5, &glyphs("12")));
    ballot.add(&all, reading("C1", 6, &glyphs("BNSF 1")));
    let verdict = ballot.verdict(&all).unwrap();
    assert_eq!(verdict.text, "12254413");
    assert!(
        verdict.confidence > 0.9 && verdict.confidence <= alone,
        "{verdict:?}"
    );
}

#[test]
fn unclear_looks_do_not_dilute_a_clear_one() {
    let all = numbering(&["in_number"]);
    let blurred: Vec<rig::Glyph> = "40381"
        .chars()
        .map(|sign| {
            ['1', '2', '7', '9']
                .into_iter()
                .chain([sign])
                .map(|sign| (shape(sign), 0.19))
                .collect()
        })
        .collect();
    let mut ballot = Ballot::new(Tempering::default());
    ballot.add(&all, reading("C1", 0, &glyphs("40381")));
    for frame in 1..8 {
        ballot.add(&all, reading("C1", frame, &blurred));
    }
    let verdict = ballot.verdict(&all).unwrap();
    assert_eq!(verdict.text, "40381");
    assert!(verdict.confidence > 0.95, "{verdict:?}");
}
