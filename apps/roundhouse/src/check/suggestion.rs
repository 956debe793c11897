// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a misspelt name was most likely meant to be.

use names::nearest;

/// `, did you mean 'framemux'?`, if a name is near.
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map_or_else(String::new, |name| format!(", did you mean '{name}'?"))
}
