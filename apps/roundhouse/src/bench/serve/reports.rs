// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `reports`: how long each takes over the whole record, and over its last month.

use std::path::Path;
use std::time::Instant;

use messages::Timestamp;

use super::client::Client;
use super::running::{Running, scratch};
use super::year;
use crate::bench::limit::{Limit, Line};
use crate::bench::percentiles::median;
use crate::failure::Outcome;

/// Longest time of a report over the whole record, and over a month, ms.
const MOST_MS: f64 = 300.0;
const MOST_MONTH_MS: f64 = 30.0;
/// How often each is asked for.
const TIMES: usize = 5;
/// A day, ns.
const DAY_NS: i64 = 86_400_000_000_000;
/// Days of a month.
const MONTH: u32 = 30;

/// Makes the record and asks for the reports.
pub fn lines(days: u32, disk: &Path) -> Outcome<Vec<Line>> {
    let folder = scratch(disk)?;
    let end = Timestamp::now();
    let begin = Instant::now();
    let events = year::make(folder.path(), days, end)?;
    let took = begin.elapsed().as_secs_f64();
    eprintln!("bench: {events} states of {days} days made in {took:.1} s");
    let server = Running::ours(folder.path())?;
    let client = Client::new(server.port);
    let whole = line(&client, "reports over the whole record", days, end, MOST_MS)?;
    let month = line(
        &client,
        "reports over a month of it",
        MONTH,
        end,
        MOST_MONTH_MS,
    )?;
    Ok(vec![whole, month])
}

/// The slowest report over the last days before `end`, by the median of its times.
fn line(client: &Client, what: &str, days: u32, end: Timestamp, most: f64) -> Outcome<Line> {
    let from = end.saturating_sub(i64::from(days) * DAY_NS);
    let mut slowest = 0.0_f64;
    let mut seen = Vec::new();
    for name in ::serve::reports::names() {
        let path = format!("/api/reports/{name}?from={from}&to={end}");
        let mut times = Vec::new();
        for _ in 0..TIMES {
            times.push(client.ask(&path)?.0);
        }
        let time = median(times.into_iter());
        slowest = slowest.max(time);
        seen.push(format!("{name} {time:.0}"));
    }
    Ok(Line {
        name: format!("{what}, {days} days: the slowest, ms"),
        seen: seen.join(", "),
        measured: slowest.into(),
        limit: Limit::AtMost(most),
    })
}
