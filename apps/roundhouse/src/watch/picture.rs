// SPDX-License-Identifier: MIT OR Apache-2.0
//! One facility state as text: tracks to scale, then a table.

use std::fmt::Write;

use facility::{Facility, Track};
use messages::{Health, LocomotiveState, Status};

use crate::lines::State;

/// Columns left of a track for its name and right of it for its length.
const MARGIN: usize = 16;

/// Draws `state` in `width` columns.
pub fn draw(facility: &Facility, state: &State, width: usize) -> String {
    let mut picture = String::new();
    let count = state.state.count;
    let plural = if count == 1 { "" } else { "s" };
    let _ = writeln!(
        picture,
        "{}  {}  {count} locomotive{plural}",
        facility.name, state.time
    );
    picture.push('\n');
    let longest = facility
        .tracks
        .iter()
        .map(|track| track.length)
        .fold(1.0, f64::max);
    let scale = (width.saturating_sub(MARGIN)) as f64 / longest;
    for track in &facility.tracks {
        let on_track: Vec<&LocomotiveState> = state
            .state
            .locomotives
            .iter()
            .filter(|locomotive| locomotive.track == track.id)
            .collect();
        let _ = writeln!(
            picture,
            "{:>6} {} {:.1} m",
            track.id,
            rail(track, &on_track, scale),
            track.length
        );
    }
    picture
        .push_str("\n  <==  head on the left, ==> head on the right, ... not certain, | door\n\n");
    picture.push_str(&table(&state.state.locomotives));
    let cameras = state
        .state
        .cameras
        .iter()
        .filter(|camera| camera.health != Health::Online);
    for camera in cameras {
        let _ = writeln!(
            picture,
            "camera {} is {}",
            camera.id,
            camera.health.as_str()
        );
    }
    picture
}

/// A track as one line of text, `scale` columns to the metre.
fn rail(track: &Track, locomotives: &[&LocomotiveState], scale: f64) -> String {
    let columns = (track.length * scale).round().max(1.0) as usize;
    let mut cells = vec!['─'; columns];
    for locomotive in locomotives {
        draw_locomotive(&mut cells, locomotive, scale);
    }
    let end = |door: bool| if door { '|' } else { '▌' };
    let line: String = cells.into_iter().collect();
    format!("{}{line}{}", end(track.gates.low), end(track.gates.high))
}

/// Draws a locomotive into the cells of its track.
fn draw_locomotive(cells: &mut [char], locomotive: &LocomotiveState, scale: f64) {
    let (head, tail) = (locomotive.head.s, locomotive.tail.s);
    let (low, high) = (head.min(tail), head.max(tail));
    let column = |s: f64| (s * scale).round().clamp(0.0, cells.len() as f64) as usize;
    let (first, behind) = (column(low), column(high));
    if behind <= first {
        return;
    }
    let body = if locomotive.status == Status::Tentative {
        '.'
    } else {
        '='
    };
    cells[first..behind].fill(body);
    // A name in the middle, where it fits between the two ends.
    let name: Vec<char> = locomotive.id.chars().collect();
    if behind - first > name.len() + 3 {
        let start = first + (behind - first - name.len()) / 2;
        cells[start..start + name.len()].copy_from_slice(&name);
    }
    if head < tail {
        cells[first] = '<';
    } else {
        cells[behind - 1] = '>';
    }
}

/// The locomotives as a table.
fn table(locomotives: &[LocomotiveState]) -> String {
    let mut table = format!(
        "{:<6} {:<6} {:>8} {:>8} {:>8} {:>7} {:>6}  {:<10} {:<10} {}\n",
        "id", "track", "head m", "tail m", "length", "± m", "m/s", "status", "model", "plate"
    );
    for locomotive in locomotives {
        let sigma = locomotive.head.sigma.max(locomotive.tail.sigma);
        let model = locomotive.model.as_ref().map_or("", |model| &model.name);
        let plate = locomotive.plate.as_ref().map_or("", |plate| &plate.text);
        let _ = writeln!(
            table,
            "{:<6} {:<6} {:>8.2} {:>8.2} {:>8.2} {:>7.2} {:>6.2}  {:<10} {:<10} {}",
            locomotive.id,
            locomotive.track,
            locomotive.head.s,
            locomotive.tail.s,
            (locomotive.head.s - locomotive.tail.s).abs(),
            sigma,
            locomotive.velocity,
            locomotive.status.as_str(),
            model,
            plate
        );
    }
    table
}
