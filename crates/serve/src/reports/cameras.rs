// SPDX-License-Identifier: MIT OR Apache-2.0
//! How cameras were, and how complete the record is.

use std::collections::BTreeMap;

use serde_json::json;
use store::{CameraRow, Span, StoreError};

use super::spans::{clip, hours, percent, rounded, seconds};
use super::subject::Subject;
use super::table::Table;

/// For each camera: how long it delivered, and how long it delivered nothing of use.
pub fn cameras(subject: &Subject) -> Result<Table, StoreError> {
    let rows = subject.store.cameras(&subject.scope, subject.span)?;
    let mut cameras: BTreeMap<&str, Vec<(&CameraRow, f64)>> = BTreeMap::new();
    for row in &rows {
        if let Some(part) = clip(row.from, row.to, subject.span) {
            let parts = cameras.entry(row.camera.as_str()).or_default();
            parts.push((row, seconds(part)));
        }
    }
    let mut table = Table::new(&[
        ("camera", "Camera", ""),
        ("uptime", "Online", "%"),
        ("known_h", "Known", "h"),
        ("down_h", "Not delivering", "h"),
        ("blind_h", "Blind, frozen or moved", "h"),
        ("outages", "Outages", ""),
        ("longest_h", "Longest outage", "h"),
    ]);
    for (camera, parts) in cameras {
        let sum = |of: &dyn Fn(&str) -> bool| -> f64 {
            let of = parts.iter().filter(|(row, _)| of(&row.health));
            of.map(|(_, seconds)| seconds).sum()
        };
        let is_blind = |health: &str| matches!(health, "blind" | "frozen" | "moved");
        let is_down =
            |health: &str| matches!(health, "stalled" | "offline" | "connecting" | "disabled");
        let known = sum(&|health| health != "unknown");
        let outages = parts
            .iter()
            .filter(|(row, _)| is_down(&row.health) || is_blind(&row.health));
        let longest = outages
            .clone()
            .map(|(_, seconds)| *seconds)
            .fold(0.0, f64::max);
        table.push([
            json!(camera),
            percent(sum(&|health| health == "online"), known),
            hours(known),
            hours(sum(&is_down)),
            hours(sum(&is_blind)),
            json!(outages.count()),
            hours(longest),
        ]);
    }
    Ok(table)
}

/// For each hour or day: for how much of it there are states.
pub fn completeness(subject: &Subject) -> Result<Table, StoreError> {
    let stretches = subject.store.coverage(&subject.scope, subject.span)?;
    let mut table = Table::new(&[
        ("part", subject.part_title(), ""),
        ("complete", "Complete", "%"),
        ("covered_h", "With states", "h"),
        ("gaps", "Gaps", ""),
        ("longest_gap_s", "Longest gap", "s"),
    ]);
    for part in subject.parts() {
        let there = stretches
            .iter()
            .filter_map(|stretch| clip(stretch.from, Some(stretch.to), part.span));
        let there: Vec<Span> = there.collect();
        let covered: f64 = there.iter().copied().map(seconds).sum();
        let mut gaps = Vec::new();
        let mut at = part.span.from;
        for stretch in &there {
            gaps.push(stretch.from.seconds_since(at));
            at = stretch.to;
        }
        gaps.push(part.span.to.seconds_since(at));
        gaps.retain(|gap| *gap > 0.0);
        table.push([
            json!(part.name),
            percent(covered, seconds(part.span)),
            hours(covered),
            json!(gaps.len()),
            rounded(gaps.iter().copied().fold(0.0, f64::max), 1),
        ]);
    }
    Ok(table)
}
