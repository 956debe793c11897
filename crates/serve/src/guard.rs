// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is let in. Without tokens the server is for this machine alone: whoever can open a connection may do everything, but no page of
//! another site may do it for him.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Answer, Failure};
use crate::app::App;
use crate::pace::Asker;
use crate::peer::Peer;
use crate::tokens::{Denied, Role, Tokens, cookie, presented};

/// A header's text.
fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Lets a request through, or says why not.
pub async fn guard(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(address)): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(tokens) = &app.tokens
        && let Err(seconds) = app
            .pace
            .ask(asker(tokens, &request, address.ip()), (app.clock)())
    {
        return too_often(seconds);
    }
    match judge(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

/// Who asks.
fn asker(tokens: &Tokens, request: &Request, address: IpAddr) -> Asker {
    let known = presented_by(request.headers()).and_then(|token| tokens.hash_of(token));
    known.map_or_else(|| Asker::at(address), Asker::Known)
}

/// The token in a request.
fn presented_by(headers: &HeaderMap) -> Option<&str> {
    presented(
        text(headers, header::AUTHORIZATION),
        text(headers, header::COOKIE),
    )
}

/// The answer to somebody who may ask again after so many seconds.
fn too_often(seconds: u64) -> Response {
    let failure = Failure::new(
        StatusCode::TOO_MANY_REQUESTS,
        format!(
            "too many requests; the next one may come in {seconds} s. --rate of the server says how many"
        ),
    );
    ([(header::RETRY_AFTER, seconds.to_string())], failure).into_response()
}

/// Whether a request may be answered.
fn judge(app: &App, request: &Request) -> Answer<()> {
    let headers = request.headers();
    let host = text(headers, header::HOST).unwrap_or_default();
    if request.method() != Method::GET
        && let Some(origin) = text(headers, header::ORIGIN)
        && origin.split_once("://").map(|(_, place)| place) != Some(host)
    {
        return Err(forbidden(format!(
            "a page of {origin} may send nothing here"
        )));
    }
    match &app.tokens {
        Some(tokens) => admit(tokens, request),
        None if is_this_machine(host) => Ok(()),
        None => Err(forbidden(format!(
            "this server is for its own machine, and not known as '{host}'; to let others in, start it with --tokens FILE"
        ))),
    }
}

/// An answer of status 403.
fn forbidden(sentence: String) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, sentence)
}

/// Whether a host, with or without port, is a name of the machine itself. A name of another site that leads here is none.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    name.is_empty() || name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Lets in whoever has a token for what he asks.
fn admit(tokens: &Tokens, request: &Request) -> Answer<()> {
    let path = request.uri().path();
    let role = match path {
        "/api/events" => Role::Ingest,
        "/api/login" | "/healthz" | "/readyz" => return Ok(()),
        "/metrics" => Role::Read,
        _ if path.starts_with("/api/") => Role::Read,
        // The page itself holds nothing of the hall.
        _ => return Ok(()),
    };
    let token = presented_by(request.headers());
    tokens.judge(token, role).map_err(|denied| match denied {
        Denied::Unknown => Failure::new(
            StatusCode::UNAUTHORIZED,
            "a token is needed: send Authorization: Bearer TOKEN, or log in",
        ),
        Denied::Role => forbidden(format!(
            "this token is not good for {path}; its roles are in the file of --tokens"
        )),
    })
}

/// A token, given by a person.
#[derive(Deserialize)]
pub struct Login {
    token: String,
}

/// `POST /api/login`: the browser keeps the token in a cookie that no script can read.
pub async fn login(
    State(app): State<Arc<App>>,
    login: Result<Json<Login>, JsonRejection>,
) -> Answer<Response> {
    let Json(login) = login.map_err(|error| Failure::unclear(error.body_text()))?;
    let refused = || {
        Failure::new(
            StatusCode::UNAUTHORIZED,
            "this token is not known, or not good for reading",
        )
    };
    if let Some(tokens) = &app.tokens {
        tokens
            .judge(Some(&login.token), Role::Read)
            .map_err(|_| refused())?;
    }
    let cookie = cookie(&login.token, app.tls.is_some()).ok_or_else(refused)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({"ok": true}))).into_response())
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn names_of_this_machine_are_known() {
        for host in [
            "",
            "localhost",
            "localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "127.0.0.1",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8080",
            "10.0.0.5:8080",
            "localhost.evil.example",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
