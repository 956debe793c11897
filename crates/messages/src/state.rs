// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state of a facility: a full snapshot, never a difference.

use serde::{Deserialize, Serialize};

use crate::number::{metres, probability, sigma};
use crate::read::{Object, ParseError};
use crate::strict;
use crate::words::words;
use crate::{Health, Timestamp};

/// Everything that is known about a facility at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FacilityState {
    /// Number of this snapshot, grows by one.
    pub state: u64,
    /// How many locomotives there are, tentative ones left out.
    pub count: u64,
    /// Sorted names of the flows whose reports were used.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// The locomotives.
    #[serde(deserialize_with = "strict::objects")]
    pub locomotives: Vec<LocomotiveState>,
    /// The cameras.
    #[serde(default, deserialize_with = "strict::objects")]
    pub cameras: Vec<CameraState>,
}

words! {
    /// How far a locomotive is to be believed.
    Status {
        /// Less likely there than not: not counted.
        Tentative = "tentative",
        /// There, and seen lately.
        Confirmed = "confirmed",
        /// There, but nobody has seen it for a while.
        Coasting = "coasting",
    }
}

/// One locomotive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocomotiveState {
    /// Its name in this facility, for as long as it is the same locomotive.
    #[serde(deserialize_with = "strict::name")]
    pub id: String,
    /// The track's id.
    #[serde(deserialize_with = "strict::name")]
    pub track: String,
    /// Where its head is.
    #[serde(deserialize_with = "strict::object")]
    pub head: EndState,
    /// Where its tail is.
    #[serde(deserialize_with = "strict::object")]
    pub tail: EndState,
    /// Probability that head and tail are not exchanged.
    #[serde(
        serialize_with = "probability",
        deserialize_with = "strict::probability"
    )]
    pub orientation_confidence: f64,
    /// Metres per second towards larger s.
    #[serde(serialize_with = "metres", deserialize_with = "strict::number")]
    pub velocity: f64,
    /// It is more likely moving than not.
    pub moving: bool,
    /// Probability that it is there.
    #[serde(
        serialize_with = "probability",
        deserialize_with = "strict::probability"
    )]
    pub confidence: f64,
    /// How far it is to be believed.
    pub status: Status,
    /// Its model; `None` until one is more likely right than wrong.
    #[serde(default, deserialize_with = "strict::optional")]
    pub model: Option<ModelGuess>,
    /// Its running number; `None` until one is more likely right than wrong.
    #[serde(default, deserialize_with = "strict::optional")]
    pub plate: Option<PlateGuess>,
    /// Event time of the last frame in which it was detected.
    pub last_seen: Timestamp,
    /// Ids of the cameras that see it.
    #[serde(default)]
    pub seen_by: Vec<String>,
}

/// A place along the track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndState {
    /// Metres along the track.
    #[serde(serialize_with = "metres", deserialize_with = "strict::number")]
    pub s: f64,
    /// Its error, metres, one standard deviation, systematic part included.
    #[serde(serialize_with = "sigma", deserialize_with = "strict::sigma")]
    pub sigma: f64,
}

/// The likeliest model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelGuess {
    /// Its name in the facility's catalogue.
    #[serde(deserialize_with = "strict::name")]
    pub name: String,
    /// Its probability.
    #[serde(
        serialize_with = "probability",
        deserialize_with = "strict::probability"
    )]
    pub p: f64,
}

/// The likeliest running number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlateGuess {
    /// The number.
    #[serde(deserialize_with = "strict::name")]
    pub text: String,
    /// Its probability.
    #[serde(
        serialize_with = "probability",
        deserialize_with = "strict::probability"
    )]
    pub p: f64,
    /// Other locomotives of the state that seem to bear the same number, which cannot be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contested_by: Vec<String>,
}

/// One camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameraState {
    /// The camera's id.
    #[serde(deserialize_with = "strict::name")]
    pub id: String,
    /// Whether it delivers.
    pub health: Health,
    /// Probability that it delivers pictures but sees nothing (dirt, glare, darkness).
    #[serde(
        serialize_with = "probability",
        deserialize_with = "strict::probability"
    )]
    pub blind: f64,
}

impl FacilityState {
    /// Reads it from the data of a document.
    pub(crate) fn read(data: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            state: data.need("state")?.count()?,
            count: data.need("count")?.count()?,
            inputs: data
                .get("inputs")
                .map_or(Ok(Vec::new()), |field| field.texts())?,
            locomotives: data.need("locomotives")?.objects(LocomotiveState::read)?,
            cameras: data.list("cameras", CameraState::read)?,
        })
    }
}

impl LocomotiveState {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            id: object.need("id")?.name()?,
            track: object.need("track")?.name()?,
            head: EndState::read(&object.need("head")?.object()?)?,
            tail: EndState::read(&object.need("tail")?.object()?)?,
            orientation_confidence: object.need("orientation_confidence")?.probability()?,
            velocity: object.need("velocity")?.number()?,
            moving: object.need("moving")?.flag()?,
            confidence: object.need("confidence")?.probability()?,
            status: object
                .need("status")?
                .word(Status::WORDS, Status::from_word)?,
            model: object
                .get("model")
                .map(|field| ModelGuess::read(&field.object()?))
                .transpose()?,
            plate: object
                .get("plate")
                .map(|field| PlateGuess::read(&field.object()?))
                .transpose()?,
            last_seen: object.need("last_seen")?.time()?,
            seen_by: object
                .get("seen_by")
                .map_or(Ok(Vec::new()), |field| field.texts())?,
        })
    }
}

impl EndState {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            s: object.need("s")?.number()?,
            sigma: object.need("sigma")?.sigma()?,
        })
    }
}

impl ModelGuess {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            name: object.need("name")?.name()?,
            p: object.need("p")?.probability()?,
        })
    }
}

impl PlateGuess {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            text: object.need("text")?.name()?,
            p: object.need("p")?.probability()?,
            contested_by: object
                .get("contested_by")
                .map_or(Ok(Vec::new()), |field| field.texts())?,
        })
    }
}

impl CameraState {
    /// Reads it from the fields of an object.
    fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            id: object.need("id")?.name()?,
            health: object
                .need("health")?
                .word(Health::WORDS, Health::from_word)?,
            blind: object.need("blind")?.probability()?,
        })
    }
}
