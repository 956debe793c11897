// SPDX-License-Identifier: MIT OR Apache-2.0
//! History is the same however its events came: in batches, late, twice, over restarts.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use messages::{
    CameraHealth, CameraState, Data, EndState, Event, FacilityState, Health, LocomotiveState,
    PlateGuess, Status, Timestamp,
};
use proptest::prelude::*;
use roundhouse_store::{Backlog, Document, Kept, Scope, Span, SqliteStore, Store};

/// A second, ns.
const SECOND: i64 = 1_000_000_000;
/// When the histories begin: 100 s before a checkpoint.
const BEGIN: i64 = 1_772_344_800 * SECOND - 100 * SECOND;
/// All of time.
const ALWAYS: Span = Span {
    from: Timestamp::from_nanos(i64::MIN),
    to: Timestamp::from_nanos(i64::MAX),
};

/// The flow of all events here.
fn scope() -> Scope {
    Scope::new("hall", "prod")
}

/// A locomotive of 16 m with its head at `s`.
fn locomotive(id: &str, track: &str, s: f64, number: Option<&str>) -> LocomotiveState {
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
fn document(number: usize, seconds: i64, data: Data) -> Document {
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
fn state(number: usize, seconds: i64, locomotives: Vec<LocomotiveState>, online: bool) -> Document {
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

/// Everything derived, as text.
fn history(store: &SqliteStore) -> String {
    while store.derive(3).unwrap() == Backlog::More {}
    let scope = scope();
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}",
        store.stays(&scope, ALWAYS).unwrap(),
        store.moves(&scope, ALWAYS).unwrap(),
        store.visits(&scope, ALWAYS).unwrap(),
        store.cameras(&scope, ALWAYS).unwrap(),
        store.coverage(&scope, ALWAYS).unwrap(),
    )
}

/// What the states say in a made history.
#[derive(Debug, Clone)]
struct Step {
    seconds: i64,
    places: Vec<(usize, bool, f64)>,
    online: bool,
    health: bool,
}

/// A made history: some minutes to hours with up to three locomotives, gaps, numbers and failures of a camera.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let place = (
        0..3_usize,
        any::<bool>(),
        prop::sample::select(vec![0.0, 0.3, 20.0, 40.0]),
    );
    let pause = prop::sample::select(vec![1_i64, 2, 4, 7, 7, 12, 40, 400]);
    let step = (
        pause,
        prop::collection::vec(place, 0..3),
        any::<bool>(),
        any::<bool>(),
    );
    prop::collection::vec(step, 1..60).prop_map(|steps| {
        let mut seconds = 0;
        let mut made = Vec::new();
        for (pause, mut places, online, health) in steps {
            seconds += pause;
            places.sort_by_key(|place| place.0);
            places.dedup_by_key(|place| place.0);
            made.push(Step {
                seconds,
                places,
                online,
                health,
            });
        }
        made
    })
}

/// The documents of a made history.
fn documents(steps: &[Step]) -> Vec<Document> {
    let mut documents = Vec::new();
    for step in steps {
        let number = documents.len();
        let locomotives = step.places.iter().map(|(which, other, s)| {
            let track = if *other { "T2" } else { "T1" };
            locomotive(&format!("L{which}"), track, *s, (*s > 1.0).then_some("123"))
        });
        documents.push(state(
            number,
            step.seconds,
            locomotives.collect(),
            step.online,
        ));
        if step.health {
            let mut health = CameraHealth::new("C1", Health::Stalled);
            health.reason = Some("no frame".to_owned());
            documents.push(document(number + 1, step.seconds, Data::Health(health)));
        }
    }
    documents
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn history_does_not_depend_on_how_events_came(
        steps in steps(),
        order in prop::collection::vec(any::<u16>(), 0..200),
        cuts in prop::collection::vec(1..9_usize, 1..40),
    ) {
        let documents = documents(&steps);
        let folder = tempfile::tempdir().unwrap();
        let fresh = SqliteStore::open(&folder.path().join("fresh")).unwrap();
        fresh.ingest(&documents, Timestamp::from_nanos(0)).unwrap();
        let expected = history(&fresh);

        // Some come late, and some twice.
        let mut shuffled = documents.clone();
        for (at, key) in order.iter().enumerate() {
            let (one, other) = (at % shuffled.len(), usize::from(*key) % shuffled.len());
            shuffled.swap(one, other);
        }
        let doubles: Vec<Document> = shuffled.iter().step_by(3).cloned().collect();
        shuffled.extend(doubles);
        let path = folder.path().join("other");
        let mut store = SqliteStore::open(&path).unwrap();
        let mut rest = &shuffled[..];
        let mut new = 0;
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (batch, later) = rest.split_at((*cut).min(rest.len()));
            rest = later;
            let kept = store.ingest(batch, Timestamp::from_nanos(0)).unwrap();
            new += kept.iter().filter(|kept| matches!(kept, Kept::New(_))).count();
            if cut % 4 == 0 {
                // A restart.
                drop(store);
                store = SqliteStore::open(&path).unwrap();
            }
        }
        prop_assert_eq!(new, documents.len());
        prop_assert_eq!(&history(&store), &expected);
        store.rederive().unwrap();
        prop_assert_eq!(&history(&store), &expected);
    }
}

