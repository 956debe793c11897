// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the reports of one element have in common: source, flow, and numbers that make identifiers.

use std::collections::BTreeMap;
use std::sync::Arc;

use messages::{Data, Event};
use meta::FrameInfo;

use crate::clock;

/// Makes reports of one element in one flow, numbered per camera.
#[derive(Debug)]
pub struct Envelope {
    facility: String,
    element: &'static str,
    flow: String,
    epoch: Option<u64>,
    /// Reports made so far, per camera.
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

    /// Whether it has not been decided yet if the input is live.
    #[must_use]
    pub fn needs_epoch(&self) -> bool {
        self.epoch.is_none()
    }

    /// Decides the first part of the identifiers, see [`clock::id_epoch`].
    pub fn set_live(&mut self, live: bool) {
        self.epoch = Some(clock::id_epoch(live));
    }

    /// The report `data` about `frame`.
    ///
    /// # Errors
    /// A sentence for the user: what makes the report invalid.
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

#[cfg(test)]
mod tests {
    use super::*;
    use messages::{PositionReport, Timestamp};

    /// A report of `camera` that shows nothing.
    fn empty_report(envelope: &mut Envelope, camera: &str) -> Arc<Event> {
        let frame = FrameInfo::new(camera, 0, Timestamp::from_nanos(0));
        let report = PositionReport {
            clock: None,
            camera: camera.to_owned(),
            frame: 0,
            covers: None,
            ends: Vec::new(),
            bodies: Vec::new(),
        };
        envelope.seal(&frame, Data::Position(report)).unwrap()
    }

    #[test]
    fn reports_are_numbered_per_camera_and_name_their_source() {
        let mut envelope = Envelope::new("hall", "locoposition", "dev");
        envelope.set_live(false);
        let first = empty_report(&mut envelope, "C1");
        assert_eq!(first.id, "1-1");
        assert_eq!(first.source, "/hall/locoposition/dev/C1");
        assert_eq!(first.subject.as_deref(), Some("camera/C1"));
        assert_eq!(empty_report(&mut envelope, "C1").id, "1-2");
        assert_eq!(empty_report(&mut envelope, "C2").id, "1-1");
    }

    #[test]
    fn live_input_makes_identifiers_of_its_own() {
        let mut envelope = Envelope::new("hall", "locoposition", "dev");
        assert!(envelope.needs_epoch());
        envelope.set_live(true);
        assert!(!envelope.needs_epoch());
        let id = &empty_report(&mut envelope, "C1").id;
        let (epoch, number) = id.split_once('-').unwrap();
        assert!(epoch.parse::<u64>().unwrap() > 1_700_000_000);
        assert_eq!(number, "1");
    }
}
