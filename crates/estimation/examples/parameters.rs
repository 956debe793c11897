// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes `docs/estimation/parameters.md` from the parameters in the code:
//! `cargo run -p roundhouse-estimation --example parameters`

use roundhouse_estimation::fse::parameter_table;

/// Where the page stands.
const PAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/estimation/parameters.md"
);

fn main() -> std::io::Result<()> {
    std::fs::write(PAGE, parameter_table())
}
