// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which ends make which locomotives, from initiation to termination.

mod adopt;
mod consistency;
mod hypotheses;
mod initiate;
mod reacquire;
mod reidentify;
mod review;
mod selection;
mod terminate;
mod visibility;
