// SPDX-License-Identifier: MIT OR Apache-2.0
//! The findings as a table.

use std::fmt::Write;

use super::finding::{Clock, Finding};

const HEAD: [&str; 8] = [
    "camera",
    "codec",
    "size",
    "rate",
    "key picture",
    "clock",
    "first picture",
    "round trip",
];

/// One line for each camera, with what to do below it.
pub fn table(findings: &[Finding]) -> String {
    let rows: Vec<_> = findings.iter().map(row).collect();
    let widths: Vec<usize> = (0..HEAD.len())
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.chain([HEAD[column].len()]).max().unwrap_or_default()
        })
        .collect();
    let mut table = line(&HEAD.map(str::to_owned), &widths);
    for (finding, row) in findings.iter().zip(&rows) {
        table.push_str(&line(row, &widths));
        // Writing to a string cannot fail.
        if let Some(problem) = &finding.problem {
            let uri = finding
                .uri
                .as_deref()
                .map_or_else(String::new, |uri| format!("{uri}: "));
            let _ = writeln!(table, "  FAILED {uri}{problem}");
        }
        if let Some(picture) = &finding.reference {
            let _ = writeln!(table, "  wrote {}", picture.display());
        }
        for advice in &finding.advice {
            let _ = writeln!(table, "  {advice}");
        }
    }
    table
}

/// The cells of a camera.
fn row(finding: &Finding) -> [String; HEAD.len()] {
    let shown = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} {unit}"))
    };
    let size = |(width, height): (i32, i32)| format!("{width}x{height}");
    let clock = match (finding.clock, finding.clock_offset_s) {
        _ if finding.rate.is_none() => "-".to_owned(),
        (Clock::Rtcp, Some(offset)) => format!("rtcp {offset:+.2} s"),
        (Clock::Implausible, Some(offset)) => format!("wrong {offset:+.1} s"),
        (Clock::File, _) => "file".to_owned(),
        _ => "arrival".to_owned(),
    };
    [
        finding.camera.clone(),
        finding.codec.clone().unwrap_or_else(|| "-".to_owned()),
        finding.size.map_or_else(|| "-".to_owned(), size),
        shown(finding.rate, "/s"),
        shown(finding.key_distance_s, "s"),
        clock,
        shown(finding.first_picture_s, "s"),
        shown(finding.round_trip_ms, "ms"),
    ]
}

/// A line of the table.
fn line(cells: &[String; HEAD.len()], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths);
    let padded: Vec<_> = padded
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    format!("{}\n", padded.join("  ").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_sentences_below_their_camera() {
        let good = Finding {
            camera: "C1".into(),
            codec: Some("H.264".into()),
            size: Some((960, 540)),
            rate: Some(5.0),
            key_distance_s: Some(1.0),
            clock: Clock::Rtcp,
            clock_offset_s: Some(-0.21),
            first_picture_s: Some(0.4),
            round_trip_ms: Some(0.2),
            advice: vec!["set this".into()],
            ..Finding::default()
        };
        let bad = Finding {
            camera: "north-gate".into(),
            uri: Some("rtsp://camera-2".into()),
            problem: Some("is off".into()),
            ..Finding::default()
        };
        assert_eq!(
            table(&[good, bad]),
            "camera      codec  size     rate    key picture  clock         first picture  round trip\n\
             C1          H.264  960x540  5.0 /s  1.0 s        rtcp -0.21 s  0.4 s          0.2 ms\n\
             \u{20} set this\n\
             north-gate  -      -        -       -            -             -              -\n\
             \u{20} FAILED rtsp://camera-2: is off\n"
        );
    }
}
