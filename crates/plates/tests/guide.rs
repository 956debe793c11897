// SPDX-License-Identifier: MIT OR Apache-2.0
//! What docs/plates.md says is so.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

use facility::Facility;
use messages::Validity;
use roundhouse_plates::{Numbering, fold};

fn guide() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plates.md"))
        .unwrap()
}

#[test]
fn the_example_is_a_good_file() {
    let guide = guide();
    let example = guide
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let facility = Facility::parse(example, "docs/plates.md").unwrap();
    assert_eq!(facility.warnings, []);
    let numbering =
        Numbering::new(facility.numbering.as_ref(), "docs/plates.md", Path::new("")).unwrap();
    let ids: Vec<_> = numbering
        .schemes()
        .iter()
        .map(|scheme| scheme.id.as_str())
        .collect();
    assert_eq!(ids, ["evn_traction", "uic_short", "works"]);
    assert_eq!(numbering.write(&fold("WERK182").unwrap()), "WERK 18-2");
}

#[test]
fn the_table_of_schemes_is_right() {
    let numbering = Numbering::shipped().unwrap();
    let guide = guide();
    let rows: Vec<Vec<&str>> = guide
        .lines()
        .filter(|line| line.starts_with("| `") && line.matches('|').count() == 6)
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    for scheme in numbering.schemes() {
        let row = rows
            .iter()
            .find(|row| row[1].contains(&format!("`{}`", scheme.id)))
            .unwrap();
        if scheme.check.is_some() {
            let number = |cell: &str| fold(cell.split(" (").next().unwrap()).unwrap();
            assert_eq!(
                scheme.validity(&number(row[4])),
                Validity::Passed,
                "{}",
                scheme.id
            );
            let wrong = number(row[5]);
            assert_eq!(scheme.validity(&wrong), Validity::Failed, "{}", scheme.id);
            assert!(scheme.write(&wrong).is_some(), "{}", scheme.id);
        }
    }
}
