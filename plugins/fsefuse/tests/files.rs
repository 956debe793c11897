// SPDX-License-Identifier: MIT OR Apache-2.0
//! `fsefuse` behind files: exact, repeatable, complete.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use gst::prelude::*;
use messages::Timestamp;
use support::{FRAME, START, Site, collect, film, launch, play, state};

const VIDEO: &str = "video/x-raw,format=GRAY8,width=16,height=16,framerate=5/1";

/// Two cameras of `frames` pictures each, with `behind` between camera and fusion.
fn two_cameras(site: &Site, frames: u32, behind: &str, properties: &str) -> gst::Pipeline {
    let pipeline = launch(&format!(
        "videotestsrc num-buffers={frames} name=a ! {VIDEO} ! identity name=c1 ! {behind} queue ! fuse. \
         videotestsrc num-buffers={frames} name=b ! {VIDEO} ! identity name=c2 ! {behind} queue ! fuse. \
         fsefuse name=fuse facility={} {properties} ! fakesink name=out sync=false",
        site.facility(),
    ));
    film(&pipeline, "c1", "C1");
    film(&pipeline, "c2", "C2");
    pipeline
}

fn states(pipeline: &gst::Pipeline) -> Vec<(Option<u64>, String)> {
    let collected = collect(pipeline);
    assert_eq!(play(pipeline), Ok(vec![]));
    let states = collected.lock().unwrap();
    states.clone()
}

#[test]
fn a_state_at_every_interval_and_the_locomotive_in_it() {
    let site = Site::new();
    let states = states(&two_cameras(&site, 101, "", ""));
    let on_the_second: Vec<_> = states
        .iter()
        .filter(|(_, text)| state(text).0.time.nanos() % 1_000_000_000 == 0)
        .collect();
    assert_eq!(
        on_the_second.len(),
        21,
        "from the first arrival to the last"
    );
    for (second, (pts, text)) in (0_u64..).zip(on_the_second) {
        let (event, _) = state(text);
        assert_eq!(
            event.time,
            START.saturating_add(second as i64 * 1_000_000_000)
        );
        assert_eq!(*pts, Some(second * 1_000_000_000));
        assert_eq!((event.recorded, event.flow.as_str()), (None, "prod"));
        assert_eq!(event.source, "/hall-a/fsefuse/prod");
    }
    let numbers: Vec<_> = states.iter().map(|(_, text)| state(text).0.id).collect();
    let expected: Vec<_> = (1..=states.len())
        .map(|number| format!("1-{number}"))
        .collect();
    assert_eq!(numbers, expected);
    let (_, last) = state(&states.last().unwrap().1);
    assert_eq!(last.count, 1);
    assert_eq!(last.inputs, ["prod"]);
    assert!((last.locomotives[0].head.s - 10.0).abs() < 0.5, "{last:?}");
}

#[test]
fn as_fast_as_possible_and_in_real_time_are_the_same_bytes() {
    let site = Site::new();
    let properties = "interval=300000000";
    let fast = states(&two_cameras(&site, 16, "", properties));
    let paced = states(&two_cameras(&site, 16, "clocksync !", properties));
    assert!(fast.len() >= 10);
    assert_eq!(fast, paced);
}

