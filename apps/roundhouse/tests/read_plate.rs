// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse read-plate` on the shipped crops, and on what is no picture.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod tool;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tool::{Said, roundhouse};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folder(model: &str) -> String {
    root().join("models/trt").join(model).display().to_string()
}

/// File and text of each shipped crop.
fn crops() -> Vec<(String, String)> {
    let folder = root().join("tests/data/plates");
    let table = std::fs::read_to_string(folder.join("crops.csv")).unwrap();
    let row = |line: &str| {
        let [file, text, _] = line
            .split(',')
            .collect::<Vec<_>>()
            .try_into()
            .expect("three columns");
        (folder.join(file).display().to_string(), text.to_owned())
    };
    table.lines().skip(1).map(row).collect()
}

fn lines(said: &Said) -> Vec<Value> {
    said.out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// How many of the shipped crops are read right by these networks.
fn right(models: &[&str]) -> usize {
    let crops = crops();
    let mut arguments = vec!["read-plate".to_owned()];
    for model in models {
        arguments.extend(["--model".to_owned(), folder(model)]);
    }
    arguments.extend(crops.iter().map(|(file, _)| file.clone()));
    let said = roundhouse(&arguments);
    assert!(said.ok, "{}", said.err);
    let shapes = |text: &str| plates::fold(text).unwrap();
    let lines = lines(&said);
    assert_eq!(lines.len(), crops.len());
    let right = lines.iter().zip(&crops).filter(|(line, (file, text))| {
        assert_eq!(line["file"].as_str().unwrap(), file);
        assert!(
            (0.0..=1.0).contains(&line["confidence"].as_f64().unwrap()),
            "{line}"
        );
        line["text"]
            .as_str()
            .is_some_and(|read| shapes(read) == shapes(text))
    });
    right.count()
}

#[test]
fn the_shipped_crops_are_read() {
    assert_eq!(crops().len(), 10);
    let own = right(&["platereader"]);
    assert!(own >= 8, "{own} of 10");
    // The second reader is there where scripts/setup.sh has brought it; the first must do without.
    let second = Path::new(&folder("platereader-ppocr")).join("model.onnx");
    if second.is_file() {
        let both = right(&["platereader", "platereader-ppocr"]);
        assert!(both >= 8, "{both} of 10");
    } else {
        eprintln!(
            "{} is not there: tested without the second reader",
            second.display()
        );
    }
}

#[test]
fn a_scheme_decides_what_is_read() {
    let crop = &crops()[0].0;
    let read = |schemes: &[&str]| {
        let model = folder("platereader");
        let mut arguments = vec!["read-plate", "--model", &model];
        for scheme in schemes {
            arguments.extend(["--scheme", scheme]);
        }
        arguments.push(crop);
        let said = roundhouse(&arguments);
        assert!(said.ok, "{}", said.err);
        lines(&said).remove(0)
    };
    let short = read(&["uic_short", "cis_series"]);
    assert_eq!(short["text"], "611 867-3");
    assert_eq!(short["scheme"], "uic_short");
    assert_eq!(short["valid"], "passed");
    // What is painted there clearly is no such number: it is said, and no scheme with it.
    let foreign = read(&["cn"]);
    assert_eq!(foreign["scheme"], Value::Null, "{foreign}");
    assert!(foreign["runner_up"].is_object(), "{foreign}");
    let said = roundhouse(&["read-plate", "--scheme", "roman", crop]);
    assert!(
        !said.ok && said.err.contains("roman") && said.err.contains("uic_short"),
        "{}",
        said.err
    );
}

#[test]
fn what_is_no_picture_is_named_and_the_others_are_read() {
    let table = root()
        .join("tests/data/plates/crops.csv")
        .display()
        .to_string();
    let model = folder("platereader");
    let crop = &crops()[0].0;
    let said = roundhouse(&[
        "read-plate",
        "--model",
        &model,
        &table,
        "none.png",
        crop,
        "--show",
    ]);
    assert!(!said.ok);
    for part in [
        "crops.csv: this is no picture",
        "JPEG or PNG",
        "none.png: No such file",
        "2 of 3",
    ] {
        assert!(
            said.err.contains(part),
            "\"{part}\" is missing in: {}",
            said.err
        );
    }
    assert!(
        said.out.starts_with("file") && said.out.contains("611 867-3"),
        "{}",
        said.out
    );
    let said = roundhouse(&["read-plate", "--model", "/nowhere", crop]);
    assert!(
        !said.ok && said.err.contains("/nowhere/config_infer.txt"),
        "{}",
        said.err
    );
}
