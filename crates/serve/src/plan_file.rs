// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plan of a hall: a file that is read again when it changes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use facility::FacilityErrors;
use messages::{Data, Event, Timestamp};
use plan::{Plan, Site, compare};
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};

/// A plan and the file that it is in.
pub struct PlanFile {
    path: PathBuf,
    site: Site,
    known: Mutex<Known>,
}

/// What is known of the file.
struct Known {
    plan: Arc<Plan>,
    /// When it was written and how large it was, when it was read last.
    stamp: Option<(SystemTime, u64)>,
    /// When this plan was read.
    read: Timestamp,
    /// What is wrong with the file since.
    error: Option<String>,
}

impl PlanFile {
    /// The plan of a hall.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn open(path: PathBuf, site: Site, now: Timestamp) -> Result<Self, FacilityErrors> {
        let stamp = stamp(&path);
        let plan = Plan::load(&path, &site)?;
        Ok(Self {
            known: Mutex::new(Known {
                plan: Arc::new(plan),
                stamp,
                read: now,
                error: None,
            }),
            path,
            site,
        })
    }

    /// The facility that it is for.
    #[must_use]
    pub fn facility(&self) -> &str {
        &self.site.facility.name
    }

    /// The plan as it was read last.
    #[must_use]
    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.known().plan)
    }

    /// Reads the file if it has changed. A file that is wrong changes nothing but that it is said.
    pub(crate) fn reread(&self, now: Timestamp) {
        let stamp = stamp(&self.path);
        if self.known().stamp == stamp {
            return;
        }
        let plan = Plan::load(&self.path, &self.site);
        let mut known = self.known();
        known.stamp = stamp;
        match plan {
            Ok(plan) => {
                known.plan = Arc::new(plan);
                known.read = now;
                known.error = None;
            }
            Err(errors) => {
                eprintln!("roundhouse: {errors}\nroundhouse: the plan read before stays");
                known.error = Some(errors.to_string());
            }
        }
    }

    /// What is known.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plan held against a state, as the page shows it.
    pub(crate) fn compared(&self, event: &Event) -> Answer<Value> {
        let Data::State(state) = &event.data else {
            return Err(Failure::missing("what is kept as a state is none"));
        };
        let (plan, read, error) = {
            let known = self.known();
            (Arc::clone(&known.plan), known.read, known.error.clone())
        };
        let file = self.path.file_name().unwrap_or_default().to_string_lossy();
        let comparison = compare(&plan, &self.site, state, event.time);
        Ok(json!({
            "facility": self.facility(), "flow": event.flow, "time": event.time, "file": file, "read": read, "error": error,
            "differences": comparison.differences, "entries": comparison.entries,
        }))
    }
}

/// When a file was written, and its size.
fn stamp(path: &std::path::Path) -> Option<(SystemTime, u64)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}
