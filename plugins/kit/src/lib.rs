// SPDX-License-Identifier: MIT OR Apache-2.0
//! What all elements share.
//!
//! * [`properties`]: reading and writing property values, and the property specifications that several elements have.
//! * [`facility`]: loading the file that the property `facility` names.
//! * [`start_time`]: the property `utc-start-time`.
//! * [`pads`]: templates of pads that are always there.
//! * [`clock`]: the only place where an element reads the clock.
//! * [`Envelope`] and [`decide_epoch`]: identifiers of reports, and whether the input is live.
//! * [`Places`]: where the detections on a frame stand.
//! * [`LocatedReports`]: reports about something recognised on a detection, with its place.
//! * [`nvinfer`]: reading the configuration file of a network whose output is decoded.
//! * [`stats`] and [`counters!`]: what is counted, and the property `stats`.
//! * [`Credentials`]: user and password, from where they are kept.
//! * [`error_text`] and [`mask_passwords`]: what messages say, and nothing that nobody may read.
//! * [`discards`]: the one message about a camera of which everything is discarded.
//! * [`labels`]: what the labels of a detector mean to position estimation.
//! * [`lock`]: a mutex that outlives a panic.

mod boxes;
pub mod clock;
pub mod discards;
mod envelope;
mod epoch;
mod error_text;
pub mod facility;
pub mod labels;
mod located;
mod lock;
pub mod nvinfer;
pub mod pads;
mod passwords;
mod places;
pub mod properties;
pub mod start_time;
pub mod stats;

pub use boxes::Boxes;
pub use counters::counters;
pub use credentials::Credentials;
pub use envelope::Envelope;
pub use epoch::{Reports, decide_epoch};
pub use error_text::error_text;
pub use located::{Located, LocatedCounters, LocatedReports};
pub use lock::lock;
pub use passwords::mask_passwords;
pub use places::{Camera, Places, same_shape};