#[test]
fn a_record_holds_what_was_fed_in_order_of_arrival() {
    let site = Site::new();
    let path = site.path("record.jsonl");
    let properties = format!("record={}", path.display());
    let fed = states(&two_cameras(&site, 21, "", &properties));
    let record = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = record
        .lines()
        .map(|line| messages::Event::parse(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 42);
    assert!(lines.is_sorted_by_key(|event| event.received));
    assert!(lines.iter().all(|event| event.received == Some(event.time)));
    // The record as documents, through another fusion: the same states.
    let again = launch(&format!(
        "filesrc location={} ! application/x-roundhouse-report ! fsefuse facility={} ! fakesink name=out sync=false",
        path.display(),
        site.facility(),
    ));
    let texts = |states: Vec<(Option<u64>, String)>| -> Vec<String> {
        states.into_iter().map(|(_, text)| text).collect()
    };
    assert_eq!(texts(states(&again)), texts(fed));
}

#[test]
fn a_second_run_writes_behind_what_the_first_one_recorded() {
    let site = Site::new();
    let path = site.path("record.jsonl");
    let properties = format!("record={}", path.display());
    let record = |scans| {
        states(&two_cameras(&site, scans, "", &properties));
        std::fs::read_to_string(&path).unwrap()
    };
    let first = record(5);
    let both = record(7);
    let second = both.strip_prefix(&first).unwrap();
    assert_eq!((first.lines().count(), second.lines().count()), (10, 14));
}

#[test]
fn a_camera_that_ends_early_holds_nobody_back() {
    let site = Site::new();
    let pipeline = two_cameras(&site, 51, "", "on-change=false");
    pipeline
        .by_name("b")
        .unwrap()
        .set_property("num-buffers", 5);
    let states = states(&pipeline);
    assert_eq!(
        state(&states.last().unwrap().1).0.time,
        START.saturating_add(10_000_000_000)
    );
}

#[test]
fn only_the_flows_that_are_wanted() {
    let site = Site::new();
    let pipeline = two_cameras(&site, 11, "", "inputs=dev");
    let fuse = pipeline.by_name("fuse").unwrap();
    let stats = std::sync::Arc::new(std::sync::Mutex::new(None));
    let kept = stats.clone();
    let element = fuse.downgrade();
    fuse.static_pad("src").unwrap().add_probe(
        gst::PadProbeType::EVENT_DOWNSTREAM,
        move |_, info| {
            if info
                .event()
                .is_some_and(|event| event.type_() == gst::EventType::Eos)
            {
                *kept.lock().unwrap() = element
                    .upgrade()
                    .map(|fuse| fuse.property::<gst::Structure>("stats"));
            }
            gst::PadProbeReturn::Ok
        },
    );
    let states = states(&pipeline);
    assert!(states.iter().all(|(_, text)| state(text).1.count == 0));
    let stats = stats.lock().unwrap().take().unwrap();
    assert_eq!(stats.get::<u64>("unwanted"), Ok(22));
    assert_eq!(stats.get::<u64>("scans"), Ok(0));
    assert_eq!(stats.get::<u64>("states"), Ok(states.len() as u64));
}

#[test]
fn a_seek_begins_a_new_history() {
    let site = Site::new();
    // More frames than the inputs hold: a source whose last frame is out gives none after a seek.
    let pipeline = two_cameras(&site, 100_000, "", "on-change=false");
    let collected = collect(&pipeline);
    pipeline.set_state(gst::State::Paused).unwrap();
    pipeline.state(gst::ClockTime::from_seconds(10)).0.unwrap();
    let (start, stop) = (
        gst::ClockTime::from_seconds(2),
        gst::ClockTime::from_mseconds(10_200),
    );
    pipeline
        .seek(
            1.0,
            gst::SeekFlags::FLUSH,
            gst::SeekType::Set,
            start,
            gst::SeekType::Set,
            stop,
        )
        .unwrap();
    pipeline.state(gst::ClockTime::from_seconds(10)).0.unwrap();
    collected
        .lock()
        .unwrap()
        .retain(|(_, text)| state(text).0.id.starts_with("2-"));
    assert_eq!(play(&pipeline), Ok(vec![]));
    let states = collected.lock().unwrap();
    let (first, _) = state(&states[0].1);
    assert_eq!(
        (first.id.as_str(), first.time),
        ("2-1", START.saturating_add(2_000_000_000))
    );
    assert_eq!(states[0].0, Some(0), "running time begins anew");
    assert!(
        states
            .iter()
            .all(|(_, text)| state(text).0.id.starts_with("2-"))
    );
}

#[test]
fn gaps_let_time_go_on() {
    let site = Site::new();
    support::init();
    let fuse = gst::ElementFactory::make("fsefuse")
        .property("facility", site.facility())
        .property("on-change", false)
        .build()
        .unwrap();
    let mut harness = gst_check::Harness::with_element(&fuse, None, Some("src"));
    let mut film = gst_check::Harness::with_element(&fuse, Some("sink_%u"), None);
    let mut silent = gst_check::Harness::with_element(&fuse, Some("sink_%u"), None);
    for input in [&mut film, &mut silent] {
        input.set_live(false);
        input.set_src_caps(
            "video/x-raw,format=GRAY8,width=16,height=16,framerate=5/1"
                .parse::<gst::Caps>()
                .unwrap(),
        );
    }
    let push = |input: &mut gst_check::Harness, camera: &str, number: u64| {
        let mut buffer = gst::Buffer::new();
        let writable = buffer.get_mut().unwrap();
        writable.set_pts(gst::ClockTime::from_nseconds(number * FRAME));
        support::make_frame(writable, camera, number);
        assert_eq!(input.push(buffer), Ok(gst::FlowSuccess::Ok));
    };
    push(&mut silent, "C2", 0);
    for number in 0..=10 {
        push(&mut film, "C1", number);
    }
    let pull = |harness: &mut gst_check::Harness| -> Timestamp {
        let buffer = harness.pull().unwrap();
        let text = String::from_utf8(buffer.map_readable().unwrap().to_vec()).unwrap();
        state(&text).0.time
    };
    let gap = gst::event::Gap::builder(gst::ClockTime::from_nseconds(FRAME))
        .duration(gst::ClockTime::from_mseconds(1200))
        .build();
    assert!(silent.push_event(gap));
    assert_eq!(pull(&mut harness), START);
    assert_eq!(pull(&mut harness), START.saturating_add(1_000_000_000));
    assert!(silent.push_event(gst::event::Eos::new()));
    assert!(film.push_event(gst::event::Eos::new()));
    assert_eq!(pull(&mut harness), START.saturating_add(2_000_000_000));
}
