// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole state of a fusion as a document, so that a restart of the process loses nothing.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fse::model::site::{CatalogueModel, Site};

/// Version of the document. It grows with every change of what is in it.
const VERSION: u32 = 5;

/// Why a saved state was refused.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is no saved state.
    #[error("no saved state: {0}; start without it")]
    Unreadable(#[from] serde_json::Error),
    /// Another version of Roundhouse wrote it.
    #[error("version {0}, this program reads version {VERSION}; start without it")]
    Version(u32),
    /// The facility is another one, or was changed.
    #[error("it was saved for other {0} than this facility file has; start without it")]
    Facility(&'static str),
    /// Something in it cannot be: it was changed by hand, or damaged.
    #[error("its {0} cannot be; start without it")]
    Inconsistent(&'static str),
}

/// What every version of the document begins with.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

/// The document: for which facility it was saved, and what the fusion knew.
#[derive(Serialize, Deserialize)]
struct Document<Content> {
    version: u32,
    tracks: Vec<String>,
    cameras: Vec<String>,
    models: Vec<CatalogueModel>,
    content: Content,
}

impl<Content> Document<Content> {
    /// The document of a fusion at this facility.
    fn new(site: &Site, content: Content) -> Self {
        Self {
            version: VERSION,
            tracks: site.tracks.iter().map(|track| track.id.clone()).collect(),
            cameras: site
                .cameras
                .iter()
                .map(|camera| camera.id.clone())
                .collect(),
            models: site.models.clone(),
            content,
        }
    }
}

/// What a fusion at this facility knows, as one line of JSON.
pub(crate) fn write<Content: Serialize>(
    site: &Site,
    content: &Content,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Document::new(site, content))
}

/// What a fusion at this facility knew when it was saved.
pub(crate) fn read<Content: DeserializeOwned>(
    site: &Site,
    saved: &str,
) -> Result<Content, RestoreError> {
    let Header { version } = serde_json::from_str(saved)?;
    if version != VERSION {
        return Err(RestoreError::Version(version));
    }
    let saved: Document<Content> = serde_json::from_str(saved)?;
    let here = Document::new(site, ());
    if saved.tracks != here.tracks {
        return Err(RestoreError::Facility("tracks"));
    }
    if saved.cameras != here.cameras {
        return Err(RestoreError::Facility("cameras"));
    }
    if saved.models != here.models {
        return Err(RestoreError::Facility("models"));
    }
    Ok(saved.content)
}
