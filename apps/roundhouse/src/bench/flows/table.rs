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
/// Entering a flow, µs, at most.
const MOST_ENTRY_US: f64 = 50.0;

/// Medians of the runs of each case, against those of the first case.
pub fn print_isolation(cases: &[Case], results: &[Vec<Measured>]) {
    let medians: Vec<[f64; 3]> = results.iter().map(|runs| medians(runs)).collect();
    let Some(&alone) = medians.first() else {
        return;
    };
    println!(
        "| wiring | dev | packets/s of prod | median, ms | p99, ms | rate | median | p99 | within limits |"
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
            (_, Some(reason)) => format!("no: the pipeline ends ({reason})"),
            _ if is_within(measured, alone) => "yes".to_owned(),
            _ => "no".to_owned(),
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

/// Whether rate, median and p99 are as good as alone, within the limits; better is as good.
fn is_within(measured: [f64; 3], alone: [f64; 3]) -> bool {
    let [rate, p50, p99] = measured;
    let [rate_alone, p50_alone, p99_alone] = alone;
    rate >= rate_alone * (1.0 - MOST_CHANGE)
        && p50 <= p50_alone * (1.0 + MOST_CHANGE)
        && (p99 <= p99_alone * (1.0 + MOST_P99_CHANGE) || p99 <= p99_alone + MOST_P99_MS)
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn limits_are_those_of_the_text() {
        let alone = [5.0, 100.0, 120.0];
        assert!(is_within([4.8, 104.0, 149.0], alone));
        assert!(!is_within([4.7, 100.0, 120.0], alone));
        assert!(!is_within([5.0, 106.0, 120.0], alone));
        assert!(!is_within([5.0, 100.0, 151.0], alone));
        assert!(is_within([5.0, 1.0, 3.9], [5.0, 1.0, 2.0]));
    }
}
