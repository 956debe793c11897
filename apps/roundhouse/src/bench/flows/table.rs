// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of `roundhouse bench flows`.

use super::case::{Case, Trouble};
use super::{Measured, median};

/// Packet rate and median latency of prod against prod alone may differ by so much.
const MOST_CHANGE: f64 = 0.05;
/// p99 may be longer by so much, ...
const MOST_P99_CHANGE: f64 = 0.25;
/// ... or by so many milliseconds.
const MOST_P99_MS: f64 = 2.0;
/// Processors that other programs may take on average: above it the runs of one case differ by more than the limits.
const MOST_OTHERS: f64 = 0.1;
/// Entering a flow, µs, at most.
const MOST_ENTRY_US: f64 = 50.0;

/// Medians of the runs of each case, against those of the first case.
pub fn print_isolation(cases: &[Case], results: &[Vec<Measured>]) {
    let medians: Vec<[f64; 3]> = results.iter().map(|runs| medians(runs)).collect();
    let Some(&alone) = medians.first() else {
        return;
    };
    println!(
        "| wiring | dev | packets/s of prod | median, ms | p99, ms | rate | median | p99 | limits |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|---|");
    for ((case, runs), measured) in cases.iter().zip(results).zip(medians) {
        let [rate, p50, p99] = measured;
        let change: Vec<String> = measured
            .iter()
            .zip(alone)
            .map(|(measured, alone)| format!("{:+.1} %", (measured / alone - 1.0) * 100.0))
            .collect();
        let verdict = match (case.trouble, ended(runs)) {
            (Trouble::None, _) => String::new(),
            (_, Some(reason)) => format!("missed: the pipeline ends ({reason})"),
            _ => verdict(measured, alone),
        };
        println!(
            "| {} | {} | {rate:.2} | {p50:.1} | {p99:.1} | {} | {verdict} |",
            case.wiring.title(),
            case.trouble.title(),
            change.join(" | "),
        );
    }
    println!();
    println!(
        "Limits for `flowbin`: rate and median within {:.0} % of prod alone, p99 within {:.0} % or {MOST_P99_MS} ms.",
        MOST_CHANGE * 100.0,
        MOST_P99_CHANGE * 100.0
    );
}

/// What else went on: a latency means something only on a machine that is not overloaded.
pub fn print_machine(own: f64, others: f64) {
    let processors = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!(
        "Of {processors} processors these runs took {own:.2} on average, other programs {others:.2}."
    );
    if others > MOST_OTHERS {
        println!(
            "That is more than {MOST_OTHERS}: neither 'met' nor 'missed' is to be trusted, repeat it on an idle machine."
        );
    }
}

/// Time that a packet of eight frames holds up the stream at an entry.
pub fn print_entry<'a>(rows: impl Iterator<Item = (&'a str, f64, f64)>) {
    println!("| a packet of 8 frames enters | median, µs | p99, µs | at most |");
    println!("|---|--:|--:|--:|");
    for (index, (title, half, most)) in rows.enumerate() {
        let limit = if index == 0 {
            format!("{MOST_ENTRY_US}")
        } else {
            String::new()
        };
        println!("| {title} | {half:.1} | {most:.1} | {limit} |");
    }
}

fn medians(runs: &[Measured]) -> [f64; 3] {
    [
        median(runs.iter().map(|run| run.rate)),
        median(runs.iter().map(|run| run.p50)),
        median(runs.iter().map(|run| run.p99)),
    ]
}

fn ended(runs: &[Measured]) -> Option<&str> {
    runs.iter().find_map(|run| run.ended.as_deref())
}

/// Which of rate, median and p99 are worse than alone by more than the limits; better is as good.
fn verdict(measured: [f64; 3], alone: [f64; 3]) -> String {
    let [rate, p50, p99] = measured;
    let [rate_alone, p50_alone, p99_alone] = alone;
    let limits = [
        ("rate", rate >= rate_alone * (1.0 - MOST_CHANGE)),
        ("median", p50 <= p50_alone * (1.0 + MOST_CHANGE)),
        (
            "p99",
            p99 <= p99_alone * (1.0 + MOST_P99_CHANGE) || p99 <= p99_alone + MOST_P99_MS,
        ),
    ];
    let missed: Vec<&str> = limits
        .iter()
        .filter(|(_, met)| !met)
        .map(|(name, _)| *name)
        .collect();
    if missed.is_empty() {
        "met".to_owned()
    } else {
        format!("missed: {}", missed.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn limits_are_those_of_the_text() {
        let alone = [5.0, 100.0, 120.0];
        assert_eq!(verdict([4.8, 104.0, 149.0], alone), "met");
        assert_eq!(verdict([4.7, 100.0, 120.0], alone), "missed: rate");
        assert_eq!(verdict([5.0, 106.0, 120.0], alone), "missed: median");
        assert_eq!(verdict([5.0, 100.0, 151.0], alone), "missed: p99");
        assert_eq!(
            verdict([0.0, 106.0, 151.0], alone),
            "missed: rate, median, p99"
        );
        assert_eq!(verdict([5.0, 1.0, 3.9], [5.0, 1.0, 2.0]), "met");
    }
}
