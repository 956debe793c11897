// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alerts reach real servers: a web server, mosquitto, a mail server.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod mail;
mod mqtt;
mod process;
mod webhook;

use messages::Timestamp;
use roundhouse_alerts::{Notice, Rules, Target};

/// The one target of a file of rules.
fn target(lines: &str) -> Target {
    let text = format!("{lines}\n[[rule]]\nname = 'a'\nkind = 'no-events'\n");
    let rules = Rules::parse(&text, "alerts.toml", &[]).unwrap();
    rules.targets.into_iter().next().unwrap()
}

/// A notice about a facility.
fn notice(facility: &str) -> Notice {
    Notice::test(facility, Timestamp::from_nanos(1_772_366_400_000_000_000))
}
