// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all requests share.

use std::collections::BTreeMap;
use std::sync::Arc;

use facility::Facility;
use messages::Timestamp;
use store::{Scope, Span, Store, StoreError};

use crate::alerting::Alerting;
use crate::answer::{Answer, Failure};
use crate::intake::Intake;
use crate::pace::Pace;
use crate::plan_file::PlanFile;
use crate::question::Question;
use crate::site::Site;
use crate::tls::Tls;
use crate::tokens::Tokens;
use crate::zone::{Zone, ZoneError};

/// What a question is about if it does not say: the last day, ns.
const DAY_NS: i64 = 86_400_000_000_000;

/// What a server knows when it starts.
pub struct Settings {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The facilities whose files are known; if there is one, events of others are refused.
    pub facilities: Vec<Facility>,
    /// Who may do what; `None`: whoever is on this machine may do everything.
    pub tokens: Option<Tokens>,
    /// How many requests a second each token may make on average; without tokens there is no limit.
    pub rate: u32,
    /// By what connections are encrypted; `None`: they are not.
    pub tls: Option<Tls>,
    /// How long raw events are kept, ns.
    pub keep_ns: i64,
    /// So many bytes the database may have; beyond them the oldest raw events go earlier.
    pub keep_bytes: u64,
    /// The time of day.
    pub clock: fn() -> Timestamp,
}

/// Why no server can be made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A facility's time zone.
    #[error("facility '{0}': {1}")]
    Zone(String, ZoneError),
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// The halls, and the way in for their events.
pub struct App {
    /// Where everything is kept.
    pub(crate) store: Arc<dyn Store>,
    /// The way in.
    pub(crate) intake: Intake,
    pub(crate) sites: BTreeMap<String, Site>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) pace: Pace,
    pub(crate) tls: Option<Tls>,
    pub(crate) keep_ns: i64,
    pub(crate) keep_bytes: u64,
    pub(crate) clock: fn() -> Timestamp,
    pub(crate) plan: Option<PlanFile>,
    pub(crate) alerting: Option<Alerting>,
}

impl App {
    /// An app with these settings.
    ///
    /// # Errors
    /// A time zone that is none, a store that cannot be read.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        let mut sites = BTreeMap::new();
        for facility in settings.facilities {
            let name = facility.name.clone();
            let site =
                Site::new(facility).map_err(|error| SettingsError::Zone(name.clone(), error))?;
            sites.insert(name, site);
        }
        let names = sites.keys().cloned().collect();
        Ok(Self {
            intake: Intake::new(Arc::clone(&settings.store), names, settings.clock)?,
            store: settings.store,
            sites,
            tokens: settings.tokens,
            pace: Pace::new(settings.rate),
            tls: settings.tls,
            keep_ns: settings.keep_ns,
            keep_bytes: settings.keep_bytes,
            clock: settings.clock,
            plan: None,
            alerting: None,
        })
    }

    /// The same with a plan.
    #[must_use]
    pub fn with_plan(mut self, plan: PlanFile) -> Self {
        self.plan = Some(plan);
        self
    }

    /// The same with rules of alerts.
    ///
    /// # Errors
    /// The store cannot be read, which knows since when machines are where they are.
    pub fn with_alerting(mut self, alerting: Alerting) -> Result<Self, StoreError> {
        alerting.learn(&*self.store, (self.clock)())?;
        self.alerting = Some(alerting);
        Ok(self)
    }

    /// The way in.
    #[must_use]
    pub const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The facility that is meant; without a name the first one.
    pub(crate) fn facility(&self, question: &Question) -> Answer<String> {
        if let Some(name) = &question.facility {
            return Ok(name.clone());
        }
        if let Some(name) = self.sites.keys().next() {
            return Ok(name.clone());
        }
        let halls = self.store.halls()?;
        let first = halls.into_iter().next().map(|(name, _)| name);
        first.ok_or_else(|| {
            Failure::missing("nothing has come in yet: send events, or start with --facility FILE")
        })
    }

    /// The flow that is meant; without a name `prod`.
    pub(crate) fn scope(&self, question: &Question) -> Answer<Scope> {
        let flow = question.flow.as_deref().unwrap_or("prod");
        Ok(Scope::new(self.facility(question)?, flow))
    }

    /// The flow and the span that are meant.
    pub(crate) fn scope_and_span(&self, question: &Question) -> Answer<(Scope, Span)> {
        let scope = self.scope(question)?;
        let span = self.span(question, &scope.facility)?;
        Ok((scope, span))
    }

    /// The time zone of a facility.
    pub(crate) fn zone(&self, facility: &str) -> Zone {
        self.sites
            .get(facility)
            .map(|site| site.zone.clone())
            .unwrap_or_default()
    }

    /// The instant that is meant; without one the newest.
    pub(crate) fn instant(&self, question: &Question, facility: &str) -> Answer<Timestamp> {
        let Some(text) = &question.at else {
            return Ok(Timestamp::MAX);
        };
        let at = self.zone(facility).parse(text);
        at.map_err(|error| Failure::unclear(error.to_string()))
    }

    /// The span that is meant; without one the last day.
    pub(crate) fn span(&self, question: &Question, facility: &str) -> Answer<Span> {
        let zone = self.zone(facility);
        let read = |text: &Option<String>| {
            let time = text.as_ref().map(|text| zone.parse(text)).transpose();
            time.map_err(|error| Failure::unclear(error.to_string()))
        };
        let to = read(&question.to)?.unwrap_or_else(self.clock);
        let from = read(&question.from)?.unwrap_or_else(|| to.saturating_sub(DAY_NS));
        if from >= to {
            return Err(Failure::unclear(format!(
                "from ({from}) is not before to ({to})"
            )));
        }
        Ok(Span { from, to })
    }
}
