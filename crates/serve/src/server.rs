// SPDX-License-Identifier: MIT OR Apache-2.0
//! The web server.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use messages::Timestamp;
use serde_json::value::RawValue;
use store::{Backlog, Limits};
use tokio::net::TcpListener;

use crate::alerting::Alerting;
use crate::answer::{Answer, Failure};
use crate::api::{self, blocking};
use crate::app::App;
use crate::intake::Receipt;
use crate::peer::Peer;
use crate::steady::Steadiness;
use crate::tls::TlsListener;
use crate::trouble::Trouble;
use crate::{guard, page, reports, stream, watchman};

/// Largest batch, bytes.
const LARGEST_BATCH: usize = 32 << 20;
/// How long the derivation of history rests when there is nothing to derive, and how much it derives in one step.
const REST: Duration = Duration::from_secs(1);
const STEP: usize = 2000;
/// How often it is looked for events that are too old or too many.
const CLEANING: Duration = Duration::from_mins(1);
/// The page takes nothing from elsewhere and runs nothing but its own files.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// Answers until `stop` comes. What history lacks is derived meanwhile.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut tasks = vec![
        tokio::spawn(derive(Arc::clone(&app))),
        tokio::spawn(forget(Arc::clone(&app))),
    ];
    if app.plan.is_some() {
        tasks.push(tokio::spawn(watchman::reread(Arc::clone(&app))));
    }
    if app.alerting.is_some() {
        let live = app.intake.watch();
        tasks.push(tokio::spawn(watchman::judge(Arc::clone(&app), live)));
    }
    // Who watches never leaves by itself, so nobody is waited for: what was not answered was not confirmed.
    let result = tokio::select! {
        result = answer(app, listener) => result,
        () = stop => Ok(()),
    };
    for task in tasks {
        task.abort();
    }
    result
}

/// Answers what comes in, for ever.
async fn answer(app: Arc<App>, listener: TcpListener) -> io::Result<()> {
    let tls = app.tls.clone();
    let service = router(app).into_make_service_with_connect_info::<Peer>();
    match tls {
        Some(tls) => axum::serve(TlsListener::new(listener, tls)?, service).await,
        None => axum::serve(listener, service).await,
    }
}

/// Derives what history lacks, for ever.
async fn derive(app: Arc<App>) {
    let mut trouble = Trouble::with("history");
    loop {
        let store = Arc::clone(&app.store);
        let derived = tokio::task::spawn_blocking(move || store.derive(STEP)).await;
        let Ok(backlog) = derived else {
            return;
        };
        trouble.note(&backlog);
        match backlog {
            Ok(Backlog::More) => tokio::task::yield_now().await,
            Ok(Backlog::None) | Err(_) => tokio::time::sleep(REST).await,
        }
    }
}

/// Deletes raw events that have been kept for long enough, or are too many, a few at a time, for ever.
async fn forget(app: Arc<App>) {
    let mut trouble = Trouble::with("old events");
    let mut steadiness = Steadiness::default();
    loop {
        let store = Arc::clone(&app.store);
        let now = (app.clock)();
        let is_steady = steadiness.look(Instant::now(), now);
        let old = is_steady.then(|| now.saturating_sub(app.keep_ns));
        let limits = Limits {
            arrived: old.unwrap_or(Timestamp::from_nanos(i64::MIN)),
            bytes: app.keep_bytes,
        };
        let forgotten = tokio::task::spawn_blocking(move || store.forget(limits)).await;
        let Ok(deleted) = forgotten else {
            return;
        };
        trouble.note(&deleted);
        let wait = match deleted {
            Ok(0) | Err(_) => CLEANING,
            Ok(_) => REST,
        };
        tokio::time::sleep(wait).await;
    }
}

