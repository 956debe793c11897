// SPDX-License-Identifier: MIT OR Apache-2.0
//! What decoding makes of a reader's tensors: exact shares with the right scheme given and among all schemes, and stated
//! against actual confidence, for one look and for several. Finds the tempering that suits the reader.
//!
//! ```sh
//! python -m training.plates.tensors models/trt/platereader --glyphs glyphs.npz --out FOLDER
//! cargo run --release -p roundhouse-plates --example calibrate -- FOLDER models/trt/platereader/labels.txt
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool of the bench: it stops where it stands"
)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use messages::Validity;
use roundhouse_plates::{
    Alphabet, Ballot, CropReading, Emissions, Numbering, Shape, Tempering, fold, signs,
};

/// From this height on a plate counts, pixels.
const TALL: f64 = 24.0;
/// Longer numbers shrink in the network's frame.
const LONGEST: usize = 11;
const BINS: usize = 10;

struct Plate {
    kind: String,
    height: f64,
    truth: Vec<Shape>,
    looks: Vec<Emissions>,
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (Some(folder), Some(labels)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: calibrate FOLDER LABELS");
        std::process::exit(2);
    };
    let plates = read(&folder, &Alphabet::load(&labels).expect("labels"));
    let all = Numbering::shipped().expect("schemes");
    let given = alone(&all);
    for kind in ["fair", "hard"] {
        let tall: Vec<_> = plates
            .iter()
            .filter(|plate| {
                plate.kind == kind && plate.height >= TALL && plate.truth.len() <= LONGEST
            })
            .filter(|plate| scheme(&all, &plate.truth).is_some())
            .collect();
        println!(
            "{kind}: {} plates of a scheme, {TALL} px and more, up to {LONGEST} glyphs",
            tall.len()
        );
        let bare = tall
            .iter()
            .filter(|plate| greedy(&plate.looks[0]) == signs(&plate.truth))
            .count();
        println!(
            "  one look, best path            {:5.1} %",
            percent(bare, tall.len())
        );
        for looks in [1, 7] {
            let right = |numbering: &dyn Fn(&Plate) -> Numbering| {
                let right =
                    |plate: &&&Plate| vote(&numbering(plate), plate, looks, Tempering::default()).1;
                percent(tall.iter().filter(right).count(), tall.len())
            };
            let shipped = right(&|_| all.clone());
            let known = right(&|plate| given[scheme(&all, &plate.truth).unwrap()].clone());
            println!(
                "  {looks} looks, all schemes {shipped:5.1} %, the right scheme given {known:5.1} %"
            );
        }
    }
    let numbered: Vec<_> = plates
        .iter()
        .filter(|plate| scheme(&all, &plate.truth).is_some())
        .collect();
    fit(&given, &all, &numbered);
    for looks in [1, 7] {
        println!(
            "stated against actual, {looks} looks, every height, the right scheme given, default tempering"
        );
        table(
            &numbered
                .iter()
                .map(|plate| {
                    vote(
                        &given[scheme(&all, &plate.truth).unwrap()],
                        plate,
                        looks,
                        Tempering::default(),
                    )
                })
                .collect::<Vec<_>>(),
        );
    }
}

fn read(folder: &Path, alphabet: &Alphabet) -> Vec<Plate> {
    let bytes = std::fs::read(folder.join("tensors.f32")).expect("tensors.f32");
    let floats: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
        .collect();
    let lines = std::fs::read_to_string(folder.join("looks.tsv")).expect("looks.tsv");
    let each = floats.len() / lines.lines().count();
    let mut plates: HashMap<(String, String), Plate> = HashMap::new();
    for (line, tensor) in lines.lines().zip(floats.chunks_exact(each)) {
        let [kind, plate, height, text] = line
            .split('\t')
            .collect::<Vec<_>>()
            .try_into()
            .expect("four columns");
        plates
            .entry((kind.to_owned(), plate.to_owned()))
            .or_insert_with(|| Plate {
                kind: kind.to_owned(),
                height: height.parse().expect("a height"),
                truth: fold(text).expect("shapes"),
                looks: Vec::new(),
            })
            .looks
            .push(
                Emissions::new(alphabet, tensor, alphabet.len())
                    .expect("a tensor of this alphabet"),
            );
    }
    plates.into_values().collect()
}

