// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hears what a hall says, and says what is to be told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use messages::{Data, Event, Timestamp};
use plan::{Plan, Site};
use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Notice};
use crate::cause::Causes;
use crate::conditions::{View, conditions};
use crate::hall::Hall;
use crate::rule::{Kind, Rule};

/// What is older when it is heard is history, ns: nobody is told now of what was hours ago.
const HISTORY_NS: i64 = 120_000_000_000;
/// So many alerts that are over are remembered.
const MOST_RECENT: usize = 100;
/// So many flows are heard.
const MOST_FLOWS: usize = 256;

/// What outlives a restart, so that nothing is told twice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// What is raised and not over.
    pub open: Vec<Alert>,
    /// What is over, the newest first.
    pub recent: Vec<Alert>,
}

/// Facility and flow.
type Scope = (String, String);

/// Applies rules to what is heard. It reads no clock: each call brings its own time, which never goes back.
#[derive(Debug)]
pub struct Engine {
    rules: Vec<(Rule, Causes)>,
    sites: BTreeMap<String, Site>,
    plans: BTreeMap<String, Arc<Plan>>,
    halls: BTreeMap<Scope, Hall>,
    recent: VecDeque<Alert>,
    begun: Timestamp,
}

impl Engine {
    /// Applies `rules` to these facilities, and to others that are heard of, from `now` on.
    #[must_use]
    pub fn new(rules: Vec<Rule>, sites: Vec<Site>, now: Timestamp) -> Self {
        let sites = sites
            .into_iter()
            .map(|site| (site.facility.name.clone(), site));
        Self {
            rules: rules
                .into_iter()
                .map(|rule| (rule, Causes::default()))
                .collect(),
            sites: sites.collect(),
            plans: BTreeMap::new(),
            halls: BTreeMap::new(),
            recent: VecDeque::new(),
            begun: now,
        }
    }

    /// A facility has this plan from now on.
    pub fn set_plan(&mut self, facility: &str, plan: &Arc<Plan>) {
        self.plans.insert(facility.to_owned(), Arc::clone(plan));
    }

    /// A machine is known to have been on a track since a time, from a record of the hall.
    pub fn know_stay(
        &mut self,
        (facility, flow): (&str, &str),
        (machine, track): (&str, &str),
        since: Timestamp,
    ) {
        let hall = self
            .halls
            .entry((facility.to_owned(), flow.to_owned()))
            .or_default();
        hall.stays
            .insert((machine.to_owned(), track.to_owned()), since);
    }

    /// An event is heard at `now`. What was long ago is not told.
    pub fn take(&mut self, facility: &str, event: &Event, now: Timestamp) -> Vec<Notice> {
        let scope = (facility.to_owned(), event.flow.clone());
        let is_known = self.halls.contains_key(&scope) || self.halls.len() < MOST_FLOWS;
        if !is_known || now.since(event.time) > HISTORY_NS {
            return Vec::new();
        }
        let hall = self.halls.entry(scope).or_default();
        match &event.data {
            Data::State(state) => {
                if !hall.take_state(event.time, state.clone()) {
                    return Vec::new();
                }
            }
            Data::Health(health) => hall.take_health(event.time, health),
            _ => return Vec::new(),
        }
        hall.heard = Some(now);
        self.judge(facility, (event.time, now), |rule| rule.heeds(&event.flow))
    }

    /// Nothing is heard, and it is `now`.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Notice> {
        let mut facilities: Vec<String> = self.sites.keys().cloned().collect();
        facilities.extend(self.halls.keys().map(|(facility, _)| facility.clone()));
        facilities.sort_unstable();
        facilities.dedup();
        let of =
            |facility: &String| self.judge(facility, (now, now), |rule| rule.kind.is_of_clock());
        facilities.iter().flat_map(of).collect()
    }

    /// Applies some of the rules to a facility, of which something was said of the time `at`.
    fn judge(
        &mut self,
        facility: &str,
        (at, now): (Timestamp, Timestamp),
        is_meant: impl Fn(&Rule) -> bool,
    ) -> Vec<Notice> {
        let unheard = Hall::default();
        let (halls, sites, plans) = (&self.halls, &self.sites, &self.plans);
        let hall = |flow: &str| halls.get(&(facility.to_owned(), flow.to_owned()));
        let mut notices = Vec::new();
        for (rule, causes) in &mut self.rules {
            if !rule.is_for(facility) || !is_meant(rule) {
                continue;
            }
            let other = match &rule.kind {
                Kind::FlowsDiffer { with, .. } => hall(with),
                _ => None,
            };
            let view = View {
                site: sites.get(facility),
                plan: plans.get(facility).map(Arc::as_ref),
                hall: hall(&rule.flow).unwrap_or(&unheard),
                other,
                begun: self.begun,
                now,
            };
            // Of a flow that has said nothing there is nothing to tell but that.
            if view.hall.heard.is_none() && rule.kind != Kind::NoEvents {
                continue;
            }
            notices.extend(causes.update(rule, facility, (at, now), conditions(rule, &view)));
        }
        let over = notices
            .iter()
            .filter(|notice| notice.alert.recovered.is_some());
        for notice in over {
            self.recent.push_front(notice.alert.clone());
        }
        self.recent.truncate(MOST_RECENT);
        notices
    }

    /// What is raised and not over, the newest first, and what is over.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let mut open: Vec<Alert> = self
            .rules
            .iter()
            .flat_map(|(_, causes)| causes.open().cloned())
            .collect();
        open.sort_by(|a, b| b.raised.cmp(&a.raised).then_with(|| a.id.cmp(&b.id)));
        Memory {
            open,
            recent: self.recent.iter().cloned().collect(),
        }
    }

    /// Remembers what was told before a restart. What belongs to no rule any more is forgotten.
    pub fn restore(&mut self, memory: Memory, now: Timestamp) {
        for alert in memory.open {
            let of = self
                .rules
                .iter_mut()
                .find(|(rule, _)| rule.name == alert.rule);
            if let Some((_, causes)) = of {
                causes.restore(alert, now);
            }
        }
        self.recent = memory.recent.into();
    }

    /// The rules.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|(rule, _)| rule)
    }
}
