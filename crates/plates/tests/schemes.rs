// SPDX-License-Identifier: MIT OR Apache-2.0
//! Worked examples of every scheme: docs/plates.md shows the sums.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod rig;

use messages::Validity;
use rig::{doubtful, emissions, glyphs, reading};
use roundhouse_plates::{Ballot, Check, Numbering, Scheme, Tempering, Verdict, fold};

fn only(scheme: &str) -> Numbering {
    let site = facility::Numbering {
        schemes: Some(vec![facility::Named {
            name: scheme.to_owned(),
            line: 1,
        }]),
        own: Vec::new(),
        roster: None,
        unexpected: 0.05,
    };
    Numbering::new(Some(&site), "hall.toml", std::path::Path::new("")).unwrap()
}

fn read(numbering: &Numbering, glyphs: &[rig::Glyph]) -> Verdict {
    let mut ballot = Ballot::new(Tempering::default());
    ballot.add(numbering, reading("C1", 0, glyphs));
    ballot.verdict(numbering).unwrap()
}

/// Scheme, number as it is written, is its check digit right (none: the scheme has none).
const EXAMPLES: [(&str, &str, Option<bool>); 44] = [
    // 9+ 1 7+ 0 3+ 1 7+ 5 2 2 6 = 43, so 7.
    ("evn_traction", "91 80 6185 123-7", Some(true)),
    ("evn_traction", "91 80 6185 123-8", Some(false)),
    ("evn_traction", "92 80 1218 406-7", Some(true)),
    ("evn_traction", "92 80 1218 460-7", Some(false)),
    // Painted on wagons and coaches.
    ("uic_wagon", "31 85 5376 051-9", Some(true)),
    ("uic_wagon", "33 85 9321 248-7", Some(true)),
    ("uic_wagon", "31 81 2892 009-3", Some(true)),
    ("uic_wagon", "21 81 2470 076-4", Some(true)),
    ("uic_wagon", "31 81 2741 151-6", Some(true)),
    ("uic_wagon", "31 81 2741 151-7", Some(false)),
    ("uic_short", "182 002-6", Some(true)),
    ("uic_short", "220 071-5", Some(true)),
    ("uic_short", "220 071-6", Some(false)),
    ("uic_short_4", "1116 001-7", Some(true)),
    ("uic_short_4", "1116 001-1", Some(false)),
    ("cis8", "42324988", Some(true)),
    ("cis8", "42343657", Some(true)),
    ("cis8", "28037810", Some(true)),
    ("cis8", "24295479", Some(true)),
    ("cis8", "24295497", Some(false)),
    // ВЛ8-0721, both sections.
    ("cis8_traction", "12254413", Some(true)),
    ("cis8_traction", "12254421", Some(true)),
    ("cis8_traction", "12254423", Some(false)),
    ("cis_series", "ВЛ80С-1234", None),
    ("cis_series", "2ТЭ116У-0233А", None),
    ("cis_series", "ЧМЭ3-5712", None),
    ("cis_series", "ЧМЭ3Т-5712", None),
    ("cis_series", "2ЭС6-034Б", None),
    ("cis_series", "KZ8A-0012", None),
    ("aar", "BNSF 4523", None),
    ("aar", "UP 8092", None),
    ("aar_number", "4523", None),
    ("in_class", "WDP4D", None),
    ("in_number", "40181", None),
    ("in_whole", "WAP7 30281", None),
    ("ir11", "21141123717", Some(true)),
    ("ir11", "31101695215", Some(true)),
    ("ir11", "21110867659", Some(true)),
    ("ir11", "21110867658", Some(false)),
    ("cn", "HXD3C-0123", None),
    ("cn", "DF4B-2084", None),
    ("uk5", "66 726", None),
    ("jp", "EF210-123", None),
    ("jp", "DE10-1", None),
];

#[test]
fn every_scheme_knows_its_examples() {
    let shipped = Numbering::shipped().unwrap();
    for (id, text, check) in EXAMPLES {
        let scheme = shipped
            .schemes()
            .iter()
            .find(|scheme| scheme.id == id)
            .expect(id);
        let number = fold(text).unwrap();
        let expected = match check {
            None => Validity::None,
            Some(true) => Validity::Passed,
            Some(false) => Validity::Failed,
        };
        assert_eq!(scheme.write(&number).as_deref(), Some(text), "{id}");
        assert_eq!(scheme.validity(&number), expected, "{id} {text}");
    }
}

#[test]
fn every_shipped_scheme_has_an_example() {
    for text in Scheme::shipped().unwrap() {
        assert!(
            EXAMPLES.iter().any(|(id, ..)| *id == text.id),
            "{}",
            text.id
        );
    }
}

#[test]
fn examples_are_read_from_clear_tensors() {
    for (id, text, check) in EXAMPLES {
        let verdict = read(&only(id), &glyphs(text));
        assert_eq!(verdict.text, text);
        assert_eq!(verdict.scheme.as_deref(), Some(id));
        match check {
            Some(false) => {
                // The clear text stands against its check digit: it is told as it is, and as failed.
                assert_eq!(verdict.validity, Validity::Failed, "{text}");
            }
            _ => assert!(verdict.confidence > 0.95, "{text}: {verdict:?}"),
        }
    }
}

