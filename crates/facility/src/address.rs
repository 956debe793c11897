// SPDX-License-Identifier: MIT OR Apache-2.0
//! The address of a camera, taken apart.

use std::net::Ipv6Addr;

use thiserror::Error;

use crate::Credentials;
use crate::hint::hint;

/// The schemes that an address may have.
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
const SECRETS: [&str; 5] = ["pass", "pwd", "token", "secret", "auth"];
/// The same at the end of a name, such as `api_key`; `keyframe` is none.
const SECRET_ENDS: [&str; 2] = ["key", "pw"];

/// What is wrong with an address. The sentences never repeat user or password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Nothing was given.
    #[error("has no address; set uri")]
    Missing,
    /// No scheme at all.
    #[error("has no scheme; write it as rtsp://HOST/PATH or file:PATH")]
    NoScheme,
    /// A scheme that nothing reads.
    #[error("has the unknown scheme '{scheme}'{}", hint(.scheme, SCHEMES))]
    UnknownScheme {
        /// The scheme.
        scheme: String,
    },
    /// Recordings are read by `camerasrc` alone.
    #[error("is a recording; there is no camera to connect to")]
    Recording,
    /// No file, or one of another machine.
    #[error(
        "names no file of this machine; write it as file:///PATH, or as file:NAME for a file beside this one"
    )]
    NoFile,
    /// No device.
    #[error("names no device; write it as v4l2:///dev/video0")]
    NoDevice,
    /// No host where one must be.
    #[error("has no host; write it as {0}://HOST/PATH")]
    NoHost(String),
    /// A host or port that cannot be one; the sentence says why.
    #[error("{0}")]
    Host(String),
    /// User or password hold a `/`, `?` or `#`, so that they seem to end there.
    #[error("has a '/', '?' or '#' in user or password; write '/' as %2F, '?' as %3F, '#' as %23")]
    CutOff,
    /// A percent sign that begins no code.
    #[error(
        "has a '%' that begins no code; write '%' itself as %25, '@' as %40, ':' as %3A, '/' as %2F"
    )]
    Percent,
}

/// What reads an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// RTSP, also over TLS.
    Rtsp,
    /// Pictures over HTTP or HTTPS.
    Http,
    /// A file.
    File,
    /// A camera of this machine.
    V4l2,
}

/// The address of a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What reads it.
    pub kind: AddressKind,
    /// The address without user and password; for files and devices the path.
    pub location: String,
    /// User and password, if the address holds them. The password may be empty.
    pub credentials: Option<Credentials>,
    /// Host and port.
    pub host: Option<(String, u16)>,
}

impl Address {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Missing);
        }
        let (scheme, rest) = split_scheme(text)?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let (kind, port) = match scheme.as_str() {
            "rtsp" => (AddressKind::Rtsp, 554),
            "rtsps" => (AddressKind::Rtsp, 322),
            "http" => (AddressKind::Http, 80),
            "https" => (AddressKind::Http, 443),
            "recording" => return Err(AddressError::Recording),
            "v4l2" if path.starts_with('/') => return Self::local(AddressKind::V4l2, path),
            "v4l2" => return Err(AddressError::NoDevice),
            _ if is_file(rest) => return Self::local(AddressKind::File, path),
            _ => return Err(AddressError::NoFile),
        };
        let (authority, path) = rest
            .strip_prefix("//")
            .map(|rest| rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())))
            .ok_or_else(|| AddressError::NoHost(scheme.clone()))?;
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        if place.is_empty() || place.starts_with(':') {
            return Err(AddressError::NoHost(scheme));
        }
        let host = host(place, port).map_err(|error| {
            // What seems to be the port is then the beginning of a password.
            let is_cut_off = user.is_none() && path.contains('@');
            if is_cut_off {
                AddressError::CutOff
            } else {
                error
            }
        })?;
        Ok(Self {
            kind,
            location: format!("{scheme}://{place}{path}"),
            credentials: user.map(credentials).transpose()?,
            host: Some(host),
        })
    }

    /// A file or device; `path` may hold percent codes.
    fn local(kind: AddressKind, path: &str) -> Result<Self, AddressError> {
        Ok(Self {
            kind,
            location: decoded(path)?,
            credentials: None,
            host: None,
        })
    }

    /// Whether a parameter of the query seems to hold a secret.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        let query = self.host.as_ref().and(self.location.split_once('?'));
        let mut fields = query.map_or("", |(_, query)| query).split('&');
        fields.any(|field| {
            let field = field.split_once('=');
            field.is_some_and(|(name, value)| !value.is_empty() && is_secret(name))
        })
    }
}

/// Whether a parameter of an address that has this name holds a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has_end = SECRET_ENDS.iter().any(|end| name.ends_with(end));
    has_end || SECRETS.iter().any(|secret| name.contains(secret))
}

/// The scheme of an address, in small letters, and what follows its colon.
pub(crate) fn split_scheme(text: &str) -> Result<(String, &str), AddressError> {
    let (scheme, rest) = text.split_once(':').ok_or(AddressError::NoScheme)?;
    let scheme = scheme.to_ascii_lowercase();
    if SCHEMES.contains(&scheme.as_str()) {
        Ok((scheme, rest))
    } else if scheme.contains(['/', '@', '.']) {
        Err(AddressError::NoScheme)
    } else {
        Err(AddressError::UnknownScheme { scheme })
    }
}

