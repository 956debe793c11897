// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every input of the corpora, which include what once made a target fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::path::Path;

/// The corpus folder of a target.
fn corpus(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name)
}

#[test]
fn no_input_of_the_corpora_makes_a_target_panic() {
    for (name, run) in roundhouse_fuzz::TARGETS {
        let files: Vec<_> = std::fs::read_dir(corpus(name)).unwrap().flatten().collect();
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            println!("{name}: {}", file.path().display());
            run(&std::fs::read(file.path()).unwrap());
        }
    }
}

/// Run it with `--ignored` after a change of what a fusion saves.
#[test]
#[ignore = "writes into the corpus"]
fn saved_fusions_are_made_of_reports() {
    for file in std::fs::read_dir(corpus("reports")).unwrap().flatten() {
        let reports = std::fs::read_to_string(file.path()).unwrap();
        let saved = roundhouse_fuzz::saved_after(&reports).unwrap();
        std::fs::write(corpus("saved-fusion").join(file.file_name()), saved).unwrap();
    }
}

/// Otherwise the target would only see refusals.
#[test]
fn the_saved_fusions_of_the_corpus_are_of_this_version() {
    let first = std::fs::read_to_string(corpus("saved-fusion").join("moving.jsonl")).unwrap();
    let reports = std::fs::read_to_string(corpus("reports").join("moving.jsonl")).unwrap();
    let saved = roundhouse_fuzz::saved_after(&reports).unwrap();
    let version = |text: &str| text.split_once(',').map(|(version, _)| version.to_owned());
    assert_eq!(version(&first), version(&saved));
}
