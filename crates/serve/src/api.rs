// SPDX-License-Identifier: MIT OR Apache-2.0
//! Questions about a hall and their answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use messages::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use store::{MoveRow, Scope, Span, VisitRow};

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::flow_difference::{self, Difference};
use crate::question::{Asked, Question};
use crate::reports::csv;

/// Most states of one answer.
const MOST_STATES: i64 = 2000;
/// The columns of stays, moves and visits as CSV.
const STAY: [&str; 8] = [
    "track",
    "locomotive",
    "number",
    "model",
    "head",
    "tail",
    "from",
    "to",
];
const MOVE: [&str; 9] = [
    "time",
    "kind",
    "locomotive",
    "number",
    "model",
    "from_track",
    "from_metre",
    "track",
    "to_metre",
];
const VISIT: [&str; 7] = [
    "locomotive",
    "number",
    "model",
    "arrived",
    "left",
    "found",
    "dwell_s",
];
/// What all handlers get.
type Handed = (State<Arc<App>>, Asked);

/// Asks the store in a thread that may wait.
pub async fn blocking<T: Send + 'static>(
    question: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let answer = tokio::task::spawn_blocking(question).await;
    answer.unwrap_or_else(|_| {
        let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        Err(Failure::new(
            status,
            "the server failed to answer this; its log says why",
        ))
    })
}

/// Answers with JSON what `question` finds out.
async fn answer<T: serde::Serialize + Send + 'static>(
    (State(app), Asked(asked)): Handed,
    question: impl FnOnce(&App, &Question) -> Answer<T> + Send + 'static,
) -> Answer<Json<T>> {
    blocking(move || question(&app, &asked)).await.map(Json)
}

/// `/api/halls`
pub async fn halls(state: State<Arc<App>>, asked: Asked) -> Answer<Json<Vec<Value>>> {
    answer((state, asked), |app, _| {
        let mut halls = app.store.halls()?;
        for name in app.sites.keys() {
            if !halls.iter().any(|(known, _)| known == name) {
                halls.push((name.clone(), Vec::new()));
            }
        }
        let hall = |(facility, flows): &(String, Vec<store::Flow>)| {
            let newest = flows.iter().map(|flow| flow.newest).max();
            let flows: Vec<&str> = flows.iter().map(|flow| flow.flow.as_str()).collect();
            let has_plan = app.plan.as_ref().is_some_and(|plan| plan.facility() == facility);
            json!({"facility": facility, "timezone": app.zone(facility).name(), "flows": flows, "newest": newest, "plan": has_plan})
        };
        Ok(halls.iter().map(hall).collect())
    })
    .await
}

/// `/api/facility`
pub async fn facility(state: State<Arc<App>>, asked: Asked) -> Answer<Json<Value>> {
    answer((state, asked), |app, question| {
        let name = app.facility(question)?;
        let site = app.sites.get(&name);
        site.map(crate::site::Site::drawing).ok_or_else(|| {
            Failure::missing(format!(
                "the plan of '{name}' is not known; start the server with --facility FILE"
            ))
        })
    })
    .await
}

/// A document as it was kept.
fn raw(body: String) -> Answer<Box<RawValue>> {
    RawValue::from_string(body)
        .map_err(|error| Failure::missing(format!("a document is damaged: {error}")))
}

/// `/api/state`
pub async fn state(state: State<Arc<App>>, asked: Asked) -> Answer<Json<Box<RawValue>>> {
    answer((state, asked), |app, question| {
        let scope = app.scope(question)?;
        let at = app.instant(question, &scope.facility)?;
        let found = app.store.state_at(&scope, at)?;
        raw(found.ok_or_else(|| nothing_of(&scope))?.body)
    })
    .await
}

/// There is no state of a flow.
pub fn nothing_of(scope: &Scope) -> Failure {
    Failure::missing(format!(
        "there is no state of flow '{}' of '{}' at that time",
        scope.flow, scope.facility
    ))
}

