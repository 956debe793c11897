// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who says it: what an estimator's reports have in common.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use messages::{Data, Event};

use crate::frame::FrameInfo;

/// Makes reports of one element in one flow, numbered per camera.
#[derive(Debug)]
pub struct Envelope {
    facility: String,
    element: &'static str,
    flow: String,
    epoch: Option<u64>,
    reports: BTreeMap<Arc<str>, u64>,
}

impl Envelope {
    /// For the reports of `element` about `facility` in `flow`.
    #[must_use]
    pub fn new(facility: &str, element: &'static str, flow: &str) -> Self {
        Self {
            facility: facility.to_owned(),
            element,
            flow: flow.to_owned(),
            epoch: None,
            reports: BTreeMap::new(),
        }
    }

    /// Whether nobody has said yet if the input is live.
    #[must_use]
    pub fn needs_epoch(&self) -> bool {
        self.epoch.is_none()
    }

    /// Live input makes ids that no earlier run has made: they begin with the second of the start. Files give 1.
    pub fn set_live(&mut self, live: bool) {
        let since_1970 = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        self.epoch = Some(if live { since_1970.as_secs() } else { 1 });
    }

    /// The report `data` about `frame`.
    ///
    /// # Errors
    /// What the report lacks to be one.
    pub fn seal(&mut self, frame: &FrameInfo, data: Data) -> Result<Arc<Event>, String> {
        let number = self.reports.entry(frame.camera.clone()).or_default();
        *number += 1;
        let event = Event {
            id: format!("{}-{number}", self.epoch.unwrap_or(1)),
            source: format!(
                "/{}/{}/{}/{}",
                self.facility, self.element, self.flow, frame.camera
            ),
            subject: Some(format!("camera/{}", frame.camera)),
            time: frame.capture_time,
            received: None,
            recorded: None,
            flow: self.flow.clone(),
            data,
        };
        event
            .canonical()
            .map(Arc::new)
            .map_err(|error| format!("Camera '{}': report dropped: {error}", frame.camera))
    }
}
