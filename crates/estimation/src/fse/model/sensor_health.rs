// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of each camera, and of the lights.

use messages::{Health, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::calibration::BodySupport;
use crate::fse::model::parameters::{LIGHTS_OUT_PRIOR, OUTAGE_PRIOR};

/// Whether a camera delivers, and what it shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SensorHealth {
    /// What was reported of it.
    pub(crate) health: Health,
    /// Probability that it delivers pictures that show nothing.
    pub(crate) outage: f64,
    /// When it last delivered.
    pub(crate) last_scan: Option<Timestamp>,
    /// Whether it shows the bodies of ends.
    pub(crate) body_support: BodySupport,
}

impl SensorHealth {
    /// A camera that has delivered nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            health: Health::Online,
            outage: OUTAGE_PRIOR,
            last_scan: None,
            body_support: BodySupport::default(),
        }
    }
}

/// Whether no camera sees anything because the lights are out.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct LightsOut {
    /// Probability.
    pub(crate) p: f64,
    /// When it was last judged.
    pub(crate) judged: Timestamp,
}

impl LightsOut {
    /// What is known of the lights before any scan.
    pub(crate) const fn new(time: Timestamp) -> Self {
        Self {
            p: LIGHTS_OUT_PRIOR,
            judged: time,
        }
    }
}
