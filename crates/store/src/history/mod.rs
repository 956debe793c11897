// SPDX-License-Identifier: MIT OR Apache-2.0
//! History out of states: who stood where, who moved, who came and went, how cameras were.

mod fold;
mod machine;
mod rows;

pub use fold::{Fold, GAP_NS};
pub use machine::{GONE_NS, SETTLE_NS, STEP};
pub use rows::{Camera, Coverage, Move, MoveKind, Row, Stay, Visit};
