// SPDX-License-Identifier: MIT OR Apache-2.0
//! The address of a camera: what is wrong with it, and a file's address made absolute.
//!
//! An address never holds a password: facility files are copied, shown and kept under version control.

use std::fmt::Write;
use std::net::Ipv6Addr;
use std::path::Path;

use crate::names::hint;

/// The schemes that a camera may have.
const SCHEMES: [&str; 7] = [
    "rtsp",
    "rtsps",
    "http",
    "https",
    "file",
    "recording",
    "v4l2",
];
/// A parameter of an address whose name holds one of these is a secret.
const SECRETS: [&str; 4] = ["pass", "pwd", "token", "secret"];

/// An address that can be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The address; that of a file is absolute.
    pub(crate) uri: String,
    /// It names a user, without a password.
    pub(crate) has_user: bool,
    /// It leads to a host, which may ask for user and password.
    pub(crate) has_host: bool,
    /// Its query has a parameter that seems to be a secret.
    pub(crate) has_secret: bool,
}

/// Checks an address. A file's path without `//` counts from `folder`. The sentence of an error never repeats the address.
pub(crate) fn check(text: &str, folder: &Path) -> Result<Address, String> {
    if let Some(sign) = text.chars().find(|&sign| is_unfit(sign)) {
        let mut code = String::new();
        encode(&mut code, sign.to_string().as_bytes());
        return Err(format!(
            "holds {sign:?}, which no address may hold; write it as {code}"
        ));
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return Err("has no scheme; write it as rtsp://HOST/PATH or file:PATH".to_owned());
    };
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        let problem = if scheme.contains(['/', '@', '.']) {
            "has no scheme; write it as rtsp://HOST/PATH or file:PATH".to_owned()
        } else {
            format!(
                "has the unknown scheme '{scheme}'{}",
                hint(&scheme, SCHEMES)
            )
        };
        return Err(problem);
    }
    match scheme.as_str() {
        "file" => file(rest, folder),
        "recording" => recording(rest, folder),
        "v4l2" if rest.starts_with("///") => Ok(local(text.to_owned())),
        "v4l2" => Err("names no device; write it as v4l2:///dev/video0".to_owned()),
        _ => host(&scheme, rest),
    }
}

/// Whether an address or a pipeline text cannot hold this character.
fn is_unfit(sign: char) -> bool {
    sign.is_whitespace() || sign.is_control() || "\"'\\<>`".contains(sign)
}

/// An address on this machine.
fn local(uri: String) -> Address {
    Address {
        uri,
        has_user: false,
        has_host: false,
        has_secret: false,
    }
}

/// A file: `rest` is what follows `file:`.
fn file(rest: &str, folder: &Path) -> Result<Address, String> {
    check_codes(rest)?;
    if rest.starts_with("///") {
        return Ok(local(format!("file:{rest}")));
    }
    if rest.is_empty() || rest.starts_with("//") {
        return Err(
            "names no file of this machine; write it as file:///PATH, or as file:NAME for a file beside this one"
                .to_owned(),
        );
    }
    if rest.starts_with('/') {
        return Ok(local(format!("file://{rest}")));
    }
    let folder = std::path::absolute(folder.join("x"))
        .map_err(|error| format!("cannot be made absolute: {error}"))?;
    let folder = folder.parent().unwrap_or(Path::new("/"));
    let mut uri = "file://".to_owned();
    encode(&mut uri, folder.as_os_str().as_encoded_bytes());
    Ok(local(format!("{}/{rest}", uri.trim_end_matches('/'))))
}