#[test]
fn examples_are_read_among_all_schemes() {
    let all = Numbering::shipped().unwrap();
    for (id, text, check) in EXAMPLES {
        let verdict = read(&all, &glyphs(text));
        assert_eq!(verdict.number, fold(text).unwrap(), "{id}");
        if check == Some(true) {
            assert_eq!(verdict.validity, Validity::Passed, "{text}");
        }
    }
}

#[test]
fn one_doubtful_digit_is_settled_by_the_check_digit() {
    // The network prefers the wrong digit, two to one.
    for (id, text, position, wrong) in [
        ("evn_traction", "91 80 6185 123-7", 6, '3'),
        ("uic_wagon", "31 85 5376 051-9", 9, '6'),
        ("cis8", "42324988", 2, '8'),
        ("ir11", "21141123717", 4, '7'),
    ] {
        let verdict = read(&only(id), &doubtful(text, position, &[(wrong, 0.66)]));
        assert_eq!(verdict.text, text);
        assert_eq!(verdict.validity, Validity::Passed);
    }
}

#[test]
fn look_alikes_follow_the_place() {
    // What the reader sees is always the shape; the scheme says which letter or digit it is.
    for (id, seen, written) in [
        ("cis_series", "BЛ80C-1234", "ВЛ80С-1234"),
        ("cis_series", "ЧMЭ3-0101", "ЧМЭ3-0101"),
        ("cis_series", "3TЭ10M-1007A", "3ТЭ10М-1007А"),
        ("aar", "C0 1000", "CO 1000"),
    ] {
        let verdict = read(&only(id), &glyphs(seen));
        assert_eq!(verdict.text, written);
    }
}

#[test]
fn confusable_glyphs_become_what_the_place_wants() {
    // B for 8, I for 1, S for 5, Z for 2, G for 6: right letters, wrong place.
    for (position, wrong) in [(0, 'I'), (1, 'B'), (2, 'S'), (4, 'Z')] {
        let verdict = read(
            &only("uic_short"),
            &doubtful("185 123-7", position, &[(wrong, 0.9)]),
        );
        assert_eq!(verdict.text, "185 123-7", "{wrong}");
    }
}

#[test]
fn no_single_wrong_digit_passes() {
    for (rule, text) in [(Check::Luhn, "918061851237"), (Check::Ir11, "21141123717")] {
        let number = fold(text).unwrap();
        assert!(rule.holds(&number));
        for position in 0..number.len() {
            for digit in "0123456789".chars() {
                let mut other = number.clone();
                other[position] = rig::shape(digit);
                assert_eq!(rule.holds(&other), other == number);
            }
        }
    }
}

#[test]
fn a_scheme_of_the_sites_own() {
    let site = facility::Numbering {
        schemes: Some(Vec::new()),
        own: vec![facility::SchemeText {
            id: "works".to_owned(),
            pattern: r"{words} \d{2}-\d".to_owned(),
            words: vec!["WERK".to_owned(), "ЦЕХ".to_owned()],
            check: Some("luhn".to_owned()),
            log_prior: 0.0,
            line: 7,
        }],
        roster: None,
        unexpected: 0.05,
    };
    let numbering = Numbering::new(Some(&site), "hall.toml", std::path::Path::new("")).unwrap();
    // 1 and twice 8, which counts 1 + 6: 8, so 2.
    let verdict = read(&numbering, &glyphs("ЦЕХ 18-2"));
    assert_eq!(
        (verdict.text.as_str(), verdict.validity),
        ("ЦЕХ 18-2", Validity::Passed)
    );
    let verdict = read(&numbering, &glyphs("WERK 18-3"));
    assert_eq!(verdict.validity, Validity::Failed);
}

#[test]
fn broken_schemes_are_refused_with_their_line() {
    let scheme = |id: &str, pattern: &str, check: Option<&str>, line| facility::SchemeText {
        id: id.to_owned(),
        pattern: pattern.to_owned(),
        words: Vec::new(),
        check: check.map(str::to_owned),
        log_prior: 0.0,
        line,
    };
    let site = facility::Numbering {
        schemes: Some(vec![facility::Named {
            name: "uic_shrot".to_owned(),
            line: 3,
        }]),
        own: vec![
            scheme("a", r"\d{3", None, 5),
            scheme("b", r"\d{3}", Some("lune"), 9),
        ],
        roster: None,
        unexpected: 0.05,
    };
    let errors = Numbering::new(Some(&site), "hall.toml", std::path::Path::new(""))
        .unwrap_err()
        .to_string();
    for part in [
        "hall.toml:3:",
        "uic_shrot",
        "hall.toml:5:",
        "no regular expression",
        "hall.toml:9:",
        "luhn, ir11",
    ] {
        assert!(errors.contains(part), "{part} in {errors}");
    }
}

#[test]
fn a_text_of_no_scheme_is_told_as_such() {
    let numbering = only("uic_short");
    let verdict = read(&numbering, &glyphs("NO EXIT"));
    assert_eq!(verdict.scheme, None);
    assert_eq!(verdict.validity, Validity::None);
    assert_eq!(verdict.text, "N0EXIT");
}

#[test]
fn crops_without_a_sign_give_no_reading() {
    let numbering = Numbering::shipped().unwrap();
    let mut ballot = Ballot::new(Tempering::default());
    assert!(ballot.verdict(&numbering).is_none());
    ballot.add(&numbering, reading("C1", 0, &[]));
    let silent = ballot.verdict(&numbering);
    assert!(silent.is_none_or(|verdict| verdict.confidence < 0.5));
    assert_eq!(emissions(&[]).len(), 1);
}
