// SPDX-License-Identifier: MIT OR Apache-2.0
//! What flows between Roundhouse's parts.
//!
//! Every message is one CloudEvents 1.0 JSON document, the same bytes in a file, on a bus and in a GStreamer buffer.
//! [`Event`] is the whole document, [`Data`] its payload. Reading is strict where it matters (a missing or wrong field is
//! refused by name) and liberal where it does not (unknown fields are ignored). Writing is canonical: fixed key order,
//! metres with 3 decimals, probabilities with 4, times in RFC 3339 without trailing zeros.
//!
//! ```
//! use roundhouse_messages::{Data, Event};
//! let line = r#"{"specversion":"1.0","type":"com.roundhouse.camera-health.v1","source":"/hall-a/framemux/1",
//!   "id":"1-1","time":"2026-03-01T06:00:03.5Z","data":{"camera":"C01","health":"stalled"}}"#;
//! let event = Event::parse(line)?;
//! assert!(matches!(&event.data, Data::Health(health) if health.camera == "C01"));
//! assert_eq!(event.flow, "prod");
//! # Ok::<(), roundhouse_messages::ParseError>(())
//! ```

mod clock;
mod envelope;
mod event;
mod health;
mod number;
mod position;
mod read;
mod recognition;
mod state;
mod state_document;
mod strict;
mod timestamp;
mod words;

pub use clock::{Clock, ClockSource};
pub use event::{Data, Event};
pub use health::{CameraHealth, Health};
pub use position::{
    Alternative, BodyReport, Cover, Direction, EndKind, EndReport, PositionReport, Side,
};
pub use read::ParseError;
pub use recognition::{ModelCandidate, ModelReport, PlateCandidate, PlateReport, Validity};
pub use state::{
    CameraState, EndState, FacilityState, LocomotiveState, ModelGuess, PlateGuess, Status,
};
pub use timestamp::Timestamp;
