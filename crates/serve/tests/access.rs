// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who is let in.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use support::{Server, facility, state};

/// SHA-256 of `secret-i`, `secret-r`.
const TOKENS: &str = "\
    fusion ingest 0298a77e53a1b22d21295dab512c61a74236e0fcd844ca04aea2e45f51eeb7f1\n\
    wall read 4dd5e30fb485075cafa0c02165674f208ac7cfa00d7af2aed83a4787ff594ddd\n";

#[test]
fn a_token_opens_what_it_is_for() {
    let server = Server::with_tokens(vec![facility()], Some(TOKENS));
    let event = state("prod", 1, "2026-03-01T10:00:00Z", None);
    let ingest = [("authorization", "Bearer secret-i")];
    let read = [("authorization", "Bearer secret-r")];
    let status = |method, path, headers: &[(&str, &str)], body: &str| {
        server.ask(method, path, headers, body).0
    };
    assert_eq!(status("POST", "/api/events", &[], &event), 401);
    assert_eq!(
        status(
            "POST",
            "/api/events",
            &[("authorization", "Bearer nobody")],
            &event
        ),
        401
    );
    assert_eq!(status("POST", "/api/events", &read, &event), 403);
    assert_eq!(status("POST", "/api/events", &ingest, &event), 200);
    assert_eq!(status("GET", "/api/state", &ingest, ""), 403);
    assert_eq!(status("GET", "/api/state", &[], ""), 401);
    assert_eq!(status("GET", "/metrics", &[], ""), 401);
    assert_eq!(status("GET", "/api/state", &read, ""), 200);
    assert_eq!(status("GET", "/healthz", &[], ""), 200);
    assert_eq!(status("GET", "/", &[], ""), 200);
}

#[test]
fn a_person_logs_in_and_the_browser_keeps_it() {
    let server = Server::with_tokens(vec![facility()], Some(TOKENS));
    let kind = ("content-type", "application/json");
    let login = |token: &str| {
        server.ask(
            "POST",
            "/api/login",
            &[kind],
            &format!("{{\"token\":\"{token}\"}}"),
        )
    };
    assert_eq!(login("nobody").0, 401);
    assert_eq!(login("secret-i").0, 401);
    let (status, cookie) = login("secret-r");
    let cookie = cookie.unwrap();
    assert_eq!(status, 200);
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let kept = cookie.split(';').next().unwrap();
    assert_eq!(
        server.ask("GET", "/api/halls", &[("cookie", kept)], "").0,
        200
    );
}

#[test]
fn pages_of_other_sites_may_do_nothing() {
    let server = Server::start(vec![facility()]);
    let event = state("prod", 1, "2026-03-01T10:00:00Z", None);
    let own = format!("http://{}", server.address);
    let status = |headers: &[(&str, &str)]| server.ask("POST", "/api/events", headers, &event).0;
    assert_eq!(status(&[("origin", "https://evil.example")]), 403);
    assert_eq!(status(&[("origin", "null")]), 403);
    assert_eq!(status(&[("host", "evil.example")]), 403);
    assert_eq!(status(&[("origin", &own)]), 200);
}

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    // The clock of tests stands: nobody gets more than what he may ask for at once.
    let server = Server::set(vec![facility()], Some(TOKENS), |settings| settings.rate = 2);
    let ask = |token| server.asked_by(token, "/api/halls", "retry-after");
    for _ in 0..20 {
        assert_eq!(ask("secret-r"), (200, None));
    }
    assert_eq!(ask("secret-r"), (429, Some("1".to_owned())));
    // Others are not kept out by him, and whoever is not known may ask less often.
    for _ in 0..2 {
        assert_eq!(ask("nobody"), (401, None));
    }
    assert_eq!(ask("somebody else"), (429, Some("6".to_owned())));
    assert_eq!(ask("secret-i"), (403, None));
}

#[test]
fn a_server_without_tokens_answers_as_often_as_it_is_asked() {
    let server = Server::set(vec![facility()], None, |settings| settings.rate = 1);
    for _ in 0..30 {
        assert_eq!(server.get("/api/halls").0, 200);
    }
}
