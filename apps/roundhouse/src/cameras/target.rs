// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which cameras to probe.

use std::path::{Path, PathBuf};

use facility::{Camera, Facility};

use crate::failure::{Failure, Outcome};

/// A camera to probe.
pub struct Target {
    /// Its id, or its position on the command line.
    pub name: String,
    /// Its address; `None` if the facility file gives none.
    pub uri: Option<String>,
    /// Where user and password are kept.
    pub credentials: Option<String>,
    /// What the facility file says of it.
    pub site: Option<Site>,
}

/// A camera of a facility file.
pub struct Site {
    /// The camera.
    pub camera: Camera,
    /// The folder of the file, from which the names in it count.
    pub folder: PathBuf,
}

/// The cameras of the facility file, then those of the command line.
pub fn targets(
    facility: Option<&Path>,
    uris: &[String],
    credentials: Option<&str>,
) -> Outcome<Vec<Target>> {
    let mut targets = facility.map(of_facility).transpose()?.unwrap_or_default();
    targets.extend(uris.iter().enumerate().map(|(index, uri)| Target {
        name: format!("uri-{}", index + 1),
        uri: Some(uri.clone()),
        credentials: credentials.map(str::to_owned),
        site: None,
    }));
    if targets.is_empty() {
        return Err(Failure::new(
            "there is no camera to look at: give --facility FILE, or addresses such as rtsp://camera-1/stream",
        ));
    }
    Ok(targets)
}

/// The cameras of a facility file, of which at least one must have an address.
fn of_facility(file: &Path) -> Outcome<Vec<Target>> {
    let facility = Facility::load(file).map_err(|errors| Failure::new(errors.to_string()))?;
    for warning in &facility.warnings {
        eprintln!("warning: {}:{warning}", file.display());
    }
    if facility.cameras.iter().all(|camera| camera.uri.is_none()) {
        return Err(Failure::new(format!(
            "{}: no camera has an address; add uri = \"rtsp://HOST/PATH\" to each [[camera]]",
            file.display()
        )));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let target = |camera: Camera| Target {
        name: camera.id.clone(),
        uri: camera.uri.clone(),
        credentials: camera.credentials.clone(),
        site: Some(Site {
            camera,
            folder: folder.to_owned(),
        }),
    };
    Ok(facility.cameras.into_iter().map(target).collect())
}
