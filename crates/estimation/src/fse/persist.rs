// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole state of a fusion as a document, so that a restart of the process loses nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use facility::Facility;
use messages::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::Counters;
use super::site::Site;
use super::tracker::Tracker;
use super::window::Window;
use super::{Fusion, FusionConfig};

/// Version of the document. It grows with every change of what is in it.
const VERSION: u32 = 4;

/// Why a saved state was refused.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is no saved state.
    #[error("no saved state: {0}; start without it")]
    Unreadable(#[from] serde_json::Error),
    /// Another version of Roundhouse wrote it.
    #[error("version {0}, this program reads version {VERSION}; start without it")]
    Version(u32),
    /// The facility is another one, or was changed.
    #[error("it was saved for other {0} than this facility file has; start without it")]
    Facility(&'static str),
}

/// What is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    tracks: Vec<String>,
    cameras: Vec<String>,
    models: Vec<(String, f64)>,
    content: Option<Content>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    tracker: Option<Tracker>,
    window: Window,
    now: Timestamp,
    heard: Timestamp,
    suspect: Option<(Timestamp, u32)>,
    committed: Timestamp,
    settled: Timestamp,
    review_names: bool,
    next: Timestamp,
    shown: BTreeSet<u64>,
    inputs: BTreeSet<String>,
    number: u64,
    counters: Counters,
}

impl Saved {
    fn of(site: &Site, content: Option<Content>) -> Self {
        Self {
            version: VERSION,
            tracks: site.tracks.iter().map(|track| track.id.clone()).collect(),
            cameras: site
                .cameras
                .iter()
                .map(|camera| camera.id.clone())
                .collect(),
            models: site.models.clone(),
            content,
        }
    }
}

impl Fusion {
    /// Everything that the fusion knows, as one line of JSON. States that are due but were not asked for are not in it: ask
    /// first ([`Fusion::advance`]).
    ///
    /// # Errors
    /// None in practice: every part of it can be written.
    pub fn save(&self) -> Result<String, serde_json::Error> {
        let content = Content {
            tracker: self.tracker.clone(),
            window: self.window.clone(),
            now: self.now,
            heard: self.heard,
            suspect: self.suspect,
            committed: self.committed,
            settled: self.settled,
            review_names: self.review_names,
            next: self.next,
            shown: self.shown.clone(),
            inputs: self.inputs.clone(),
            number: self.number,
            counters: self.counters,
        };
        serde_json::to_string(&Saved::of(&self.site, Some(content)))
    }

    /// Leaves out the states before `time`, counted as a gap: a restored fusion knows nothing of what happened while no
    /// process was there to observe it.
    pub fn skip_states_until(&mut self, time: Timestamp) {
        let next = time.next_multiple_of(self.config.interval_ns);
        if next > self.next {
            self.counters.gaps += 1;
            self.next = next;
        }
    }

    /// A fusion that goes on where a saved one stopped.
    ///
    /// # Errors
    /// If the text is no saved state, of another version, or of another facility.
    pub fn restore(
        facility: Arc<Facility>,
        config: FusionConfig,
        saved: &str,
    ) -> Result<Self, RestoreError> {
        let saved: Saved = serde_json::from_str(saved)?;
        if saved.version != VERSION {
            return Err(RestoreError::Version(saved.version));
        }
        let mut fusion = Self::new(facility, config);
        let here = Saved::of(&fusion.site, None);
        if saved.tracks != here.tracks {
            return Err(RestoreError::Facility("tracks"));
        }
        if saved.cameras != here.cameras {
            return Err(RestoreError::Facility("cameras"));
        }
        if saved.models != here.models {
            return Err(RestoreError::Facility("models"));
        }
        let Some(content) = saved.content else {
            return Ok(fusion);
        };
        fusion.tracker = content.tracker.map(|mut tracker| {
            tracker.site = Arc::clone(&fusion.site);
            tracker
        });
        fusion.window = content.window;
        fusion.now = content.now;
        fusion.heard = content.heard;
        fusion.suspect = content.suspect;
        fusion.committed = content.committed;
        fusion.settled = content.settled;
        fusion.review_names = content.review_names;
        fusion.next = content.next;
        fusion.shown = content.shown;
        fusion.inputs = content.inputs;
        fusion.number = content.number;
        fusion.counters = content.counters;
        Ok(fusion)
    }
}
