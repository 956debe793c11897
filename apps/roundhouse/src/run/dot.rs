// SPDX-License-Identifier: MIT OR Apache-2.0
//! Graphs of the elements, for Graphviz; without passwords.

use std::path::{Path, PathBuf};

use gst::prelude::*;

use crate::failure::{Failure, Outcome};

/// A folder of graphs.
pub struct Dots(PathBuf);

impl Dots {
    /// Makes the folder if there is none.
    pub fn new(folder: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
        Ok(Self(folder.to_owned()))
    }

    /// Writes `NAME-MOMENT.dot`; says so if it cannot: a graph is no reason to stop.
    pub fn write(&self, pipeline: &gst::Pipeline, name: &str, moment: &str) -> Option<String> {
        let file = self.0.join(format!("{name}-{moment}.dot"));
        let graph = pipeline.debug_to_dot_data(gst::DebugGraphDetails::all());
        let error = std::fs::write(&file, kit::mask_passwords(&graph)).err()?;
        Some(format!("{}: {error}", file.display()))
    }
}
