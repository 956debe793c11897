// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bus tail`: print what passes.

use std::io::{Write, stdout};
use std::time::{Duration, Instant};

use bus::{Inbox, InboxSettings, Kind, Message};
use clap::Args;
use serde_json::Value;

use super::address::{Address, Selection, failed, narrator};
use crate::duration::parse_duration;
use crate::failure::{Failure, Outcome};

/// How long to wait for a message before it is looked whether the time is over.
const WAIT: Duration = Duration::from_millis(200);
/// Messages and bytes that may wait.
const QUEUE: (usize, usize) = (1024, 256 << 20);

/// Print the messages that pass, one line each, until you stop it.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    selection: Selection,
    /// Print the documents as they are, one per line.
    #[arg(long)]
    json: bool,
    /// End after so many messages.
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,
    /// End after this time, such as 10s.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<i64>,
}

/// Prints what passes.
pub fn run(arguments: &Arguments) -> Outcome {
    let endpoint = arguments.address.endpoint()?;
    let tell = narrator(&endpoint);
    let settings = InboxSettings {
        endpoint,
        options: arguments.selection.options(),
        queue: QUEUE.0,
        queue_bytes: QUEUE.1,
        image_store: None,
    };
    let inbox = Inbox::start(&settings, tell).map_err(|fault| failed(&fault))?;
    let until = arguments
        .duration
        .map(|nanos| Instant::now() + Duration::from_nanos(nanos.unsigned_abs()));
    let mut printed = 0;
    while arguments.count != Some(printed) && until.is_none_or(|until| Instant::now() < until) {
        let Some(message) = inbox.next(WAIT) else {
            inbox.done();
            continue;
        };
        print(&message, arguments.json)
            .map_err(|error| Failure::new(format!("the terminal: {error}")))?;
        printed += 1;
    }
    inbox.done();
    Ok(())
}

/// Prints one message.
fn print(message: &Message, json: bool) -> std::io::Result<()> {
    let mut output = stdout().lock();
    if json {
        output.write_all(&message.event)?;
        return output.write_all(b"\n");
    }
    writeln!(output, "{}", line(message))
}

/// What a message says, in one line: when, where, in which flow, about what.
fn line(message: &Message) -> String {
    let event: Value = serde_json::from_slice(&message.event).unwrap_or_default();
    let envelope = &message.envelope;
    let number = message
        .stamp
        .as_ref()
        .map_or_else(String::new, |stamp| format!(" #{}", stamp.sequence));
    format!(
        "{} {} {} {} {}{number}: {}",
        event["time"].as_str().unwrap_or("-"),
        envelope.facility,
        envelope.flow,
        envelope.kind.as_str(),
        envelope.about,
        summary(envelope.kind, &event["data"], message.payload.len())
    )
}

/// What the data say.
fn summary(kind: Kind, data: &Value, payload: usize) -> String {
    let count = |field: &str| data[field].as_array().map_or(0, Vec::len);
    let word = |field: &str| data[field].as_str().unwrap_or("-");
    match kind {
        Kind::FacilityState => {
            let locomotives = data["locomotives"]
                .as_array()
                .map_or(&[][..], Vec::as_slice);
            let places: Vec<String> = locomotives.iter().map(locomotive).collect();
            format!(
                "{} locomotives{}{}",
                locomotives.len(),
                if places.is_empty() { "" } else { ": " },
                places.join(", ")
            )
        }
        Kind::PositionReport => format!("{} ends, {} bodies", count("ends"), count("bodies")),
        Kind::CameraHealth => format!(
            "{} {}",
            word("health"),
            data["reason"].as_str().unwrap_or_default()
        ),
        Kind::Image => format!(
            "{} {}x{}, {payload} bytes",
            word("format"),
            data["width"],
            data["height"]
        ),
        Kind::Stream if data["ended"] == true => "ended".to_owned(),
        Kind::Stream => format!(
            "{} {}",
            if data["live"] == true {
                "live"
            } else {
                "recorded"
            },
            word("caps")
        ),
        Kind::ModelReport | Kind::PlateReport => data["candidates"][0].to_string(),
        Kind::Tick => String::new(),
    }
}

/// A locomotive of a state: `L1 on T3 from 12.3 to 31.0 m`.
fn locomotive(state: &Value) -> String {
    let metre = |end: &str| {
        state[end]["s"]
            .as_f64()
            .map_or_else(|| "?".to_owned(), |s| format!("{s:.1}"))
    };
    let (id, track) = (&state["id"], &state["track"]);
    format!(
        "{} on {} from {} to {} m",
        id.as_str().unwrap_or("?"),
        track.as_str().unwrap_or("?"),
        metre("head"),
        metre("tail")
    )
}
