// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events from a bus. What is kept is acknowledged, not before: what a server that was killed has not kept comes again.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bus::{Endpoint, Fault, Inbox, InboxSettings, Kind, Message, News, Options};

use crate::app::App;
use crate::trouble::Trouble;

/// Messages and bytes that may wait.
const QUEUE: (usize, usize) = (1024, 64 << 20);
/// Longest wait for a message.
const WAIT: Duration = Duration::from_millis(200);
/// How long one waits after the store took nothing.
const AGAIN: Duration = Duration::from_secs(1);
/// Messages taken in at once.
const BATCH: usize = 500;
/// What is kept; pictures and announcements of streams are not.
const KINDS: [Kind; 6] = [
    Kind::PositionReport,
    Kind::ModelReport,
    Kind::PlateReport,
    Kind::CameraHealth,
    Kind::FacilityState,
    Kind::Tick,
];

/// Receives from an address for ever, in a thread of its own.
///
/// # Errors
/// Something of this machine is missing.
pub fn receive(app: Arc<App>, endpoint: Endpoint) -> Result<(), Fault> {
    let place = endpoint.to_string();
    let options = Options {
        kinds: KINDS.to_vec(),
        group: "roundhouse-serve".to_owned(),
        ..Options::default()
    };
    let settings = InboxSettings {
        endpoint,
        options,
        queue: QUEUE.0,
        queue_bytes: QUEUE.1,
        image_store: None,
    };
    let inbox = Inbox::start(
        &settings,
        Box::new(move |news| {
            let ending = if matches!(news, News::Lost(_)) {
                "; trying again"
            } else {
                ""
            };
            eprintln!("roundhouse: {}{ending}", news.sentence(&place));
        }),
    )?;
    thread::spawn(move || {
        let mut refused = 0;
        loop {
            take(&app, &inbox, &mut refused);
        }
    });
    Ok(())
}

/// Takes what has arrived; adds to how many messages were refused so far, of which the first is said.
fn take(app: &App, inbox: &Inbox, refused: &mut usize) {
    let Some(first) = inbox.next(WAIT) else {
        return;
    };
    let mut batch = vec![first];
    while batch.len() < BATCH {
        let Some(message) = inbox.next(Duration::ZERO) else {
            break;
        };
        batch.push(message);
    }
    let kept = batch
        .iter()
        .filter(|message| KINDS.contains(&message.envelope.kind));
    let text = |message: &Message| String::from_utf8_lossy(&message.event).into_owned();
    let texts: Vec<String> = kept.map(text).collect();
    // Nothing is acknowledged before it is kept.
    let mut trouble = Trouble::with("events from the bus");
    let receipt = loop {
        let taken = app.intake.take(texts.iter().map(String::as_str));
        trouble.note(&taken);
        if let Ok(receipt) = taken {
            break receipt;
        }
        thread::sleep(AGAIN);
    };
    if let (0, Some(first)) = (*refused, receipt.refused.first()) {
        eprintln!(
            "roundhouse: a message is refused: {}; more are counted only (/metrics)",
            first.reason
        );
    }
    *refused += receipt.refused.len();
    inbox.done();
}
