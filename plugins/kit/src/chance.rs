// SPDX-License-Identifier: MIT OR Apache-2.0
//! Chance, where things that failed together shall not come back together.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A random number in [0, 1): the seed that the standard library draws for each hash map.
#[must_use]
pub fn chance() -> f64 {
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1_u64 << 53) as f64
}