/// Whether what follows `file:` names a file of this machine.
fn is_file(rest: &str) -> bool {
    rest.starts_with("///") || !(rest.is_empty() || rest.starts_with("//"))
}

/// Reads USER:PASSWORD as it stands in an address.
fn credentials(text: &str) -> Result<Credentials, AddressError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok(Credentials {
        user: decoded(user)?,
        password: decoded(password)?,
    })
}

/// Host and port of `place`, with `port` where it names none; an IPv6 address stands in brackets.
fn host(place: &str, port: u16) -> Result<(String, u16), AddressError> {
    let wrong = |sentence: &str| AddressError::Host(sentence.to_owned());
    let (host, given) = if let Some(rest) = place.strip_prefix('[') {
        let (host, given) = rest
            .split_once(']')
            .ok_or_else(|| wrong("has a '[' without ']'; write an IPv6 address as [fe80::1]"))?;
        // A zone, as in fe80::1%25eth0, names an interface of this machine.
        let address = host.split('%').next().unwrap_or_default();
        if address.parse::<Ipv6Addr>().is_err() {
            let sentence = format!("has '{address}' in brackets, which is no IPv6 address");
            return Err(AddressError::Host(sentence));
        }
        (host, given)
    } else {
        place.split_at(place.find(':').unwrap_or(place.len()))
    };
    let given = match given.strip_prefix(':') {
        Some(given) => given,
        None if given.is_empty() => "",
        None => return Err(wrong("has something other than a port after ']'")),
    };
    if given.contains(':') {
        return Err(wrong(
            "has a host with several ':'; write an IPv6 address in brackets, [fe80::1]",
        ));
    }
    let port = if given.is_empty() {
        Some(port)
    } else {
        given.parse().ok().filter(|&port| port > 0)
    };
    let port = port.ok_or_else(|| wrong("has a port that is no number from 1 to 65535"))?;
    Ok((decoded(host)?, port))
}

/// `text` with its percent codes replaced by what they stand for.
fn decoded(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = more
            .get(..2)
            .filter(|code| code.iter().all(u8::is_ascii_hexdigit));
        let code = digits.and_then(|code| {
            let code = std::str::from_utf8(code).ok()?;
            u8::from_str_radix(code, 16).ok()
        });
        bytes.push(code.ok_or(AddressError::Percent)?);
        rest = &more[2..];
    }
    String::from_utf8(bytes).map_err(|_| AddressError::Percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(user: &str, password: &str) -> Credentials {
        Credentials {
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    #[test]
    fn user_and_password_are_taken_out_and_decoded() {
        for (text, location, expected, host) in [
            ("rtsp://cam/s", "rtsp://cam/s", None, ("cam", 554)),
            (
                "rtsp://me:s%40cr%25t@cam:8554/a?b=c@d",
                "rtsp://cam:8554/a?b=c@d",
                Some(credentials("me", "s@cr%t")),
                ("cam", 8554),
            ),
            (
                "RTSPS://me:a@b:c@[fe80::1%25eth0]/x",
                "rtsps://[fe80::1%25eth0]/x",
                Some(credentials("me", "a@b:c")),
                ("fe80::1%eth0", 322),
            ),
            (
                "http://me@cam",
                "http://cam",
                Some(credentials("me", "")),
                ("cam", 80),
            ),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.location, location);
            assert_eq!(address.credentials, expected);
            assert_eq!(address.host, Some((host.0.to_owned(), host.1)));
        }
    }

    #[test]
    fn files_and_devices_are_paths() {
        for (text, kind, path) in [
            ("file:///a/b%20c.mp4", AddressKind::File, "/a/b c.mp4"),
            ("file:/a/b.mp4", AddressKind::File, "/a/b.mp4"),
            ("file:b.mp4", AddressKind::File, "b.mp4"),
            ("v4l2:///dev/video0", AddressKind::V4l2, "/dev/video0"),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.kind, address.location.as_str()), (kind, path));
        }
    }

    #[test]
    fn secrets_of_a_query_are_known_by_their_names() {
        let has_secret = |text| Address::parse(text).unwrap().has_secret();
        assert!(has_secret("http://camera/snap?user=me&Password=x"));
        assert!(has_secret("http://camera/snap?access_token=x"));
        assert!(!has_secret("http://camera/snap?pwd="));
        assert!(has_secret("http://camera/snap?api_key=x"));
        assert!(!has_secret("http://camera/snap?channel=1&keyframe=1"));
        assert!(!has_secret("file:C1.mp4?pwd=x"));
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_remedy_and_no_password() {
        for (text, said) in [
            ("", "has no address"),
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
            ("rtsp://me:hidden%zz@camera", "%25"),
            ("rtsp://me:hidden%4@camera", "%25"),
            ("rtsp://me:hid/den@camera", "%2F"),
            ("file://C1.mp4", "file:NAME"),
            ("file:", "file:NAME"),
            ("file:50%.mp4", "%25"),
            ("v4l2:0", "/dev/video0"),
            ("recording:C1", "no camera to connect to"),
        ] {
            let problem = Address::parse(text).unwrap_err().to_string();
            assert!(problem.contains(said), "{text}: {problem}");
            assert!(!problem.contains("hid"), "{problem}");
        }
    }
}
