// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the elements of playing pipelines count, for Prometheus, and whether the pipelines are well.
//!
//! Elements know nothing of it: their property `stats` is read whenever somebody asks.

mod collector;
mod health;
mod sample;
mod server;

pub use health::Health;
pub use server::serve;
