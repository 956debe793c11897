// SPDX-License-Identifier: MIT OR Apache-2.0
//! How estimates become state.
//!
//! * [`lpe`]: the boxes of one frame of one camera become ends of locomotives in metres.
//! * [`fse`]: the scans of all cameras become the state of the facility.
//! * [`metrics`]: a state compared with the truth.
//!
//! Nothing here reads a clock, draws random numbers or depends on the order of a hash map: the same input gives the same
//! bytes. The model in words and formulas: `docs/estimation/model.md`; every
//! parameter: `docs/estimation/parameters.md`.

pub mod fse;
pub mod lpe;
pub mod metrics;
