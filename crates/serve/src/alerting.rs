// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rules of alerts, what they said, and those who are told.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use alerts::{Alert, Engine, Memory, Notice, Rule, Rules, Senders};
use messages::Timestamp;
use plan::Site;
use serde_json::{Value, json};
use store::{Document, Scope, Span, Store, StoreError};

use crate::plan_file::PlanFile;

/// The rules of a server, and what they said.
pub struct Alerting {
    engine: Mutex<Engine>,
    senders: Senders,
    /// Where is kept what was said.
    file: PathBuf,
}

impl Alerting {
    /// Applies rules to these facilities from `now` on. What was said before this start is in `file`.
    #[must_use]
    pub fn new(rules: Rules, sites: Vec<Site>, file: PathBuf, now: Timestamp) -> Self {
        let mut engine = Engine::new(rules.rules, sites, now);
        match remembered(&file) {
            Ok(memory) => engine.restore(memory, now),
            Err(problem) => eprintln!(
                "roundhouse: {}: {problem}; alerts that are open are told again",
                file.display()
            ),
        }
        Self {
            engine: Mutex::new(engine),
            senders: Senders::start(rules.targets, |sentence| {
                eprintln!("roundhouse: {sentence}");
            }),
            file,
        }
    }

    /// The engine.
    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns since when machines have been where they are.
    pub(crate) fn learn(&self, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
        let present = Span {
            from: now,
            to: Timestamp::MAX,
        };
        for (facility, flows) in store.halls()? {
            for flow in flows {
                let stays =
                    store.stays(&Scope::new(facility.as_str(), flow.flow.as_str()), present)?;
                let mut engine = self.engine();
                for stay in stays.iter().filter(|stay| stay.to.is_none()) {
                    engine.know_stay(
                        (&facility, &flow.flow),
                        (&stay.locomotive, &stay.track),
                        stay.from,
                    );
                }
            }
        }
        Ok(())
    }

    /// A document has come in.
    pub(crate) fn take(&self, document: &Document, now: Timestamp) {
        // What is kept was read before.
        if let Ok(event) = document.said() {
            let notices = self.engine().take(&document.scope.facility, &event, now);
            self.tell(notices);
        }
    }

    /// Time has gone on.
    pub(crate) fn tick(&self, plan: Option<&PlanFile>, now: Timestamp) {
        let notices = {
            let mut engine = self.engine();
            if let Some(plan) = plan {
                engine.set_plan(plan.facility(), &plan.plan());
            }
            engine.tick(now)
        };
        self.tell(notices);
    }

    /// Tells everybody, and keeps what was said.
    fn tell(&self, notices: Vec<Notice>) {
        if notices.is_empty() {
            return;
        }
        let memory = self.engine().memory();
        if let Err(error) = keep(&self.file, &memory) {
            eprintln!(
                "roundhouse: {}: {error}; after a restart open alerts are told again",
                self.file.display()
            );
        }
        self.senders.send(notices);
    }

    /// What is open and over, and how it stands with those who are told.
    pub(crate) fn told(&self, facility: Option<&str>) -> Value {
        let (memory, rules) = {
            let engine = self.engine();
            let rule = |rule: &Rule| json!({"name": rule.name, "kind": rule.kind.word()});
            (
                engine.memory(),
                engine.rules().map(rule).collect::<Vec<_>>(),
            )
        };
        let of = |alerts: Vec<Alert>| {
            let chosen = alerts
                .into_iter()
                .filter(|alert| facility.is_none_or(|facility| alert.facility == facility));
            chosen.collect::<Vec<_>>()
        };
        let targets: Vec<Value> = self.senders.deliveries().into_iter().map(|target| {
            let counters = target.counters;
            json!({"name": target.name, "kind": target.kind, "waiting": target.waiting, "delivered": counters.delivered,
                   "failed_attempts": counters.failed_attempts, "lost": counters.lost_refused + counters.lost_overflow, "error": target.error})
        }).collect();
        json!({"open": of(memory.open), "recent": of(memory.recent), "rules": rules, "targets": targets})
    }

    /// Counters for Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let open = self.engine().memory().open.len();
        let mut text =
            format!("# TYPE roundhouse_alerts_open gauge\nroundhouse_alerts_open {open}\n");
        let deliveries = self.senders.deliveries();
        text.push_str("# TYPE roundhouse_alerts_waiting gauge\n");
        for target in &deliveries {
            text.push_str(&format!(
                "roundhouse_alerts_waiting{{target={}}} {}\n",
                Value::from(target.name.as_str()),
                target.waiting
            ));
        }
        let names = deliveries
            .first()
            .into_iter()
            .flat_map(|target| target.counters.iter());
        for (name, _) in names {
            let metric = name.replace('-', "_");
            text.push_str(&format!(
                "# TYPE roundhouse_alerts_{metric}_total counter\n"
            ));
            for target in &deliveries {
                let value = target.counters.iter().find(|(other, _)| *other == name);
                let value = value.map_or(0, |(_, value)| value);
                text.push_str(&format!(
                    "roundhouse_alerts_{metric}_total{{target={}}} {value}\n",
                    Value::from(target.name.as_str())
                ));
            }
        }
        text
    }
}

/// What was said before this start.
fn remembered(file: &Path) -> Result<Memory, String> {
    match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Memory::default()),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes what was said, all of it or nothing.
fn keep(file: &Path, memory: &Memory) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("new");
    std::fs::write(&new, serde_json::to_string(memory)?)?;
    std::fs::rename(new, file)
}
