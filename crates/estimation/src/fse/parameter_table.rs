// SPDX-License-Identifier: MIT OR Apache-2.0
//! All parameters of the model, as the table in `docs/estimation/parameters.md`.

use std::fmt::Write;

use crate::fse::model::parameters::Parameter;
use crate::fse::{arrival, fusion, input, management, model, output, scan_update};

/// What a group of parameters is about, the file that uses them, and the parameters.
type Group = (&'static str, &'static str, &'static [Parameter]);

/// Every group, in the order in which a scan meets them.
const GROUPS: &[Group] = &[
    ("Arrival", "arrival.rs", arrival::PARAMETERS),
    ("Commitment", "fusion.rs", fusion::PARAMETERS),
    ("Checks", "input/validate.rs", input::validate::PARAMETERS),
    ("Bodies", "input/bodies.rs", input::bodies::PARAMETERS),
    (
        "Reorder window",
        "input/reorder.rs",
        input::reorder::PARAMETERS,
    ),
    (
        "Shared",
        "model/parameters.rs",
        model::parameters::PARAMETERS,
    ),
    ("Facility", "model/site.rs", model::site::PARAMETERS),
    ("Spans", "model/span.rs", model::span::PARAMETERS),
    ("Motion", "model/motion.rs", model::motion::PARAMETERS),
    ("Outliers", "model/gaussian.rs", model::gaussian::PARAMETERS),
    (
        "Tentative ends",
        "model/tentative.rs",
        model::tentative::PARAMETERS,
    ),
    (
        "Detection model",
        "model/detection_model.rs",
        model::detection_model::PARAMETERS,
    ),
    (
        "Existence of an end",
        "model/existence.rs",
        model::existence::PARAMETERS,
    ),
    (
        "Sensor statistics",
        "model/sensor_statistics.rs",
        model::sensor_statistics::PARAMETERS,
    ),
    (
        "Calibration",
        "model/calibration.rs",
        model::calibration::PARAMETERS,
    ),
    (
        "Locomotives",
        "model/locomotive.rs",
        model::locomotive::PARAMETERS,
    ),
    (
        "Models and numbers",
        "model/attributes.rs",
        model::attributes::PARAMETERS,
    ),
    (
        "Pending readings",
        "model/pending_readings.rs",
        model::pending_readings::PARAMETERS,
    ),
    (
        "Prediction",
        "scan_update/predict.rs",
        scan_update::predict::PARAMETERS,
    ),
    (
        "Association",
        "scan_update/gate.rs",
        scan_update::gate::PARAMETERS,
    ),
    (
        "Camera outage",
        "scan_update/outage.rs",
        scan_update::outage::PARAMETERS,
    ),
    (
        "Update",
        "scan_update/update.rs",
        scan_update::update::PARAMETERS,
    ),
    (
        "Review",
        "management/review.rs",
        management::review::PARAMETERS,
    ),
    (
        "Hypotheses",
        "management/hypotheses/mod.rs",
        management::hypotheses::PARAMETERS,
    ),
    (
        "Two-end hypothesis",
        "management/hypotheses/two_end.rs",
        management::hypotheses::two_end::PARAMETERS,
    ),
    (
        "One-end hypothesis",
        "management/hypotheses/one_end.rs",
        management::hypotheses::one_end::PARAMETERS,
    ),
    (
        "Coupled hypothesis",
        "management/hypotheses/coupled.rs",
        management::hypotheses::coupled::PARAMETERS,
    ),
    (
        "Visibility",
        "management/visibility.rs",
        management::visibility::PARAMETERS,
    ),
    (
        "Initiation",
        "management/initiate.rs",
        management::initiate::PARAMETERS,
    ),
    (
        "Adoption",
        "management/adopt.rs",
        management::adopt::PARAMETERS,
    ),
    (
        "Reacquisition",
        "management/reacquire.rs",
        management::reacquire::PARAMETERS,
    ),
    (
        "Termination",
        "management/terminate.rs",
        management::terminate::PARAMETERS,
    ),
    ("State", "output/snapshot.rs", output::snapshot::PARAMETERS),
];

/// The page that lists every parameter of the model, in Markdown.
#[must_use]
pub fn parameter_table() -> String {
    let mut page = String::from(
        "# Parameters of the fusion\n\nWritten from the code by `cargo run -p roundhouse-estimation --example parameters`; \
         do not edit. What the words mean: [glossary](../glossary.md); how the model works: [model](model.md).\n",
    );
    for (title, file, parameters) in GROUPS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "\n## {title}\n\n`crates/estimation/src/fse/{file}`\n\n| parameter | value | unit | meaning | effect |\n|---|--:|---|---|---|"
        );
        for parameter in *parameters {
            let Parameter {
                name,
                value,
                unit,
                meaning,
                effect,
            } = parameter;
            let _ = writeln!(
                page,
                "| `{name}` | {value} | {unit} | {} | {effect} |",
                meaning.trim_start()
            );
        }
    }
    page
}
