// SPDX-License-Identifier: MIT OR Apache-2.0
//! What cameras read of locomotives in the simulated hall: models and numbers. The scenarios themselves report places only.

use estimation::metrics::TrueLocomotive;
use messages::{Data, Event, ModelCandidate, ModelReport, PlateReport, Timestamp, Validity};
use scenarios::Scenario;

/// A locomotive that stands is read once in so many seconds.
const EVERY: usize = 12;
/// How long a reading takes, ns.
const DELAY_NS: i64 = 300_000_000;
/// How sure a reader is of what it reads.
const SURE: f64 = 0.9;
/// Error of the place of a number, m.
const SIGMA: f64 = 0.4;
/// One locomotive in so many is too dirty to be read.
const DIRTY: usize = 9;

/// All readings of a scenario, in the order of their arrival.
pub fn readings(scenario: &Scenario) -> Vec<Event> {
    let mut events = Vec::new();
    for (second, truth) in scenario.truth.iter().enumerate() {
        for locomotive in &truth.locomotives {
            let order = order(&locomotive.id);
            if (second + order).is_multiple_of(EVERY) && locomotive.velocity == 0.0 {
                events.extend(read(scenario, locomotive, order, truth.time, second));
            }
        }
    }
    events
}

/// The number in a locomotive's id: `G7` is 7.
fn order(id: &str) -> usize {
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

/// What the first camera that sees the head reads there: its model and its number.
fn read(
    scenario: &Scenario,
    locomotive: &TrueLocomotive,
    order: usize,
    time: Timestamp,
    second: usize,
) -> Vec<Event> {
    let covers = |camera: &&facility::Camera| {
        let mut covers = camera.covers.iter();
        covers.any(|cover| {
            cover.track == locomotive.track && (cover.from..=cover.to).contains(&locomotive.head)
        })
    };
    let Some(camera) = scenario.facility.cameras.iter().find(covers) else {
        return Vec::new();
    };
    let (camera, track, s) = (&camera.id, &locomotive.track, locomotive.head);
    let mut said = Vec::new();
    if let Some(model) = &locomotive.model {
        said.push(Data::Model(ModelReport {
            camera: camera.clone(),
            track: track.clone(),
            s,
            sigma: SIGMA,
            candidates: vec![ModelCandidate {
                model: model.clone(),
                p: SURE,
            }],
        }));
    }
    if let Some(plate) = locomotive
        .plate
        .as_ref()
        .filter(|_| !order.is_multiple_of(DIRTY))
    {
        said.push(Data::Plate(PlateReport {
            camera: camera.clone(),
            track: track.clone(),
            s,
            sigma: SIGMA,
            text: plate.clone(),
            confidence: SURE,
            scheme: None,
            valid: Some(Validity::None),
            alternatives: Vec::new(),
        }));
    }
    let event = |(at, data): (usize, Data)| Event {
        id: format!("1-{second}{order:03}{at}"),
        source: format!("/{}/readings/{camera}", scenario.facility.name),
        subject: Some(format!("camera/{camera}")),
        time,
        received: Some(time.saturating_add(DELAY_NS)),
        recorded: None,
        flow: "prod".to_owned(),
        data,
    };
    said.into_iter().enumerate().map(event).collect()
}