/// A store in a folder, with a state a second: what stands where is said by `places`.
fn played(
    folder: &std::path::Path,
    places: &[(i64, Vec<LocomotiveState>)],
    seconds: i64,
) -> SqliteStore {
    let store = SqliteStore::open(folder).unwrap();
    let at = |second: i64| {
        let last = places.iter().rev().find(|(from, _)| *from <= second);
        last.map(|(_, locomotives)| locomotives.clone())
            .unwrap_or_default()
    };
    let states: Vec<Document> = (0..seconds)
        .map(|second| state(second as usize, second, at(second), true))
        .collect();
    store.ingest(&states, Timestamp::from_nanos(0)).unwrap();
    store
}

#[test]
fn a_locomotive_comes_moves_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let at = |s| vec![locomotive("L1", "T1", s, Some("123"))];
    let store = played(
        folder.path(),
        &[(0, vec![]), (100, at(5.0)), (200, at(30.0)), (300, vec![])],
        400,
    );
    let moves = store.moves(&scope(), ALWAYS).unwrap();
    let kinds: Vec<&str> = moves.iter().map(|moved| moved.kind.as_str()).collect();
    assert_eq!(kinds, ["arrival", "move", "departure"]);
    assert_eq!(
        (moves[1].from_metre, moves[1].to_metre),
        (Some(5.0), Some(30.0))
    );
    let visits = store.visits(&scope(), ALWAYS).unwrap();
    assert_eq!(visits.len(), 1);
    assert_eq!(visits[0].number.as_deref(), Some("123"));
    let stayed = visits[0].left.unwrap().seconds_since(visits[0].arrived);
    assert!((stayed - 199.0).abs() < 1e-9, "{stayed}");
    let stays = store.stays(&scope(), ALWAYS).unwrap();
    assert_eq!(stays.len(), 2);
    assert!(stays.iter().all(|stay| stay.to.is_some()));
}

#[test]
fn what_was_there_before_the_record_began_did_not_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let store = played(
        folder.path(),
        &[(3, vec![locomotive("L1", "T1", 5.0, None)])],
        60,
    );
    assert!(store.moves(&scope(), ALWAYS).unwrap().is_empty());
    assert!(store.visits(&scope(), ALWAYS).unwrap()[0].found);
}

#[test]
fn another_name_in_the_same_place_is_the_same_locomotive() {
    let folder = tempfile::tempdir().unwrap();
    let one = |id| vec![locomotive(id, "T1", 5.0, None)];
    let store = played(
        folder.path(),
        &[
            (0, vec![]),
            (100, one("L1")),
            (150, vec![]),
            (160, one("L9")),
        ],
        250,
    );
    let visits = store.visits(&scope(), ALWAYS).unwrap();
    assert_eq!(visits.len(), 1);
    assert_eq!(
        (visits[0].locomotive.as_str(), visits[0].left),
        ("L1", None)
    );
}

#[test]
fn history_outlives_the_raw_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = played(
        folder.path(),
        &[(0, vec![]), (100, vec![locomotive("L1", "T1", 5.0, None)])],
        2000,
    );
    let before = history(&store);
    let late = state(5000, 50, vec![], true);
    assert_eq!(store.forget(Timestamp::from_nanos(1), 1500).unwrap(), 1500);
    assert_eq!(history(&store), before);
    // What comes too late to be derived is kept, and changes nothing.
    assert!(matches!(
        store.ingest(&[late], Timestamp::from_nanos(2)).unwrap()[..],
        [Kept::New(_)]
    ));
    assert_eq!(history(&store), before);
    store.rederive().unwrap();
    assert_eq!(history(&store), before);
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteStore::open(folder.path()).unwrap().file().to_owned();
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = SqliteStore::open(folder.path()).err().unwrap().to_string();
    assert!(refused.contains("version 99"), "{refused}");
}

#[test]
fn one_process_writes_and_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = played(
        folder.path(),
        &[(0, vec![locomotive("L1", "T1", 5.0, None)])],
        100,
    );
    let refused = SqliteStore::open(folder.path()).err().unwrap().to_string();
    assert!(refused.contains("another process"), "{refused}");
    let reader = SqliteStore::open_to_read(folder.path()).unwrap();
    assert_eq!(history(&reader), history(&store));
    assert!(
        reader
            .ingest(&[state(200, 200, vec![], true)], Timestamp::from_nanos(0))
            .is_err()
    );
    drop(store);
    assert!(SqliteStore::open(folder.path()).is_ok());
}

#[test]
fn a_backup_holds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let store = played(
        folder.path(),
        &[(0, vec![locomotive("L1", "T1", 5.0, None)])],
        100,
    );
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    store.backup(&copy.join("roundhouse.sqlite")).unwrap();
    let copied = SqliteStore::open(&copy).unwrap();
    assert_eq!(history(&copied), history(&store));
    assert_eq!(copied.newest_sequence().unwrap(), 100);
}
