// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which ends make which locomotives, from initiation to termination.

pub(crate) mod adopt;
pub(crate) mod consistency;
pub(crate) mod hypotheses;
pub(crate) mod initiate;
pub(crate) mod reacquire;
pub(crate) mod reidentify;
pub(crate) mod review;
pub(crate) mod selection;
pub(crate) mod terminate;
pub(crate) mod visibility;
