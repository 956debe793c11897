// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server on loopback, and somebody who asks it.

#![allow(dead_code, reason = "each test uses some of it")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use facility::Facility;
use messages::Timestamp;
use roundhouse_serve::{App, Settings, Tokens, serve};
use serde_json::Value;
use store::SqliteStore;
use tempfile::TempDir;
use ureq::Agent;

/// A guard against hanging, nothing that decides.
const PATIENCE: Duration = Duration::from_mins(1);

/// The time of day of all tests: 2026-03-01T12:00:00Z.
pub fn noon() -> Timestamp {
    Timestamp::from_nanos(1_772_366_400_000_000_000)
}

/// A facility in Berlin with two tracks.
pub fn facility() -> Facility {
    let text = "facility = 'hall'\ntimezone = 'Europe/Berlin'\n\
                [[track]]\nid = 'T1'\nplan = [[0, 0], [30, 0], [60, 30]]\ngates = ['low']\n\
                [[track]]\nid = 'T2'\nlength = 60\n\
                [[camera]]\nid = 'C1'\ncovers = [{ track = 'T1', from = 0, to = 30 }]\n\
                [[model]]\nname = 'A15'\nlength = 15.2\n";
    Facility::parse(text, "facility.toml").unwrap()
}

/// A server, with the folder of its database.
pub struct Server {
    pub address: SocketAddr,
    pub app: Arc<App>,
    pub folder: TempDir,
}

impl Server {
    /// Starts with an empty database.
    pub fn start(facilities: Vec<Facility>) -> Self {
        Self::with_tokens(facilities, None)
    }

    /// Starts with an empty database and a file of tokens.
    pub fn with_tokens(facilities: Vec<Facility>, tokens: Option<&str>) -> Self {
        Self::set(facilities, tokens, |_| ())
    }

    /// Starts with an empty database, a file of tokens, and settings that were changed.
    pub fn set(
        facilities: Vec<Facility>,
        tokens: Option<&str>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tokens = tokens.map(|lines| {
            let file = folder.path().join("tokens");
            std::fs::write(&file, lines).unwrap();
            Tokens::load(&file).unwrap()
        });
        let mut settings = Settings {
            store: Arc::new(SqliteStore::open(folder.path()).unwrap()),
            facilities,
            tokens,
            rate: 1000,
            tls: None,
            keep_ns: i64::MAX,
            keep_bytes: u64::MAX,
            clock: noon,
        };
        change(&mut settings);
        Self::of(App::new(settings).unwrap(), folder)
    }

    /// Starts with this app, whose database is in `folder`.
    pub fn of(app: App, folder: TempDir) -> Self {
        let app = Arc::new(app);
        let served = Arc::clone(&app);
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                serve(served, listener, std::future::pending())
                    .await
                    .unwrap();
            });
        });
        let address = told.recv_timeout(PATIENCE).unwrap();
        Self {
            address,
            app,
            folder,
        }
    }

    /// Status and answer of a question.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let (status, text) = self.text(path);
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Status and text of a question.
    pub fn text(&self, path: &str) -> (u16, String) {
        let mut response = agent().get(self.at(path)).call().unwrap();
        (
            response.status().as_u16(),
            response.body_mut().read_to_string().unwrap(),
        )
    }

    /// A header of the answer to a question.
    pub fn header(&self, path: &str, name: &str) -> String {
        let response = agent().get(self.at(path)).call().unwrap();
        response.headers()[name].to_str().unwrap().to_owned()
    }

    /// Status of a request with these headers, and the cookie that the answer sets.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, Option<String>) {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.at(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = agent().run(request.body(body.to_owned()).unwrap()).unwrap();
        let cookie = response.headers().get("set-cookie");
        let cookie = cookie.map(|cookie| cookie.to_str().unwrap().to_owned());
        (response.status().as_u16(), cookie)
    }

    /// Posts events.
    pub fn post(&self, body: impl Into<String>) -> (u16, Value) {
        post(self.address, &body.into())
    }

    /// The header of the answer to a question with a token, if it has one, and its status.
    pub fn asked_by(&self, token: &str, path: &str, name: &str) -> (u16, Option<String>) {
        let request = agent().get(self.at(path));
        let request = request.header("authorization", format!("Bearer {token}"));
        let response = request.call().unwrap();
        let value = response.headers().get(name);
        let value = value.map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), value)
    }

    /// The address of a path.
    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Watches, after the event of this id if one is given.
    pub fn watch(&self, query: &str, last: Option<&str>) -> Watch {
        let mut request = agent().get(self.at(&format!("/api/stream{query}")));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let body = request.call().unwrap().into_body();
        Watch(BufReader::new(Box::new(body.into_reader())))
    }
}

/// Posts events to an address.
pub fn post(address: SocketAddr, body: &str) -> (u16, Value) {
    let url = format!("http://{address}/api/events");
    let mut response = agent().post(url).send(body).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (
        response.status().as_u16(),
        serde_json::from_str(&text).unwrap_or(Value::Null),
    )
}

/// Somebody who asks.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build();
    config.into()
}

/// A stream of events.
pub struct Watch(BufReader<Box<dyn std::io::Read>>);

/// An event of a stream.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    pub event: String,
    pub id: String,
    pub data: String,
}

impl Watch {
    /// The next event.
    pub fn next(&mut self) -> Told {
        let mut told = Told::default();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            let line = line.trim_end();
            match line.split_once(": ") {
                None if line.is_empty() && !told.event.is_empty() => return told,
                Some(("event", event)) => event.clone_into(&mut told.event),
                Some(("id", id)) => id.clone_into(&mut told.id),
                Some(("data", data)) => told.data.push_str(data),
                _ => {}
            }
        }
    }
}

/// The state number `number` of a flow at a time, with one locomotive of this number at `s` of T1, if any.
pub fn state(flow: &str, number: u64, time: &str, locomotive: Option<(&str, f64)>) -> String {
    let locomotives = locomotive.map_or_else(String::new, |(plate, s)| {
        let plate = Value::from(plate);
        format!(
            r#"{{"id":"L1","track":"T1","head":{{"s":{s},"sigma":0.1}},"tail":{{"s":{},"sigma":0.1}},"orientation_confidence":0.9,"velocity":0,"moving":true,"confidence":0.9,"status":"confirmed","model":{{"name":"A15","p":0.9}},"plate":{{"text":{plate},"p":0.9}},"last_seen":"{time}","seen_by":["C1"]}}"#,
            s + 15.0
        )
    });
    let count = u32::from(!locomotives.is_empty());
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.facility-state.v1","source":"/hall/fsefuse/{flow}","id":"1-{number}","time":"{time}","flow":"{flow}","data":{{"state":{number},"count":{count},"inputs":["prod"],"locomotives":[{locomotives}],"cameras":[{{"id":"C1","health":"online","blind":0}}]}}}}"#
    )
}

/// States of a flow, one a second from 2026-03-01T10:00:00Z on, as JSON Lines; what stands where is asked of `place` for each second.
pub fn states(
    flow: &str,
    seconds: u64,
    place: impl Fn(u64) -> Option<(&'static str, f64)>,
) -> String {
    let begin: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
    let line = |second: u64| {
        let time = begin.saturating_add(second as i64 * 1_000_000_000);
        state(flow, second + 1, &time.to_string(), place(second)) + "\n"
    };
    (0..seconds).map(line).collect()
}
