// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a report to something the fusion can use: checked, in numbers, and in the order of event times.

pub(crate) mod bodies;
pub(crate) mod reorder;
pub(crate) mod validate;
