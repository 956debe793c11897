// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ZeroMQ` over loopback: sockets of ours with each other, with those of pyzmq, and with imagezmq.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod flows;
mod imagezmq;
mod ours;
mod python;
mod pyzmq;
mod strangers;
mod support;
