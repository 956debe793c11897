// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alerts and the plan of a server, on a clock that the test sets.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use alerts::Rules;
use messages::Timestamp;
use plan::Site;
use roundhouse_serve::{Alerting, App, PlanFile, Settings};
use serde_json::{Value, json};
use store::SqliteStore;
use support::{Server, facility, state};
use tempfile::TempDir;

/// The time of day of this test, which it sets; other tests have processes of their own.
static NOW: AtomicI64 = AtomicI64::new(0);

fn clock() -> Timestamp {
    Timestamp::from_nanos(NOW.load(Ordering::SeqCst))
}

/// Half a minute past eleven, and so many seconds.
fn set(second: i64) -> Timestamp {
    let begin: Timestamp = "2026-03-01T11:00:30Z".parse().unwrap();
    let time = begin.saturating_add(second * 1_000_000_000);
    NOW.store(time.nanos(), Ordering::SeqCst);
    time
}

const PLAN: &str = "number,track,from,until\n185 123-7,T2,2026-03-01 12:00,2026-03-01 14:00\n";

/// A server in a folder, with a plan and a rule about it.
fn start(folder: TempDir, plan: &Path) -> Server {
    let settings = Settings {
        store: Arc::new(SqliteStore::open(folder.path()).unwrap()),
        facilities: vec![facility()],
        tokens: None,
        keep_ns: i64::MAX,
        keep_bytes: u64::MAX,
        rate: 1000,
        tls: None,
        clock,
    };
    let site = || Site::new(facility(), None);
    let text =
        "[[rule]]\nname = 'not as planned'\nkind = 'plan'\nfor = '10 s'\nclear_for = '0 s'\n";
    let rules = Rules::parse(text, "alerts.toml", &[site()]).unwrap();
    let alerting = Alerting::new(
        rules,
        vec![site()],
        folder.path().join("alerts.json"),
        clock(),
    );
    let plan = PlanFile::open(plan.to_owned(), site(), clock()).unwrap();
    let app = App::new(settings)
        .unwrap()
        .with_plan(plan)
        .with_alerting(alerting)
        .unwrap();
    Server::of(app, folder)
}

/// The open alerts, once there are so many.
fn open(server: &Server, count: usize) -> Vec<Value> {
    loop {
        let (_, told) = server.get("/api/alerts?facility=hall");
        let open = told["open"].as_array().unwrap();
        if open.len() == count {
            return open.clone();
        }
        thread::yield_now();
    }
}

/// Sends a state in which the machine stands on T1, or nowhere.
fn says(server: &Server, second: i64, is_there: bool) {
    let time = set(second);
    let machine = is_there.then_some(("185 123-7", 5.0));
    let (status, receipt) = server.post(state(
        "prod",
        time.nanos() as u64 / 1_000_000_000,
        &time.to_string(),
        machine,
    ));
    assert_eq!(
        (status, &receipt["accepted"]),
        (200, &json!(1)),
        "{receipt}"
    );
}

/// Asserts that an answer has the keys that the description of the API says, and no others.
fn described(server: &Server, schema: &str, answer: &Value) {
    let (_, description) = server.get("/api/openapi.json");
    let properties = &description["components"]["schemas"][schema]["properties"];
    let keys = |object: &Value| -> Vec<String> {
        let mut keys: Vec<String> = object.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(answer), keys(properties), "{schema}");
}

#[test]
fn what_differs_from_the_plan_is_shown_and_raised_once_over_a_restart() {
    set(0);
    let folder = tempfile::tempdir().unwrap();
    let plans = tempfile::tempdir().unwrap();
    let file = plans.path().join("plan.csv");
    std::fs::write(&file, PLAN).unwrap();
    let server = start(folder, &file);
    assert_eq!(server.get("/api/plan").0, 404);
    says(&server, 1, true);
    let (status, plan) = server.get("/api/plan?facility=hall");
    assert_eq!(status, 200, "{plan}");
    let difference = &plan["differences"][0];
    assert_eq!(
        (
            &difference["what"],
            &difference["planned"],
            &difference["track"]
        ),
        (&json!("wrong track"), &json!("T2"), &json!("T1"))
    );
    assert_eq!(
        (&difference["p"], &plan["entries"][0]["standing"]),
        (&json!(0.81), &json!("wrong-track"))
    );
    assert_eq!(
        (&plan["file"], &plan["error"]),
        (&json!("plan.csv"), &Value::Null)
    );
    described(&server, "Plan", &plan);
    described(&server, "PlanDifference", difference);
    described(&server, "PlanEntry", &plan["entries"][0]);
    says(&server, 5, true);
    says(&server, 11, true);
    let alert = open(&server, 1).remove(0);
    assert_eq!(
        (&alert["rule"], &alert["subject"]),
        (
            &json!("not as planned"),
            &json!("plan/wrong track/185 123-7")
        )
    );
    assert_eq!(
        (&alert["since"], &alert["raised"]),
        (
            &json!("2026-03-01T11:00:31Z"),
            &json!("2026-03-01T11:00:41Z")
        )
    );
    described(&server, "Alerts", &server.get("/api/alerts").1);
    described(&server, "Alert", &alert);
    let (_, metrics) = server.text("/metrics");
    assert!(metrics.contains("roundhouse_alerts_open 1\n"), "{metrics}");
    // Another server finds what the first one has kept.
    let kept = std::fs::read_to_string(server.folder.path().join("alerts.json")).unwrap();
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("alerts.json"), kept).unwrap();
    let server = start(other, &file);
    assert_eq!(open(&server, 1)[0]["id"], alert["id"]);
    says(&server, 20, true);
    // A plan that is wrong changes nothing; a good one is taken.
    std::fs::write(&file, "number,track\n").unwrap();
    let error = loop {
        let (_, plan) = server.get("/api/plan");
        if let Some(error) = plan["error"].as_str() {
            break error.to_owned();
        }
        thread::yield_now();
    };
    assert!(
        error.contains("plan.csv:1: from: the header has no such column"),
        "{error}"
    );
    assert_eq!(open(&server, 1)[0]["id"], alert["id"]);
    std::fs::write(&file, PLAN.replace("T2", "T1")).unwrap();
    while server.get("/api/plan").1["differences"] != json!([]) {
        thread::yield_now();
    }
    // The rules hear of the new plan within a second, and of the machine with each state.
    let mut second = 21;
    while server.get("/api/alerts").1["open"] != json!([]) {
        says(&server, second, true);
        second += 1;
    }
    let (_, told) = server.get("/api/alerts?facility=hall");
    assert_eq!(told["recent"][0]["id"], alert["id"]);
    assert_eq!(
        server.get("/api/alerts?facility=yard").1["recent"],
        json!([])
    );
}
