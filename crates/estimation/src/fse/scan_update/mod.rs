// SPDX-License-Identifier: MIT OR Apache-2.0
//! One scan updates the locomotives and tentative ends on its tracks.

pub(crate) mod association;
pub(crate) mod gate;
pub(crate) mod outage;
pub(crate) mod predict;
pub(crate) mod preview;
pub(crate) mod tracker;
pub(crate) mod update;
