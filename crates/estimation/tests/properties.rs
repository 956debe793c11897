// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds whatever is reported: numbers, order along the tracks, independence of the order of arrival, replay, restart,
//! bounded memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod hall;

use std::sync::Arc;

use facility::Facility;
use hall::{Draw, Hall, START};
use messages::{
    BodyReport, CameraHealth, Cover, Data, Direction, EndKind, EndReport, Event, FacilityState,
    Health, ModelCandidate, ModelReport, PlateReport, PositionReport, Timestamp,
};
use roundhouse_estimation::fse::{Fusion, FusionConfig, RestoreError};

fn config(window: Option<f64>) -> FusionConfig {
    FusionConfig {
        window,
        ..FusionConfig::default()
    }
}

fn lines(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::to_json).collect()
}

fn replayed(hall: &Hall, events: &[Event], window: Option<f64>) -> Vec<String> {
    let mut fusion = Fusion::new(Arc::clone(&hall.facility), config(window));
    let mut out = Vec::new();
    for event in events {
        out.extend(fusion.advance(event.arrival()));
        fusion.push(event.clone());
    }
    out.extend(fusion.finish());
    lines(&out)
}

/// Every number is one, locomotives of a track are in order and do not overlap.
fn assert_sound(state: &FacilityState) {
    let mut spans: Vec<(&str, f64, f64)> = Vec::new();
    for locomotive in &state.locomotives {
        for number in [
            locomotive.head.s,
            locomotive.head.sigma,
            locomotive.tail.s,
            locomotive.tail.sigma,
            locomotive.velocity,
            locomotive.confidence,
            locomotive.orientation_confidence,
        ] {
            assert!(number.is_finite(), "{locomotive:?}");
        }
        assert!(locomotive.head.sigma > 0.0 && locomotive.tail.sigma > 0.0);
        assert!((0.0..=1.0).contains(&locomotive.confidence));
        spans.push((
            &locomotive.track,
            locomotive.head.s.min(locomotive.tail.s),
            locomotive.head.s.max(locomotive.tail.s),
        ));
    }
    for pair in spans.windows(2) {
        if pair[0].0 == pair[1].0 {
            assert!(pair[0].2 <= pair[1].1 + 1e-9, "{pair:?}");
        }
    }
}

fn state(event: Event) -> FacilityState {
    match event.data {
        Data::State(state) => state,
        _ => unreachable!(),
    }
}

/// The reports with arrival times of their own, in the order of arrival.
fn delayed(hall: &Hall, seed: u64, most: f64) -> Vec<Event> {
    let mut draw = Draw::new(seed);
    let mut events = hall.reports();
    for event in &mut events {
        let delay = (draw.between(0.0, most) * 1e9) as i64;
        event.received = Some(event.time.saturating_add(delay));
    }
    events.sort_by_key(Event::arrival);
    events
}

#[test]
fn the_order_of_arrival_within_the_window_does_not_matter() {
    for seed in 0..3 {
        let hall = Hall::demo(seed);
        // Two deliveries of the same looks, each within the window of 1 s; what is committed long after must be the same.
        let mut ends = Vec::new();
        for order in 0..2 {
            let mut fusion = Fusion::new(Arc::clone(&hall.facility), config(Some(1.0)));
            for event in delayed(&hall, 100 + order, 0.9) {
                fusion.push(event);
            }
            assert_eq!(fusion.counters().late, 0);
            let after = Timestamp::from_nanos(START + 100_000_000_000);
            fusion.advance(after);
            ends.push(fusion.state_at(after));
        }
        ends[0].state = 0;
        ends[1].state = 0;
        assert_eq!(ends[0], ends[1], "seed {seed}");
    }
}

#[test]
fn replay_says_what_live_said() {
    let hall = Hall::demo(3);
    let events = delayed(&hall, 5, 2.0);
    // Live: the fusion is asked all the time; replayed: only when something arrives.
    let mut fusion = Fusion::new(Arc::clone(&hall.facility), config(None));
    let mut live = Vec::new();
    for event in &events {
        for back in [30_000_000, 20_000_000, 0] {
            live.extend(fusion.advance(event.arrival().saturating_sub(back)));
        }
        fusion.push(event.clone());
    }
    live.extend(fusion.finish());
    assert_eq!(lines(&live), replayed(&hall, &events, None));
}

