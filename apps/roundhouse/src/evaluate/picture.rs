// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tracks over time as a picture (SVG): truth, estimates, and what went wrong.
//!
//! Time runs to the right, places along each track upwards. What is right is grey and thin; what is wrong has a colour.

use std::collections::BTreeMap;
use std::fmt::Write;

use estimation::metrics::Instant;
use facility::Facility;
use messages::Timestamp;

use super::bands::{Band, Look, OFF, Point, bands, estimate_span};
use super::line::simplified;

/// Sizes, pixels.
const WIDTH: f64 = 1600.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 86.0;
const TRACK_GAP: f64 = 14.0;
/// Pixels per metre of track.
const SCALE: f64 = 0.8;
const TIME_AXIS: f64 = 34.0;
/// Height of the strip that says when anything was wrong, and of one wrong locomotive in it, at most.
const STRIP: f64 = 28.0;
const STRIP_STEP: f64 = 4.0;
/// Lines are drawn this exactly.
const FINE: f64 = 0.25;

/// Distances between marks on the time axis that are tried, seconds.
const STEPS: [f64; 7] = [5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 3600.0];
/// So many marks at most.
const MOST_MARKS: f64 = 24.0;

const STYLE: &str = "text{font:12px sans-serif;fill:#333}.title{font-size:16px;font-weight:bold}\
.small{font-size:10px}.axis{stroke:#ccc;stroke-width:1}.door{stroke:#2a7;stroke-width:3}.wall{stroke:#555;stroke-width:3}\
.right{fill:#d9dde2}.off{fill:#f2d33c}.missed{fill:#e03131}.optional{fill:#eef0f3}\
.false{fill:url(#stripes)}.stripe{stroke:#f76707;stroke-width:4}.estimate{fill:none;stroke:#1c4f9c;stroke-width:1.1}\
.wrong-head{fill:none;stroke:#c218b8;stroke-width:1.6}.switch{stroke:#000;stroke-width:1.6}\
.warm{fill:#000;fill-opacity:.05}";

/// What is false is striped, so that what lies below is seen.
const STRIPES: &str = "<defs><pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
patternTransform=\"rotate(45)\"><path class=\"stripe\" d=\"M2 0V6\"/></pattern></defs>";

/// What stands on the left: a track and where it lies in the picture.
struct Row {
    id: String,
    /// Places shown, metres.
    from: f64,
    to: f64,
    /// Length, if the facility is known, and which of its ends are doors.
    ends: Option<(f64, bool, bool)>,
    top: f64,
}

struct Chart {
    start: Timestamp,
    seconds: f64,
    rows: BTreeMap<String, Row>,
    height: f64,
}

impl Chart {
    /// Lays out the tracks one below the other.
    fn new(instants: &[Instant], facility: Option<&Facility>) -> Self {
        let time = |instant: Option<&Instant>| instant.map(|i| i.truth.time).unwrap_or_default();
        let (start, end) = (time(instants.first()), time(instants.last()));
        let mut rows = extents(instants, facility);
        let mut top = TOP + STRIP + TRACK_GAP;
        for row in rows.values_mut() {
            row.top = top;
            top += (row.to - row.from) * SCALE + TRACK_GAP;
        }
        Self {
            start,
            seconds: end.seconds_since(start).max(1.0),
            rows,
            height: top + TIME_AXIS,
        }
    }

    /// The horizontal position of a time.
    fn x(&self, time: Timestamp) -> f64 {
        self.x_of(time.seconds_since(self.start))
    }

    /// The horizontal position of a number of seconds after the start.
    fn x_of(&self, seconds: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * seconds / self.seconds
    }

    /// The vertical position of a place on a track.
    fn y(&self, track: &str, s: f64) -> f64 {
        self.rows.get(track).map_or(0.0, |row| {
            row.top + (row.to - s.clamp(row.from, row.to)) * SCALE
        })
    }
}

/// The tracks, with all places that anything was said about.
fn extents(instants: &[Instant], facility: Option<&Facility>) -> BTreeMap<String, Row> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut add = |track: &str, from: f64, to: f64, ends| {
        let row = rows.entry(track.to_owned()).or_insert_with(|| Row {
            id: track.to_owned(),
            from,
            to,
            ends,
            top: 0.0,
        });
        // A locomotive outside its door is cut off.
        if row.ends.is_none() {
            row.from = row.from.min(from);
            row.to = row.to.max(to);
        }
    };
    for track in facility.iter().flat_map(|facility| &facility.tracks) {
        let ends = (track.length, track.gates.low, track.gates.high);
        add(&track.id, 0.0, track.length, Some(ends));
    }
    for instant in instants {
        for locomotive in &instant.truth.locomotives {
            let (lo, hi) = locomotive.span();
            add(&locomotive.track, lo.max(0.0), hi, None);
        }
        for estimate in &instant.matching.all {
            let (lo, hi) = estimate_span(estimate);
            add(&estimate.track, lo.max(0.0), hi, None);
        }
    }
    rows
}