/// A numbering of each scheme by itself.
fn alone(all: &Numbering) -> Vec<Numbering> {
    let one = |id: &str| facility::Numbering {
        schemes: Some(vec![facility::Named {
            name: id.to_owned(),
            line: 0,
        }]),
        own: Vec::new(),
        roster: None,
        unexpected: 0.5,
    };
    all.schemes()
        .iter()
        .map(|scheme| Numbering::new(Some(&one(&scheme.id)), "", Path::new("")).unwrap())
        .collect()
}

/// The first scheme whose form and rule a number obeys.
fn scheme(all: &Numbering, number: &[Shape]) -> Option<usize> {
    all.schemes().iter().position(|scheme| {
        scheme.write(number).is_some() && scheme.validity(number) != Validity::Failed
    })
}

fn greedy(emissions: &Emissions) -> String {
    roundhouse_plates::greedy(emissions).replace('-', "")
}

/// Stated confidence, and whether the number is right.
fn vote(numbering: &Numbering, plate: &Plate, looks: usize, tempering: Tempering) -> (f64, bool) {
    let mut ballot = Ballot::new(tempering);
    for (frame, emissions) in (0..).zip(&plate.looks).take(looks) {
        let look = CropReading {
            view: "C1".to_owned(),
            frame,
            height: plate.height,
            emissions: emissions.clone(),
        };
        ballot.add(numbering, look);
    }
    ballot.verdict(numbering).map_or((0.0, false), |verdict| {
        (verdict.confidence, verdict.number == plate.truth)
    })
}

/// Tries sharpness and correlation; prints the mean logarithm of what was stated for what came true.
fn fit(given: &[Numbering], all: &Numbering, plates: &[&Plate]) {
    println!(
        "mean log score by sharpness (one look), and by correlation (seven looks, most looks unbounded)"
    );
    for sharpness in [0.5, 0.6, 0.7, 0.8, 0.9, 1.0] {
        let alone = Tempering {
            sharpness,
            ..Tempering::default()
        };
        let score: f64 = plates
            .iter()
            .map(|plate| {
                score(vote(
                    &given[scheme(all, &plate.truth).unwrap()],
                    plate,
                    1,
                    alone,
                ))
            })
            .sum();
        println!(
            "  sharpness {sharpness:.2}: {:.4}",
            score / plates.len() as f64
        );
    }
    for correlation in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        let several = Tempering {
            correlation,
            most_of_a_view: 100.0,
            most: 100.0,
            ..Tempering::default()
        };
        let score: f64 = plates
            .iter()
            .map(|plate| {
                score(vote(
                    &given[scheme(all, &plate.truth).unwrap()],
                    plate,
                    7,
                    several,
                ))
            })
            .sum();
        println!(
            "  correlation {correlation:.2}: {:.4}",
            score / plates.len() as f64
        );
    }
}

fn score((stated, right): (f64, bool)) -> f64 {
    let p = if right { stated } else { 1.0 - stated };
    p.clamp(1e-4, 1.0).ln()
}

fn table(readings: &[(f64, bool)]) {
    println!("  stated        n   mean stated   right");
    for bin in 0..BINS {
        let low = bin as f64 / BINS as f64;
        let inside: Vec<_> = readings
            .iter()
            .filter(|(p, _)| (p * BINS as f64).floor().min(BINS as f64 - 1.0) as usize == bin)
            .collect();
        row(&format!("{low:.1} to {:.1}", low + 0.1), &inside);
    }
    row(
        "0.95 and up",
        &readings
            .iter()
            .filter(|(p, _)| *p >= 0.95)
            .collect::<Vec<_>>(),
    );
}

fn row(name: &str, readings: &[&(f64, bool)]) {
    let n = readings.len();
    let stated = readings.iter().map(|(p, _)| p).sum::<f64>() / n.max(1) as f64;
    let right = readings.iter().filter(|(_, right)| *right).count();
    println!(
        "  {name:11} {n:5} {stated:10.3} {:10.3}",
        right as f64 / n.max(1) as f64
    );
}

fn percent(part: usize, of: usize) -> f64 {
    100.0 * part as f64 / of.max(1) as f64
}
