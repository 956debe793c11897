// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stated against actual: where the network's probabilities are true, so are the verdicts'.
//!
//! Plates are drawn from the very distributions that the reader is given: a digit that the tensor gives 70 % is right in 70 %
//! of the draws. Then a verdict that states 95 % has to be right in 95 % of its cases, whatever check digit or scheme did to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod rig;

use rig::{Random, reading, shape};
use roundhouse_plates::{Ballot, Check, Numbering, Shape, Tempering};

const PLATES: usize = 700;
const SHARPNESS_OF_TRUE_PROBABILITIES: f64 = 1.0;

fn numbering(pattern: &str, check: Option<&str>) -> Numbering {
    let site = facility::Numbering {
        schemes: Some(Vec::new()),
        own: vec![facility::SchemeText {
            id: "made".to_owned(),
            pattern: pattern.to_owned(),
            words: Vec::new(),
            check: check.map(str::to_owned),
            log_prior: 0.0,
            line: 1,
        }],
        roster: None,
        unexpected: 0.05,
    };
    Numbering::new(Some(&site), "made.toml", std::path::Path::new("")).unwrap()
}

/// A digit that may be any of three, with random shares.
fn doubt(random: &mut Random, clearness: f64) -> rig::Glyph {
    let mut digits: Vec<char> = ('0'..='9').collect();
    let mut pick = || shape(digits.remove(random.below(digits.len())));
    let chosen = [pick(), pick(), pick()];
    let rest = 0.999 * random.unit().powf(clearness);
    let second = rest * random.unit();
    vec![
        (chosen[0], 0.999 - rest),
        (chosen[1], second),
        (chosen[2], rest - second),
    ]
}

fn draw(random: &mut Random, glyph: &rig::Glyph) -> Shape {
    let mut rest = random.unit() * 0.999;
    for (shape, p) in glyph {
        rest -= p;
        if rest < 0.0 {
            return *shape;
        }
    }
    glyph[0].0
}

/// Plates whose true text obeys the rule, if there is one, with what a truthful network says of them.
fn plates(
    random: &mut Random,
    length: usize,
    clearness: f64,
    check: Option<Check>,
) -> Vec<(Vec<Shape>, Vec<rig::Glyph>)> {
    let mut made = Vec::new();
    while made.len() < PLATES {
        let glyphs: Vec<_> = (0..length).map(|_| doubt(random, clearness)).collect();
        let truth: Vec<_> = glyphs.iter().map(|glyph| draw(random, glyph)).collect();
        if check.is_none_or(|check| check.holds(&truth)) {
            made.push((truth, glyphs));
        }
    }
    made
}

/// Stated confidences and whether each was right.
fn stated(numbering: &Numbering, plates: &[(Vec<Shape>, Vec<rig::Glyph>)]) -> Vec<(f64, bool)> {
    let tempering = Tempering {
        sharpness: SHARPNESS_OF_TRUE_PROBABILITIES,
        ..Tempering::default()
    };
    plates
        .iter()
        .map(|(truth, glyphs)| {
            let mut ballot = Ballot::new(tempering);
            ballot.add(numbering, reading("C1", 0, glyphs));
            let verdict = ballot.verdict(numbering).unwrap();
            (verdict.confidence, verdict.number == *truth)
        })
        .collect()
}

/// In every fifth of the readings the mean stated confidence is the share that was right, within three standard errors.
fn assert_calibrated(mut readings: Vec<(f64, bool)>, what: &str) {
    readings.sort_by(|a, b| a.0.total_cmp(&b.0));
    for part in readings.chunks(PLATES / 5) {
        let n = part.len() as f64;
        let stated = part.iter().map(|(p, _)| p).sum::<f64>() / n;
        let right = part.iter().filter(|(_, right)| *right).count() as f64 / n;
        let error = (stated * (1.0 - stated) / n).sqrt();
        assert!(
            (stated - right).abs() < 3.0 * error + 0.03,
            "{what}: stated {stated:.3}, right {right:.3} of {n}"
        );
    }
}

#[test]
fn without_a_check_digit() {
    let mut random = Random(1);
    let made = plates(&mut random, 6, 6.0, None);
    assert_calibrated(stated(&numbering(r"\d{6}", None), &made), "plain");
}

#[test]
fn with_a_check_digit() {
    let mut random = Random(2);
    let made = plates(&mut random, 8, 5.0, Some(Check::Luhn));
    let readings = stated(&numbering(r"\d{8}", Some("luhn")), &made);
    let sure: Vec<_> = readings.iter().filter(|(p, _)| *p >= 0.95).collect();
    let right = sure.iter().filter(|(_, right)| *right).count() as f64 / sure.len() as f64;
    assert!(
        sure.len() > 150 && right >= 0.93,
        "{right} of {}",
        sure.len()
    );
    assert_calibrated(readings, "luhn");
}

#[test]
fn the_check_digit_repairs_what_the_network_gets_wrong() {
    let mut random = Random(3);
    let made = plates(&mut random, 8, 5.0, Some(Check::Luhn));
    let share = |numbering: &Numbering| {
        let right = stated(numbering, &made)
            .iter()
            .filter(|(_, right)| *right)
            .count();
        right as f64 / PLATES as f64
    };
    let (without, with) = (
        share(&numbering(r"\d{8}", None)),
        share(&numbering(r"\d{8}", Some("luhn"))),
    );
    assert!(with > without + 0.1, "{with} with, {without} without");
}
