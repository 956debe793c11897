// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `spool`: records that are on the disk, beside `SQLite`.

use std::path::Path;

use super::python::Python;
use crate::bench::beside::Beside;
use crate::bench::limit::{Limit, Line};
use crate::bench::pairs::in_turns;
use crate::bench::percentiles::median;
use crate::bench::ratio::Ratio;
use crate::failure::{Failure, Outcome};

/// Records a second, ours against those of `SQLite`, at least.
const LEAST: f64 = 2.0;
/// How many groups, how many records each has, and how many bytes a record.
const RECORDS: [&str; 3] = ["300", "100", "1000"];

/// Measures the rates on the disk of `folder`.
pub fn lines(pairs: u32, python: &Python, folder: &Path) -> Outcome<Vec<Line>> {
    let ours = || rate(folder, Beside::part, "spool");
    let theirs = || rate(folder, |arguments| python.sqlite(&arguments[1..]), "sqlite");
    let (ours, theirs) = in_turns(pairs, "spool", ours, theirs)?;
    let thousands = |rates: &[f64]| median(rates.iter().copied()) * 1e-3;
    Ok(vec![Line {
        name: "spool, durable records of 1 kB in groups of 100: ours / SQLite".to_owned(),
        seen: format!(
            "{:.1}k and {:.1}k records a second",
            thousands(&ours),
            thousands(&theirs)
        ),
        measured: Ratio::of(&ours, &theirs).into(),
        limit: Limit::AtLeast(LEAST),
    }])
}

/// Records a second of the program that `start` starts, in a new folder.
fn rate(folder: &Path, start: impl Fn(&[&str]) -> Outcome<Beside>, part: &str) -> Outcome<f64> {
    let scratch = tempfile::Builder::new()
        .prefix("roundhouse-spool-")
        .tempdir_in(folder)
        .map_err(|error| Failure::file(folder, &error))?;
    let path = scratch.path().display().to_string();
    let arguments: Vec<&str> = [part, &path].into_iter().chain(RECORDS).collect();
    let mut program = start(&arguments)?;
    let rate = program.number()?;
    program.finish()?;
    Ok(rate)
}
