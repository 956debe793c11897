// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fusion on synthetic halls like the demo: what it must reach on seeds that nobody looked at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod hall;

use std::sync::Arc;

use hall::Hall;
use messages::{Data, Event, FacilityState, Timestamp};
use roundhouse_estimation::fse::{Fusion, FusionConfig};
use roundhouse_estimation::metrics::{Metrics, evaluate};

fn states(hall: &Hall, events: Vec<Event>) -> Vec<(Timestamp, FacilityState)> {
    let mut fusion = Fusion::new(Arc::clone(&hall.facility), FusionConfig::default());
    let mut out = Vec::new();
    for event in events {
        out.extend(fusion.advance(event.arrival()));
        fusion.push(event);
    }
    out.extend(fusion.finish());
    out.into_iter()
        .map(|event| match event.data {
            Data::State(state) => (event.time, state),
            _ => unreachable!(),
        })
        .collect()
}

fn score(hall: &Hall) -> Metrics {
    evaluate(&hall.truth(), &states(hall, hall.reports()))
}

#[test]
fn demo_like_halls_are_followed() {
    let mut sums = (0.0, 0.0, 0.0, 0.0, 0.0);
    let seeds = 20;
    for seed in 0..seeds {
        let metrics = score(&Hall::demo(seed));
        println!(
            "{seed:3}: count {:.3} mae {:.3} gospa {:.3} switches {} arrival {:?} departure {:?} 2s {:.3} orient {:.2}",
            metrics.count_exact_share.unwrap_or(0.0),
            metrics.end_mae_m.unwrap_or(9.0),
            metrics.gospa_m.unwrap_or(9.0),
            metrics.id_switches,
            metrics.arrival_delay_s_max,
            metrics.departure_delay_s_max,
            metrics.inside_2sigma.unwrap_or(0.0),
            metrics.orientation.unwrap_or(0.0),
        );
        sums.0 += metrics.count_exact_share.unwrap_or(0.0);
        sums.1 += metrics.end_mae_m.unwrap_or(9.0);
        sums.2 += metrics.arrival_delay_s_max.unwrap_or(90.0);
        sums.3 += metrics.departure_delay_s_max.unwrap_or(90.0);
        sums.4 += metrics.id_switches as f64;
    }
    let mean = |sum: f64| sum / seeds as f64;
    println!(
        "mean {:.3} {:.3} arrival {:.2} departure {:.2} switches {:.2}",
        mean(sums.0),
        mean(sums.1),
        mean(sums.2),
        mean(sums.3),
        mean(sums.4)
    );
    assert!(mean(sums.0) >= 0.95, "count exact {}", mean(sums.0));
    assert!(mean(sums.1) <= 0.4, "end error {}", mean(sums.1));
    assert!(mean(sums.2) <= 3.0, "arrival {}", mean(sums.2));
    assert!(mean(sums.3) <= 3.0, "departure {}", mean(sums.3));
}
