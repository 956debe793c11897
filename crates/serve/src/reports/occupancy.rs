// SPDX-License-Identifier: MIT OR Apache-2.0
//! How full the tracks were.

use std::collections::BTreeSet;

use serde_json::json;
use store::{Span, StoreError};

use super::spans::{clip, hours, percent, seconds, union};
use super::subject::Subject;
use super::table::Table;

/// For each hour or day and each track: how long something stood there, and how much.
pub fn occupancy(subject: &Subject) -> Result<Table, StoreError> {
    let stays = subject.store.stays(&subject.scope, subject.span)?;
    let mut tracks: Vec<&str> = subject.tracks.iter().map(String::as_str).collect();
    let others: BTreeSet<&str> = stays.iter().map(|stay| stay.track.as_str()).collect();
    tracks.extend(
        others
            .into_iter()
            .filter(|track| !subject.tracks.iter().any(|known| known == track)),
    );
    let mut table = Table::new(&[
        ("part", subject.part_title(), ""),
        ("track", "Track", ""),
        ("occupied", "Occupied", "%"),
        ("occupied_h", "Occupied", "h"),
        ("locomotive_h", "Locomotive hours", "h"),
        ("most", "Most at once", ""),
    ]);
    for part in subject.parts() {
        for track in &tracks {
            let there: Vec<Span> = stays
                .iter()
                .filter(|stay| stay.track == *track)
                .filter_map(|stay| clip(stay.from, stay.to, part.span))
                .collect();
            let (occupied, most) = union(&there);
            let sum = there.iter().copied().map(seconds).sum();
            table.push([
                json!(part.name),
                json!(track),
                percent(occupied, seconds(part.span)),
                hours(occupied),
                hours(sum),
                json!(most),
            ]);
        }
    }
    Ok(table)
}