#[test]
fn to_be_asked_often_changes_nothing() {
    for seed in [3, 8] {
        let hall = Hall::demo(seed);
        let events = delayed(&hall, 5, 2.0);
        let end = Timestamp::from_nanos(START + 200_000_000_000);
        // What is said in between must not leave a trace, once all is committed.
        let mut last = [50_000_000, 10_000_000_000].map(|interval_ns| {
            let mut fusion = Fusion::new(
                Arc::clone(&hall.facility),
                FusionConfig {
                    interval_ns,
                    on_change: false,
                    ..config(Some(2.5))
                },
            );
            for event in &events {
                fusion.push(event.clone());
            }
            for time in [end, end.saturating_add(1)] {
                fusion.push(Event {
                    id: "1-1".to_owned(),
                    received: Some(time),
                    data: Data::Tick,
                    ..events[0].clone()
                });
            }
            fusion.state_at(end)
        });
        for state in &mut last {
            state.state = 0;
        }
        assert_eq!(last[0], last[1], "seed {seed}");
    }
}

#[test]
fn a_restart_changes_nothing() {
    let hall = Hall::demo(7);
    let events = delayed(&hall, 11, 1.5);
    let whole = replayed(&hall, &events, None);
    for cut in [1, 100, events.len() / 2, events.len() - 1] {
        let mut fusion = Fusion::new(Arc::clone(&hall.facility), config(None));
        let mut said = Vec::new();
        for (number, event) in events.iter().enumerate() {
            said.extend(fusion.advance(event.arrival()));
            fusion.push(event.clone());
            if number == cut {
                said.extend(fusion.advance(event.arrival()));
                let saved = fusion.save().unwrap();
                fusion = Fusion::restore(Arc::clone(&hall.facility), config(None), &saved).unwrap();
                assert_eq!(fusion.save().unwrap(), saved);
            }
        }
        said.extend(fusion.finish());
        assert_eq!(lines(&said), whole, "cut after report {cut}");
    }
}

#[test]
fn saved_states_of_others_are_refused() {
    let hall = Hall::demo(0);
    let saved = Fusion::new(Arc::clone(&hall.facility), config(None))
        .save()
        .unwrap();
    let restore = |text: &str| Fusion::restore(Arc::clone(&hall.facility), config(None), text);
    assert!(restore(&saved).is_ok());
    assert!(matches!(
        restore("{\"version\":5"),
        Err(RestoreError::Unreadable(_))
    ));
    assert!(matches!(
        restore(&saved.replace("\"version\":5", "\"version\":99")),
        Err(RestoreError::Version(99))
    ));
    // Version 4 had other contents: its number alone refuses it.
    assert!(matches!(
        restore("{\"version\":4,\"tracks\":[],\"content\":{\"machines\":[]}}"),
        Err(RestoreError::Version(4))
    ));
    assert!(matches!(
        restore(&saved.replace("\"T2\"", "\"T9\"")),
        Err(RestoreError::Facility("tracks"))
    ));
}

/// Such a text is no accident: `fsefuse` keeps a checksum. It must not cost work or memory without bounds all the same.
#[test]
fn saved_states_whose_parts_do_not_fit_are_refused() {
    let hall = Hall::demo(7);
    let mut fusion = Fusion::new(Arc::clone(&hall.facility), config(None));
    for event in delayed(&hall, 11, 1.5) {
        fusion.advance(event.arrival());
        fusion.push(event);
    }
    let saved: serde_json::Value = serde_json::from_str(&fusion.save().unwrap()).unwrap();
    let restored_with = |pointer: &str, value: serde_json::Value| {
        let mut changed = saved.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        Fusion::restore(
            Arc::clone(&hall.facility),
            config(None),
            &changed.to_string(),
        )
    };
    let unchanged = saved["content"]["number"].clone();
    assert!(restored_with("/content/number", unchanged).is_ok());
    for (pointer, value) in [
        ("/content/next", "1999-01-01T00:00:00Z".into()),
        (
            "/content/arrivals/last_event",
            "2099-01-01T00:00:00Z".into(),
        ),
        ("/content/tracker/tracks", serde_json::json!([])),
        ("/content/tracker/sensor_health", serde_json::json!([])),
        (
            "/content/tracker/tracks/0/locomotives/0/low/sensors/0/camera",
            99.into(),
        ),
        ("/content/window/waiting/0/0/camera", 99.into()),
    ] {
        let restored = restored_with(pointer, value);
        assert!(
            matches!(restored, Err(RestoreError::Inconsistent(_))),
            "{pointer}: {restored:?}"
        );
    }
}

