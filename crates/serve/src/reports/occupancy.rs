// SPDX-License-Identifier: MIT OR Apache-2.0
//! How full the tracks were.

use std::collections::BTreeMap;

use serde_json::json;
use store::{Span, StayRow, StoreError};

use super::spans::{clip, hours, percent, seconds, union};
use super::subject::Subject;
use super::table::Table;

/// For each hour or day and each track: how long something stood there, and how much. Where there are no states nothing is said: that
/// nobody looked does not mean that a track was free.
pub fn occupancy(subject: &Subject) -> Result<Table, StoreError> {
    let stays = subject.store.stays(&subject.scope, subject.span)?;
    // The tracks of the facility in its order, then what else was said.
    let mut tracks: Vec<&str> = subject.tracks.iter().map(String::as_str).collect();
    let mut by_track: BTreeMap<&str, Vec<&StayRow>> = BTreeMap::new();
    for stay in &stays {
        by_track.entry(&stay.track).or_default().push(stay);
    }
    let others = by_track.keys().copied();
    let others = others.filter(|track| !subject.tracks.iter().any(|known| known == track));
    tracks.extend(others);
    let mut table = Table::new(&[
        ("part", subject.part_title(), ""),
        ("track", "Track", ""),
        ("occupied", "Occupied", "%"),
        ("occupied_h", "Occupied", "h"),
        ("locomotive_h", "Locomotive hours", "h"),
        ("most", "Most at once", ""),
    ]);
    let states = subject.store.coverage(&subject.scope, subject.span)?;
    for part in subject.parts() {
        let is_known = states
            .iter()
            .any(|stretch| stretch.from < part.span.to && stretch.to >= part.span.from);
        for track in &tracks {
            let of_track = by_track.get(track).map_or(&[][..], Vec::as_slice);
            // They are in the order of their begins.
            let begun = of_track.partition_point(|stay| stay.from < part.span.to);
            let there: Vec<Span> = of_track[..begun]
                .iter()
                .filter_map(|stay| clip(stay.from, stay.to, part.span))
                .collect();
            let (occupied, most) = union(&there);
            let sum = there.iter().copied().map(seconds).sum();
            let figures = [
                percent(occupied, seconds(part.span)),
                hours(occupied),
                hours(sum),
                json!(most),
            ];
            let [share, occupied, sum, most] = figures.map(|figure| {
                if is_known {
                    figure
                } else {
                    serde_json::Value::Null
                }
            });
            table.push([json!(part.name), json!(track), share, occupied, sum, most]);
        }
    }
    Ok(table)
}
