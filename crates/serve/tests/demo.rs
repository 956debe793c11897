// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is reported of the simulated hall is what happened there.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use messages::Timestamp;
use roundhouse_serve::demo::Demo;
use roundhouse_serve::reports::{Report, Wanted};
use support::{Server, noon};

/// A locomotive was in the hall; all times in seconds.
#[derive(Debug, Clone)]
struct Visit {
    number: String,
    /// When a part of it was first in the door, and when it was first wholly inside.
    came: (f64, f64),
    /// When no part of it was there any more.
    left: Option<f64>,
}

/// The visits that really were.
fn truth(demo: &Demo) -> Vec<Visit> {
    let truth = &demo.scenario().truth;
    let mut there: BTreeMap<&str, Visit> = BTreeMap::new();
    let mut visits = Vec::new();
    for instant in truth {
        let second = instant.time.seconds_since(truth[0].time);
        for locomotive in &instant.locomotives {
            let visit = there.entry(&locomotive.id).or_insert_with(|| Visit {
                number: locomotive.plate.clone().unwrap(),
                came: (second, f64::INFINITY),
                left: None,
            });
            if locomotive.inside {
                visit.came.1 = visit.came.1.min(second);
            }
        }
        let is_gone =
            |id: &&str, _: &mut Visit| !instant.locomotives.iter().any(|there| there.id == *id);
        let gone: Vec<Visit> = there
            .extract_if(.., is_gone)
            .map(|(_, visit)| visit)
            .collect();
        visits.extend(gone.into_iter().map(|visit| Visit {
            left: Some(second),
            ..visit
        }));
    }
    visits.extend(there.into_values());
    // What stays in the door was not inside.
    visits.retain(|visit| visit.came.1.is_finite());
    visits
}

/// Rows of a kind of the log: number and second.
fn logged(report: &Report, kind: &str, begin: Timestamp) -> Vec<(Option<String>, f64)> {
    let rows = report.rows.iter().filter(|row| row["kind"] == kind);
    rows.map(|row| {
        let time: Timestamp = row["time"].as_str().unwrap().parse().unwrap();
        (
            row["number"].as_str().map(str::to_owned),
            time.seconds_since(begin),
        )
    })
    .collect()
}

/// Takes the only entry for a locomotive, which may have been too dirty to be read, between these seconds.
fn take(entries: &mut Vec<(Option<String>, f64)>, number: &str, from: f64, to: f64) -> f64 {
    let is_it = |(said, second): &(Option<String>, f64)| {
        said.as_deref().is_none_or(|said| said == number) && (from..=to).contains(second)
    };
    let at = entries.iter().position(is_it);
    let at = at.unwrap_or_else(|| panic!("nothing of {number} from {from} to {to}: {entries:?}"));
    entries.remove(at).1
}

#[test]
fn reports_of_the_demo_say_what_happened() {
    let demo = Demo::new().unwrap();
    let server = Server::start(vec![demo.facility()]);
    let scenario = demo.scenario();
    let length = scenario
        .truth
        .last()
        .unwrap()
        .time
        .since(scenario.truth[0].time);
    let begin = noon().saturating_sub(length);
    let mut playback = demo.playback(begin);
    playback.pass(&server.app);
    let wanted = Wanted {
        from: Some(begin.to_string()),
        to: Some(noon().to_string()),
        ..Wanted::default()
    };
    let moves = server.app.report("moves", &wanted).unwrap();
    let (mut arrivals, mut departures) = (
        logged(&moves, "arrival", begin),
        logged(&moves, "departure", begin),
    );
    let truth = truth(&demo);
    for visit in &truth {
        // Those that were there at the start did not arrive.
        let arrived = (visit.came.0 > 0.0).then(|| {
            take(
                &mut arrivals,
                &visit.number,
                visit.came.0,
                visit.came.1 + 3.0,
            )
        });
        let left = visit
            .left
            .map(|left| take(&mut departures, &visit.number, left - 5.0, left + 5.0));
        if let (Some(arrived), Some(left)) = (arrived, left) {
            let (shortest, longest) = (left - visit.came.1, left - visit.came.0);
            let dwelt = left - arrived;
            assert!(
                (shortest - 8.0..=longest + 8.0).contains(&dwelt),
                "{visit:?}: {dwelt}"
            );
        }
    }
    assert_eq!(
        (arrivals, departures),
        (Vec::new(), Vec::new()),
        "what never happened"
    );

    let dwell = server.app.report("dwell", &wanted).unwrap();
    let inside: BTreeSet<&str> = dwell
        .rows
        .iter()
        .filter(|row| row["inside"] == true)
        .filter_map(|row| row["number"].as_str())
        .collect();
    let really: BTreeSet<&str> = truth
        .iter()
        .filter(|visit| visit.left.is_none())
        .map(|visit| visit.number.as_str())
        .collect();
    assert!(inside.is_subset(&really), "{inside:?} {really:?}");
    assert!(
        really.len() - inside.len() <= 2,
        "two are too dirty: {inside:?} {really:?}"
    );

    let flows = server.app.report("flows", &wanted).unwrap();
    assert!(
        flows.rows.iter().any(|row| row["what"] == "other number"),
        "{}",
        flows.to_text()
    );
    assert!(
        flows.rows.iter().any(|row| row["what"] == "only in prod"),
        "{}",
        flows.to_text()
    );
    let complete = server.app.report("completeness", &wanted).unwrap();
    assert!(
        complete.rows[0]["complete"].as_f64().unwrap() > 99.0,
        "{}",
        complete.to_text()
    );

    // The hall goes on without a break: where it was left, nobody comes or goes.
    playback.pass(&server.app);
    let wanted = Wanted {
        from: Some(noon().saturating_sub(60_000_000_000).to_string()),
        to: Some(noon().saturating_add(60_000_000_000).to_string()),
        ..Wanted::default()
    };
    let seam = server.app.report("moves", &wanted).unwrap();
    assert!(
        seam.rows.iter().all(|row| row["kind"] == "move"),
        "{}",
        seam.to_text()
    );
}
