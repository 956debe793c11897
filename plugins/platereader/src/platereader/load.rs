// SPDX-License-Identifier: MIT OR Apache-2.0
//! From settings to a reader: the files that they name are loaded and checked.

use std::path::Path;

use facility::{Facility, FacilityErrors};
use kit::{Envelope, LocatedReports, Places};
use plates::Numbering;

use super::properties::Settings;
use super::reader::{Reader, Rules};
use crate::networks::Network;

/// The networks that `settings` name.
///
/// # Errors
/// A sentence for the user: none is named, or a file is missing or wrong.
pub fn networks(settings: &Settings) -> Result<Vec<Network>, String> {
    let networks = Network::load_all(&settings.readers).map_err(|error| error.to_string())?;
    if networks.is_empty() {
        return Err(
            "Property 'readers' is not set; set it to the configuration files of the networks that read plates, such as \
             models/trt/platereader/config_infer.txt"
                .to_owned(),
        );
    }
    Ok(networks)
}

/// A reader of what `networks` read in `facility`.
///
/// # Errors
/// A sentence for the user: a numbering scheme or the roster is missing or wrong.
pub fn reader(
    settings: &Settings,
    networks: Vec<Network>,
    facility: Facility,
) -> Result<Reader, String> {
    let file = settings.facility.as_deref().unwrap_or(Path::new(""));
    let numbering =
        numbering(&facility, file, &settings.schemes).map_err(|errors| errors.to_string())?;
    let rules = Rules {
        networks,
        numbering,
        min_confidence: settings.min_confidence,
        min_height: settings.min_height,
        window: i64::try_from(settings.evidence_window.nseconds()).unwrap_or(i64::MAX),
    };
    let envelope = Envelope::new(&facility.name, "platereader", &settings.flow);
    let reports = LocatedReports::new(Places::new(facility), envelope);
    Ok(Reader::new(rules, reports))
}

/// The numbers that are possible: those of the facility file, of which only the schemes count that the property `schemes` names,
/// if it names any.
///
/// # Errors
/// A numbering scheme or the roster is missing or wrong.
pub fn numbering(
    facility: &Facility,
    file: &Path,
    schemes: &str,
) -> Result<Numbering, FacilityErrors> {
    let names: Vec<_> = schemes
        .split(';')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    Numbering::of_schemes(&names, facility.numbering.as_ref(), file)
}
