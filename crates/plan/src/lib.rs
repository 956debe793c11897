// SPDX-License-Identifier: MIT OR Apache-2.0
//! What should stand where and when, and what differs from it.
//!
//! A [`Plan`] is a workshop plan or a roster, as a table or JSON. [`compare`] holds it against a state of the hall and says what is on
//! the wrong track, missing, unexpected, claimed by two, or read with a check digit that cannot be, each with its probability.
//!
//! ```
//! use facility::Facility;
//! use roundhouse_plan::{Plan, Site};
//!
//! let facility = "facility = 'hall'\ntimezone = 'Europe/Berlin'\n[[track]]\nid = 'T1'\nlength = 60\n";
//! let site = Site::new(Facility::parse(facility, "facility.toml")?, None);
//! let table = "number,track,from,until\n185 123-7,T1,2026-03-01 06:00,2026-03-01 14:00\n";
//! let plan = Plan::parse(table, "plan.csv", &site)?;
//! assert_eq!(plan.entries[0].from.to_string(), "2026-03-01T05:00:00Z");
//! # Ok::<(), facility::FacilityErrors>(())
//! ```

mod compare;
mod json;
mod odds;
mod plan;
mod read;
mod row;
mod site;
mod table;
mod time;

pub use compare::{Comparison, Difference, Planned, Standing, What, claimed_twice, compare};
pub use plan::{Entry, Plan};
pub use site::Site;
