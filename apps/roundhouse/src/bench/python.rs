// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interpreters that `scripts/setup.sh --checks` makes.

use std::path::PathBuf;

/// The interpreter of this environment, if it is there.
pub fn of_setup(environment: &str) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("ROUNDHOUSE_CACHE").or_else(|| {
        let home = || variable("HOME").map(|home| home.join(".cache"));
        Some(variable("XDG_CACHE_HOME").or_else(home)?.join("roundhouse"))
    });
    cache
        .map(|cache| cache.join(environment).join("bin/python"))
        .filter(|python| python.exists())
}
