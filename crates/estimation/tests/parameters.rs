// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page of parameters in the documentation is the one that the code writes.

use roundhouse_estimation::fse::parameter_table;

#[test]
fn the_documented_parameters_are_those_of_the_code() {
    let page = include_str!("../../../docs/estimation/parameters.md");
    assert!(
        page == parameter_table(),
        "docs/estimation/parameters.md is not what the code says: \
         run `cargo run -p roundhouse-estimation --example parameters`"
    );
}
