// SPDX-License-Identifier: MIT OR Apache-2.0
//! The causes of one rule: each is told once when it has been so for long enough, and once when it is over.

use std::collections::BTreeMap;

use messages::Timestamp;

use crate::alert::{Alert, Notice};
use crate::condition::Condition;
use crate::rule::Rule;

/// Something that is or was so.
#[derive(Debug, Clone)]
struct Cause {
    since: Timestamp,
    /// When it was last so.
    held: Timestamp,
    text: String,
    p: Option<f64>,
    /// The alert, once it is raised.
    alert: Option<Alert>,
}

/// The causes of a rule, by facility and subject.
#[derive(Debug, Clone, Default)]
pub struct Causes(BTreeMap<(String, String), Cause>);

impl Causes {
    /// Takes in all that is so in a facility, as was said of the time `at` and is heard `now`, and returns what is to be told.
    ///
    /// What is away for less than the rule's `clear_for` has not ended: it is not told anew, and its time goes on.
    pub fn update(
        &mut self,
        rule: &Rule,
        facility: &str,
        (at, now): (Timestamp, Timestamp),
        conditions: Vec<Condition>,
    ) -> Vec<Notice> {
        let mut notices = Vec::new();
        let likely = conditions
            .into_iter()
            .filter(|one| one.p.is_none_or(|p| p >= rule.probability));
        for condition in likely {
            let subject = condition.subject.clone();
            let key = (facility.to_owned(), subject.clone());
            let since = condition.since.unwrap_or(at).min(now);
            let cause = self.0.entry(key).or_insert_with(|| Cause {
                since,
                held: now,
                text: String::new(),
                p: None,
                alert: None,
            });
            cause.hold(condition, now);
            if cause.alert.is_none() && now.since(cause.since) >= rule.for_ns {
                let alert = Alert {
                    id: format!("{}/{facility}/{subject}@{now}", rule.name),
                    rule: rule.name.clone(),
                    kind: rule.kind.word().to_owned(),
                    facility: facility.to_owned(),
                    flow: rule.flow.clone(),
                    subject,
                    text: cause.text.clone(),
                    p: cause.p,
                    since: cause.since,
                    raised: now,
                    recovered: None,
                };
                cause.alert = Some(alert.clone());
                notices.push(Notice::new(alert, rule.send.clone()));
            }
        }
        let mut ended = self.ended(rule, facility, now);
        notices.append(&mut ended);
        notices
    }

    /// Forgets what is over in a facility, and returns what of it is to be told.
    fn ended(&mut self, rule: &Rule, facility: &str, now: Timestamp) -> Vec<Notice> {
        let mut notices = Vec::new();
        self.0.retain(|(of, _), cause| {
            let gone = now.since(cause.held);
            if of != facility || gone == 0 || gone < rule.clear_for_ns {
                return true;
            }
            if let Some(alert) = cause.alert.take() {
                let recovered = Some(now);
                notices.push(Notice::new(Alert { recovered, ..alert }, rule.send.clone()));
            }
            false
        });
        notices
    }

    /// What is raised and not over.
    pub fn open(&self) -> impl Iterator<Item = &Alert> {
        self.0.values().filter_map(|cause| cause.alert.as_ref())
    }

    /// Remembers what was raised before this program was started.
    pub fn restore(&mut self, alert: Alert, now: Timestamp) {
        let key = (alert.facility.clone(), alert.subject.clone());
        let cause = Cause {
            since: alert.since,
            held: now,
            text: alert.text.clone(),
            p: alert.p,
            alert: Some(alert),
        };
        self.0.insert(key, cause);
    }
}

impl Cause {
    /// It is so now.
    fn hold(&mut self, condition: Condition, now: Timestamp) {
        self.held = now;
        self.since = self.since.min(condition.since.unwrap_or(self.since));
        self.text = condition.text;
        self.p = condition.p;
        if let Some(alert) = &mut self.alert {
            alert.text.clone_from(&self.text);
            alert.p = self.p;
        }
    }
}
