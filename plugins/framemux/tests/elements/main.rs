// SPDX-License-Identifier: MIT OR Apache-2.0
//! `framemux` and `framedemux` as GStreamer sees them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod bad_input;
mod camera;
mod demux;
mod description;
mod discards;
mod files;
mod live;
mod outages;
mod pads;
mod recording;
mod seeking;
mod steps;
