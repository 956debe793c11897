// SPDX-License-Identifier: MIT OR Apache-2.0
//! All figures as a table for people.

use estimation::metrics::{Case, Fault, Metrics};

/// One row: what, and how much of it.
type Row = (&'static str, String);

/// A share as percent.
fn percent(share: Option<f64>) -> String {
    share.map_or("-".into(), |share| format!("{:.1} %", share * 100.0))
}

/// A length, m.
fn metres(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| format!("{value:.2} m"))
}

/// A number without a unit.
fn plain(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| format!("{value:.2}"))
}

/// A duration, s; `none` where there is none.
fn seconds(value: Option<f64>, none: &str) -> String {
    value.map_or(none.into(), |value| format!("{value:.0} s"))
}

/// One figure and another one in brackets.
fn pair(first: &str, second: &str) -> String {
    format!("{first} ({second})")
}

/// Every figure of docs/metrics.md.
pub fn print(metrics: &Metrics) {
    let groups = [
        ("which locomotives are there", presence(metrics)),
        ("where they are", places(metrics)),
        ("who they are", identity(metrics)),
        ("how soon", delays(metrics)),
    ];
    for (title, rows) in groups {
        println!("{title}");
        for (name, value) in rows {
            println!("  {name:<46} {value:>22}");
        }
    }
}

/// The single cases, one a line.
pub fn print_cases(cases: &[Case]) {
    if cases.is_empty() {
        return;
    }
    println!("single cases, the longest first");
    for case in cases {
        let fault = match case.fault {
            Fault::Missed => "missed",
            Fault::False => "false",
        };
        println!(
            "  {fault:<7} {:<6} on {:<4} {:>7.1} to {:>6.1} m   {} to {} ({} instants)",
            case.id, case.track, case.span.0, case.span.1, case.from, case.until, case.instants
        );
    }
}

/// The rows about which locomotives are there.
fn presence(metrics: &Metrics) -> Vec<Row> {
    vec![
        ("instants scored", metrics.instants.to_string()),
        (
            "number of locomotives exact",
            percent(metrics.count_exact_share),
        ),
        ("nothing missed, nothing false", percent(metrics.set_exact)),
        ("GOSPA per locomotive", metres(metrics.gospa_m)),
        ("GOSPA per instant", metres(metrics.gospa)),
        ("  from places", metres(metrics.localisation)),
        ("  from missed locomotives", metres(metrics.missed)),
        ("  from false ones", metres(metrics.false_)),
        ("swallowed by another", percent(metrics.merged)),
    ]
}

/// The rows about where they are.
fn places(metrics: &Metrics) -> Vec<Row> {
    vec![
        ("mean error of an end", metres(metrics.end_mae_m)),
        (
            "  at rest (95 %)",
            pair(&metres(metrics.mae_still), &metres(metrics.p95_still)),
        ),
        (
            "  in motion (95 %)",
            pair(&metres(metrics.mae_moving), &metres(metrics.p95_moving)),
        ),
        (
            "errors within 2 sigma (right: 95.4 %)",
            percent(metrics.inside_2sigma),
        ),
        ("NEES (right: 1.00)", plain(metrics.nees)),
    ]
}

/// The rows about which one is which.
fn identity(metrics: &Metrics) -> Vec<Row> {
    vec![
        (
            "identity switches (per hour)",
            pair(
                &metrics.id_switches.to_string(),
                &plain(metrics.id_switches_per_hour),
            ),
        ),
        (
            "MOTA, IDF1",
            format!("{}, {}", plain(metrics.mota), plain(metrics.idf1)),
        ),
        ("head is the right end", percent(metrics.orientation)),
        (
            "model known (and right)",
            pair(
                &percent(metrics.model_coverage),
                &percent(metrics.model_accuracy),
            ),
        ),
        (
            "running number known (and right)",
            pair(
                &percent(metrics.plate_coverage),
                &percent(metrics.plate_accuracy),
            ),
        ),
    ]
}

/// The rows about how soon changes are noticed.
fn delays(metrics: &Metrics) -> Vec<Row> {
    let never = if metrics.never_found.is_empty() {
        "none".to_owned()
    } else {
        metrics.never_found.join(" ")
    };
    vec![
        (
            "found after, median (90 %)",
            pair(
                &seconds(metrics.delay_p50, "-"),
                &seconds(metrics.delay_p90, "-"),
            ),
        ),
        ("never found", never),
        (
            "slowest arrival noticed after",
            seconds(metrics.arrival_delay_s_max, "never"),
        ),
        (
            "slowest departure noticed after",
            seconds(metrics.departure_delay_s_max, "never"),
        ),
    ]
}
