// SPDX-License-Identifier: MIT OR Apache-2.0
//! How long locomotives stay, what they do, and whether their numbers were read.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use store::{StoreError, VisitRow};

use super::spans::{hours, percent, quantile};
use super::subject::Subject;
use super::table::Table;

/// How long a visit took, s; of one that goes on, so far.
fn dwelt(subject: &Subject, visit: &VisitRow) -> f64 {
    let end = visit.left.unwrap_or(subject.span.to);
    end.seconds_since(visit.arrived).max(0.0)
}

/// Median, 90 % and longest of the visits that have ended, h.
fn quantiles(subject: &Subject, visits: &[&VisitRow]) -> [Value; 3] {
    let ended = visits.iter().filter(|visit| visit.left.is_some());
    let mut sorted: Vec<f64> = ended.map(|visit| dwelt(subject, visit)).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |share| quantile(&sorted, share).map_or(Value::Null, hours);
    [at(0.5), at(0.9), at(1.0)]
}

/// The visits by what `key` says of each.
fn grouped<'v, K: Ord>(
    visits: &'v [VisitRow],
    key: impl Fn(&'v VisitRow) -> K,
) -> BTreeMap<K, Vec<&'v VisitRow>> {
    let mut groups: BTreeMap<K, Vec<&VisitRow>> = BTreeMap::new();
    for visit in visits {
        groups.entry(key(visit)).or_default().push(visit);
    }
    groups
}

/// For each locomotive: how often and how long it was there.
pub fn dwell(subject: &Subject) -> Result<Table, StoreError> {
    let visits = subject.store.visits(&subject.scope, subject.span)?;
    let mut table = Table::new(&[
        ("number", "Number", ""),
        ("locomotive", "Locomotive", ""),
        ("model", "Model", ""),
        ("visits", "Visits", ""),
        ("inside", "Still inside", ""),
        ("so_far_h", "So far", "h"),
        ("median_h", "Median", "h"),
        ("p90_h", "90 %", "h"),
        ("longest_h", "Longest", "h"),
        ("total_h", "Sum", "h"),
    ]);
    // A locomotive without a number is another one each time.
    let identity = |visit: &VisitRow| match &visit.number {
        Some(number) => (number.clone(), String::new(), 0),
        None => (
            String::new(),
            visit.locomotive.clone(),
            visit.arrived.nanos(),
        ),
    };
    for visits in grouped(&visits, identity).values() {
        let Some(last) = visits.last() else { continue };
        let inside = visits.iter().find(|visit| visit.left.is_none());
        let [median, p90, longest] = quantiles(subject, visits);
        table.push([
            json!(last.number),
            json!(last.locomotive),
            json!(last.model),
            json!(visits.len()),
            json!(inside.is_some()),
            inside.map_or(Value::Null, |visit| hours(dwelt(subject, visit))),
            median,
            p90,
            longest,
            hours(visits.iter().map(|visit| dwelt(subject, visit)).sum()),
        ]);
    }
    Ok(table)
}

/// The log of arrivals, departures and moves.
pub fn moves(subject: &Subject) -> Result<Table, StoreError> {
    let mut table = Table::new(&[
        ("time", "Time", ""),
        ("kind", "What", ""),
        ("number", "Number", ""),
        ("locomotive", "Locomotive", ""),
        ("model", "Model", ""),
        ("from_track", "From track", ""),
        ("from_metre", "From", "m"),
        ("track", "To track", ""),
        ("to_metre", "To", "m"),
    ]);
    for moved in subject.store.moves(&subject.scope, subject.span)? {
        table.push([
            json!(moved.time),
            json!(moved.kind),
            json!(moved.number),
            json!(moved.locomotive),
            json!(moved.model),
            json!(moved.from_track),
            json!(moved.from_metre),
            json!(moved.track),
            json!(moved.to_metre),
        ]);
    }
    Ok(table)
}

/// For each model: how long visits took that ended in the span.
pub fn turnaround(subject: &Subject) -> Result<Table, StoreError> {
    let mut visits = subject.store.visits(&subject.scope, subject.span)?;
    visits.retain(|visit| visit.left.is_some_and(|left| left < subject.span.to) && !visit.found);
    let mut table = Table::new(&[
        ("model", "Model", ""),
        ("visits", "Visits", ""),
        ("median_h", "Median", "h"),
        ("p90_h", "90 %", "h"),
        ("longest_h", "Longest", "h"),
    ]);
    for (model, visits) in grouped(&visits, |visit| visit.model.clone()) {
        let [median, p90, longest] = quantiles(subject, &visits);
        table.push([json!(model), json!(visits.len()), median, p90, longest]);
    }
    Ok(table)
}

/// For each hour or day: of how many locomotives that were there the number was read.
pub fn unidentified(subject: &Subject) -> Result<Table, StoreError> {
    let visits = subject.store.visits(&subject.scope, subject.span)?;
    let mut table = Table::new(&[
        ("part", subject.part_title(), ""),
        ("visits", "Locomotives there", ""),
        ("identified", "With number", ""),
        ("unidentified", "Without number", ""),
        ("rate", "Read", "%"),
        ("names", "Without number", ""),
    ]);
    for part in subject.parts() {
        let there = visits.iter().filter(|visit| {
            visit.arrived < part.span.to && visit.left.is_none_or(|left| left > part.span.from)
        });
        let (known, unknown): (Vec<_>, Vec<_>) = there.partition(|visit| visit.number.is_some());
        let all = known.len() + unknown.len();
        let names: Vec<&str> = unknown
            .iter()
            .map(|visit| visit.locomotive.as_str())
            .collect();
        table.push([
            json!(part.name),
            json!(all),
            json!(known.len()),
            json!(unknown.len()),
            percent(known.len() as f64, all as f64),
            json!(names.join(" ")),
        ]);
    }
    Ok(table)
}