/// A recording that `camerasrc` wrote: `rest` is what follows `recording:`, a folder and perhaps `?from=TIME&to=TIME`.
fn recording(rest: &str, folder: &Path) -> Result<Address, String> {
    let (name, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let name = name.strip_prefix("//").unwrap_or(name);
    if name.is_empty() {
        return Err("names no folder; write it as recording:FOLDER?from=TIME&to=TIME".to_owned());
    }
    let name = std::path::absolute(folder.join(name))
        .map_err(|error| format!("cannot be made absolute: {error}"))?;
    Ok(local(format!("recording:{}{query}", name.display())))
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

/// An address with a host: `rest` is what follows `scheme:`.
fn host(scheme: &str, rest: &str) -> Result<Address, String> {
    let form = format!("write it as {scheme}://HOST/PATH");
    let Some(rest) = rest.strip_prefix("//") else {
        return Err(format!("has no host; {form}"));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    // A password may hold a '/' that nobody wrote as %2F: then what seems to be the port is its beginning.
    let cut_off = user.is_none() && !is_place(place) && path.contains('@');
    if user.is_some_and(|user| user.contains(':')) || cut_off {
        return Err(
            "holds a password, which everybody can read who may read this file; write the address without user and password, \
             and name where they are kept: credentials = \"env:NAME\" or \"file:PATH\", which holds USER:PASSWORD"
                .to_owned(),
        );
    }
    if place.is_empty() || place.starts_with(':') {
        return Err(format!("has no host; {form}"));
    }
    check_place(place)?;
    user.map_or(Ok(()), check_codes)?;
    Ok(Address {
        uri: format!("{scheme}://{rest}"),
        has_user: user.is_some(),
        has_host: true,
        has_secret: has_secret(path),
    })
}

/// Whether this is a host, with a port or without.
fn is_place(place: &str) -> bool {
    check_place(place).is_ok()
}

/// Checks a host and its port.
fn check_place(place: &str) -> Result<(), String> {
    let port = if let Some(rest) = place.strip_prefix('[') {
        let (address, port) = rest
            .split_once(']')
            .ok_or("has a '[' without ']'; write an IPv6 address as [fe80::1]")?;
        // A zone, as in fe80::1%25eth0, names an interface of this machine.
        let address = address.split('%').next().unwrap_or_default();
        address
            .parse::<Ipv6Addr>()
            .map_err(|_| format!("has '{address}' in brackets, which is no IPv6 address"))?;
        port.strip_prefix(':')
            .or_else(|| port.is_empty().then_some(""))
            .ok_or("has something other than a port after ']'")?
    } else if place.matches(':').count() > 1 {
        return Err(
            "has a host with several ':'; write an IPv6 address in brackets, [fe80::1]".into(),
        );
    } else {
        place.split_once(':').map_or("", |(_, port)| port)
    };
    if port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Ok(());
    }
    Err("has a port that is no number from 1 to 65535".to_owned())
}

/// Checks that each `%` begins a code.
fn check_codes(text: &str) -> Result<(), String> {
    let is_code = |after: &str| {
        let code = after.as_bytes().get(..2);
        code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    };
    if text.split('%').skip(1).all(is_code) {
        return Ok(());
    }
    Err("has a '%' that begins no code; write '%' itself as %25, '@' as %40".to_owned())
}

/// Whether a parameter of the query seems to be a secret.
fn has_secret(path: &str) -> bool {
    let Some((_, query)) = path.split_once('?') else {
        return false;
    };
    query
        .split('&')
        .filter_map(|field| field.split_once('='))
        .any(|(name, value)| {
            let name = name.to_ascii_lowercase();
            !value.is_empty() && SECRETS.iter().any(|secret| name.contains(secret))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Address, String> {
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
            assert_eq!(checked(text).unwrap().uri, uri.unwrap_or(text));
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
        assert_eq!(flags("http://camera/snap?pwd="), (false, true, false));
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
            ("", "has no scheme"),
            ("camera-1/stream", "has no scheme"),
            ("camera-1.local:554/stream", "has no scheme"),
            ("rstp://camera-1", "did you mean 'rtsp'?"),
            ("ftp://camera-1", "the unknown scheme 'ftp'"),
            ("rtsp:camera-1", "has no host"),
            ("rtsp:///stream", "has no host"),
            ("rtsp://:554/stream", "has no host"),
            ("rtsp://fe80::1/stream", "in brackets"),
            ("rtsp://[fe80::1/stream", "without ']'"),
            ("rtsp://[camera]/stream", "is no IPv6 address"),
            ("rtsp://[::1]554/stream", "other than a port"),
            ("rtsp://camera:70000/stream", "port"),
            ("rtsp://camera:stream", "port"),
            ("rtsp://me%zz@camera", "%25"),
            ("rtsp://camera/a b", "%20"),
            ("rtsp://camera/a\"b", "%22"),
            ("file://C1.mp4", "file:NAME"),
            ("file:", "file:NAME"),
            ("file:50%.mp4", "%25"),
            ("v4l2:0", "/dev/video0"),
            ("recording:?from=x", "recording:FOLDER"),
        ] {
            let problem = checked(text).unwrap_err();
            assert!(problem.contains(said), "{text}: {problem}");
        }
    }
}