/// All addresses.
fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/api/halls", get(api::halls))
        .route("/api/facility", get(api::facility))
        .route("/api/state", get(api::state))
        .route("/api/states", get(api::states))
        .route("/api/flows", get(api::flows))
        .route("/api/stays", get(api::stays))
        .route("/api/moves", get(api::moves))
        .route("/api/visits", get(api::visits))
        .route("/api/disagreements", get(api::disagreements))
        .route("/api/cameras", get(api::cameras))
        .route("/api/plan", get(watchman::plan))
        .route("/api/alerts", get(watchman::alerts))
        .route("/api/reports/{report}", get(reports::answer))
        .route("/api/stream", get(stream::stream))
        .route("/api/events", post(events))
        .route("/api/login", post(guard::login))
        .route("/api/openapi.json", get(openapi))
        .route("/api/{*rest}", get(unknown))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/", get(page::index))
        .route("/{*path}", get(page::file))
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_BATCH))
        .layer(from_fn_with_state(Arc::clone(&app), guard::guard))
        .layer(map_response(secured))
        .with_state(app)
}

/// An answer with what browsers need to know to be careful.
async fn secured(mut response: Response) -> Response {
    let rules = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, rule) in rules {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(rule));
    }
    response
}

/// An address of the API that there is not.
async fn unknown(uri: Uri) -> Failure {
    Failure::missing(format!(
        "there is no {}; docs/serve.md lists what there is",
        uri.path()
    ))
}

/// A method that an address does not have.
async fn wrong_method(uri: Uri) -> Failure {
    let sentence = format!(
        "{} does not have this method; docs/serve.md lists what there is",
        uri.path()
    );
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, sentence)
}

/// `/api/openapi.json`: this API as `OpenAPI` describes one.
async fn openapi() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, include_str!("openapi.json")).into_response()
}

/// `POST /api/events`
async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<Receipt>> {
    let body = body.map_err(|error| Failure::new(error.status(), error.body_text()))?;
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_one = kind.starts_with("application/cloudevents+json");
    blocking(move || {
        let text = std::str::from_utf8(&body)
            .map_err(|error| Failure::unclear(format!("the body is no UTF-8: {error}")))?;
        let texts = documents(text, is_one)?;
        Ok(Json(app.intake.take(texts)?))
    })
    .await
}

/// The documents in a body: one, an array, or one in each line.
fn documents(text: &str, is_one: bool) -> Answer<Vec<&str>> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::unclear("there is no document in the body"));
    }
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text)
            .map_err(|error| Failure::unclear(format!("the body is no JSON array: {error}")))?;
        return Ok(items.into_iter().map(RawValue::get).collect());
    }
    if is_one {
        return Ok(vec![text]);
    }
    let lines = text.lines().map(str::trim);
    Ok(lines.filter(|line| !line.is_empty()).collect())
}

/// `/healthz`: the process lives.
async fn alive() -> &'static str {
    "ok\n"
}

/// `/readyz`: it can answer.
async fn ready(State(app): State<Arc<App>>) -> Answer<&'static str> {
    blocking(move || {
        app.store.newest_sequence()?;
        Ok("ok\n")
    })
    .await
}

/// `/metrics`: counters, for Prometheus.
async fn metrics(State(app): State<Arc<App>>) -> Answer<Response> {
    blocking(move || {
        let mut text = String::new();
        for (name, value) in app.intake.counters().iter() {
            let name = name.replace('-', "_");
            text.push_str(&format!("# TYPE roundhouse_events_{name}_total counter\nroundhouse_events_{name}_total {value}\n"));
        }
        let watchers = app.intake.watchers();
        text.push_str(&format!("# TYPE roundhouse_watchers gauge\nroundhouse_watchers {watchers}\n"));
        let now = (app.clock)();
        text.push_str("# TYPE roundhouse_flow_age_seconds gauge\n");
        for (facility, flows) in app.store.halls()? {
            for flow in flows {
                text.push_str(&format!(
                    "roundhouse_flow_age_seconds{{facility={},flow={}}} {:.3}\n",
                    serde_json::Value::from(facility.as_str()),
                    serde_json::Value::from(flow.flow.as_str()),
                    now.seconds_since(flow.newest)
                ));
            }
        }
        text.extend(app.alerting.as_ref().map(Alerting::metrics));
        let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
        Ok((kind, text).into_response())
    })
    .await
}
