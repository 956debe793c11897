// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server asked over loopback.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use serde_json::{Value, json};
use support::{Server, facility, state, states};

/// A hall in which a locomotive comes after 100 s, moves after 200 s and goes after 300 s; flow dev does not see it before 150 s.
fn lived() -> Server {
    let server = Server::start(vec![facility()]);
    let place = |second, first| match second {
        s if s < first => None,
        s if s < 200 => Some(("<script>alert(1)</script>", 5.0)),
        s if s < 300 => Some(("<script>alert(1)</script>", 30.0)),
        _ => None,
    };
    let (status, receipt) = server.post(states("prod", 400, |second| place(second, 100)));
    assert_eq!(
        (status, &receipt["accepted"]),
        (200, &json!(400)),
        "{receipt}"
    );
    server.post(states("dev", 400, |second| place(second, 150)));
    server
}

const SPAN: &str = "from=2026-03-01T10:00:00Z&to=2026-03-01T11:00:00Z";

#[test]
fn events_are_kept_once() {
    let server = Server::start(vec![facility()]);
    let lines = states("prod", 3, |_| None);
    assert_eq!(
        server.post(lines.as_str()),
        (200, json!({"accepted": 3, "duplicates": 0, "refused": []}))
    );
    let array = format!("[{}]", lines.trim().replace('\n', ","));
    assert_eq!(
        server.post(array),
        (200, json!({"accepted": 0, "duplicates": 3, "refused": []}))
    );
    assert_eq!(
        server.post("[]"),
        (200, json!({"accepted": 0, "duplicates": 0, "refused": []}))
    );
    let (_, flows) = server.get("/api/flows?facility=hall");
    assert_eq!(flows[0]["events"], 3);
}

#[test]
fn what_cannot_be_true_is_refused_by_reason() {
    let server = Server::start(vec![facility()]);
    let good = state("prod", 1, "2026-03-01T10:00:00Z", None);
    let future = state("prod", 2, "2026-03-01T13:00:00Z", None);
    let elsewhere = good.replace("/hall/", "/yard/");
    let large = good.replace("\"prod\"]", &format!("\"{}\"]", "x".repeat(2 << 20)));
    let unnameable = state("prod", 3, "2026-03-01T10:00:02Z", Some(("1", 5.0)));
    let unnameable = unnameable.replace("\"L1\"", &format!("\"{}\"", "x".repeat(600)));
    let body = [
        &good,
        "no json",
        &future,
        &elsewhere,
        &large,
        "{\"specversion\":\"1.0\"}",
        &unnameable,
    ]
    .join("\n");
    let (status, receipt) = server.post(body);
    assert_eq!((status, &receipt["accepted"]), (200, &json!(1)));
    let reasons: Vec<(u64, &str)> = receipt["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refused| {
            (
                refused["index"].as_u64().unwrap(),
                refused["reason"].as_str().unwrap(),
            )
        })
        .collect();
    let words = [
        "no JSON",
        "in the future",
        "'yard', which is unknown",
        "2097",
        "is missing",
        "a name of 600 bytes",
    ];
    assert_eq!(reasons.len(), words.len(), "{reasons:?}");
    for ((at, (index, reason)), word) in (1..).zip(&reasons).zip(words) {
        assert_eq!(at, *index);
        assert!(reason.contains(word), "{reason}");
    }
    let (_, metrics) = server.text("/metrics");
    assert!(
        metrics.contains("roundhouse_events_refused_future_total 1"),
        "{metrics}"
    );
    assert_eq!(server.post("\n").0, 400);
    let (status, answer) = server.post("[1, ");
    assert_eq!(status, 400);
    assert!(
        answer["error"].as_str().unwrap().contains("no JSON array"),
        "{answer}"
    );
}

