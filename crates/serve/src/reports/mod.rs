// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reports: tables about a span of time.

mod cameras;
pub mod csv;
mod differences;
mod dwell;
mod occupancy;
mod spans;
mod subject;
mod table;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use store::{Scope, Span, StoreError};

use crate::answer::{Answer, Failure};
use crate::api::{blocking, formatted};
use crate::app::App;
use crate::question::{Asked, Question};
use subject::{By, Subject};
use table::Table;
pub use table::{Column, Report};

/// A longer span is told by days, a shorter one by hours, ns.
const LONGEST_BY_HOUR_NS: i64 = 2 * 86_400_000_000_000 + 3_600_000_000_000;

/// How a report makes its table.
type Make = fn(&Subject) -> Result<Table, StoreError>;

/// The reports: name, title, and how the table is made.
const REPORTS: [(&str, &str, Make); 8] = [
    ("occupancy", "Occupancy of the tracks", occupancy::occupancy),
    ("dwell", "How long locomotives stay", dwell::dwell),
    ("moves", "Arrivals, departures and moves", dwell::moves),
    ("turnaround", "Turnaround by model", dwell::turnaround),
    ("unidentified", "Numbers read", dwell::unidentified),
    ("cameras", "How cameras were", cameras::cameras),
    (
        "completeness",
        "How complete the record is",
        cameras::completeness,
    ),
    ("flows", "Where two flows differ", differences::flows),
];

/// The names of all reports.
#[must_use]
pub fn names() -> Vec<&'static str> {
    REPORTS.iter().map(|(name, ..)| *name).collect()
}

/// What a report may be asked for.
#[derive(Debug, Default, Clone)]
pub struct Wanted {
    /// The facility; default: the first one.
    pub facility: Option<String>,
    /// The flow; default: `prod`.
    pub flow: Option<String>,
    /// The begin of the span, a day or a time; default: a day before its end.
    pub from: Option<String>,
    /// The end of the span; default: now.
    pub to: Option<String>,
    /// `hour` or `day`; default: by the length of the span.
    pub by: Option<String>,
}

impl App {
    /// Makes the report of this name.
    ///
    /// # Errors
    /// A sentence: there is no such report, a time that is none, a store that cannot be read.
    pub fn report(&self, name: &str, wanted: &Wanted) -> Result<Report, String> {
        let wanted = wanted.clone();
        let question = Question {
            facility: wanted.facility,
            flow: wanted.flow,
            from: wanted.from,
            to: wanted.to,
            by: wanted.by,
            ..Question::default()
        };
        make(self, name, &question).map_err(|failure| failure.to_string())
    }
}

/// `/api/reports/{report}`
pub async fn answer(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Asked(asked): Asked,
) -> Answer<Response> {
    blocking(move || {
        let report = make(&app, &name, &asked)?;
        formatted(&asked, &report, || report.to_csv())
    })
    .await
}

/// Makes a report.
fn make(app: &App, name: &str, asked: &Question) -> Answer<Report> {
    let found = REPORTS.iter().find(|(known, ..)| *known == name);
    let (_, title, table) = found.ok_or_else(|| {
        let known = names().join(", ");
        Failure::missing(format!("there is no report '{name}'; known are {known}"))
    })?;
    let scope = Scope {
        flow: asked
            .a
            .clone()
            .or_else(|| asked.flow.clone())
            .unwrap_or_else(|| "prod".to_owned()),
        facility: app.facility(asked)?,
    };
    let wanted = app.span(asked, &scope.facility)?;
    let by = match asked.by.as_deref() {
        Some("hour") => By::Hour,
        None if wanted.to.since(wanted.from) <= LONGEST_BY_HOUR_NS => By::Hour,
        Some("day") | None => By::Day,
        Some(other) => {
            return Err(Failure::unclear(format!(
                "by '{other}' is not known; known are hour, day"
            )));
        }
    };
    let complete_until = app.store().derived(&scope)?;
    let end = complete_until.map_or(wanted.from, |until| wanted.to.min(until));
    let site = app.sites.get(&scope.facility);
    let subject = Subject {
        store: app.store(),
        other: Scope::new(scope.facility.as_str(), asked.b.as_deref().unwrap_or("dev")),
        span: Span {
            from: wanted.from,
            to: end.max(wanted.from),
        },
        zone: app.zone(&scope.facility),
        by,
        tracks: site
            .map(|site| {
                site.facility
                    .tracks
                    .iter()
                    .map(|track| track.id.clone())
                    .collect()
            })
            .unwrap_or_default(),
        scope,
    };
    let table = table(&subject)?;
    Ok(Report {
        title: (*title).to_owned(),
        facility: subject.scope.facility.clone(),
        flow: subject.scope.flow.clone(),
        from: wanted.from,
        to: wanted.to,
        timezone: subject.zone.name().to_owned(),
        complete_until,
        columns: table.columns,
        rows: table.rows,
    })
}
