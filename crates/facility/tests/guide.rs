// SPDX-License-Identifier: MIT OR Apache-2.0
//! The user guide's example is a good file.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

use std::path::Path;

use messages::Side;
use roundhouse_facility::Facility;

#[test]
fn the_example_of_the_guide_is_read_without_a_warning() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/facility.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let example = guide
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let facility =
        Facility::parse(example, "docs/facility.md").unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(facility.warnings, []);
    let camera = facility.camera("C1").unwrap();
    assert!(
        camera.calibration.as_ref().unwrap().rms < 2.0,
        "{:?}",
        camera.calibration
    );
    let covered: Vec<_> = camera
        .covers
        .iter()
        .map(|cover| (cover.track.as_str(), cover.side))
        .collect();
    assert_eq!(covered, [("T1", Some(Side::Low)), ("T2", Some(Side::Low))]);
}
