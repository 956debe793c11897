// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs one target with libFuzzer: `ROUNDHOUSE_FUZZ_TARGET=facility fuzz -max_total_time=60 FOLDER`.
#![no_main]
#![allow(
    missing_docs,
    reason = "what fuzz_target makes is for the engine alone"
)]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// What inputs are given to.
static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("ROUNDHOUSE_FUZZ_TARGET").unwrap_or_default();
    let Some((_, run)) = roundhouse_fuzz::target(&name) else {
        let names = roundhouse_fuzz::TARGETS.map(|(name, _)| name).join(", ");
        eprintln!("ROUNDHOUSE_FUZZ_TARGET is '{name}', expected one of {names}");
        std::process::exit(2);
    };
    run
});

fuzz_target!(|data: &[u8]| TARGET(data));
