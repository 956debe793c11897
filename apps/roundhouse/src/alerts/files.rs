// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files that rules of alerts are made of.

use std::path::{Path, PathBuf};

use alerts::Rules;
use plan::Site;

use crate::failure::{Failure, Outcome};
use crate::serve::site;

/// The file of rules and the facilities that they are for.
#[derive(clap::Args)]
pub struct Files {
    /// File of rules.
    pub rules: PathBuf,
    /// Facility file; may be given more than once. Tracks and cameras that the rules name must then be there.
    #[arg(long = "facility", value_name = "FILE")]
    facilities: Vec<PathBuf>,
}

impl Files {
    /// Reads them.
    pub fn read(&self) -> Outcome<(Rules, Vec<Site>)> {
        let sites: Outcome<Vec<Site>> = self
            .facilities
            .iter()
            .map(|file| site::load(file))
            .collect();
        let sites = sites?;
        Ok((rules(&self.rules, &sites)?, sites))
    }
}

/// Reads a file of rules.
pub fn rules(file: &Path, sites: &[Site]) -> Outcome<Rules> {
    Rules::load(file, sites).map_err(|errors| Failure::new(errors.to_string()))
}
