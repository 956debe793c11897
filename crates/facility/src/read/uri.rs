// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which addresses a facility file may hold: without a password, and such that a pipeline text can hold them too.

use std::fmt::Write;
use std::path::Path;

use crate::address::{Address, AddressError, split_scheme};

/// What a facility file says of a password in an address.
const NO_PASSWORD: &str = "holds a password, which everybody can read who may read this file; write the address without user and \
     password, and name where they are kept: credentials = \"env:NAME\" or \"file:PATH\", which holds USER:PASSWORD";

/// An address that a facility file may hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Uri {
    /// The address; that of a file is absolute.
    pub(super) text: String,
    /// It names a user, without a password.
    pub(super) has_user: bool,
    /// It leads to a host, which may ask for user and password.
    pub(super) has_host: bool,
    /// Its query has a parameter that seems to be a secret.
    pub(super) has_secret: bool,
}

/// Checks an address. Files without `//` and recordings count from `folder`. The sentence of an error never repeats the address.
pub(super) fn check(text: &str, folder: &Path) -> Result<Uri, String> {
    if let Some(sign) = text.chars().find(|&sign| is_unfit(sign)) {
        let mut code = String::new();
        encode(&mut code, sign.to_string().as_bytes());
        return Err(format!(
            "holds {sign:?}, which no address may hold; write it as {code}"
        ));
    }
    let address = match Address::parse(text) {
        Err(AddressError::Recording) => return recording(text, folder),
        Err(AddressError::CutOff) => return Err(NO_PASSWORD.to_owned()),
        address => address.map_err(|error| error.to_string())?,
    };
    let user = address.credentials.as_ref();
    if user.is_some_and(|user| !user.password.is_empty()) {
        return Err(NO_PASSWORD.to_owned());
    }
    let (scheme, rest) = split_scheme(text).map_err(|error| error.to_string())?;
    let uri = if scheme == "file" {
        absolute(rest, folder)?
    } else {
        format!("{scheme}:{rest}")
    };
    Ok(Uri {
        text: uri,
        has_user: user.is_some(),
        has_host: address.host.is_some(),
        has_secret: address.has_secret(),
    })
}

/// Whether an address or a pipeline text cannot hold this character.
fn is_unfit(sign: char) -> bool {
    sign.is_whitespace() || sign.is_control() || "\"'\\<>`".contains(sign)
}

/// The absolute address of a file; `rest` is what follows `file:`.
fn absolute(rest: &str, folder: &Path) -> Result<String, String> {
    if rest.starts_with("///") {
        return Ok(format!("file:{rest}"));
    }
    if rest.starts_with('/') {
        return Ok(format!("file://{rest}"));
    }
    let folder = std::path::absolute(folder.join("x"))
        .map_err(|error| format!("cannot be made absolute: {error}"))?;
    let folder = folder.parent().unwrap_or(Path::new("/"));
    let mut uri = "file://".to_owned();
    encode(&mut uri, folder.as_os_str().as_encoded_bytes());
    Ok(format!("{}/{rest}", uri.trim_end_matches('/')))
}

/// A recording that `camerasrc` wrote: a folder and perhaps `?from=TIME&to=TIME`.
fn recording(text: &str, folder: &Path) -> Result<Uri, String> {
    let (_, rest) = split_scheme(text).map_err(|error| error.to_string())?;
    let (name, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let name = name.strip_prefix("//").unwrap_or(name);
    if name.is_empty() {
        return Err("names no folder; write it as recording:FOLDER?from=TIME&to=TIME".to_owned());
    }
    let name = std::path::absolute(folder.join(name))
        .map_err(|error| format!("cannot be made absolute: {error}"))?;
    Ok(Uri {
        text: format!("recording:{}{query}", name.display()),
        ..Uri::default()
    })
}

/// Adds a path, each byte that an address cannot hold as its code.
fn encode(uri: &mut String, path: &[u8]) {
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Uri, String> {
        check(text, Path::new("/halls/a b"))
    }

    #[test]
    fn addresses_that_can_be_used() {
        for (text, uri) in [
            ("rtsp://camera-1:554/stream?channel=1&subtype=0", None),
            ("rtsps://viewer@[fe80::1%25eth0]:322/s", None),
            ("http://[::1]/mjpeg", None),
            ("rtsp://me%40depot@10.0.0.1/a@b:c", None),
            ("v4l2:///dev/video0", None),
            ("RTSP://camera", Some("rtsp://camera")),
            ("file:///clips/C1.mp4", None),
            ("file:/clips/C1.mp4", Some("file:///clips/C1.mp4")),
            ("file:C%201.mp4", Some("file:///halls/a%20b/C%201.mp4")),
            (
                "recording:C1?from=2026-03-01T06:00:00Z",
                Some("recording:/halls/a b/C1?from=2026-03-01T06:00:00Z"),
            ),
            ("recording:/footage/C1", None),
        ] {
            assert_eq!(checked(text).unwrap().text, uri.unwrap_or(text));
        }
    }

    #[test]
    fn what_an_address_says_of_user_and_secrets() {
        let flags = |text| {
            let address = checked(text).unwrap();
            (address.has_user, address.has_host, address.has_secret)
        };
        assert_eq!(flags("rtsp://me@camera/s"), (true, true, false));
        assert_eq!(flags("http://camera/snap?Password=x"), (false, true, true));
        assert_eq!(flags("file:C1.mp4"), (false, false, false));
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "rtsp://admin:hidden@camera-1/stream",
            "rtsp://admin:hid@den@camera-1/stream",
            "rtsp://admin:hid/den@camera-1/stream",
            "rtsp://:hidden@camera-1",
            "rtsp://admin:%40hidden%25@[::1]:554/x",
        ] {
            let problem = checked(text).unwrap_err();
            assert!(problem.contains("credentials = \"env:NAME\""), "{problem}");
            assert!(!problem.contains("hid"), "{problem}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_a_remedy() {
        for (text, said) in [
            ("", "has no address"),
            ("rtsp://:554/stream", "has no host"),
            ("rtsp://camera/a b", "%20"),
            ("rtsp://camera/a\"b", "%22"),
            ("file://C1.mp4", "file:NAME"),
            ("recording:?from=x", "recording:FOLDER"),
        ] {
            let problem = checked(text).unwrap_err();
            assert!(problem.contains(said), "{text}: {problem}");
        }
    }
}
