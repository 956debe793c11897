// SPDX-License-Identifier: MIT OR Apache-2.0
//! Decodes the tensors of one reader, or of several that looked at the same crops, and prints a line for every look and every
//! plate: `look` or `plate`, kind, plate, pixels of height, true number, its scheme, best path of the first reader, then what
//! the schemes make of it (number, scheme, validity, confidence), and the number if the true one's scheme is given.
//!
//! ```sh
//! python -m training.plates.tensors models/trt/platereader --clips tests/data/evaluation --out A
//! python -m training.plates.tensors models/trt/platereader-ppocr --clips tests/data/evaluation --out B
//! cargo run --release -p roundhouse-plates --example decode -- A B
//! cargo run --release -p roundhouse-plates --example decode -- --scheme uic_short A
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool of the bench: it stops where it stands"
)]

use std::collections::BTreeMap;
use std::path::Path;

use messages::Validity;
use roundhouse_plates::{
    Alphabet, Ballot, CropReading, Emissions, Numbering, Shape, Tempering, Verdict, fold, greedy,
    signs,
};

/// One crop as all readers read it.
struct Seen {
    kind: String,
    plate: String,
    height: f64,
    truth: Vec<Shape>,
    readers: Vec<Emissions>,
}

fn main() {
    let mut schemes = Vec::new();
    let mut folders = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--scheme" => schemes.push(arguments.next().expect("--scheme wants an id")),
            _ => folders.push(argument),
        }
    }
    if folders.is_empty() {
        eprintln!("usage: decode [--scheme ID]... FOLDER...");
        std::process::exit(2);
    }
    let seen = read(&folders);
    let shipped = Numbering::shipped().expect("schemes");
    let all = if schemes.is_empty() {
        shipped.clone()
    } else {
        numbering(schemes)
    };
    let given: Vec<Numbering> = shipped
        .schemes()
        .iter()
        .map(|scheme| numbering(vec![scheme.id.clone()]))
        .collect();
    let mut plates: BTreeMap<(&str, &str), Vec<&Seen>> = BTreeMap::new();
    for look in &seen {
        plates
            .entry((&look.kind, &look.plate))
            .or_default()
            .push(look);
    }
    for looks in plates.values() {
        let right = scheme(&shipped, &looks[0].truth).map(|index| &given[index]);
        for look in looks {
            print("look", &[look], &all, right);
        }
        print("plate", looks, &all, right);
    }
}

fn read(folders: &[String]) -> Vec<Seen> {
    let mut seen: Vec<Seen> = Vec::new();
    for (index, folder) in folders.iter().map(Path::new).enumerate() {
        let alphabet = Alphabet::load(&folder.join("labels.txt")).expect("labels.txt");
        let lines = std::fs::read_to_string(folder.join("looks.tsv")).expect("looks.tsv");
        let floats: Vec<f32> = std::fs::read(folder.join("tensors.f32"))
            .expect("tensors.f32")
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
            .collect();
        let each = floats.len() / lines.lines().count();
        for (place, (line, tensor)) in lines.lines().zip(floats.chunks_exact(each)).enumerate() {
            if index == 0 {
                seen.push(described(line));
            }
            seen[place]
                .readers
                .push(Emissions::new(&alphabet, tensor, alphabet.len()).expect("a tensor"));
        }
    }
    seen
}

fn described(line: &str) -> Seen {
    let [kind, plate, height, text] = line
        .split('\t')
        .collect::<Vec<_>>()
        .try_into()
        .expect("four columns");
    Seen {
        kind: kind.to_owned(),
        plate: plate.to_owned(),
        height: height.parse().expect("a height"),
        truth: fold(text).expect("shapes"),
        readers: Vec::new(),
    }
}

/// Of these shipped schemes alone.
fn numbering(ids: Vec<String>) -> Numbering {
    let named = |name| facility::Named { name, line: 0 };
    let section = facility::Numbering {
        schemes: Some(ids.into_iter().map(named).collect()),
        own: Vec::new(),
        roster: None,
        unexpected: 0.5,
    };
    Numbering::new(Some(&section), "", Path::new("")).expect("shipped schemes")
}

/// The first scheme whose form and rule a number obeys.
fn scheme(all: &Numbering, number: &[Shape]) -> Option<usize> {
    all.schemes().iter().position(|scheme| {
        scheme.write(number).is_some() && scheme.validity(number) != Validity::Failed
    })
}

fn verdict(looks: &[&Seen], numbering: &Numbering) -> Option<Verdict> {
    let mut ballot = Ballot::new(Tempering::default());
    for (frame, seen) in (0..).zip(looks) {
        for (reader, emissions) in seen.readers.iter().enumerate() {
            let look = CropReading {
                view: reader.to_string(),
                frame,
                height: seen.height,
                emissions: emissions.clone(),
            };
            ballot.add(numbering, look);
        }
    }
    ballot.verdict(numbering)
}

fn print(level: &str, looks: &[&Seen], all: &Numbering, right: Option<&Numbering>) {
    let first = looks[0];
    let height = looks.iter().map(|look| look.height).fold(0.0, f64::max);
    let path = greedy(&first.readers[0]).replace('-', "");
    let free = verdict(looks, all).map_or(String::from("\t\t\t"), |found| {
        format!(
            "{}\t{}\t{:?}\t{:.4}",
            signs(&found.number),
            found.scheme.unwrap_or_default(),
            found.validity,
            found.confidence
        )
    });
    let given = right
        .and_then(|numbering| verdict(looks, numbering))
        .map_or(String::new(), |found| signs(&found.number));
    println!(
        "{level}\t{}\t{}\t{height}\t{}\t{}\t{path}\t{free}\t{given}",
        first.kind,
        first.plate,
        signs(&first.truth),
        right.map_or("", |numbering| &numbering.schemes()[0].id)
    );
}
