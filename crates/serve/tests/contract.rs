// SPDX-License-Identifier: MIT OR Apache-2.0
//! The API does what its description says: schemathesis reads `/api/openapi.json` and asks everything that is in it, rightly and
//! wrongly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::env::var_os;
use std::path::PathBuf;
use std::process::Command;

use support::{Server, facility, states};

/// SHA-256 of `secret-a`.
const TOKENS: &str = "all admin 8766b9cb08e6040b704f1e3ee1e186efccf2635b1d2634d6525333007e6aeae1\n";

/// The program, where `scripts/setup.sh --checks` puts it.
fn schemathesis() -> Command {
    let home = || PathBuf::from(var_os("HOME").unwrap()).join(".cache");
    let usual = || {
        var_os("XDG_CACHE_HOME")
            .map_or_else(home, PathBuf::from)
            .join("roundhouse")
    };
    let cache = var_os("ROUNDHOUSE_CACHE").map_or_else(usual, PathBuf::from);
    let program = cache.join("api/bin/schemathesis");
    assert!(
        program.exists(),
        "schemathesis is not there: run scripts/setup.sh --checks"
    );
    Command::new(program)
}

#[test]
fn every_answer_is_as_described() {
    let server = Server::set(vec![facility()], Some(TOKENS), |settings| {
        settings.rate = u32::MAX;
    });
    for flow in ["prod", "dev"] {
        let there = |second| (second > 70).then_some(("185 001", 5.0));
        let taken = server.app.intake().take(states(flow, 120, there).lines());
        assert_eq!(taken.unwrap().accepted, 120);
    }
    let output = schemathesis()
        .current_dir(server.folder.path())
        .arg("--config-file")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/schemathesis.toml"
        ))
        .arg("run")
        .arg(format!("http://{}/api/openapi.json", server.address))
        .args(["--header", "Authorization: Bearer secret-a"])
        .args(["--seed", "1", "--continue-on-failure"])
        .args(["--suppress-health-check", "all", "--request-timeout", "60"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}
