// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one camera frame says about which locomotive stands somewhere: its model, its running number.

use serde::Serialize;

use crate::number::{metres, probability, sigma};
use crate::read::{Object, ParseError};
use crate::words::words;

/// Which model of locomotive stands at a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelReport {
    /// The camera's id.
    pub camera: String,
    /// The track's id.
    pub track: String,
    /// Metres along the track.
    #[serde(serialize_with = "metres")]
    pub s: f64,
    /// Error of `s`, metres, one standard deviation.
    #[serde(serialize_with = "sigma")]
    pub sigma: f64,
    /// Models and how likely each is.
    pub candidates: Vec<ModelCandidate>,
}

/// A model and how likely it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelCandidate {
    /// The model's name in the facility's catalogue.
    pub model: String,
    /// Its probability.
    #[serde(serialize_with = "probability")]
    pub p: f64,
}

words! {
    /// What the check rule of a numbering scheme says about a text.
    Validity {
        /// The check rule holds.
        Passed = "passed",
        /// The check rule does not hold.
        Failed = "failed",
        /// The scheme has no check rule.
        None = "none",
    }
}

/// Which running number was read at a place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlateReport {
    /// The camera's id.
    pub camera: String,
    /// The track's id.
    pub track: String,
    /// Metres along the track.
    #[serde(serialize_with = "metres")]
    pub s: f64,
    /// Error of `s`, metres, one standard deviation.
    #[serde(serialize_with = "sigma")]
    pub sigma: f64,
    /// The number as read.
    pub text: String,
    /// Probability that `text` is right.
    #[serde(serialize_with = "probability")]
    pub confidence: f64,
    /// The numbering scheme that the text fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// What the scheme's check rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<Validity>,
    /// Other readings.
    pub alternatives: Vec<PlateCandidate>,
}

/// Another reading of a plate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlateCandidate {
    /// The reading.
    pub text: String,
    /// Its probability.
    #[serde(serialize_with = "probability")]
    pub p: f64,
}

impl ModelReport {
    /// Reads it from the data of a document.
    pub(crate) fn read(data: &Object) -> Result<Self, ParseError> {
        let candidate = |object: &Object| {
            Ok(ModelCandidate {
                model: object.need("model")?.name()?,
                p: object.need("p")?.probability()?,
            })
        };
        Ok(Self {
            camera: data.need("camera")?.name()?,
            track: data.need("track")?.name()?,
            s: data.need("s")?.number()?,
            sigma: data.need("sigma")?.sigma()?,
            candidates: data.need("candidates")?.objects(candidate)?,
        })
    }
}

impl PlateReport {
    /// Reads it from the data of a document.
    pub(crate) fn read(data: &Object) -> Result<Self, ParseError> {
        let candidate = |object: &Object| {
            Ok(PlateCandidate {
                text: object.need("text")?.string()?,
                p: object.need("p")?.probability()?,
            })
        };
        Ok(Self {
            camera: data.need("camera")?.name()?,
            track: data.need("track")?.name()?,
            s: data.need("s")?.number()?,
            sigma: data.need("sigma")?.sigma()?,
            text: data.need("text")?.string()?,
            confidence: data.need("confidence")?.probability()?,
            scheme: data.get("scheme").map(|field| field.name()).transpose()?,
            valid: data
                .get("valid")
                .map(|field| field.word(Validity::WORDS, Validity::from_word))
                .transpose()?,
            alternatives: data.list("alternatives", candidate)?,
        })
    }
}
