// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a server watches for: that the plan changes, and what rules of alerts do not want; and what it answers about them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use store::Document;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::alerting::Alerting;
use crate::answer::{Answer, Failure};
use crate::api::{blocking, nothing_of};
use crate::app::App;
use crate::question::Asked;

/// How often it is looked whether the plan's file has changed.
const REREAD: Duration = Duration::from_secs(2);
/// How often it is looked at what time alone makes so.
const LOOK: Duration = Duration::from_secs(1);

/// Reads the plan again whenever it changes, for ever.
pub async fn reread(app: Arc<App>) {
    loop {
        tokio::time::sleep(REREAD).await;
        let app = Arc::clone(&app);
        let read = move || {
            if let Some(plan) = &app.plan {
                plan.reread((app.clock)());
            }
        };
        if tokio::task::spawn_blocking(read).await.is_err() {
            return;
        }
    }
}

/// `/api/plan`
pub async fn plan(State(app): State<Arc<App>>, Asked(asked): Asked) -> Answer<Json<Value>> {
    blocking(move || {
        let scope = app.scope(&asked)?;
        let plan = app.plan.as_ref();
        let plan = plan
            .filter(|plan| plan.facility() == scope.facility)
            .ok_or_else(|| {
                Failure::missing(format!(
                    "there is no plan of '{}'; start the server with --plan FILE",
                    scope.facility
                ))
            })?;
        let at = app.instant(&asked, &scope.facility)?;
        let found = app.store.state_at(&scope, at)?;
        let state = found.ok_or_else(|| nothing_of(&scope))?;
        let event = state
            .said()
            .map_err(|error| Failure::missing(format!("a state is damaged: {error}")))?;
        plan.compared(&event)
    })
    .await
    .map(Json)
}

/// Applies the rules to what `live` brings, for ever.
pub async fn judge(app: Arc<App>, mut live: Receiver<Arc<Document>>) {
    let mut clock = tokio::time::interval(LOOK);
    loop {
        // The clock comes first, and with it the plan: what is heard is held against it.
        let heard = tokio::select! {
            biased;
            _ = clock.tick() => None,
            heard = live.recv() => Some(heard),
        };
        let document = match heard {
            None => None,
            Some(Ok(document)) => Some(document),
            // A state is whole, so the next one says what was missed.
            Some(Err(RecvError::Lagged(_))) => continue,
            Some(Err(RecvError::Closed)) => return,
        };
        let app = Arc::clone(&app);
        let judged = tokio::task::spawn_blocking(move || {
            let now = (app.clock)();
            if let Some(alerting) = &app.alerting {
                match &document {
                    Some(document) => alerting.take(document, now),
                    None => alerting.tick(app.plan.as_ref(), now),
                }
            }
        });
        if judged.await.is_err() {
            return;
        }
    }
}

/// `/api/alerts`
pub async fn alerts(State(app): State<Arc<App>>, Asked(asked): Asked) -> Answer<Json<Value>> {
    blocking(move || {
        let nothing = || json!({"open": [], "recent": [], "rules": [], "targets": []});
        let told = |alerting: &Alerting| alerting.told(asked.facility.as_deref());
        Ok(app.alerting.as_ref().map_or_else(nothing, told))
    })
    .await
    .map(Json)
}
