// SPDX-License-Identifier: MIT OR Apache-2.0
//! A synthetic hall: from its seed, and as files.

use std::fs;
use std::path::Path;

use scenarios::{Kind, Scenario};

use crate::failure::{Failure, Outcome};

/// Writes a scenario's three files into a folder, which is made if it is not there.
pub fn write(scenario: &Scenario, folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| Failure::file(&path, &error))
    };
    write("facility.toml", &scenario.facility_toml)?;
    write("reports.jsonl", &scenario.report_lines())?;
    write("truth.jsonl", &scenario.truth_lines())
}

/// Makes a scenario.
pub fn generate(kind: Kind, seed: u64, duration: f64) -> Outcome<Scenario> {
    Scenario::new(kind, seed, duration)
        .map_err(|errors| Failure::new(format!("the made facility of {kind} {seed}: {errors}")))
}
