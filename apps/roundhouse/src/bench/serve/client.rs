// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who sends, asks and watches over HTTP.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use ureq::Agent;

use super::hall::NAME;
use crate::failure::{Failure, Outcome};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// The line of a stream with which a state begins.
pub const STATE: &[u8] = b"event: state\n";

/// Somebody with one connection.
pub struct Client {
    agent: Agent,
    port: u16,
}

/// The sentence of a request that failed.
fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("the server does not answer: {error}"))
}

impl Client {
    /// Somebody who asks the server at a port of this machine.
    pub fn new(port: u16) -> Self {
        let config = Agent::config_builder().timeout_global(Some(PATIENCE));
        Self {
            agent: config.build().into(),
            port,
        }
    }

    /// The address of a path.
    fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Asks; how long the answer took, ms, and how many bytes it has.
    pub fn ask(&self, path: &str) -> Outcome<(f64, usize)> {
        let begin = Instant::now();
        let mut answer = self.agent.get(self.at(path)).call().map_err(failure)?;
        let body = answer.body_mut().with_config().limit(u64::MAX);
        let body = body.read_to_vec().map_err(failure)?;
        Ok((begin.elapsed().as_secs_f64() * 1e3, body.len()))
    }

    /// Sends a batch; how many events were kept.
    pub fn send(&self, batch: &str) -> Outcome<u64> {
        let answer = self.agent.post(self.at("/api/events"));
        let answer = answer.content_type("application/x-ndjson").send(batch);
        let text = answer.map_err(failure)?.body_mut().read_to_string();
        let receipt: serde_json::Value =
            serde_json::from_str(&text.map_err(failure)?).map_err(failure)?;
        Ok(receipt["accepted"].as_u64().unwrap_or(0))
    }
}

/// The request for the stream of a flow. To HTTP 1.0 a server answers without chunks: the body is the stream itself.
pub fn request(flow: &str) -> String {
    format!("GET /api/stream?facility={NAME}&flow={flow} HTTP/1.0\r\n\r\n")
}

/// Watches a flow in a thread until the server ends; how many states were told.
pub fn watch(port: u16, flow: &str) -> Outcome<JoinHandle<u64>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(failure)?;
    stream
        .write_all(request(flow).as_bytes())
        .map_err(failure)?;
    Ok(spawn(move || {
        let mut lines = BufReader::with_capacity(1 << 18, stream);
        let mut line = Vec::new();
        let mut states = 0;
        while lines
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            states += u64::from(line == STATE);
            line.clear();
        }
        states
    }))
}
