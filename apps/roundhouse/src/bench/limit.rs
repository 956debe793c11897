// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was measured, what is allowed, and the table of both.

use clap::ValueEnum;

use crate::bench::ratio::Ratio;
use crate::bench::verdict::verdict;
use crate::failure::{Failure, Outcome};

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

/// A measured value, if it is a mean of several with the interval in which it lies with 95 % probability.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    value: f64,
    interval: Option<(f64, f64)>,
}

/// A line of the table.
#[derive(Debug)]
pub struct Line {
    /// What was measured, with its unit.
    pub name: String,
    /// The figures behind the value.
    pub seen: String,
    /// The value.
    pub measured: Measured,
    /// Its limit.
    pub limit: Limit,
}

/// Measures all rows, or only some, and prints their table.
///
/// # Errors
/// A limit is missed, or a row could not be measured; the others are.
pub fn judge<R: ValueEnum + PartialEq>(
    only: &[R],
    measure: impl Fn(&R) -> Outcome<Vec<Line>>,
) -> Outcome {
    let is_asked = |row: &&R| only.is_empty() || only.contains(row);
    let (mut lines, mut missed) = (Vec::new(), Vec::new());
    for row in R::value_variants().iter().filter(is_asked) {
        match measure(row) {
            Ok(measured) => lines.extend(measured),
            Err(failure) => missed.push(format!("not measured: {failure}")),
        }
    }
    println!("{}", table(&lines));
    missed.extend(lines.iter().filter_map(Line::missed));
    if missed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("missed: {}", missed.join("; "))))
}

impl From<Ratio> for Measured {
    fn from(ratio: Ratio) -> Self {
        Self {
            value: ratio.mean,
            interval: Some((ratio.low, ratio.high)),
        }
    }
}

impl From<f64> for Measured {
    fn from(value: f64) -> Self {
        Self {
            value,
            interval: None,
        }
    }
}

impl Limit {
    /// Whether a value keeps it; one with an interval misses it only if all of the interval does.
    fn is_kept(self, measured: Measured) -> bool {
        let (low, high) = measured
            .interval
            .unwrap_or((measured.value, measured.value));
        match self {
            Self::AtLeast(limit) => high >= limit,
            Self::AtMost(limit) => low <= limit,
        }
    }

    /// Its words.
    fn text(self) -> String {
        match self {
            Self::AtLeast(limit) => format!("at least {limit}"),
            Self::AtMost(limit) => format!("at most {limit}"),
        }
    }
}

impl Line {
    /// The sentence of a limit that is missed.
    pub fn missed(&self) -> Option<String> {
        let is_kept = self.limit.is_kept(self.measured);
        let value = number(self.measured.value);
        (!is_kept).then(|| format!("{}: {value}, {}", self.name, self.limit.text()))
    }

    /// The line.
    fn text(&self) -> String {
        let interval = self.measured.interval.map_or_else(String::new, |interval| {
            format!("{} to {}", number(interval.0), number(interval.1))
        });
        format!(
            "| {} | {} | {} | {interval} | {} | {} |",
            self.name,
            self.seen,
            number(self.measured.value),
            self.limit.text(),
            verdict(self.missed().is_none())
        )
    }
}

/// The table of these lines.
pub fn table(lines: &[Line]) -> String {
    let head =
        "| what | seen | measured | 95 % interval | limit | verdict |\n|---|---|--:|--:|--:|---|";
    let lines = lines.iter().map(Line::text);
    let rows: Vec<String> = std::iter::once(head.to_owned()).chain(lines).collect();
    rows.join("\n")
}

/// A number with three digits that say something.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(measured: impl Into<Measured>, limit: Limit) -> Line {
        Line {
            name: "speed".to_owned(),
            seen: "3 and 2".to_owned(),
            measured: measured.into(),
            limit,
        }
    }

    #[test]
    fn an_interval_that_touches_the_limit_keeps_it() {
        let ratio = |low, high| Ratio {
            mean: f64::midpoint(low, high),
            low,
            high,
        };
        for (low, high, least, most) in [
            (0.8, 0.9, false, true),
            (0.9, 1.1, true, true),
            (1.1, 1.3, true, false),
        ] {
            let kept = |limit| line(ratio(low, high), limit).missed().is_none();
            assert_eq!(kept(Limit::AtLeast(1.0)), least, "{low} to {high}");
            assert_eq!(kept(Limit::AtMost(1.0)), most, "{low} to {high}");
        }
    }

    #[test]
    fn a_value_that_is_none_keeps_no_limit() {
        assert!(line(f64::NAN, Limit::AtMost(1.0)).missed().is_some());
        assert!(line(f64::NAN, Limit::AtLeast(1.0)).missed().is_some());
        let missed = line(12.34, Limit::AtMost(10.0)).missed();
        assert_eq!(missed.as_deref(), Some("speed: 12.3, at most 10"));
    }

    #[test]
    fn each_line_says_what_was_seen_and_whether_it_is_enough() {
        let ratio = Ratio::of(&[3.0, 3.0], &[2.0, 2.0]);
        let text = table(&[line(ratio, Limit::AtLeast(1.0))]);
        let expected = "| speed | 3 and 2 | 1.50 | 1.50 to 1.50 | at least 1 | met |";
        assert_eq!(text.lines().nth(2), Some(expected));
    }
}
