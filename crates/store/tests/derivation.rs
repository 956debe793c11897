// SPDX-License-Identifier: MIT OR Apache-2.0
//! History is the same however its events came, in batches, late, twice, over restarts; and in whatever database it is kept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use messages::{CameraHealth, Data, Health, LocomotiveState, Timestamp};
use proptest::prelude::*;
use roundhouse_store::{Document, Kept, Limits, Store};

use support::documents::{document, locomotive, play, scope, state};
use support::{ALWAYS, Place, history};

over_both!(
    history_does_not_depend_on_how_events_came,
    a_locomotive_comes_moves_and_goes,
    what_was_there_before_the_record_began_did_not_arrive,
    another_name_in_the_same_place_is_the_same_locomotive,
    history_outlives_the_raw_log,
    the_oldest_events_go_when_the_database_is_too_large,
    a_clock_that_jumps_changes_nothing,
    a_day_that_comes_late_is_derived_again,
    texts_are_kept_as_they_are,
    one_process_writes_and_others_read,
    a_backup_holds_everything,
);

/// So many states come late, one each 20 s: those of six hours.
const LATE: usize = 1080;

/// The begin of a day, counted from 1970 on.
const fn day(number: i64) -> Timestamp {
    Timestamp::from_nanos(number * 86_400_000_000_000)
}

/// A store in a place, in which a state a second was kept: what stands where is said by `places`.
fn played(place: &Place, places: &[(i64, Vec<LocomotiveState>)], seconds: i64) -> Box<dyn Store> {
    let store = place.open().unwrap();
    play(&*store, places, seconds);
    store
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

fn history_does_not_depend_on_how_events_came(new: fn() -> Place) {
    let config = ProptestConfig {
        cases: 24,
        ..ProptestConfig::default()
    };
    proptest!(config, |(
        steps in steps(),
        order in prop::collection::vec(any::<u16>(), 0..200),
        cuts in prop::collection::vec(1..9_usize, 1..40),
    )| {
        let documents = documents(&steps);
        // Whatever the database is, it is to be what SQLite has.
        let fresh = Place::folder().open().unwrap();
        fresh.ingest(&documents, Timestamp::from_nanos(0)).unwrap();
        let expected = history(&*fresh);

        // Some come late, and some twice.
        let mut shuffled = documents.clone();
        for (at, key) in order.iter().enumerate() {
            let (one, other) = (at % shuffled.len(), usize::from(*key) % shuffled.len());
            shuffled.swap(one, other);
        }
        let doubles: Vec<Document> = shuffled.iter().step_by(3).cloned().collect();
        shuffled.extend(doubles);
        let place = new();
        let mut store = place.open().unwrap();
        let mut rest = &shuffled[..];
        let mut fresh_ones = 0;
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (batch, later) = rest.split_at((*cut).min(rest.len()));
            rest = later;
            let kept = store.ingest(batch, Timestamp::from_nanos(0)).unwrap();
            fresh_ones += kept.iter().filter(|kept| matches!(kept, Kept::New(_))).count();
            if cut % 4 == 0 {
                // A restart.
                drop(store);
                store = place.open().unwrap();
            }
        }
        prop_assert_eq!(fresh_ones, documents.len());
        prop_assert_eq!(&history(&*store), &expected);
        store.rederive().unwrap();
        prop_assert_eq!(&history(&*store), &expected);
    });
}