/// The whole picture.
pub fn draw(
    title: &str,
    figures: &str,
    instants: &[Instant],
    facility: Option<&Facility>,
) -> String {
    let chart = Chart::new(instants, facility);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH:.0}\" height=\"{:.0}\" viewBox=\"0 0 {WIDTH:.0} {:.0}\">\n\
         <style>{STYLE}</style>\n{STRIPES}\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        chart.height, chart.height
    );
    draw_head(&mut svg, title, figures);
    draw_frame(&mut svg, &chart);
    draw_warm_up(&mut svg, &chart, instants);
    draw_strip(&mut svg, &chart, instants);
    let bands = bands(instants);
    // What is wrong lies over what is right.
    for look in [
        Look::Optional,
        Look::Right,
        Look::Off,
        Look::Missed,
        Look::False,
    ] {
        for band in bands.filled.iter().filter(|band| band.look == look) {
            draw_filled(&mut svg, &chart, band, look.class());
        }
    }
    for band in &bands.outlines {
        draw_outline(&mut svg, &chart, band);
    }
    for switch in &bands.switches {
        let x = chart.x(switch.time);
        let (top, bottom) = (
            chart.y(&switch.track, switch.hi) - 3.0,
            chart.y(&switch.track, switch.lo) + 3.0,
        );
        let _ = writeln!(
            svg,
            "<path class=\"switch\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"><title>{}</title></path>",
            escape(&switch.what)
        );
    }
    svg + "</svg>\n"
}

/// Draws the title, the figures and the legend.
fn draw_head(svg: &mut String, title: &str, figures: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{LEFT}\" y=\"24\">{}</text>\n<text x=\"{LEFT}\" y=\"44\">{}</text>",
        escape(title),
        escape(figures)
    );
    let legend = [
        ("right", "right".to_owned()),
        ("off", format!("found, off by more than {OFF:.0} m")),
        ("missed", "missed".to_owned()),
        ("false", "false: nothing stands there".to_owned()),
        ("optional", "straddles a door, not scored".to_owned()),
    ];
    let mut x = LEFT;
    let y = 56.0;
    for (class, words) in legend {
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{y}\" width=\"22\" height=\"12\"/><text x=\"{:.0}\" y=\"{:.0}\">{words}</text>",
            x + 28.0,
            y + 10.0
        );
        x += 60.0 + 6.4 * words.len() as f64;
    }
    for (class, words) in [
        ("estimate", "estimate (its two ends)"),
        ("wrong-head", "head and tail exchanged"),
        ("switch", "another identity"),
    ] {
        let _ = writeln!(
            svg,
            "<path class=\"{class}\" d=\"M{x:.0} {:.0}h22\"/><text x=\"{:.0}\" y=\"{:.0}\">{words}</text>",
            y + 6.0,
            x + 28.0,
            y + 10.0
        );
        x += 60.0 + 6.4 * words.len() as f64;
    }
}

