// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `bussink`: how long it holds the stream up. Its messages go to another process.

use std::path::Path;

use crate::bench::beside::{Beside, free_port};
use crate::bench::limit::{Limit, Line};
use crate::failure::Outcome;

/// Time of a document, at most, µs.
const MOST_DOCUMENT: f64 = 20.0;
/// Time of a packet of eight frames, at most, µs.
const MOST_PACKET: f64 = 60.0;

/// Measures documents and packets; `facility` is the file that packets are of.
pub fn lines(facility: &Path) -> Outcome<Vec<Line>> {
    eprintln!("bench: bussink: documents");
    let document = held_up("documents", &[])?;
    eprintln!("bench: bussink: packets");
    let packet = held_up("pictures", &[&facility.display().to_string()])?;
    let line = |what: &str, [took, least]: [f64; 2], most: f64| Line {
        name: format!("bussink: {what}, µs of the streaming thread"),
        seen: format!("medians; `fakesink` {least:.1} µs"),
        measured: took.into(),
        limit: Limit::AtMost(most),
    };
    Ok(vec![
        line("a document", document, MOST_DOCUMENT),
        line("a packet of 8 references to JPEG", packet, MOST_PACKET),
    ])
}

/// How long one buffer of the part `part` takes, and how long with `fakesink`, µs.
fn held_up(part: &str, more: &[&str]) -> Outcome<[f64; 2]> {
    let port = free_port()?;
    let receiver = format!("zmq+pull://127.0.0.1:{port}");
    let receiver = Beside::part(&["subscribe", &receiver])?;
    let address = format!("zmq+push://127.0.0.1:{port}");
    let arguments: Vec<&str> = [part, &address]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let mut sender = Beside::part(&arguments)?;
    let took = [sender.number()?, sender.number()?];
    sender.finish()?;
    drop(receiver);
    Ok(took)
}
