// SPDX-License-Identifier: MIT OR Apache-2.0
//! `/api/stream`: states and health as they come, as server-sent events.
//!
//! Who connects gets the newest state, then what is new; who says by `Last-Event-ID` where it stopped gets what it missed first, out
//! of the store. Who reads too slowly, or missed too much, gets `resync` and the newest state: memory is bounded.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_lite::Stream;
use futures_lite::stream::unfold;
use messages::Timestamp;
use store::{Document, Scope};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::answer::Answer;
use crate::app::App;
use crate::question::Asked;

/// How often something is said, so that nobody on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// So many events of the log are looked through at once, and at most, for somebody who comes back.
const PAGE: i64 = 1000;
const MOST_MISSED: i64 = 50_000;

/// Somebody who watches.
struct Watcher {
    app: Arc<App>,
    scope: Scope,
    live: Receiver<Arc<Document>>,
    /// The place in the log up to which everything was said.
    said: i64,
    /// The place in the log up to which the store is read before what is live counts.
    missed_until: i64,
    waiting: VecDeque<Event>,
}

/// The stream of a flow.
pub async fn stream(
    State(app): State<Arc<App>>,
    Asked(question): Asked,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let last = headers.get("last-event-id");
    let last = last.and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let asked = Arc::clone(&app);
    let scope = super::api::blocking(move || asked.scope(&question)).await?;
    // First watch, then ask what there is: so nothing falls between the two.
    let live = app.intake.watch();
    let mut watcher = Watcher {
        app,
        scope,
        live,
        said: last.unwrap_or_default(),
        missed_until: 0,
        waiting: VecDeque::new(),
    };
    watcher.begin(last.is_some()).await?;
    let events = unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// An event of the stream.
fn event(document: &Document) -> Event {
    let name = match &*document.kind {
        "facility-state" => "state",
        _ => "health",
    };
    Event::default()
        .event(name)
        .id(document.sequence.to_string())
        .data(&document.body)
}

impl Watcher {
    /// Finds out where to begin.
    async fn begin(&mut self, comes_back: bool) -> Answer<()> {
        let app = Arc::clone(&self.app);
        let newest = super::api::blocking(move || Ok(app.store.newest_sequence()?)).await?;
        // A place beyond the log is that of another log.
        if comes_back && (0..=MOST_MISSED).contains(&(newest - self.said)) {
            self.missed_until = newest;
            return Ok(());
        }
        if comes_back {
            self.waiting
                .push_back(Event::default().event("resync").data("{}"));
        }
        self.snapshot(newest).await
    }

    /// Says the newest state; everything up to `newest` in the log counts as said.
    async fn snapshot(&mut self, newest: i64) -> Answer<()> {
        let (app, scope) = (Arc::clone(&self.app), self.scope.clone());
        let end = Timestamp::MAX;
        let state = super::api::blocking(move || Ok(app.store.state_at(&scope, end)?)).await?;
        self.said = newest;
        self.missed_until = newest;
        self.waiting.extend(state.map(|state| {
            event(&Document {
                sequence: newest.max(state.sequence),
                ..state
            })
        }));
        Ok(())
    }

    /// Reads what was missed, a page at a time.
    async fn catch_up(&mut self) -> Answer<()> {
        let (app, scope, said) = (Arc::clone(&self.app), self.scope.clone(), self.said);
        let page = move || Ok(app.store.after(&scope, said, PAGE)?);
        let (documents, until) = super::api::blocking(page).await?;
        self.waiting.extend(documents.iter().map(event));
        // An empty page of a log that is shorter than it was must not be asked for for ever.
        self.said = until.max(said + 1);
        Ok(())
    }

    /// The next event; `None` ends the stream, and the browser comes back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.said < self.missed_until {
                self.catch_up().await.ok()?;
                continue;
            }
            match self.live.recv().await {
                Ok(document) => {
                    if document.scope == self.scope && document.sequence > self.said {
                        self.said = document.sequence;
                        return Some(event(&document));
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    self.live = self.live.resubscribe();
                    let app = Arc::clone(&self.app);
                    let newest = move || Ok(app.store.newest_sequence()?);
                    let newest = super::api::blocking(newest).await.ok()?;
                    self.snapshot(newest).await.ok()?;
                    return Some(Event::default().event("resync").data("{}"));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
