// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall that a plan is for.

use facility::Facility;
use messages::{CameraState, Health, Validity};
use plates::{Numbering, Shape};

/// A hall and how its machines are numbered.
#[derive(Debug, Clone)]
pub struct Site {
    /// The hall.
    pub facility: Facility,
    /// Its numbering, if it is known.
    pub numbering: Option<Numbering>,
}

impl Site {
    /// A hall with this numbering.
    #[must_use]
    pub const fn new(facility: Facility, numbering: Option<Numbering>) -> Self {
        Self {
            facility,
            numbering,
        }
    }

    /// What the hall's check rules say about a number: it fails if it has the form of a scheme whose rule it breaks, and of none that it obeys.
    #[must_use]
    pub fn validity(&self, number: &[Shape]) -> Validity {
        let schemes = self.numbering.iter().flat_map(Numbering::schemes);
        let forms = schemes.filter(|scheme| scheme.write(number).is_some());
        let verdicts: Vec<Validity> = forms.map(|scheme| scheme.validity(number)).collect();
        if verdicts.contains(&Validity::Passed) {
            Validity::Passed
        } else if verdicts.contains(&Validity::None) || verdicts.is_empty() {
            Validity::None
        } else {
            Validity::Failed
        }
    }

    /// The share of what cameras cover of a track that they see now; 1 where nobody knows what they cover.
    #[must_use]
    pub fn seen(&self, track: &str, cameras: &[CameraState]) -> f64 {
        let (mut covered, mut seen) = (0.0, 0.0);
        for camera in &self.facility.cameras {
            let now = cameras.iter().find(|state| state.id == camera.id);
            let sees = now.map_or(1.0, |state| match state.health {
                Health::Online => 1.0 - state.blind,
                _ => 0.0,
            });
            for cover in camera.covers.iter().filter(|cover| cover.track == track) {
                covered += cover.to - cover.from;
                seen += sees * (cover.to - cover.from);
            }
        }
        if covered > 0.0 { seen / covered } else { 1.0 }
    }
}
