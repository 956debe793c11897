// SPDX-License-Identifier: MIT OR Apache-2.0
//! States and health documents.

use messages::{
    CameraState, Data, EndState, Event, FacilityState, Health, LocomotiveState, PlateGuess, Status,
    Timestamp,
};
use roundhouse_store::{Document, Scope, Store};

/// The flow of all events here.
pub fn scope() -> Scope {
    Scope::new("hall", "prod")
}

/// A second, ns.
pub const SECOND: i64 = 1_000_000_000;
/// When the histories begin: 100 s before a checkpoint.
pub const BEGIN: i64 = 1_772_344_800 * SECOND - 100 * SECOND;

/// A locomotive of 16 m with its head at `s`.
pub fn locomotive(id: &str, track: &str, s: f64, number: Option<&str>) -> LocomotiveState {
    let end = |s| EndState { s, sigma: 0.1 };
    LocomotiveState {
        id: id.to_owned(),
        track: track.to_owned(),
        head: end(s),
        tail: end(s + 16.0),
        orientation_confidence: 0.9,
        velocity: 0.0,
        moving: true,
        confidence: 0.9,
        status: Status::Confirmed,
        model: None,
        plate: number.map(|text| PlateGuess {
            text: text.to_owned(),
            p: 0.9,
            contested_by: Vec::new(),
        }),
        last_seen: Timestamp::from_nanos(0),
        seen_by: Vec::new(),
    }
}

/// The document that says `data` after so many seconds.
pub fn document(number: usize, seconds: i64, data: Data) -> Document {
    let event = Event {
        id: format!("1-{number}"),
        source: "/hall/fsefuse/prod".to_owned(),
        subject: None,
        time: Timestamp::from_nanos(BEGIN + seconds * SECOND),
        received: None,
        recorded: None,
        flow: "prod".to_owned(),
        data,
    };
    let body = event.to_json();
    Document::new(event, body)
}

/// The state of these locomotives and a camera.
pub fn state(
    number: usize,
    seconds: i64,
    locomotives: Vec<LocomotiveState>,
    online: bool,
) -> Document {
    let health = if online {
        Health::Online
    } else {
        Health::Offline
    };
    let state = FacilityState {
        state: number as u64,
        count: locomotives.len() as u64,
        inputs: Vec::new(),
        locomotives,
        cameras: vec![CameraState {
            id: "C1".to_owned(),
            health,
            blind: 0.0,
        }],
    };
    document(number, seconds, Data::State(state))
}

/// Keeps a state a second: what stands where is said by `places`.
pub fn play(store: &dyn Store, places: &[(i64, Vec<LocomotiveState>)], seconds: i64) {
    let at = |second: i64| {
        let last = places.iter().rev().find(|(from, _)| *from <= second);
        last.map(|(_, locomotives)| locomotives.clone())
            .unwrap_or_default()
    };
    let states: Vec<Document> = (0..seconds)
        .map(|second| state(second as usize, second, at(second), true))
        .collect();
    store.ingest(&states, Timestamp::from_nanos(0)).unwrap();
}
