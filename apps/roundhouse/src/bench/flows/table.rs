// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of `roundhouse bench flows`.

use super::case::{Case, Measured};
use crate::bench::percentiles::median;

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

/// The runs of a case, each with prod alone shortly before it: a virtual machine is not equally fast all the time.
pub struct Compared {
    pub case: Case,
    pub runs: Vec<Pair>,
}

/// Prod alone, and in the case.
pub struct Pair {
    pub alone: Measured,
    pub beside: Measured,
}

/// How prod differs from prod alone, in a pair of runs or in the median of all.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// Parts, as are the next two: 0.1 is a tenth more.
    rate: f64,
    p50: f64,
    p99: f64,
    /// The third in milliseconds.
    p99_ms: f64,
}

/// Medians of the runs, and of their changes against prod alone.
pub fn print_isolation(compared: &[Compared]) {
    println!(
        "| wiring | dev | packets/s of prod | median, ms | p99, ms | rate | median | p99 | limits |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|---|");
    let alone = compared.iter().flat_map(|compared| &compared.runs);
    println!(
        "| `tee ! flowbin` | no dev | {} | | | | |",
        medians(alone.map(|pair| &pair.alone))
    );
    for Compared { case, runs } in compared {
        let change = Change::of(runs);
        let verdict = match runs.iter().find_map(|pair| pair.beside.ended.as_deref()) {
            Some(reason) => format!("missed: the pipeline ends ({reason})"),
            None => change.verdict(),
        };
        println!(
            "| {} | {} | {} | {:+.1} % | {:+.1} % | {:+.1} % | {verdict} |",
            case.wiring.title(),
            case.trouble.title(),
            medians(runs.iter().map(|pair| &pair.beside)),
            change.rate * 100.0,
            change.p50 * 100.0,
            change.p99 * 100.0,
        );
    }
    println!();
    println!(
        "Limits for `flowbin`: rate and median within {:.0} % of prod alone, p99 within {:.0} % or {MOST_P99_MS} ms;\n\
         medians of what each run differs from that of prod alone shortly before it.",
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

/// Three cells: rate, median and p99.
fn medians<'a>(runs: impl Iterator<Item = &'a Measured>) -> String {
    let runs: Vec<&Measured> = runs.collect();
    let of = |value: fn(&Measured) -> f64| median(runs.iter().map(|run| value(run)));
    format!(
        "{:.2} | {:.1} | {:.1}",
        of(|run| run.rate),
        of(|run| run.p50),
        of(|run| run.p99)
    )
}

impl Change {
    /// The median of each difference.
    fn of(runs: &[Pair]) -> Self {
        let of = |change: fn(&Pair) -> f64| median(runs.iter().map(change));
        Self {
            rate: of(|pair| pair.beside.rate / pair.alone.rate - 1.0),
            p50: of(|pair| pair.beside.p50 / pair.alone.p50 - 1.0),
            p99: of(|pair| pair.beside.p99 / pair.alone.p99 - 1.0),
            p99_ms: of(|pair| pair.beside.p99 - pair.alone.p99),
        }
    }

    /// Which of rate, median and p99 are worse than the limits; better is as good.
    fn verdict(self) -> String {
        let limits = [
            ("rate", self.rate >= -MOST_CHANGE),
            ("median", self.p50 <= MOST_CHANGE),
            (
                "p99",
                self.p99 <= MOST_P99_CHANGE || self.p99_ms <= MOST_P99_MS,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run([rate, p50, p99]: [f64; 3]) -> Measured {
        Measured {
            rate,
            p50,
            p99,
            ended: None,
        }
    }

    fn verdict(beside: [f64; 3], alone: [f64; 3]) -> String {
        let (beside, alone) = (run(beside), run(alone));
        Change::of(&[Pair { alone, beside }]).verdict()
    }

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

    #[test]
    fn a_slow_moment_of_the_machine_is_no_change() {
        let runs = [[100.0, 101.0], [150.0, 151.0], [100.0, 140.0]].map(|[alone, beside]| Pair {
            alone: run([5.0, alone, alone]),
            beside: run([5.0, beside, beside]),
        });
        assert_eq!(Change::of(&runs).verdict(), "met");
    }
}