fn a_locomotive_comes_moves_and_goes(new: fn() -> Place) {
    let place = new();
    let at = |s| vec![locomotive("L1", "T1", s, Some("123"))];
    let store = played(
        &place,
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

fn what_was_there_before_the_record_began_did_not_arrive(new: fn() -> Place) {
    let place = new();
    let store = played(&place, &[(3, vec![locomotive("L1", "T1", 5.0, None)])], 60);
    assert!(store.moves(&scope(), ALWAYS).unwrap().is_empty());
    assert!(store.visits(&scope(), ALWAYS).unwrap()[0].found);
}

fn another_name_in_the_same_place_is_the_same_locomotive(new: fn() -> Place) {
    let place = new();
    let one = |id| vec![locomotive(id, "T1", 5.0, None)];
    let store = played(
        &place,
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

fn history_outlives_the_raw_log(new: fn() -> Place) {
    let place = new();
    let store = place.open().unwrap();
    let states: Vec<Document> = (0..2000)
        .map(|second| {
            let there = second >= 100;
            let locomotives = there.then(|| locomotive("L1", "T1", 5.0, None));
            state(
                second,
                second as i64,
                locomotives.into_iter().collect(),
                true,
            )
        })
        .collect();
    let (first_day, second_day) = states.split_at(1500);
    store.ingest(first_day, day(0)).unwrap();
    store.ingest(second_day, day(1)).unwrap();
    let before = history(&*store);
    let limits = Limits {
        arrived: day(1),
        bytes: u64::MAX,
    };
    assert_eq!(store.forget(limits).unwrap(), 1500);
    assert_eq!(store.forget(limits).unwrap(), 0);
    assert_eq!(history(&*store), before);
    // What comes too late to be derived is kept, and changes nothing.
    let late = state(5000, 50, vec![], true);
    assert!(matches!(
        store.ingest(&[late], day(2)).unwrap()[..],
        [Kept::New(_)]
    ));
    assert_eq!(history(&*store), before);
    store.rederive().unwrap();
    assert_eq!(history(&*store), before);
    // What is still there is known, also on another day.
    let known = store.ingest(second_day, day(3)).unwrap();
    assert!(known.iter().all(|kept| *kept == Kept::Duplicate));
}

fn the_oldest_events_go_when_the_database_is_too_large(new: fn() -> Place) {
    let place = new();
    let store = place.open().unwrap();
    for arrived in 0..3 {
        let states: Vec<Document> = (0..2000)
            .map(|second| state(arrived * 2000 + second, second as i64, vec![], true))
            .collect();
        store.ingest(&states, day(arrived as i64)).unwrap();
    }
    let limits = Limits {
        arrived: day(0),
        bytes: 1,
    };
    assert_eq!(store.forget(limits).unwrap(), 2000);
    let (rest, _) = store.after(&scope(), 0, i64::MAX).unwrap();
    assert_eq!(rest.len(), 4000);
    assert_eq!(rest[0].id, "1-2000");
}

fn a_clock_that_jumps_changes_nothing(new: fn() -> Place) {
    let states: Vec<Document> = (0..300)
        .map(|second| {
            state(
                second,
                second as i64,
                vec![locomotive("L1", "T1", 5.0, None)],
                true,
            )
        })
        .collect();
    let fresh = new().open().unwrap();
    fresh.ingest(&states, day(100)).unwrap();
    let store = new().open().unwrap();
    let jumps = [day(100), day(20_000), day(-1), day(101), day(100)];
    for (batch, now) in states.chunks(60).zip(jumps) {
        store.ingest(batch, now).unwrap();
    }
    assert_eq!(history(&*store), history(&*fresh));
    // Sent again at yet another time, everything is known.
    let known = store.ingest(&states, day(7)).unwrap();
    assert!(known.iter().all(|kept| *kept == Kept::Duplicate));
    let (kept, _) = store.after(&scope(), 0, i64::MAX).unwrap();
    let ids: Vec<&str> = kept.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(ids.len(), 300);
    assert_eq!(ids[299], "1-299");
}

fn a_day_that_comes_late_is_derived_again(new: fn() -> Place) {
    let states: Vec<Document> = (0..2 * LATE)
        .map(|number| {
            let place = [5.0, 30.0][number / 700 % 2];
            let there = number % 500 < 300;
            let locomotives = there.then(|| locomotive("L1", "T1", place, None));
            state(
                number,
                number as i64 * 20,
                locomotives.into_iter().collect(),
                true,
            )
        })
        .collect();
    let fresh = new().open().unwrap();
    for batch in states.chunks(500) {
        fresh.ingest(batch, day(2)).unwrap();
    }
    let store = new().open().unwrap();
    // The second half comes first; then the first half, newest first.
    let (late, first) = states.split_at(LATE);
    store.ingest(first, day(1)).unwrap();
    for batch in late.chunks(300).rev() {
        store.ingest(batch, day(2)).unwrap();
    }
    assert_eq!(history(&*store), history(&*fresh));
    assert_eq!(store.halls().unwrap()[0].1[0].events, 2 * LATE as i64);
}

fn texts_are_kept_as_they_are(new: fn() -> Place) {
    let place = new();
    let store = place.open().unwrap();
    let name = "Łok \u{1f682} '\"\\ ?1 $1 %s";
    let there = vec![locomotive(name, "T1", 5.0, Some("ß-123"))];
    let state = |second| state(second, second as i64, there.clone(), true);
    let states: Vec<Document> = (0..60).map(state).collect();
    store.ingest(&states, day(0)).unwrap();
    let (kept, _) = store.after(&scope(), 0, i64::MAX).unwrap();
    assert_eq!(kept[7].body, states[7].body);
    let stays = store.stays(&scope(), ALWAYS).unwrap();
    assert_eq!(stays[0].locomotive, name);
    assert_eq!(stays[0].number.as_deref(), Some("ß-123"));
    // Of two of the same time the later one is that of the higher bytes, which no language says.
    let named = |id: &str| Document {
        id: id.to_owned(),
        time: Timestamp::MAX,
        ..states[0].clone()
    };
    store.ingest(&[named("a"), named("B")], day(0)).unwrap();
    let last = store.state_at(&scope(), Timestamp::MAX).unwrap();
    assert_eq!(last.unwrap().id, "a");
    // There is one text that not every database takes: it is not what ends a server.
    let nothing = Document {
        id: "\0".to_owned(),
        ..states[0].clone()
    };
    store.ingest(&[nothing], day(0)).unwrap();
}

fn one_process_writes_and_others_read(new: fn() -> Place) {
    let place = new();
    let store = played(&place, &[(0, vec![locomotive("L1", "T1", 5.0, None)])], 100);
    let refused = place.open().err().unwrap().to_string();
    assert!(refused.contains("another process"), "{refused}");
    let reader = place.open_to_read().unwrap();
    assert_eq!(history(&*reader), history(&*store));
    let refused = reader.ingest(&[state(200, 200, vec![], true)], day(0));
    assert!(refused.is_err());
    drop(store);
    assert!(place.open().is_ok());
}

fn a_backup_holds_everything(new: fn() -> Place) {
    let place = new();
    let store = played(
        &place,
        &[(0, vec![locomotive("L1", "T1", 5.0, None)])],
        2100,
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roundhouse.sqlite");
    store.backup(&file).unwrap();
    assert!(store.backup(&file).is_err(), "nothing is written over");
    let expected = store.after(&scope(), 0, i64::MAX).unwrap();
    // Into a database of either kind.
    for other in [Place::folder(), Place::server()] {
        let restored = other.open().unwrap();
        restored.restore(&file).unwrap();
        assert_eq!(history(&*restored), history(&*store));
        assert_eq!(restored.after(&scope(), 0, i64::MAX).unwrap(), expected);
        assert_eq!(restored.halls().unwrap(), store.halls().unwrap());
        // It goes on from there.
        let next = state(2100, 2100, vec![], true);
        let kept = restored.ingest(&[next], day(1)).unwrap();
        assert_eq!(kept, [Kept::New(2101)]);
        let again = state(2099, 2099, vec![], true);
        assert_eq!(
            restored.ingest(&[again], day(1)).unwrap(),
            [Kept::Duplicate]
        );
        let refused = restored.restore(&file).unwrap_err().to_string();
        assert!(refused.contains("empty"), "{refused}");
    }
}
