// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fusion: the scans of all cameras become the state of the facility.
//!
//! ```
//! # use std::sync::Arc;
//! # use roundhouse_estimation::fse::{Fusion, FusionConfig};
//! # use facility::Facility;
//! # use messages::Event;
//! # let text = "facility = 'a'\n[[track]]\nid = 'T1'\nlength = 60.0\n[[camera]]\nid = 'C1'\n";
//! let facility = Arc::new(Facility::parse(text, "facility.toml")?);
//! let mut fusion = Fusion::new(facility, FusionConfig::default());
//! let report = r#"{"specversion":"1.0","type":"com.roundhouse.position-report.v1","source":"/a/lpe","id":"1-1",
//!   "time":"2026-03-01T06:00:00Z","data":{"camera":"C1","frame":1,"ends":[]}}"#;
//! fusion.push(Event::parse(report)?);
//! let states = fusion.finish();
//! assert_eq!(states.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each folder imports only from those to its right:
//!
//! ```text
//! fusion, arrival -> input       -> scan_update -> model -> config
//!                    management
//!                    output
//! ```
//!
//! * `model`: what is known of locomotives, their ends and the cameras, and the probabilities behind it.
//! * `input`: reports are checked, converted to numbers and put into the order of their event times.
//! * `scan_update`: one scan: prediction, association, update.
//! * `management`: which ends make which locomotives; how they are initiated, reacquired, re-identified and terminated.
//! * `output`: the state as a message; the fusion as a document that a restart goes on with.

mod arrival;
mod config;
mod fusion;
mod input;
mod management;
mod model;
mod output;
mod parameter_table;
mod refusal;
mod scan_update;
mod stats;

pub use config::{Ablation, FusionConfig};
pub use fusion::Fusion;

pub use output::persist::RestoreError;
pub use parameter_table::parameter_table;
pub use refusal::Refusal;
pub use stats::Counters;
