// SPDX-License-Identifier: MIT OR Apache-2.0
//! By which clock the event time of a live frame was told, and how far it may be off.

use serde::Serialize;

use crate::read::{Object, ParseError};
use crate::words::words;

words! {
    /// Where the event time of a frame comes from.
    ClockSource {
        /// The camera's own clock, from its RTCP sender reports.
        Rtcp = "rtcp",
        /// The arrival of the frame, by the clock of the machine that received it.
        Arrival = "arrival",
    }
}

/// The clock behind an event time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// Whose clock it is.
    pub source: ClockSource,
    /// How far the event time may be from the moment at which the light hit the sensor, nanoseconds: of `rtcp` the distance of
    /// the camera's clock from the arrival, of `arrival` the longest time that frames wait before they count as arrived.
    pub error_ns: u64,
}

impl Clock {
    /// Reads it from the fields of an object.
    pub(crate) fn read(object: &Object) -> Result<Self, ParseError> {
        Ok(Self {
            source: object
                .need("source")?
                .word(ClockSource::WORDS, ClockSource::from_word)?,
            error_ns: object.need("error_ns")?.count()?,
        })
    }
}