/// `/api/states`
pub async fn states(state: State<Arc<App>>, asked: Asked) -> Answer<Json<Vec<Box<RawValue>>>> {
    answer((state, asked), |app, question| {
        let (scope, span) = app.scope_and_span(question)?;
        let step = question.step.unwrap_or(1.0);
        if !(step > 0.0 && step.is_finite()) {
            return Err(Failure::unclear(format!(
                "step={step}: needs to be above 0"
            )));
        }
        // Not more than the most: then the steps are longer.
        let least = span.to.since(span.from) / MOST_STATES + 1;
        let step = ((step * 1e9) as i64).max(least);
        let mut states = Vec::new();
        let mut last = None;
        let mut at = span.from;
        while at < span.to {
            at = at.saturating_add(step).min(span.to);
            let Some(found) = app.store.state_at(&scope, at)? else {
                continue;
            };
            if found.time < span.from || last == Some(found.sequence) {
                continue;
            }
            last = Some(found.sequence);
            states.push(raw(found.body)?);
        }
        Ok(states)
    })
    .await
}

/// `/api/flows`
pub async fn flows(state: State<Arc<App>>, asked: Asked) -> Answer<Json<Vec<Value>>> {
    answer((state, asked), |app, question| {
        let name = app.facility(question)?;
        let halls = app.store.halls()?;
        let flows = halls.into_iter().find(|(facility, _)| *facility == name);
        let mut answer = Vec::new();
        for flow in flows.map(|(_, flows)| flows).unwrap_or_default() {
            let scope = Scope::new(name.as_str(), flow.flow.as_str());
            let state = app.store.state_at(&scope, Timestamp::MAX)?;
            let state: Option<Value> =
                state.and_then(|state| serde_json::from_str(&state.body).ok());
            let count = state.map(|state| state["data"]["count"].clone());
            answer.push(
                json!({"flow": flow.flow, "newest": flow.newest, "events": flow.events,
                               "locomotives": count, "complete_until": flow.derived}),
            );
        }
        Ok(answer)
    })
    .await
}

/// Rows as JSON, or as CSV if that is asked for.
fn rows<T: serde::Serialize>(
    question: &Question,
    columns: &[&str],
    rows: &[T],
) -> Answer<Response> {
    let failed = |error: serde_json::Error| Failure::missing(error.to_string());
    let rows = rows
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    formatted(question, &rows, || csv::of_objects(columns, &rows))
}

/// A table as JSON, or as CSV if that is asked for.
pub fn formatted(
    question: &Question,
    as_json: &impl serde::Serialize,
    as_csv: impl FnOnce() -> String,
) -> Answer<Response> {
    match question.format.as_deref() {
        None | Some("json") => Ok(Json(as_json).into_response()),
        Some("csv") => {
            let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
            Ok((kind, as_csv()).into_response())
        }
        Some(other) => Err(Failure::unclear(format!(
            "format '{other}' is not known; known are json, csv"
        ))),
    }
}

/// `/api/stays`
pub async fn stays(State(app): State<Arc<App>>, Asked(asked): Asked) -> Answer<Response> {
    blocking(move || {
        let (scope, span) = app.scope_and_span(&asked)?;
        rows(&asked, &STAY, &app.store.stays(&scope, span)?)
    })
    .await
}

/// `/api/moves`
pub async fn moves(State(app): State<Arc<App>>, Asked(asked): Asked) -> Answer<Response> {
    blocking(move || {
        let (scope, span) = app.scope_and_span(&asked)?;
        rows(&asked, &MOVE, &app.store.moves(&scope, span)?)
    })
    .await
}

