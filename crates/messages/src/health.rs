// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a camera delivers.

use serde::Serialize;

use crate::read::{Object, ParseError};
use crate::words::words;

words! {
    /// Whether a camera delivers.
    Health {
        /// Frames come.
        Online = "online",
        /// Connected, but no fresh frames.
        Stalled = "stalled",
        /// Not connected.
        Offline = "offline",
        /// Switched off by the operator.
        Disabled = "disabled",
    }
}

/// A change of a camera's health.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CameraHealth {
    /// The camera's id.
    pub camera: String,
    /// Its health from now on.
    pub health: Health,
}

impl CameraHealth {
    /// Reads it from the data of a document.
    pub(crate) fn read(data: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            camera: data.need("camera")?.name()?,
            health: data
                .need("health")?
                .word(Health::WORDS, Health::from_word)?,
        })
    }
}
