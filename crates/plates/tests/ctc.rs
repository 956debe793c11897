// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sums over paths, against all paths counted one by one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod rig;

use proptest::prelude::*;
use rig::shape;
use roundhouse_plates::{
    Alphabet, Emissions, Shape, fold, greedy, log_probability, sign_confidence, signs,
    substitutions,
};
use std::collections::HashMap;

const LABELS: &str = "<blank>\n1\n2\n8";

/// Distributions over four classes.
fn tensors() -> impl Strategy<Value = Vec<[f32; 4]>> {
    let row = prop::array::uniform4(0.02f32..1.0).prop_map(|row| {
        let sum: f32 = row.iter().sum();
        row.map(|p| p / sum)
    });
    prop::collection::vec(row, 1..6)
}

fn emissions(rows: &[[f32; 4]]) -> Emissions {
    Emissions::new(&Alphabet::parse(LABELS).unwrap(), &rows.concat(), 4).unwrap()
}

/// P of every text by walking all paths.
fn by_paths(rows: &[[f32; 4]]) -> HashMap<Vec<Shape>, f64> {
    let shapes = [None, Some(shape('1')), Some(shape('2')), Some(shape('8'))];
    let mut texts: HashMap<Vec<Shape>, f64> = HashMap::new();
    for path in 0..4usize.pow(rows.len() as u32) {
        let (mut p, mut text, mut before, mut rest) = (1.0, Vec::new(), None, path);
        for row in rows {
            let class = rest % 4;
            rest /= 4;
            p *= f64::from(row[class]);
            if shapes[class] != before {
                text.extend(shapes[class]);
            }
            before = shapes[class];
        }
        *texts.entry(text).or_default() += p;
    }
    texts
}

proptest! {
    #[test]
    fn a_text_is_as_likely_as_all_its_paths(rows in tensors()) {
        let emissions = emissions(&rows);
        for (text, p) in by_paths(&rows) {
            // The tensor's share of doubt is the tolerance.
            prop_assert!((log_probability(&emissions, &text).exp() - p).abs() < 2e-3, "{}", signs(&text));
        }
    }

    #[test]
    fn exchanging_a_sign_is_as_good_as_another_text(rows in tensors(), text in prop::collection::vec(prop::sample::select(vec!['1', '2', '8']), 1..4)) {
        let emissions = emissions(&rows);
        let text: Vec<Shape> = text.into_iter().map(shape).collect();
        let table = substitutions(&emissions, &text);
        for position in 0..text.len() {
            for other in Shape::all() {
                let mut changed = text.clone();
                changed[position] = other;
                let (exact, found) = (log_probability(&emissions, &changed).exp(), table[position][other.index()].exp());
                prop_assert!((exact - found).abs() < 1e-9 * (1.0 + exact), "{position} {}", other.sign());
            }
        }
        prop_assert!(sign_confidence(&emissions, &text).iter().all(|p| p.is_nan() || (0.0..=1.0).contains(p)));
    }

    #[test]
    fn a_text_too_long_for_its_steps_is_impossible(rows in tensors()) {
        let emissions = emissions(&rows);
        let text = vec![shape('1'); rows.len() + 1];
        prop_assert!(log_probability(&emissions, &text).is_infinite());
    }
}

#[test]
fn the_best_path_is_told_with_its_separators() {
    let alphabet = Alphabet::parse("<blank>\n1\n8\n-").unwrap();
    let rows = [[0, 1], [1, 1], [2, 3], [3, 0], [4, 2], [5, 0], [6, 2]].map(|[_, class]| {
        let mut row = [0.0; 4];
        row[class] = 1.0;
        row
    });
    let emissions = Emissions::new(&alphabet, &rows.concat(), 4).unwrap();
    assert_eq!(greedy(&emissions), "1-88");
    assert!(log_probability(&emissions, &fold("188").unwrap()) > -0.01);
}