/// `/api/visits`
pub async fn visits(State(app): State<Arc<App>>, Asked(asked): Asked) -> Answer<Response> {
    blocking(move || {
        let (scope, span) = app.scope_and_span(&asked)?;
        let visits = app.store.visits(&scope, span)?;
        let begin = visits.iter().map(|visit| visit.arrived).min();
        let wide = Span {
            from: begin.unwrap_or(span.from),
            to: Timestamp::MAX,
        };
        let mut moves: BTreeMap<(String, Timestamp), Vec<MoveRow>> = BTreeMap::new();
        for moved in app.store.moves(&scope, wide)? {
            let visit = (moved.locomotive.clone(), moved.arrived);
            moves.entry(visit).or_default().push(moved);
        }
        let mut on_track: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
        if let Some(track) = &asked.track {
            let stays = app.store.stays(&scope, wide)?.into_iter();
            for stay in stays.filter(|stay| stay.track == *track) {
                on_track.entry(stay.locomotive).or_default().push(stay.from);
            }
        }
        let was_there = |visit: &VisitRow| {
            let stays = on_track.get(&visit.locomotive);
            stays
                .into_iter()
                .flatten()
                .any(|from| *from >= visit.arrived && visit.left.is_none_or(|left| *from <= left))
        };
        let same =
            |asked: &Option<String>, known: &Option<String>| asked.is_none() || asked == known;
        let chosen = visits.iter().filter(|visit| {
            same(&asked.number, &visit.number)
                && same(&asked.model, &visit.model)
                && (asked.track.is_none() || was_there(visit))
        });
        let now = (app.clock)();
        let of = |visit: &VisitRow| {
            let moves = moves.get(&(visit.locomotive.clone(), visit.arrived));
            entry(visit, moves.map_or(&[], Vec::as_slice), now)
        };
        let entries: Vec<Value> = chosen.map(of).collect();
        rows(&asked, &VISIT, &entries)
    })
    .await
}

/// A visit and its moves as the logbook shows them.
fn entry(visit: &VisitRow, moves: &[MoveRow], now: Timestamp) -> Value {
    let dwell = visit.left.unwrap_or(now).seconds_since(visit.arrived);
    json!({"locomotive": visit.locomotive, "number": visit.number, "model": visit.model, "arrived": visit.arrived,
           "left": visit.left, "found": visit.found, "dwell_s": dwell.round(), "moves": moves})
}

/// `/api/disagreements`
pub async fn disagreements(state: State<Arc<App>>, asked: Asked) -> Answer<Json<Vec<Difference>>> {
    answer((state, asked), |app, question| {
        let facility = app.facility(question)?;
        let span = app.span(question, &facility)?;
        let name = |flow: &Option<String>, default: &str| {
            flow.clone().unwrap_or_else(|| default.to_owned())
        };
        let a = Scope::new(facility.as_str(), name(&question.a, "prod"));
        let b = Scope::new(facility.as_str(), name(&question.b, "dev"));
        Ok(flow_difference::between(&*app.store, &a, &b, span)?)
    })
    .await
}

/// `/api/cameras`
pub async fn cameras(state: State<Arc<App>>, asked: Asked) -> Answer<Json<Vec<Value>>> {
    answer((state, asked), |app, question| {
        let scope = app.scope(question)?;
        let now = (app.clock)();
        let end = Span {
            from: Timestamp::from_nanos(i64::MAX - 1),
            to: Timestamp::MAX,
        };
        let known = app.store.cameras(&scope, end)?;
        let mut names: Vec<&str> = known.iter().map(|row| row.camera.as_str()).collect();
        if let Some(site) = app.sites.get(&scope.facility) {
            names.extend(site.facility.cameras.iter().map(|camera| camera.id.as_str()));
        }
        names.sort_unstable();
        names.dedup();
        let answer = names.into_iter().map(|name| {
            let row = known.iter().find(|row| row.camera == name);
            let pulse = app.intake.pulse(&scope.facility, name);
            let newest = pulse.as_ref().and_then(crate::intake::Pulse::newest);
            json!({
                "camera": name,
                "status": row.map_or("unknown", |row| row.health.as_str()),
                "since": row.map(|row| row.from),
                "fps": pulse.as_ref().and_then(crate::intake::Pulse::rate).map(|rate| (rate * 100.0).round() / 100.0),
                "age_s": newest.map(|newest| (now.seconds_since(newest) * 10.0).round() / 10.0),
                "text": row.and_then(|row| row.reason.as_deref()).unwrap_or_default(),
            })
        });
        Ok(answer.collect())
    })
    .await
}
