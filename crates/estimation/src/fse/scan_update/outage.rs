// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether cameras deliver, and whether what they deliver shows anything: camera outage and lights out.
//!
//! A camera may deliver pictures that show nothing (its lens is covered), and the light may be out for all. Both are hidden
//! two-state Markov processes. Their probabilities decay to the prior with [`OUTAGE_MEMORY`], and are updated by Bayes' rule
//! with what a scan missed: if nothing was detected that should have been, either all these ends were missed by chance, or the
//! camera or the light failed.

use messages::{Health, Timestamp};

use crate::fse::model::parameters::{LIGHTS_OUT_PRIOR, OUTAGE_PRIOR, parameters};
use crate::fse::model::scan::Scan;
use crate::fse::scan_update::gate::Owner;
use crate::fse::scan_update::tracker::{AssociationResult, Tracker};

parameters! {
    /// The same right after it detected something expected.
    OUTAGE_AFTER_HIT: f64 = 0.01, "", "Larger: misses are blamed on the camera sooner.";
    /// Time in which an outage is forgotten.
    OUTAGE_MEMORY: f64 = 90.0, "s", "Larger: outages last longer.";
    /// The same right after any camera detected something expected.
    LIGHTS_OUT_AFTER_HIT: f64 = 0.002, "", "Larger: misses are blamed on the lights sooner.";
}

/// What the misses of a scan say about the camera and the lights.
pub(crate) struct OutageEstimate {
    /// Probability that the camera fails, before the scan.
    camera: f64,
    /// Probability that the lights are out, before the scan.
    lights_out: f64,
    /// Log-likelihood of all misses if neither is so.
    log_likelihood: f64,
}

impl OutageEstimate {
    /// Nothing ever fails.
    const NONE: Self = Self {
        camera: 0.0,
        lights_out: 0.0,
        log_likelihood: 0.0,
    };

    /// Probability that nothing could be detected in this scan, as all ends but one say; `own`: log-likelihood of its miss.
    pub(crate) fn excluding(&self, own: f64) -> f64 {
        let others = (self.log_likelihood - own).min(0.0);
        either(
            posterior(self.camera, others),
            posterior(self.lights_out, others),
        )
    }
}

impl Tracker {
    /// Whether a camera delivers.
    pub(crate) fn is_live(&self, camera: usize, now: Timestamp) -> bool {
        let sensor = &self.sensor_health[camera];
        sensor.health == Health::Online
            && sensor
                .last_scan
                .is_some_and(|last| now.seconds_since(last) <= self.site.cameras[camera].patience)
    }

    /// Probability that a camera delivers pictures that show nothing.
    pub(crate) fn outage(&self, camera: usize) -> f64 {
        either(self.sensor_health[camera].outage, self.lights_out.p)
    }

    /// Whether a scan's misses are due to the camera or the lights rather than to the locomotives. The answer for each missed
    /// end leaves that end itself out, so that it does not excuse itself.
    pub(crate) fn judge_outage<'a>(
        &mut self,
        scan: &Scan,
        results: impl Iterator<Item = &'a AssociationResult>,
    ) -> OutageEstimate {
        let (mut detected, mut sum, mut worst) = (false, 0.0, 0.0_f64);
        for result in results {
            for (end, assigned) in result.predicted.iter().zip(&result.assigned) {
                if !matches!(end.owner, Owner::Locomotive(..)) || end.exists < 0.5 {
                    continue;
                }
                if assigned.is_some() {
                    detected = true;
                } else if let Some(missed) = end.missed_log_likelihood() {
                    sum += missed;
                    worst = worst.min(missed);
                }
            }
        }
        let estimate = self.update_outage(scan, detected, sum, worst);
        if self.site.ablation.outages {
            self.sensor_health[scan.camera].outage = 0.0;
            self.lights_out.p = 0.0;
            return OutageEstimate::NONE;
        }
        estimate
    }

    /// Updates camera and lights after a scan; `log_likelihood`: that of all misses, `worst`: that of the least likely one.
    fn update_outage(
        &mut self,
        scan: &Scan,
        detected: bool,
        log_likelihood: f64,
        worst: f64,
    ) -> OutageEstimate {
        let sensor = &mut self.sensor_health[scan.camera];
        let camera = faded(
            sensor.outage,
            OUTAGE_PRIOR,
            sensor.last_scan.unwrap_or(scan.time),
            scan.time,
        );
        let lights_out = faded(
            self.lights_out.p,
            LIGHTS_OUT_PRIOR,
            self.lights_out.judged,
            scan.time,
        );
        self.lights_out.judged = scan.time;
        if detected {
            sensor.outage = OUTAGE_AFTER_HIT;
            self.lights_out.p = LIGHTS_OUT_AFTER_HIT;
            return OutageEstimate {
                camera: OUTAGE_AFTER_HIT,
                lights_out: LIGHTS_OUT_AFTER_HIT,
                log_likelihood: 0.0,
            };
        }
        sensor.outage = posterior(camera, log_likelihood - worst);
        self.lights_out.p = posterior(lights_out, log_likelihood);
        OutageEstimate {
            camera,
            lights_out,
            log_likelihood,
        }
    }
}

/// Probability that at least one of two independent things is so.
fn either(a: f64, b: f64) -> f64 {
    1.0 - (1.0 - a) * (1.0 - b)
}

/// A probability that decays to its prior with [`OUTAGE_MEMORY`].
fn faded(p: f64, prior: f64, since: Timestamp, now: Timestamp) -> f64 {
    prior + (p - prior) * (-now.seconds_since(since).max(0.0) / OUTAGE_MEMORY).exp()
}

/// Bayes' rule: probability of an outage after misses that would have this log-likelihood without one.
fn posterior(outage: f64, log_likelihood: f64) -> f64 {
    let seeing = (1.0 - outage) * log_likelihood.max(-30.0).exp();
    (outage / (outage + seeing)).min(0.98)
}