/// A number that nobody expects.
fn absurd(draw: &mut Draw) -> f64 {
    match (draw.unit() * 12.0) as u32 {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => -1.0,
        4 => 0.0,
        5 => 1e308,
        6 => 1e-308,
        7 => draw.between(-1e6, 1e6),
        _ => draw.between(-20.0, 100.0),
    }
}

fn word(draw: &mut Draw, of: &str, count: f64) -> String {
    if draw.unit() < 0.05 {
        return "nobody".to_owned();
    }
    format!("{of}{}", 1 + (draw.unit() * count) as u32)
}

fn absurd_event(draw: &mut Draw, number: u64, at: f64) -> Event {
    let odd = draw.unit();
    let time = START
        + match (odd * 40.0) as u32 {
            0 => -4_000_000_000_000_000_000,
            1 => 4_000_000_000_000_000_000,
            2 => (draw.between(-1e4, 1e4) * 1e9) as i64,
            _ => ((at + draw.between(-3.0, 0.0)) * 1e9) as i64,
        };
    let (camera, track) = (word(draw, "C", 8.0), word(draw, "T", 3.0));
    let data = match (draw.unit() * 12.0) as u32 {
        0 => Data::Model(ModelReport {
            camera,
            track,
            s: absurd(draw),
            sigma: absurd(draw),
            candidates: vec![ModelCandidate {
                model: "S14".to_owned(),
                p: absurd(draw),
            }],
        }),
        1 => Data::Plate(PlateReport {
            camera,
            track,
            s: absurd(draw),
            sigma: absurd(draw),
            text: format!("{}", (draw.unit() * 1e4) as u32),
            confidence: absurd(draw),
            scheme: None,
            valid: None,
            alternatives: vec![],
        }),
        2 => {
            let health = if draw.unit() < 0.8 {
                Health::Online
            } else {
                Health::Offline
            };
            Data::Health(CameraHealth::new(camera, health))
        }
        3 => Data::Tick,
        _ => Data::Position(PositionReport {
            clock: None,
            camera,
            frame: if draw.unit() < 0.1 { 1 } else { number },
            covers: (draw.unit() < 0.3).then(|| {
                vec![Cover {
                    track: track.clone(),
                    from: absurd(draw),
                    to: absurd(draw),
                    side: None,
                }]
            }),
            ends: (0..(draw.unit() * 5.0) as u32)
                .map(|_| EndReport {
                    track: word(draw, "T", 3.0),
                    s: absurd(draw),
                    sigma: if draw.unit() < 0.5 { 0.2 } else { absurd(draw) },
                    sigma_systematic: (draw.unit() < 0.3).then(|| absurd(draw)),
                    kind: EndKind::Head,
                    kind_confidence: if draw.unit() < 0.8 { 0.8 } else { absurd(draw) },
                    confidence: if draw.unit() < 0.8 { 0.8 } else { absurd(draw) },
                    body: (draw.unit() < 0.3).then_some(Direction::Above),
                    alternatives: vec![],
                })
                .collect(),
            bodies: (0..(draw.unit() * 2.0) as u32)
                .map(|_| BodyReport {
                    track: word(draw, "T", 3.0),
                    from: absurd(draw),
                    to: absurd(draw),
                    open_from: draw.unit() < 0.5,
                    open_to: draw.unit() < 0.5,
                    confidence: if draw.unit() < 0.8 { 0.8 } else { absurd(draw) },
                })
                .collect(),
        }),
    };
    Event {
        id: format!("1-{}", number % 1000),
        source: "/test".to_owned(),
        subject: None,
        time: Timestamp::from_nanos(time),
        received: (odd > 0.001)
            .then(|| Timestamp::from_nanos(START + ((at + draw.between(-2.0, 0.0)) * 1e9) as i64)),
        recorded: None,
        flow: "prod".to_owned(),
        data,
    }
}

#[test]
fn a_million_absurd_reports_neither_panic_nor_grow() {
    let hall = Hall::demo(1);
    let mut draw = Draw::new(4);
    let mut fusion = Fusion::new(
        Arc::clone(&hall.facility),
        FusionConfig {
            on_change: false,
            ..FusionConfig::default()
        },
    );
    let mut early = 0;
    for number in 0..1_000_000_u64 {
        let at = number as f64 * 0.01;
        fusion.push(absurd_event(&mut draw, number, at));
        let now = Timestamp::from_nanos(START + (at * 1e9) as i64);
        for event in fusion.advance(now) {
            assert_sound(&state(event));
        }
        if number == 500_000 {
            early = fusion.save().unwrap().len();
        }
    }
    let late = fusion.save().unwrap().len();
    assert!(
        late < early + early / 2,
        "the saved state grew from {early} to {late} bytes"
    );
    let counters = fusion.counters();
    assert_eq!(counters.events, 1_000_000);
    for (reason, count) in [
        ("unknown camera", counters.unknown_camera),
        ("unknown track", counters.unknown_track),
        ("bad end", counters.bad_end),
        ("far place", counters.far_place),
        ("late", counters.late),
        ("clock ahead", counters.clock_ahead),
        ("bad body", counters.bad_body),
        ("bad cover", counters.bad_cover),
        ("expired_readings", counters.expired_readings),
    ] {
        assert!(count > 1000, "{reason}: {count}");
    }
}

