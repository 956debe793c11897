// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the pictures of a camera come from: `uri` and `credentials` of a `[[camera]]`.

use std::path::Path;

use super::uri::{self, Uri};
use crate::section::{Entry, Read, Section};

/// `uri` and `credentials`, if they are given; files count from `folder`.
pub(super) fn read_stream(
    section: &Section,
    folder: &Path,
) -> Read<(Option<String>, Option<String>)> {
    let uri = section
        .get("uri")
        .map(|entry| read_uri(&entry, folder))
        .transpose();
    let given = section.get("credentials");
    let credentials = given
        .as_ref()
        .map(|entry| read_credentials(entry, folder))
        .transpose();
    if let (Some(entry), Ok(uri)) = (&given, &uri) {
        check_pair(entry, uri.as_ref())?;
    }
    Ok((uri?.map(|uri| uri.text), credentials?))
}

/// The address of a camera.
fn read_uri(entry: &Entry, folder: &Path) -> Read<Uri> {
    let uri = uri::check(&entry.name()?, folder).map_err(|problem| entry.mistake(problem))?;
    if uri.has_secret {
        entry.warn(
            "holds a secret in its query, which everybody can read who may read this file or the list of processes; \
             if the camera lets you, take it out and give credentials",
        );
    }
    Ok(uri)
}

/// Where user and password are kept: `env:NAME` or `file:PATH`.
fn read_credentials(entry: &Entry, folder: &Path) -> Read<String> {
    let reference = entry.name()?;
    let place = reference.split_once(':').filter(|(_, name)| {
        let is_fit = |sign: char| !sign.is_control() && !"\"'\\".contains(sign);
        !name.is_empty() && name.chars().all(is_fit)
    });
    match place {
        Some(("env", _)) => Ok(reference),
        Some(("file", path)) => Ok(format!("file:{}", folder.join(path).display())),
        // What stands here may be the password itself.
        _ => Err(entry.mistake(
            "is no reference, expected \"env:NAME\" (a variable of the environment) or \"file:PATH\" (a file with one line), \
             where USER:PASSWORD is kept",
        )),
    }
}

/// Checks that credentials have an address that they are for.
fn check_pair(credentials: &Entry, uri: Option<&Uri>) -> Read<()> {
    match uri {
        Some(uri) if uri.has_user => {
            Err(credentials.mistake("name a user, and so does uri; take the user out of uri"))
        }
        Some(uri) if uri.has_host => Ok(()),
        _ => {
            credentials.warn("are of no use without a uri that leads to a host");
            Ok(())
        }
    }
}
