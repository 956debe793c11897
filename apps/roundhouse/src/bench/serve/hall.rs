// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall of all rows: twenty places on ten tracks, eight cameras, and two flows that differ a little.

use messages::{
    CameraState, Data, EndState, Event, FacilityState, Health, LocomotiveState, ModelGuess,
    PlateGuess, Status, Timestamp,
};

/// Places for a locomotive, and how many of them a track has.
pub const PLACES: u64 = 20;
const PLACES_OF_TRACK: u64 = 2;
/// From one place of a track to the next, m; how long a locomotive is, and how far one goes that moves within its place.
const SPACING: f64 = 30.0;
const LENGTH: f64 = 16.0;
const STEP: f64 = 8.0;
/// Cameras.
const CAMERAS: u64 = 8;
/// Locomotives that come again and again.
const FLEET: u64 = 200;
/// The facility.
pub const NAME: &str = "hall";
/// The flows.
pub const FLOWS: [&str; 2] = ["prod", "dev"];

/// A locomotive in one of the places.
#[derive(Debug, Clone, Copy)]
pub struct Occupant {
    /// Where.
    pub place: u64,
    /// Which of all visits this is.
    pub visit: u64,
    /// Whether it has moved within its place.
    pub has_moved: bool,
    /// Whether it moves.
    pub moves: bool,
}

/// The document of the state number `number` of a flow.
pub fn state(flow: &str, number: u64, time: Timestamp, there: &[Occupant]) -> Event {
    let seen = there.iter().filter(|one| sees(flow, one.visit));
    let locomotives: Vec<LocomotiveState> = seen
        .map(|one| locomotive(flow, time, number, one))
        .collect();
    let camera = |camera: u64| CameraState {
        id: format!("C{camera}"),
        health: if (number / 500 + camera).is_multiple_of(40) {
            Health::Offline
        } else {
            Health::Online
        },
        blind: 0.004,
    };
    let state = FacilityState {
        state: number,
        count: locomotives.len() as u64,
        inputs: vec![flow.to_owned()],
        locomotives,
        cameras: (1..=CAMERAS).map(camera).collect(),
    };
    Event {
        id: format!("1-{number}"),
        source: format!("/{NAME}/fsefuse/{flow}"),
        subject: None,
        time,
        received: None,
        recorded: Some(time),
        flow: flow.to_owned(),
        data: Data::State(state),
    }
}

/// Whether a flow knows of a visit: dev misses some.
fn sees(flow: &str, visit: u64) -> bool {
    flow == "prod" || !visit.is_multiple_of(12)
}

/// One locomotive of a state. Its ends are never known to be in quite the same place.
fn locomotive(flow: &str, time: Timestamp, number: u64, one: &Occupant) -> LocomotiveState {
    let noise = ((number * 7 + one.place * 13) % 11) as f64 * 0.004;
    let moved = if one.has_moved { STEP } else { 0.0 };
    let head = (one.place % PLACES_OF_TRACK) as f64 * SPACING + 2.0 + moved + noise;
    let end = |s| EndState { s, sigma: 0.118 };
    LocomotiveState {
        id: format!("L{}", one.visit),
        track: format!("T{}", one.place / PLACES_OF_TRACK + 1),
        head: end(head),
        tail: end(head + LENGTH),
        orientation_confidence: 0.9731,
        velocity: 0.0,
        moving: one.moves,
        confidence: 0.9984,
        status: Status::Confirmed,
        model: Some(ModelGuess {
            name: format!("A{}", one.visit % 5 + 1),
            p: 0.9412,
        }),
        plate: plate(flow, one.visit),
        last_seen: time,
        seen_by: vec![
            format!("C{}", one.place % CAMERAS + 1),
            format!("C{}", (one.place + 1) % CAMERAS + 1),
        ],
    }
}

/// The number that was read in a visit, if one was; dev takes some for others.
fn plate(flow: &str, visit: u64) -> Option<PlateGuess> {
    let is_misread = flow != "prod" && visit.is_multiple_of(10);
    let number = visit * 7919 % FLEET + if is_misread { 1000 } else { 0 };
    (!visit.is_multiple_of(9)).then(|| PlateGuess {
        text: format!("{}", 215_000 + number),
        p: 0.9675,
        contested_by: Vec::new(),
    })
}

/// Who is there after so many seconds: each place is taken for two hours in three.
pub fn after(second: u64) -> Vec<Occupant> {
    const CYCLE: u64 = 3 * 3600;
    const TAKEN: u64 = 2 * 3600;
    let there = |place: u64| {
        let at = second + place * CYCLE / PLACES;
        (at % CYCLE < TAKEN).then(|| Occupant {
            place,
            visit: at / CYCLE * PLACES + place,
            has_moved: false,
            moves: false,
        })
    };
    (0..PLACES).filter_map(there).collect()
}