#[test]
fn the_state_of_any_instant_is_there() {
    let server = lived();
    let (_, newest) = server.get("/api/state?facility=hall");
    assert_eq!(newest["data"]["state"], 400);
    let (_, then) = server.get("/api/state?facility=hall&flow=dev&at=2026-03-01T10:02:30.5Z");
    assert_eq!(then["data"]["state"], 151);
    let (status, none) = server.get("/api/state?facility=hall&at=2026-03-01T09:00:00Z");
    assert_eq!(status, 404);
    assert!(none["error"].is_string());
    let (_, played) = server.get(&format!("/api/states?facility=hall&{SPAN}&step=100"));
    let numbers: Vec<u64> = played
        .as_array()
        .unwrap()
        .iter()
        .map(|state| state["data"]["state"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [101, 201, 301, 400]);
}

#[test]
fn history_is_told() {
    let server = lived();
    let (_, moves) = server.get(&format!("/api/moves?facility=hall&{SPAN}"));
    let kinds: Vec<&str> = moves
        .as_array()
        .unwrap()
        .iter()
        .map(|moved| moved["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["arrival", "move", "departure"]);
    assert_eq!(moves[0]["time"], "2026-03-01T10:01:40Z");
    let (_, stays) = server.get(&format!("/api/stays?facility=hall&{SPAN}"));
    assert_eq!(stays.as_array().unwrap().len(), 2);
    assert_eq!(stays[0]["to"], "2026-03-01T10:03:19Z");
    let (_, visits) = server.get(&format!(
        "/api/visits?facility=hall&{SPAN}&track=T1&model=A15"
    ));
    assert_eq!(visits[0]["dwell_s"], 199.0);
    assert_eq!(visits[0]["moves"].as_array().unwrap().len(), 3);
    let (_, none) = server.get(&format!("/api/visits?facility=hall&{SPAN}&track=T2"));
    assert_eq!(none, json!([]));
    let (_, differences) = server.get(&format!("/api/disagreements?facility=hall&{SPAN}"));
    assert_eq!(differences.as_array().unwrap().len(), 1, "{differences}");
    assert_eq!(differences[0]["what"], "only in prod");
    let (_, cameras) = server.get("/api/cameras?facility=hall");
    assert_eq!(
        (&cameras[0]["camera"], &cameras[0]["status"]),
        (&json!("C1"), &json!("online"))
    );
}

#[test]
fn the_facility_is_drawn() {
    let server = Server::start(vec![facility()]);
    let (_, plan) = server.get("/api/facility");
    assert_eq!(plan["timezone"], "Europe/Berlin");
    assert_eq!(
        plan["tracks"][0]["line"],
        json!([[0.0, 0.0], [30.0, 0.0], [60.0, 30.0]])
    );
    assert_eq!(plan["tracks"][1]["line"], json!([[0.0, 6.0], [60.0, 6.0]]));
    assert_eq!(
        plan["cameras"][0]["covers"],
        json!([{"track": "T1", "from": 0.0, "to": 30.0}])
    );
    assert_eq!(plan["models"], json!([{"id": "A15", "length": 15.2}]));
    let (_, halls) = server.get("/api/halls");
    assert_eq!(halls[0]["facility"], "hall");
}

#[test]
fn every_report_is_there_as_json_and_csv() {
    let server = lived();
    for name in roundhouse_serve::reports::names() {
        let (status, report) = server.get(&format!("/api/reports/{name}?facility=hall&{SPAN}"));
        assert_eq!(status, 200, "{name}: {report}");
        let columns = report["columns"].as_array().unwrap();
        let rows = report["rows"].as_array().unwrap();
        assert!(
            name == "turnaround" || !rows.is_empty() || name == "flows",
            "{name}: {report}"
        );
        for row in rows {
            for column in columns {
                assert!(
                    row.get(column["key"].as_str().unwrap()).is_some(),
                    "{name}: {row}"
                );
            }
        }
        let (status, csv) = server.text(&format!(
            "/api/reports/{name}?facility=hall&{SPAN}&format=csv"
        ));
        assert_eq!(status, 200);
        assert_eq!(csv.lines().count(), rows.len() + 1, "{name}: {csv}");
    }
    let (status, unknown) = server.get("/api/reports/weather");
    assert_eq!(status, 404);
    assert!(unknown["error"].as_str().unwrap().contains("occupancy"));
}

#[test]
fn reports_count_what_was() {
    let server = lived();
    let rows = |name: &str| {
        let (_, report) = server.get(&format!("/api/reports/{name}?facility=hall&by=day&{SPAN}"));
        report["rows"].as_array().unwrap().clone()
    };
    let occupancy = rows("occupancy");
    let t1: &Value = &occupancy[0];
    assert_eq!(
        (&t1["part"], &t1["track"]),
        (&json!("2026-03-01"), &json!("T1"))
    );
    // 99 s of rest, and 99 s after the move of one second.
    assert_eq!(t1["occupied_h"], 0.055);
    let (_, before) =
        server.get("/api/reports/occupancy?facility=hall&by=day&from=2026-02-27&to=2026-03-02");
    let days: Vec<(&str, bool)> = before["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["track"] == "T1")
        .map(|row| (row["part"].as_str().unwrap(), row["occupied"].is_number()))
        .collect();
    assert_eq!(
        days,
        [
            ("2026-02-27", false),
            ("2026-02-28", false),
            ("2026-03-01", true)
        ]
    );
    let turnaround = rows("turnaround");
    assert_eq!(
        (&turnaround[0]["model"], &turnaround[0]["median_h"]),
        (&json!("A15"), &json!(0.055))
    );
    let read = rows("unidentified");
    assert_eq!(read[0]["rate"], 100.0);
}

#[test]
fn who_watches_gets_everything_once_and_in_order() {
    let server = Server::start(vec![facility()]);
    server.post(states("prod", 10, |_| None));
    let mut watch = server.watch("?facility=hall&flow=prod", None);
    let first = watch.next();
    assert_eq!((first.event.as_str(), first.id.as_str()), ("state", "10"));
    server.post(states("dev", 5, |_| None));
    server.post(states("prod", 12, |_| None));
    let number = |told: &support::Told| {
        let state: Value = serde_json::from_str(&told.data).unwrap();
        state["data"]["state"].as_u64().unwrap()
    };
    let eleventh = watch.next();
    assert_eq!(number(&eleventh), 11);
    drop(watch);
    server.post(states("prod", 14, |_| None));
    let mut again = server.watch("?facility=hall&flow=prod", Some(&eleventh.id));
    let told = [again.next(), again.next(), again.next()].map(|told| (number(&told), told.event));
    let expected = [12, 13, 14].map(|number| (number, "state".to_owned()));
    assert_eq!(told, expected);
}

#[test]
fn who_comes_back_from_another_database_begins_again() {
    let server = Server::start(vec![facility()]);
    server.post(states("prod", 10, |_| None));
    let mut watch = server.watch("?facility=hall&flow=prod", Some("4711"));
    assert_eq!(watch.next().event, "resync");
    assert_eq!(watch.next().id, "10");
}

#[test]
fn browsers_are_told_to_be_careful() {
    let server = Server::start(Vec::new());
    let policy = server.header("/", "content-security-policy");
    assert!(
        policy.starts_with("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(
        server.header("/api/halls", "x-content-type-options"),
        "nosniff"
    );
    assert!(server.text("/").1.contains("<html"));
    assert_eq!(server.get("/api/nothing").0, 404);
    assert_eq!(server.text("/healthz").1, "ok\n");
    assert_eq!(server.text("/readyz").1, "ok\n");
}

#[test]
fn the_description_of_the_api_is_what_there_is() {
    let server = lived();
    let (_, description) = server.get("/api/openapi.json");
    assert_eq!(description["openapi"], "3.1.0");
    let schemas = &description["components"]["schemas"];
    for (path, operations) in description["paths"].as_object().unwrap() {
        let Some(get) = operations.get("get") else {
            assert_eq!(server.get(path).0, 405, "{path}");
            continue;
        };
        // A stream has no end, and a plan this server has not: tests/alerts.rs looks at that.
        if path == "/api/stream" || path == "/api/plan" {
            continue;
        }
        let (status, answer) = server.get(&format!("{}?{SPAN}", path.replace("{report}", "dwell")));
        assert_eq!(status, 200, "{path}");
        let schema = &get["responses"]["200"]["content"]["application/json"]["schema"];
        let (reference, first) = match schema.get("items") {
            Some(items) => (&items["$ref"], &answer[0]),
            None => (&schema["$ref"], &answer),
        };
        let Some(name) = reference.as_str() else {
            continue;
        };
        let schema = &schemas[name.rsplit('/').next().unwrap()];
        for key in schema["required"].as_array().unwrap() {
            assert!(
                first.get(key.as_str().unwrap()).is_some(),
                "{path}: {key} in {first}"
            );
        }
        let known = schema["properties"].as_object().unwrap();
        if name != "#/components/schemas/Event" {
            let unknown: Vec<&String> = first
                .as_object()
                .unwrap()
                .keys()
                .filter(|key| !known.contains_key(*key))
                .collect();
            assert!(unknown.is_empty(), "{path}: {unknown:?} are not described");
        }
    }
}

#[test]
fn what_is_asked_wrongly_is_answered_with_a_sentence() {
    let server = lived();
    for path in [
        "/api/states?step=many",
        "/api/states?step=0",
        "/api/state?at=yesterday",
        "/api/stays?from=2026-03-02&to=2026-03-01",
        "/api/stays?format=xls",
        "/api/reports/dwell?by=week",
    ] {
        let (status, answer) = server.get(path);
        assert_eq!(status, 400, "{path}");
        assert!(answer["error"].is_string(), "{path}: {answer}");
    }
}

#[test]
fn who_reads_too_slowly_begins_again_and_costs_nobody_memory() {
    let server = Server::start(vec![facility()]);
    server.post(states("prod", 1, |_| None));
    let mut slow = server.watch("?facility=hall&flow=prod", None);
    assert_eq!(slow.next().id, "1");
    // More than all buffers between the two hold, and more states than wait for anybody.
    let long = format!("[\"{}\"]", "x".repeat(20_000));
    let lines = states("prod", 1800, |_| None).replace("[\"prod\"]", &long);
    for part in lines.lines().collect::<Vec<_>>().chunks(100) {
        let (status, _) = server.post(part.join("\n"));
        assert_eq!(status, 200);
    }
    let mut told = slow.next();
    let mut seen = 0;
    while told.event != "resync" {
        seen += 1;
        told = slow.next();
    }
    assert!(seen < 1799, "{seen}");
    let newest: Value = serde_json::from_str(&slow.next().data).unwrap();
    assert_eq!(newest["data"]["state"], 1800);
}

#[test]
fn two_hundred_watch_at_once() {
    let server = Server::start(vec![facility()]);
    server.post(states("prod", 1, |_| None));
    let mut watches: Vec<_> = (0..200)
        .map(|_| server.watch("?facility=hall&flow=prod", None))
        .collect();
    for watch in &mut watches {
        assert_eq!(watch.next().id, "1");
    }
    server.post(states("prod", 3, |_| None));
    for watch in &mut watches {
        let told = [watch.next(), watch.next()];
        assert!(told.iter().all(|told| told.event == "state"), "{told:?}");
    }
}
