// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is written is read back as it was, in one canonical form.
#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use roundhouse_messages::*;

/// One document of every kind.
const EXAMPLES: &str = include_str!("data/examples.jsonl");

#[test]
fn examples_are_canonical() {
    for line in EXAMPLES.lines() {
        assert_eq!(Event::parse(line).unwrap().to_json(), line);
    }
}

#[test]
fn examples_of_the_guide_are_canonical() {
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/messages.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let documents: Vec<&str> = guide
        .lines()
        .filter(|line| line.starts_with("{\"specversion\""))
        // Frames and streams are read by whoever receives them from a bus.
        .filter(|line| !line.contains(".image.v1") && !line.contains(".stream.v1"))
        .collect();
    assert_eq!(documents.len(), 2);
    for line in documents {
        assert_eq!(Event::parse(line).unwrap().to_json(), line);
    }
}

#[test]
fn numbers_are_rounded_and_short() {
    let mut event = Event::parse(EXAMPLES.lines().next().unwrap()).unwrap();
    let Data::Position(report) = &mut event.data else {
        panic!("the first example is a position report")
    };
    report.ends[0] = EndReport {
        s: -0.000_2,
        sigma: 0.000_1,
        confidence: 0.123_449,
        ..report.ends[0].clone()
    };
    let text = event.to_json();
    assert!(text.contains(r#""s":0.0,"sigma":0.001,"#), "{text}");
    assert!(text.contains(r#""confidence":0.1234,"#), "{text}");
}

#[test]
fn canonical_form_is_what_a_replay_reads() {
    let mut event = Event::parse(EXAMPLES.lines().next().unwrap()).unwrap();
    let Data::Position(report) = &mut event.data else {
        panic!("the first example is a position report")
    };
    report.ends[0].s = 12.345_678;
    let canonical = event.canonical().unwrap();
    assert_eq!(canonical, Event::parse(&event.to_json()).unwrap());
    assert_eq!(canonical.canonical().unwrap(), canonical);
}

#[test]
fn numbers_that_are_not_finite_are_refused_by_name() {
    let mut event = Event::parse(EXAMPLES.lines().next().unwrap()).unwrap();
    let Data::Position(report) = &mut event.data else {
        panic!("the first example is a position report")
    };
    report.ends[0].sigma = f64::NAN;
    assert_eq!(event.canonical().unwrap_err().field, "data.ends[0].sigma");
}

#[test]
fn arrival_falls_back() {
    let event = Event::parse(EXAMPLES.lines().next().unwrap()).unwrap();
    assert_eq!(event.arrival().to_string(), "2026-03-01T06:00:03.607Z");
    let event = Event {
        received: None,
        ..event
    };
    assert_eq!(event.arrival().to_string(), "2026-03-01T06:00:03.6Z");
    let event = Event {
        recorded: None,
        ..event
    };
    assert_eq!(event.arrival(), event.time);
}

fn metres() -> impl Strategy<Value = f64> {
    (-1_000_000_i32..1_000_000).prop_map(|mm| f64::from(mm) / 1e3)
}

fn sigma() -> impl Strategy<Value = f64> {
    (1_i32..100_000).prop_map(|mm| f64::from(mm) / 1e3)
}

fn probability() -> impl Strategy<Value = f64> {
    (0_i32..=10_000).prop_map(|share| f64::from(share) / 1e4)
}

fn name() -> impl Strategy<Value = String> {
    // Also quotes, control characters and letters beyond ASCII.
    prop_oneof!["[A-Z][0-9]{1,3}", "\\PC{1,8}", "[\"\\\\\n\t/]{1,3}"]
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_nanos)
}

fn interval() -> impl Strategy<Value = (f64, f64)> {
    (metres(), metres()).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

fn cover() -> impl Strategy<Value = Cover> {
    let side = option::of(prop_oneof![Just(Side::Low), Just(Side::High)]);
    (name(), interval(), side).prop_map(|(track, (from, to), side)| Cover {
        track,
        from,
        to,
        side,
    })
}

fn end() -> impl Strategy<Value = EndReport> {
    let kind = prop_oneof![
        Just(EndKind::Head),
        Just(EndKind::Tail),
        Just(EndKind::Unknown)
    ];
    let body = option::of(prop_oneof![Just(Direction::Above), Just(Direction::Below)]);
    let alternative =
        (name(), metres(), probability()).prop_map(|(track, s, p)| Alternative { track, s, p });
    let place = (name(), metres(), sigma(), option::of(sigma()));
    (
        place,
        kind,
        probability(),
        probability(),
        body,
        vec(alternative, 0..2),
    )
        .prop_map(
            |(
                (track, s, sigma, sigma_systematic),
                kind,
                kind_confidence,
                confidence,
                body,
                alternatives,
            )| EndReport {
                track,
                s,
                sigma,
                sigma_systematic,
                kind,
                kind_confidence,
                confidence,
                body,
                alternatives,
            },
        )
}

fn body() -> impl Strategy<Value = BodyReport> {
    (
        name(),
        interval(),
        any::<bool>(),
        any::<bool>(),
        probability(),
    )
        .prop_map(
            |(track, (from, to), open_from, open_to, confidence)| BodyReport {
                track,
                from,
                to,
                open_from,
                open_to,
                confidence,
            },
        )
}

fn position() -> impl Strategy<Value = Data> {
    (
        name(),
        any::<u64>(),
        option::of(vec(cover(), 0..3)),
        vec(end(), 0..3),
        vec(body(), 0..2),
    )
        .prop_map(|(camera, frame, covers, ends, bodies)| {
            Data::Position(PositionReport {
                clock: None,
                camera,
                frame,
                covers,
                ends,
                bodies,
            })
        })
}

fn model() -> impl Strategy<Value = Data> {
    let candidate = (name(), probability()).prop_map(|(model, p)| ModelCandidate { model, p });
    (name(), name(), metres(), sigma(), vec(candidate, 0..3)).prop_map(
        |(camera, track, s, sigma, candidates)| {
            Data::Model(ModelReport {
                camera,
                track,
                s,
                sigma,
                candidates,
            })
        },
    )
}

fn plate() -> impl Strategy<Value = Data> {
    let candidate = (name(), probability()).prop_map(|(text, p)| PlateCandidate { text, p });
    let valid = option::of(prop_oneof![
        Just(Validity::Passed),
        Just(Validity::Failed),
        Just(Validity::None)
    ]);
    let place = (name(), name(), metres(), sigma());
    (
        place,
        name(),
        probability(),
        option::of(name()),
        valid,
        vec(candidate, 0..3),
    )
        .prop_map(
            |((camera, track, s, sigma), text, confidence, scheme, valid, alternatives)| {
                Data::Plate(PlateReport {
                    camera,
                    track,
                    s,
                    sigma,
                    text,
                    confidence,
                    scheme,
                    valid,
                    alternatives,
                })
            },
        )
}

fn health() -> impl Strategy<Value = Health> {
    prop_oneof![
        Just(Health::Online),
        Just(Health::Connecting),
        Just(Health::Stalled),
        Just(Health::Frozen),
        Just(Health::Moved),
        Just(Health::Offline),
        Just(Health::Disabled),
        Just(Health::Unknown)
    ]
}

fn locomotive() -> impl Strategy<Value = LocomotiveState> {
    let end = || (metres(), sigma()).prop_map(|(s, sigma)| EndState { s, sigma });
    let status = prop_oneof![
        Just(Status::Tentative),
        Just(Status::Confirmed),
        Just(Status::Coasting)
    ];
    let model = option::of((name(), probability()).prop_map(|(name, p)| ModelGuess { name, p }));
    let plate = option::of((name(), probability(), vec(name(), 0..3)).prop_map(
        |(text, p, contested_by)| PlateGuess {
            text,
            p,
            contested_by,
        },
    ));
    let motion = (metres(), any::<bool>());
    let belief = (probability(), probability(), status);
    (
        (name(), name(), end(), end()),
        motion,
        belief,
        model,
        plate,
        time(),
        vec(name(), 0..3),
    )
        .prop_map(
            |(
                (id, track, head, tail),
                (velocity, moving),
                belief,
                model,
                plate,
                last_seen,
                seen_by,
            )| LocomotiveState {
                id,
                track,
                head,
                tail,
                orientation_confidence: belief.0,
                velocity,
                moving,
                confidence: belief.1,
                status: belief.2,
                model,
                plate,
                last_seen,
                seen_by,
            },
        )
}

fn state() -> impl Strategy<Value = Data> {
    let camera = (name(), health(), probability()).prop_map(|(id, health, blind)| CameraState {
        id,
        health,
        blind,
    });
    (
        any::<u64>(),
        any::<u64>(),
        vec(name(), 0..3),
        vec(locomotive(), 0..3),
        vec(camera, 0..3),
    )
        .prop_map(|(state, count, inputs, locomotives, cameras)| {
            Data::State(FacilityState {
                state,
                count,
                inputs,
                locomotives,
                cameras,
            })
        })
}

fn event() -> impl Strategy<Value = Event> {
    let camera_health = (
        name(),
        health(),
        option::of("\\PC{0,40}"),
        option::of(time()),
    )
        .prop_map(|(camera, health, reason, since)| {
            Data::Health(CameraHealth {
                camera,
                health,
                reason,
                since,
            })
        });
    let data = prop_oneof![
        position(),
        model(),
        plate(),
        camera_health,
        state(),
        Just(Data::Tick)
    ];
    let times = (time(), option::of(time()), option::of(time()));
    (name(), name(), option::of(name()), times, name(), data).prop_map(
        |(id, source, subject, (time, received, recorded), flow, data)| Event {
            id,
            source,
            subject,
            time,
            received,
            recorded,
            flow,
            data,
        },
    )
}

proptest! {
    #[test]
    fn reads_back_what_it_writes(event in event()) {
        let text = event.to_json();
        prop_assert!(!text.contains('\n'));
        prop_assert_eq!(Event::parse(&text), Ok(event));
    }

    #[test]
    fn never_panics_on_any_text(text in "\\PC{0,60}") {
        let _ = Event::parse(&text);
    }

    #[test]
    fn timestamps_survive_their_text(nanos: i64) {
        let instant = Timestamp::from_nanos(nanos);
        let text = instant.to_string();
        prop_assert!(!text.ends_with("0Z") || !text.contains('.'), "{}", text);
        prop_assert_eq!(text.parse(), Ok(instant));
    }
}
