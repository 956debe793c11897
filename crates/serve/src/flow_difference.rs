// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where and when two flows say different things.
//!
//! The names of locomotives differ from flow to flow, so what stands in the same place is taken for the same. What runs is not compared:
//! two flows need not agree on the second in which something began to move.

use messages::Timestamp;
use serde::Serialize;
use store::{Scope, Span, StayRow, Store, StoreError};

/// Stays whose middles are this near are of the same locomotive, m.
const SAME_PLACE: f64 = 3.0;
/// A shorter disagreement is none, ns: flows run a few seconds apart.
const SHORTEST_NS: i64 = 10_000_000_000;

/// A stretch of time in which flows differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// The track.
    pub track: String,
    /// `only in FLOW`, `other number` or `other track`.
    pub what: String,
    /// What the first flow says.
    pub a: Option<String>,
    /// What the second flow says.
    pub b: Option<String>,
}

/// Where the flows `a` and `b` differ, in the order of time.
///
/// # Errors
/// The store cannot be read.
pub fn between(
    store: &dyn Store,
    a: &Scope,
    b: &Scope,
    span: Span,
) -> Result<Vec<Difference>, StoreError> {
    // What is derived of both is compared.
    let (Some(of_a), Some(of_b)) = (store.derived(a)?, store.derived(b)?) else {
        return Ok(Vec::new());
    };
    let span = Span {
        to: span.to.min(of_a).min(of_b),
        ..span
    };
    let (stays_a, stays_b) = (store.stays(a, span)?, store.stays(b, span)?);
    let mut differences = Vec::new();
    for stay in &stays_a {
        differences.extend(other_numbers(stay, &stays_b, span));
        for (from, to) in uncovered(stay, &stays_b, span) {
            differences.push(unmatched(stay, &stays_b, (from, to), &a.flow, true));
        }
    }
    for stay in &stays_b {
        for (from, to) in uncovered(stay, &stays_a, span) {
            let difference = unmatched(stay, &stays_a, (from, to), &b.flow, false);
            // That it is elsewhere was said from the other side.
            if difference.what != OTHER_TRACK {
                differences.push(difference);
            }
        }
    }
    differences.sort_by(|x, y| (x.from, &x.track, &x.what).cmp(&(y.from, &y.track, &y.what)));
    Ok(differences)
}

const OTHER_TRACK: &str = "other track";

/// A stay within a span.
fn clipped(stay: &StayRow, span: Span) -> (Timestamp, Timestamp) {
    (
        stay.from.max(span.from),
        stay.to.unwrap_or(span.to).min(span.to),
    )
}

/// Whether two stays are in the same place.
fn same_place(one: &StayRow, other: &StayRow) -> bool {
    let middle = |stay: &StayRow| f64::midpoint(stay.head, stay.tail);
    one.track == other.track && (middle(one) - middle(other)).abs() < SAME_PLACE
}

/// The parts of a stay in which none of the others is in its place.
fn uncovered(stay: &StayRow, others: &[StayRow], span: Span) -> Vec<(Timestamp, Timestamp)> {
    let (from, to) = clipped(stay, span);
    let mut covers: Vec<_> = others
        .iter()
        .filter(|other| same_place(stay, other))
        .map(|other| clipped(other, span))
        .filter(|cover| cover.1 > from && cover.0 < to)
        .collect();
    covers.sort_unstable();
    let mut gaps = Vec::new();
    let mut at = from;
    for (begin, end) in covers {
        if begin.since(at) >= SHORTEST_NS {
            gaps.push((at, begin));
        }
        at = at.max(end);
    }
    if to.since(at) >= SHORTEST_NS {
        gaps.push((at, to));
    }
    gaps
}

/// How a stay is named.
fn name(stay: &StayRow) -> String {
    let number = stay.number.as_deref().unwrap_or("no number");
    format!(
        "{} ({number}) at {:.1} m of {}",
        stay.locomotive, stay.head, stay.track
    )
}

/// The difference that a stay of `flow` has no match; with the same number it may stand elsewhere in the other flow.
fn unmatched(
    stay: &StayRow,
    others: &[StayRow],
    (from, to): (Timestamp, Timestamp),
    flow: &str,
    is_first: bool,
) -> Difference {
    let elsewhere = others.iter().find(|other| {
        stay.number.is_some()
            && other.number == stay.number
            && !same_place(stay, other)
            && other.from < to
            && other.to.is_none_or(|end| end > from)
    });
    let what = match elsewhere {
        Some(other) if other.track != stay.track => OTHER_TRACK.to_owned(),
        _ => format!("only in {flow}"),
    };
    let (here, there) = (Some(name(stay)), elsewhere.map(name));
    let (a, b) = if is_first {
        (here, there)
    } else {
        (there, here)
    };
    let track = stay.track.clone();
    Difference {
        from,
        to,
        track,
        what,
        a,
        b,
    }
}

/// The differences in the number of what stands in the same place.
fn other_numbers(stay: &StayRow, others: &[StayRow], span: Span) -> Vec<Difference> {
    let (from, to) = clipped(stay, span);
    let mut differences = Vec::new();
    for other in others.iter().filter(|other| same_place(stay, other)) {
        let (begin, end) = clipped(other, span);
        let (begin, end) = (begin.max(from), end.min(to));
        let (Some(a), Some(b)) = (&stay.number, &other.number) else {
            continue;
        };
        if a != b && end.since(begin) >= SHORTEST_NS {
            differences.push(Difference {
                from: begin,
                to: end,
                track: stay.track.clone(),
                what: "other number".to_owned(),
                a: Some(name(stay)),
                b: Some(name(other)),
            });
        }
    }
    differences
}