/// Draws the tracks with their ends, and the axis of time.
fn draw_frame(svg: &mut String, chart: &Chart) {
    for row in chart.rows.values() {
        let bottom = row.top + (row.to - row.from) * SCALE;
        let _ = writeln!(
            svg,
            "<text x=\"8\" y=\"{:.0}\">{}</text><text class=\"small\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{:.0} m</text>\
             <text class=\"small\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{:.0}</text>",
            f64::midpoint(row.top, bottom) + 4.0,
            escape(&row.id),
            LEFT - 4.0,
            row.top + 9.0,
            row.to,
            LEFT - 4.0,
            bottom,
            row.from
        );
        let doors = row.ends.map(|(_, low, high)| (low, high));
        for (y, door) in [(bottom, doors.map(|d| d.0)), (row.top, doors.map(|d| d.1))] {
            let class = match door {
                Some(true) => "door",
                Some(false) => "wall",
                None => "axis",
            };
            let _ = writeln!(
                svg,
                "<path class=\"{class}\" d=\"M{LEFT} {y:.1}h-8\"/><path class=\"axis\" d=\"M{LEFT} {y:.1}H{:.0}\"/>",
                WIDTH - RIGHT
            );
        }
    }
    let step = STEPS
        .into_iter()
        .find(|step| chart.seconds / step <= MOST_MARKS)
        .unwrap_or(chart.seconds);
    let base = chart.height - TIME_AXIS;
    for mark in 0..=(chart.seconds / step) as u32 {
        let seconds = f64::from(mark) * step;
        let x = chart.x_of(seconds);
        let _ = writeln!(
            svg,
            "<path class=\"axis\" d=\"M{x:.1} {TOP}V{base:.0}\"/><text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            base + 14.0,
            clock(seconds)
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"small\" x=\"{LEFT}\" y=\"{:.0}\">minutes since {}; at the left of a track green = door, black = wall</text>",
        base + 28.0,
        chart.start
    );
}

/// Seconds as minutes and seconds.
fn clock(seconds: f64) -> String {
    format!("{:.0}:{:02.0}", (seconds / 60.0).floor(), seconds % 60.0)
}

/// Shades the time that is not scored.
fn draw_warm_up(svg: &mut String, chart: &Chart, instants: &[Instant]) {
    let Some(first) = instants.iter().find(|instant| instant.scored) else {
        return;
    };
    let _ = writeln!(
        svg,
        "<rect class=\"warm\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.0}\"><title>warm-up, not scored</title></rect>",
        chart.x(first.truth.time) - LEFT,
        chart.height - TIME_AXIS - TOP
    );
}

/// When anything was missed (red, downwards) or false (orange, on top of it).
fn draw_strip(svg: &mut String, chart: &Chart, instants: &[Instant]) {
    let _ = writeln!(
        svg,
        "<text class=\"small\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">wrong</text>",
        LEFT - 4.0,
        TOP + STRIP - 4.0
    );
    let wrong: Vec<(usize, usize)> = instants.iter().map(wrong_locomotives).collect();
    let end = instants.last().map(|instant| chart.x(instant.truth.time));
    let most = wrong.iter().map(|(missed, falses)| missed + falses).max();
    let step = STRIP_STEP.min(STRIP / most.unwrap_or(0).max(1) as f64);
    let mut at = 0;
    for alike in wrong.chunk_by(|a, b| a == b) {
        let from = chart.x(instants[at].truth.time);
        at += alike.len();
        let to = instants
            .get(at)
            .map_or(end, |next| Some(chart.x(next.truth.time)));
        let (missed, falses) = alike[0];
        let mut y = TOP + STRIP;
        for (class, count) in [("missed", missed), ("false", falses)] {
            let height = count as f64 * step;
            y -= height;
            if count > 0 {
                let _ = writeln!(
                    svg,
                    "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
                    to.map_or(0.0, |to| to - from) + 0.3
                );
            }
        }
    }
}

/// How many locomotives are missed at an instant, and how many estimates are false.
fn wrong_locomotives(instant: &Instant) -> (usize, usize) {
    let locomotives = &instant.truth.locomotives;
    let missed = locomotives
        .iter()
        .zip(&instant.matching.estimates)
        .filter(|(locomotive, pair)| locomotive.inside && pair.is_none())
        .count();
    (missed, instant.matching.false_estimates().count())
}

/// Draws a band as an area.
fn draw_filled(svg: &mut String, chart: &Chart, band: &Band, class: &str) {
    let upper = path(chart, band, |point| point.hi, false);
    let lower = path(chart, band, |point| point.lo, true);
    let _ = writeln!(
        svg,
        "<path class=\"{class}\" d=\"M{upper}L{lower}Z\"><title>{}</title></path>",
        escape(&band.name)
    );
}

/// Draws the two ends of a band as lines.
fn draw_outline(svg: &mut String, chart: &Chart, band: &Band) {
    let upper = path(chart, band, |point| point.hi, false);
    let lower = path(chart, band, |point| point.lo, false);
    let _ = writeln!(
        svg,
        "<path class=\"{}\" d=\"M{upper}M{lower}\"><title>{}</title></path>",
        band.look.class(),
        escape(&band.name)
    );
}

/// The points of a line along one end of a band.
fn path(chart: &Chart, band: &Band, place: impl Fn(&Point) -> f64, backwards: bool) -> String {
    let points: Vec<(f64, f64)> = band
        .points
        .iter()
        .map(|point| (chart.x(point.time), chart.y(&band.track, place(point))))
        .collect();
    let mut points: Vec<String> = simplified(&points, FINE)
        .into_iter()
        .map(|(x, y)| format!("{x:.1} {y:.1}"))
        .collect();
    if backwards {
        points.reverse();
    }
    points.join("L")
}

/// A text as it is written in XML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
