// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a camera delivers.

use serde::Serialize;

use crate::Timestamp;
use crate::read::{Field, Object, ParseError};
use crate::words::words;

words! {
    /// Whether a camera delivers pictures that show the hall as it is. Only those of a camera that is [`Health::Online`] are
    /// evidence of what stands where, and of what does not.
    Health {
        /// Fresh frames come.
        Online = "online",
        /// A connection is being made.
        Connecting = "connecting",
        /// Connected, but no fresh frames.
        Stalled = "stalled",
        /// Frames come, but all show the same picture.
        Frozen = "frozen",
        /// Frames come, but they do not show the hall: black, white, covered or damaged.
        Blind = "blind",
        /// Frames come, but the camera does not look where it is calibrated for.
        Moved = "moved",
        /// Not connected.
        Offline = "offline",
        /// Switched off by the operator.
        Disabled = "disabled",
        /// Nothing is known of it.
        Unknown = "unknown",
    }
}

/// A change of a camera's health.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CameraHealth {
    /// The camera's id.
    pub camera: String,
    /// Its health from now on.
    pub health: Health,
    /// Why, in words for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when it has been so, where that is earlier than the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

impl CameraHealth {
    /// The health of `camera`, without a reason.
    #[must_use]
    pub fn new(camera: impl Into<String>, health: Health) -> Self {
        Self {
            camera: camera.into(),
            health,
            reason: None,
            since: None,
        }
    }

    /// Reads it from the data of a document.
    pub(crate) fn read(data: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            camera: data.need("camera")?.name()?,
            health: data
                .need("health")?
                .word(Health::WORDS, Health::from_word)?,
            reason: data.get("reason").as_ref().map(Field::string).transpose()?,
            since: data.get("since").as_ref().map(Field::time).transpose()?,
        })
    }
}
