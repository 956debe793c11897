// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers `GET /metrics` and `GET /healthz`.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use prometheus_client::registry::Registry;

use super::collector::{registry, text};
use super::health::Health;
use crate::failure::{Failure, Outcome};

/// Answers at `address` from a thread of its own until the program ends; where that is.
pub fn serve(address: &str, health: Arc<Health>) -> Outcome<SocketAddr> {
    let failed = |error: std::io::Error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there; end it, or give another port"
            }
            std::io::ErrorKind::PermissionDenied => "give a port from 1024 on",
            _ => "write it as HOST:PORT with an address of this machine, such as 127.0.0.1:9464",
        };
        Failure::new(format!("--metrics {address}: {error}; {remedy}"))
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let place = listener.local_addr().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(failed)?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener).map_err(failed)?
    };
    let router = router(health);
    let answer = move || {
        // It ends with the program only.
        let _ = runtime.block_on(axum::serve(listener, router).into_future());
    };
    let thread = thread::Builder::new().name("metrics".to_owned());
    thread.spawn(answer).map_err(failed)?;
    Ok(place)
}

/// Both questions.
fn router(health: Arc<Health>) -> Router {
    let registry = Arc::new(registry(Arc::clone(&health)));
    Router::new()
        .route("/metrics", get(move || metrics(Arc::clone(&registry))))
        .route(
            "/healthz",
            get(move || std::future::ready(healthz(&health))),
        )
}

/// All numbers.
async fn metrics(registry: Arc<Registry>) -> Response {
    // An element that is locked up must not keep others from being answered.
    let text = tokio::task::spawn_blocking(move || text(&registry)).await;
    match text {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `ok`, or what is wrong with which pipeline.
fn healthz(health: &Health) -> Response {
    let wrong: Vec<String> = health
        .problems()
        .filter_map(|(name, problem)| Some(format!("{name}: {}\n", problem?)))
        .collect();
    if wrong.is_empty() {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, wrong.concat()).into_response()
    }
}
