// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sums over stretches of time.

use messages::Timestamp;
use serde_json::{Value, json};
use store::Span;

/// The part of a stretch that lies in `span`; without an end it lasts to the span's.
pub fn clip(from: Timestamp, to: Option<Timestamp>, span: Span) -> Option<Span> {
    let (from, to) = (from.max(span.from), to.unwrap_or(span.to).min(span.to));
    (from < to).then_some(Span { from, to })
}

/// How long a stretch is, s.
pub fn seconds(span: Span) -> f64 {
    span.to.seconds_since(span.from)
}

/// How long at least one of the stretches lasts, s, and how many there are at once at most.
pub fn union(spans: &[Span]) -> (f64, usize) {
    let mut changes: Vec<(Timestamp, i32)> = spans
        .iter()
        .flat_map(|span| [(span.from, 1), (span.to, -1)])
        .collect();
    // What ends when another begins is not there together with it.
    changes.sort_unstable();
    let (mut total, mut count, mut most, mut since) = (0.0, 0_i32, 0, Timestamp::default());
    for (at, change) in changes {
        if count > 0 {
            total += at.seconds_since(since);
        }
        (count, since) = (count + change, at);
        most = most.max(count);
    }
    (total, usize::try_from(most).unwrap_or(0))
}

/// The value below which this share of the sorted values lies, by linear interpolation.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    Some(sorted[low] + (sorted[high] - sorted[low]) * place.fract())
}

/// A number with so many decimals.
pub fn rounded(value: f64, decimals: i32) -> Value {
    let scale = 10_f64.powi(decimals);
    // The sum of nothing is minus zero.
    json!((value * scale).round() / scale + 0.0)
}

/// Hours with three decimals, of seconds.
pub fn hours(seconds: f64) -> Value {
    rounded(seconds / 3600.0, 3)
}

/// A share in percent with one decimal; nothing of nothing.
pub fn percent(part: f64, whole: f64) -> Value {
    if whole > 0.0 {
        rounded(100.0 * part / whole, 1)
    } else {
        Value::Null
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "all figures here are exact")]
mod tests {
    use super::*;

    fn span(from: i64, to: i64) -> Span {
        let at = |second: i64| Timestamp::from_nanos(second * 1_000_000_000);
        Span {
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn what_overlaps_counts_once() {
        let spans = [span(0, 10), span(5, 20), span(20, 25), span(40, 50)];
        assert_eq!(union(&spans), (35.0, 2));
        assert_eq!(union(&[]), (0.0, 0));
    }

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.9), Some(3.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
    }
}
