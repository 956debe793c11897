// SPDX-License-Identifier: MIT OR Apache-2.0
//! Camera outages and lights out.

use messages::{Health, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fse::model::calibration::BodySupport;
use crate::fse::model::parameters::{
    LIGHTS_OUT_AFTER_HIT, LIGHTS_OUT_PRIOR, OUTAGE_AFTER_HIT, OUTAGE_MEMORY, OUTAGE_PRIOR,
};
use crate::fse::model::scan::Scan;
use crate::fse::scan_update::gate::Owner;
use crate::fse::scan_update::tracker::{AssociationResult, Tracker};

/// How far a camera is to be believed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SensorHealth {
    pub(crate) health: Health,
    /// Probability that it delivers but sees nothing.
    pub(crate) outage: f64,
    pub(crate) last_scan: Option<Timestamp>,
    /// Whether it shows the bodies of ends.
    pub(crate) has_body_support: BodySupport,
}

/// What the other misses of a scan say about the camera and the light.
pub(crate) struct OutageEstimate {
    /// Probability that the camera is blind, before the scan.
    pub(crate) camera: f64,
    /// Probability that it is dark, before the scan.
    pub(crate) lights_out: f64,
    /// Log probability of all misses if neither is.
    pub(crate) sum: f64,
}

impl OutageEstimate {
    /// Probability that nothing could be seen in this scan, as all ends but one say; `own`: log probability of its miss.
    pub(crate) fn excluding(&self, own: f64) -> f64 {
        let others = (self.sum - own).min(0.0);
        either(
            posterior(self.camera, others),
            posterior(self.lights_out, others),
        )
    }
}

impl Tracker {
    /// Whether a camera delivers.
    pub(crate) fn live(&self, camera: usize, now: Timestamp) -> bool {
        let sensor_health = &self.sensor_health[camera];
        sensor_health.health == Health::Online
            && sensor_health
                .last_scan
                .is_some_and(|last| now.seconds_since(last) <= self.site.cameras[camera].patience)
    }

    /// Probability that a camera delivers pictures but sees nothing.
    pub(crate) fn outage(&self, camera: usize) -> f64 {
        either(self.sensor_health[camera].outage, self.lights_out.0)
    }

    /// Is it rather the camera, or the light, than the locomotives? The answer for each missed end leaves that end itself out.
    pub(crate) fn judge_outage<'a>(
        &mut self,
        scan: &Scan,
        results: impl Iterator<Item = &'a AssociationResult>,
    ) -> OutageEstimate {
        let (mut saw, mut sum, mut sharpest) = (false, 0.0, 0.0_f64);
        for result in results {
            for (end, seen) in result.predicted.iter().zip(&result.seen) {
                if !matches!(end.owner, Owner::Locomotive(..)) || end.exists < 0.5 {
                    continue;
                }
                if seen.is_some() {
                    saw = true;
                } else if let Some(miss) = end.missed_log_likelihood() {
                    sum += miss;
                    sharpest = sharpest.min(miss);
                }
            }
        }
        let sensor_health = &mut self.sensor_health[scan.camera];
        let camera = faded(
            sensor_health.outage,
            OUTAGE_PRIOR,
            sensor_health.last_scan.unwrap_or(scan.time),
            scan.time,
        );
        let lights_out = faded(
            self.lights_out.0,
            LIGHTS_OUT_PRIOR,
            self.lights_out.1,
            scan.time,
        );
        if saw {
            sensor_health.outage = OUTAGE_AFTER_HIT;
            self.lights_out = (LIGHTS_OUT_AFTER_HIT, scan.time);
            return OutageEstimate {
                camera: OUTAGE_AFTER_HIT,
                lights_out: LIGHTS_OUT_AFTER_HIT,
                sum: 0.0,
            };
        }
        sensor_health.outage = posterior(camera, sum - sharpest);
        self.lights_out = (posterior(lights_out, sum), scan.time);
        OutageEstimate {
            camera,
            lights_out,
            sum,
        }
    }
}

/// Probability that at least one of two things is so.
fn either(a: f64, b: f64) -> f64 {
    1.0 - (1.0 - a) * (1.0 - b)
}

/// A probability that is forgotten with [`OUTAGE_MEMORY`].
fn faded(p: f64, prior: f64, since: Timestamp, now: Timestamp) -> f64 {
    prior + (p - prior) * (-now.seconds_since(since).max(0.0) / OUTAGE_MEMORY).exp()
}

/// Probability of blindness after misses of this log probability.
fn posterior(outage: f64, log_misses: f64) -> f64 {
    let seeing = (1.0 - outage) * log_misses.max(-30.0).exp();
    (outage / (outage + seeing)).min(0.98)
}
