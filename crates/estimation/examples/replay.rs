// SPDX-License-Identifier: MIT OR Apache-2.0
//! Replays recorded reports and compares the states with the truth:
//! `cargo run --release -p roundhouse-estimation --example replay -- FACILITY REPORTS TRUTH [--trace]`

use std::sync::Arc;

use facility::Facility;
use messages::{Data, Event, LocomotiveState};
use roundhouse_estimation::fse::{Fusion, FusionConfig};
use roundhouse_estimation::metrics::{Truth, evaluate, read_truth};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [facility, reports, truth, options @ ..] = arguments.as_slice() else {
        return Err("usage: replay FACILITY REPORTS TRUTH [--trace]".into());
    };
    let facility = Arc::new(Facility::load(facility.as_ref())?);
    let events: Vec<Event> = std::fs::read_to_string(reports)?
        .lines()
        .map(Event::parse)
        .collect::<Result<_, _>>()?;
    let truth = read_truth(&std::fs::read_to_string(truth)?)?;
    let begin = std::time::Instant::now();
    let count = events.len();
    let mut fusion = Fusion::new(facility, FusionConfig::default());
    let mut out = Vec::new();
    for event in events {
        out.extend(fusion.advance(event.arrival()));
        fusion.push(event);
    }
    out.extend(fusion.finish());
    eprintln!(
        "{:.1} us per report",
        begin.elapsed().as_secs_f64() * 1e6 / count as f64
    );
    eprintln!("{:?}", fusion.counters());
    let states: Vec<_> = out
        .into_iter()
        .filter_map(|event| match event.data {
            Data::State(state) => Some((event.time, state)),
            _ => None,
        })
        .collect();
    if options.iter().any(|option| option == "--trace") {
        for (time, state) in &states {
            trace(
                truth.iter().find(|truth| truth.time == *time),
                &time.to_string(),
                &state.locomotives,
            );
        }
    }
    println!(
        "{}",
        serde_json::to_string_pretty(&evaluate(&truth, &states))?
    );
    Ok(())
}

fn trace(truth: Option<&Truth>, time: &str, locomotives: &[LocomotiveState]) {
    println!("--- {time}");
    for locomotive in truth.iter().flat_map(|truth| &truth.locomotives) {
        let (low, high) = locomotive.span();
        let note = if locomotive.inside { "" } else { "(optional)" };
        println!(
            "  true {} {} {low:6.1} {high:6.1} v {:.1} {note}",
            locomotive.track, locomotive.id, locomotive.velocity
        );
    }
    for l in locomotives {
        let (low, high) = if l.head.s < l.tail.s {
            (l.head, l.tail)
        } else {
            (l.tail, l.head)
        };
        println!(
            "  said {} {} {:6.1} {:6.1} v {:.1} {} {:.2} sigma {:.2} {:.2} {:?}",
            l.track,
            l.id,
            low.s,
            high.s,
            l.velocity,
            l.status,
            l.confidence,
            low.sigma,
            high.sigma,
            l.seen_by
        );
    }
}
