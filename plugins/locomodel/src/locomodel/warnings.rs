// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element's warnings; each names the remedy.

use std::path::Path;

/// A tensor of `found` values does not fit a list of `expected` labels, or holds values that are no probabilities.
pub fn bad_tensor(camera: &str, found: usize, expected: usize) -> String {
    format!(
        "Camera '{camera}': the classifier's tensor has {found} values for {expected} labels, or values that are no \
         probabilities; use the label file of this network, and let it end in a softmax"
    )
}

/// The classifier has a label that is no model of the facility.
pub fn unknown_model(label: &str, facility: &Path) -> String {
    format!(
        "the classifier's label '{label}' is none of the models in {}, so the length of such locomotives is unknown",
        facility.display()
    )
}
