// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bus publish`: a file of documents, onto the bus.

use std::path::PathBuf;
use std::time::Duration;

use bus::{Options, Outbox, OutboxSettings};
use bytes::Bytes;
use clap::Args;

use super::address::{Address, failed, narrator};
use crate::duration::parse_duration;
use crate::failure::{Failure, Outcome};
use crate::lines::read_lines;

/// Messages and bytes that may wait.
const QUEUE: (usize, usize) = (1024, 64 << 20);

/// Publish the documents of a file: states, reports, what `fsefuse record=` or `jsonlsink` wrote.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
    /// Documents, one per line: a file, a folder of files *.jsonl, or `-` for standard input.
    file: PathBuf,
    /// How long to wait at the end until everything is delivered.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    patience: i64,
}

/// Publishes every line.
pub fn run(arguments: &Arguments) -> Outcome {
    let endpoint = arguments.address.endpoint()?;
    let place = endpoint.to_string();
    let tell = narrator(&endpoint);
    let settings = OutboxSettings {
        endpoint,
        options: Options::default(),
        queue: QUEUE.0,
        queue_bytes: QUEUE.1,
        spool: None,
        image_store: None,
        sender: "roundhouse-publish".to_owned(),
    };
    let outbox = Outbox::start(settings, tell).map_err(|fault| failed(&fault))?;
    read_lines(&arguments.file, |place, text| {
        let text = text.map_err(|error| Failure::new(format!("{place}: no UTF-8: {error}")))?;
        // Nobody interrupts it.
        let _ = outbox.wait_for_room();
        let offered = outbox.offer(text, Bytes::new());
        offered.map_err(|refusal| Failure::new(format!("{place}: {refusal}")))
    })?;
    let delivered = outbox.drain(Duration::from_nanos(arguments.patience.unsigned_abs()));
    let stats = outbox.stats();
    let refused = stats.refused.sum();
    println!(
        "{} of {} documents are delivered to {place}, {refused} were refused",
        stats.counters.settled, stats.counters.offered
    );
    if delivered && refused == 0 {
        return Ok(());
    }
    let fault = stats
        .link
        .last_fault
        .unwrap_or_else(|| "nobody takes them".to_owned());
    Err(Failure::new(format!(
        "{} documents are not delivered: {fault}",
        stats.waiting + refused
    )))
}
