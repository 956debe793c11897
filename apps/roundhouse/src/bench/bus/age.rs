// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `age`: how much older a live scan is when it reaches the fusion of another process.

use std::path::Path;
use std::time::{Duration, Instant};

use messages::Timestamp;
use serde::Deserialize;

use super::player::Hall;
use crate::bench::beside::Beside;
use crate::bench::limit::{Limit, Line};
use crate::bench::pairs::in_turns;
use crate::bench::percentiles::median;
use crate::bench::simulation::Simulation;
use crate::failure::{Failure, Outcome};

/// What the way over the bus adds, at most, ms.
const MOST_MS: f64 = 60.0;
/// Cameras, and pictures of each in a second: a detector without GPU keeps up with them.
const CAMERAS: (u32, f64) = (8, 2.0);
/// Scans that arrive so long after the first one count: before, networks load and cameras connect.
const WARM_UP_MS: f64 = 4000.0;
/// For so long they do.
const MEASURED_MS: f64 = 8000.0;
/// How often it is looked whether all are there.
const INTERVAL: Duration = Duration::from_millis(500);
/// Longest wait for them.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is read of a document that reached the fusion.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    event_type: String,
    time: Timestamp,
    receivedtime: Timestamp,
}

/// Measures both in turns, on the same simulated cameras.
pub fn lines(pairs: u32, pipelines: &Path, clips: &Path) -> Outcome<Vec<Line>> {
    let scratch = tempfile::tempdir();
    let scratch = scratch.map_err(|error| Failure::file(&std::env::temp_dir(), &error))?;
    let facility = scratch.path().join("facility.toml");
    let (cameras, rate) = CAMERAS;
    let simulation = Simulation::start(clips, cameras, rate, Some(&facility))?;
    let hall = Hall {
        pipelines: pipelines.to_owned(),
        clips: scratch.path().to_owned(),
    };
    let record = scratch.path().join("record.jsonl");
    let three = || age(&record, || hall.watch_in_three(&record));
    let one = || age(&record, || hall.watch_in_one(&record));
    let (three, one) = in_turns(pairs, "age", three, one)?;
    drop(simulation);
    let middle = |ages: &[f64]| median(ages.iter().copied());
    let added = three.iter().zip(&one).map(|(three, one)| three - one);
    Ok(vec![Line {
        name: "age of a live scan at the fusion, three processes - one, ms".to_owned(),
        seen: format!("medians {:.0} and {:.0} ms", middle(&three), middle(&one)),
        measured: median(added).into(),
        limit: Limit::AtMost(MOST_MS),
    }])
}

/// The age of half of the scans that what `watch` begins notes in the file `record`, ms.
fn age(record: &Path, watch: impl FnOnce() -> Outcome<Vec<Beside>>) -> Outcome<f64> {
    // The fusion writes behind what is there.
    let _ = std::fs::remove_file(record);
    let begin = Instant::now();
    let processes = watch()?;
    while begin.elapsed() < PATIENCE {
        std::thread::sleep(INTERVAL);
        let text = std::fs::read_to_string(record).unwrap_or_default();
        if let Some(age) = middle_age(&text) {
            drop(processes);
            return Ok(age);
        }
    }
    Err(Failure::new(format!(
        "age: too few scans of cameras reached the fusion in {} s: measure when this computer is less busy",
        PATIENCE.as_secs()
    )))
}

/// The age of half of the position reports on arrival, ms, of those behind the warm-up; `None` if they are not all there.
fn middle_age(record: &str) -> Option<f64> {
    let documents = record.lines().map(serde_json::from_str::<Document>);
    let ms = |time: Timestamp| time.nanos() as f64 * 1e-6;
    let scans: Vec<(f64, f64)> = documents
        .map_while(Result::ok)
        .filter(|document| document.event_type == "com.roundhouse.position-report.v1")
        .map(|document| (ms(document.time), ms(document.receivedtime)))
        .collect();
    let (first, last) = (scans.first()?.1, scans.last()?.1);
    let warm = scans
        .iter()
        .filter(|(_, arrival)| arrival - first >= WARM_UP_MS);
    (last - first >= WARM_UP_MS + MEASURED_MS)
        .then(|| median(warm.map(|(time, arrival)| arrival - time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_those_of_scans_behind_the_warm_up() {
        let line = |kind, time, arrival| {
            format!(
                r#"{{"type":"com.roundhouse.{kind}.v1","time":"2026-03-01T06:00:{time}Z","receivedtime":"2026-03-01T06:00:{arrival}Z"}}"#
            )
        };
        let record = [
            line("position-report", "00", "01"),
            line("position-report", "05", "05.25"),
            line("tick", "06", "09"),
            line("position-report", "07", "07.5"),
            line("position-report", "13", "13.125"),
        ];
        let age = middle_age(&record.join("\n")).unwrap();
        assert!((age - 250.0).abs() < 1e-3);
        assert_eq!(middle_age(&record[..4].join("\n")), None);
        assert_eq!(middle_age(""), None);
    }
}
