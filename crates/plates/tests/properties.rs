// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds for any tensor and any number.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod rig;

use std::sync::LazyLock;

use proptest::prelude::*;
use rig::{glyphs, reading};
use roundhouse_plates::{
    Alphabet, Ballot, Check, CropReading, Emissions, Numbering, Shape, Tempering, fold,
    is_separator, signs,
};

static ALL: LazyLock<Numbering> = LazyLock::new(|| Numbering::shipped().unwrap());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_tensor_gives_a_sane_verdict(rows in prop::collection::vec(prop::collection::vec(0.0f32..1.0, 56), 1..20), peak in 1.0f32..200.0) {
        let tensor: Vec<f32> = rows
            .into_iter()
            .flat_map(|row| {
                let row: Vec<f32> = row.into_iter().map(|p| p.powf(peak)).collect();
                let sum: f32 = row.iter().sum::<f32>().max(1e-30);
                row.into_iter().map(move |p| p / sum)
            })
            .collect();
        let Ok(emissions) = Emissions::new(&Alphabet::shipped(), &tensor, 56) else { return Ok(()) };
        let mut ballot = Ballot::new(Tempering::default());
        ballot.add(&ALL, CropReading { view: "C1".into(), frame: 0, height: 20.0, emissions });
        if let Some(verdict) = ballot.verdict(&ALL) {
            prop_assert!((0.0..=1.0).contains(&verdict.confidence));
            prop_assert!(verdict.margin >= 0.0 || verdict.margin.is_nan() || verdict.scheme.is_none());
            let other: f64 = verdict.alternatives.iter().map(|other| other.p).sum();
            prop_assert!(other + verdict.confidence <= 1.0 + 1e-9);
            prop_assert!(verdict.signs.iter().all(|sign| (0.0..=1.0).contains(&sign.confidence)));
        }
    }

    #[test]
    fn every_valid_vehicle_number_is_read_back(body in "9[0-9]{10}") {
        let number = fold(&body).unwrap();
        let text = format!("{body}{}", Check::Luhn.digit_for(&number));
        let mut ballot = Ballot::new(Tempering::default());
        ballot.add(&ALL, reading("C1", 0, &glyphs(&text)));
        let verdict = ballot.verdict(&ALL).unwrap();
        prop_assert_eq!(signs(&verdict.number), text);
        prop_assert_eq!(verdict.scheme.as_deref(), Some("evn_traction"));
        prop_assert!(verdict.confidence > 0.95);
    }

    #[test]
    fn the_check_digit_fits_behind_any_number(body in "[0-9A-Z]{0,12}[0-9]") {
        let number = fold(&body).unwrap();
        for rule in [Check::Luhn, Check::Ir11] {
            let whole = fold(&format!("{body}{}", rule.digit_for(&number))).unwrap();
            prop_assert!(rule.holds(&whole));
        }
    }

    #[test]
    fn folding_is_the_same_twice(text in "[0-9A-ZА-ЯO ./-]{0,16}") {
        if let Ok(number) = fold(&text) {
            prop_assert_eq!(fold(&signs(&number)), Ok(number.clone()));
            prop_assert!(number.len() <= text.chars().filter(|sign| !is_separator(*sign)).count());
        }
    }

    #[test]
    fn written_numbers_fold_to_themselves(text in r"[1-9][0-9]{2,11}") {
        let number: Vec<Shape> = fold(&text).unwrap();
        for scheme in ALL.schemes() {
            if let Some(written) = scheme.write(&number) {
                prop_assert_eq!(fold(&written), Ok(number.clone()));
            }
        }
    }
}
