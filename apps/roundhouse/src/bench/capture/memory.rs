// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory of many cameras in one process, and whether it grows.

use std::path::Path;

use super::case::{Case, Measured, Way};
use crate::bench::simulation::Simulation;
use crate::bench::verdict::verdict;
use crate::failure::Outcome;

/// Memory of a camera above the bare elements', at most, MB.
const MOST_ABOVE_MB: f64 = 10.0;
/// Memory of a camera in all, at most, MB.
const MOST_MB: f64 = 30.0;
/// Growth of the whole process in ten minutes, at most, MB.
const MOST_GROWTH_MB: f64 = 1.0;
/// What that is called.
const GROWTH: &str = "MB that the process grows in 10 minutes";
/// In less time, seconds, caches and pools still fill up.
const JUDGED_SECONDS: f64 = 600.0;
/// Caches and pools fill up in this part of the time, at the beginning.
const FILLING: f64 = 0.2;
/// The bare elements and the peer are measured for so long, or for as long as `camerasrc`, seconds.
const OTHERS_SECONDS: f64 = 120.0;

/// Captures and aggregates many cameras, and prints what that takes; the limits that are missed.
pub fn measure(
    clips: &Path,
    cameras: u32,
    seconds: f64,
    peer: Option<&Path>,
) -> Outcome<Vec<String>> {
    let simulation = Simulation::start(clips, cameras, 1.0, None)?;
    let play = |way: Way, seconds: f64| {
        eprintln!(
            "bench: memory of {cameras} cameras: {}, {seconds:.0} s",
            way.title()
        );
        Case {
            way,
            aggregate: true,
            seconds,
            peer: peer.map(Path::to_owned),
            uris: simulation.uris.clone(),
        }
        .measured()
    };
    let bare = play(Way::Bare, seconds.min(OTHERS_SECONDS))?;
    let peer = peer
        .is_some()
        .then(|| play(Way::Peer, seconds.min(OTHERS_SECONDS)))
        .transpose()?;
    let ours = play(Way::Camerasrc, seconds)?;

    println!(
        "{cameras} cameras of one picture a second, captured and aggregated in one process:\n"
    );
    println!(
        "| capture | s | frames | fewest of a camera | CPU, cores | memory, MB | of a camera, MB | growth in 10 minutes, MB |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    row(Way::Bare, &bare, cameras);
    if let Some(peer) = &peer {
        row(Way::Peer, peer, cameras);
    }
    row(Way::Camerasrc, &ours, cameras);
    println!();
    println!("| `camerasrc` | measured | at most | |");
    println!("|---|--:|--:|---|");
    let of_a_camera = of_a_camera(&ours, cameras);
    let limits = [
        (
            "MB of a camera above the bare elements'",
            of_a_camera - self::of_a_camera(&bare, cameras),
            MOST_ABOVE_MB,
        ),
        ("MB of a camera in all", of_a_camera, MOST_MB),
        (GROWTH, growth(&ours), MOST_GROWTH_MB),
    ];
    let mut missed = Vec::new();
    for (what, value, limit) in limits {
        let met = value <= limit;
        let is_judged = seconds >= JUDGED_SECONDS || what != GROWTH;
        let said = if is_judged {
            verdict(met)
        } else {
            "not judged in so short a time"
        };
        println!("| {what} | {value:.2} | {limit} | {said} |");
        if !met && is_judged {
            missed.push(format!("{what}, {value:.2}"));
        }
    }
    println!();
    Ok(missed)
}

/// Prints one row of the table.
fn row(way: Way, measured: &Measured, cameras: u32) {
    let seconds = measured.seconds();
    println!(
        "| {} | {seconds:.0} | {} | {} | {:.2} | {:.0} | {:.1} | {:.2} |",
        way.title(),
        measured.frames,
        measured.fewest,
        measured.cpu_s / seconds,
        most(measured),
        of_a_camera(measured, cameras),
        growth(measured)
    );
}

/// The most memory that was seen, MB.
fn most(measured: &Measured) -> f64 {
    let values = measured.memory.iter().map(|(_, mb)| *mb);
    values.fold(f64::NAN, f64::max)
}

/// The whole process's memory by the number of its cameras, MB.
fn of_a_camera(measured: &Measured, cameras: u32) -> f64 {
    most(measured) / f64::from(cameras)
}

/// Slope of the straight line through the memory after it has filled up, MB in ten minutes.
fn growth(measured: &Measured) -> f64 {
    let end = measured.seconds();
    let settled = measured
        .memory
        .iter()
        .filter(|(time, _)| *time >= end * FILLING);
    slope(settled.copied()) * 600.0
}

/// Slope of the straight line through points with the least squares.
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let count = points.clone().count() as f64;
    let (x, y) = points.clone().fold((0.0, 0.0), |(x, y), point| {
        (x + point.0 / count, y + point.1 / count)
    });
    let (above, below) = points.fold((0.0, 0.0), |(above, below), point| {
        (
            above + (point.0 - x) * (point.1 - y),
            below + (point.0 - x).powi(2),
        )
    });
    above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_that_after_the_beginning() {
        let at = |time: f64| {
            if time < 20.0 {
                time
            } else {
                100.0 + time * 0.01
            }
        };
        let memory = (0..=10).map(|step| f64::from(step) * 10.0);
        let measured = Measured {
            frames: 0,
            fewest: 0,
            cpu_s: 0.0,
            memory: memory.map(|time| (time, at(time))).collect(),
        };
        assert!((growth(&measured) - 6.0).abs() < 1e-6);
        assert!((most(&measured) - 101.0).abs() < 1e-9);
    }
}