#[test]
fn a_week_leaves_memory_flat() {
    let facility =
        Arc::new(Facility::parse(&week_facility(), "week.toml").expect("a sound facility"));
    let mut fusion = Fusion::new(
        Arc::clone(&facility),
        FusionConfig {
            interval_ns: 60_000_000_000,
            on_change: false,
            ..FusionConfig::default()
        },
    );
    let mut draw = Draw::new(9);
    let days = 7;
    let mut sizes = Vec::new();
    let mut seen = 0;
    for day in 0..days {
        for frame in 0..43_200_u64 {
            let second = day * 86_400 + frame * 2;
            for camera in 0..10 {
                fusion.push(week_report(&mut draw, camera, second, frame));
            }
            for event in
                fusion.advance(Timestamp::from_nanos(START + second as i64 * 1_000_000_000))
            {
                let state = state(event);
                assert_sound(&state);
                seen = seen.max(state.count);
            }
        }
        sizes.push(fusion.save().unwrap().len());
    }
    assert!(seen >= 4, "at most {seen} locomotives were known");
    let (first, last) = (sizes[0], sizes[days as usize - 1]);
    assert!(
        last < first + first / 2,
        "saved states grew: {sizes:?} bytes"
    );
}

/// Five tracks, two cameras each.
fn week_facility() -> String {
    let mut text = String::from("facility = \"week\"\n");
    for track in 0..5 {
        text += &format!("[[track]]\nid = \"T{track}\"\nlength = 60.0\ngates = [\"low\"]\n");
    }
    for camera in 0..10 {
        let (track, from) = (camera / 2, f64::from(camera % 2) * 30.0 - 2.0);
        text += &format!(
            "[[camera]]\nid = \"C{camera}\"\nrate = 0.5\ncovers = [ {{ track = \"T{track}\", from = {from:.1}, to = {:.1}, detection = 0.9, sigma_systematic = 0.1 }} ]\n",
            from + 34.0
        );
    }
    text + "[[model]]\nname = \"A20\"\nlength = 20.0\n"
}

/// A locomotive per track that comes and goes every hour, and false ends.
fn week_report(draw: &mut Draw, camera: u32, second: u64, frame: u64) -> Event {
    let (track, from) = (camera / 2, f64::from(camera % 2) * 30.0 - 2.0);
    let phase = ((second + u64::from(track) * 700) % 3600) as f64;
    // In for a minute, at rest, out for a minute.
    let high = -3.0 + 45.0 * ((phase / 60.0).min((2400.0 - phase) / 60.0)).clamp(0.0, 1.0);
    let places = [high - 20.0, high, draw.between(from, from + 34.0)];
    let mut found = Vec::new();
    for (index, s) in places.into_iter().enumerate() {
        let seen = draw.unit() < if index == 2 { 0.01 } else { 0.9 };
        if seen && s > from && s < from + 34.0 {
            found.push((index, s + 0.1 * draw.normal()));
        }
    }
    let ends = found
        .into_iter()
        .map(|(index, s)| EndReport {
            track: format!("T{track}"),
            s,
            sigma: 0.1,
            sigma_systematic: None,
            kind: if index == 0 {
                EndKind::Tail
            } else {
                EndKind::Head
            },
            kind_confidence: 0.9,
            confidence: 0.9,
            body: None,
            alternatives: vec![],
        })
        .collect();
    Event {
        id: format!("1-{camera}-{frame}"),
        source: "/week".to_owned(),
        subject: None,
        time: Timestamp::from_nanos(START + second as i64 * 1_000_000_000),
        received: Some(Timestamp::from_nanos(
            START + second as i64 * 1_000_000_000 + i64::from(camera) * 20_000_000,
        )),
        recorded: None,
        flow: "prod".to_owned(),
        data: Data::Position(PositionReport {
            clock: None,
            camera: format!("C{camera}"),
            frame,
            covers: None,
            ends,
            bodies: vec![],
        }),
    }
}
