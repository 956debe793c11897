// SPDX-License-Identifier: MIT OR Apache-2.0
//! Facilities with their numbering, for plans and rules of alerts.

use std::path::Path;

use facility::Facility;
use plan::Site;
use plates::Numbering;

use crate::failure::{Failure, Outcome};

/// The facility of a file, and how its machines are numbered.
pub fn load(file: &Path) -> Outcome<Site> {
    let facility = Facility::load(file).map_err(|errors| Failure::new(errors.to_string()))?;
    of(facility, file)
}

/// A facility whose file is `file`, and how its machines are numbered.
pub fn of(facility: Facility, file: &Path) -> Outcome<Site> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let name = file.display().to_string();
    let numbering = Numbering::new(facility.numbering.as_ref(), &name, folder);
    let numbering = numbering.map_err(|errors| Failure::new(errors.to_string()))?;
    Ok(Site::new(facility, Some(numbering)))
}
