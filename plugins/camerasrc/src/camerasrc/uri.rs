// SPDX-License-Identifier: MIT OR Apache-2.0
//! The address of a camera, with its credentials kept apart, so that they reach no log, message or drawing.

use kit::Credentials;
use thiserror::Error;

/// What stands in the place of a secret.
const MASK: &str = "***";
/// A field of a query whose name holds one of these is a secret.
const SECRETS: [&str; 6] = ["pass", "pwd", "token", "secret", "auth", "key"];

/// What is wrong with an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Mistake {
    /// Nothing was given.
    #[error("has no address: set the property uri")]
    Missing,
    /// No scheme at all.
    #[error(
        "has an address without a scheme: write it as rtsp://HOST/PATH, http://HOST/PATH, file:///PATH or v4l2:///dev/video0"
    )]
    NoScheme,
    /// A scheme that no source reads.
    #[error(
        "has an address of the unknown scheme '{0}': it is one of rtsp, rtsps, http, https, file, v4l2"
    )]
    UnknownScheme(String),
    /// No host where one must be.
    #[error("has an address without a host: write it as {0}://HOST/PATH")]
    NoHost(&'static str),
    /// A percent sign that begins no code.
    #[error(
        "has credentials with a '%' that begins no code: write '%' itself as %25, '@' as %40, ':' as %3A"
    )]
    Percent,
}

/// What reads an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RTSP, also over TLS.
    Rtsp,
    /// Pictures over HTTP.
    Http,
    /// A file, played in real time, over and over.
    File,
    /// A camera of this machine.
    V4l2,
}

/// The address of a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What reads it.
    pub kind: Kind,
    /// The address without credentials; for files and devices the path.
    pub location: String,
    /// What stood before the host.
    pub credentials: Option<Credentials>,
}

impl Address {
    /// Reads `text`.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        if text.is_empty() {
            return Err(Mistake::Missing);
        }
        let (scheme, rest) = text.split_once("://").ok_or(Mistake::NoScheme)?;
        let (kind, scheme) = match scheme.to_ascii_lowercase().as_str() {
            "rtsp" => (Kind::Rtsp, "rtsp"),
            "rtsps" => (Kind::Rtsp, "rtsps"),
            "http" => (Kind::Http, "http"),
            "https" => (Kind::Http, "https"),
            "file" => return Ok(Self::local(Kind::File, decoded(rest)?)),
            "v4l2" => return Ok(Self::local(Kind::V4l2, decoded(rest)?)),
            other => return Err(Mistake::UnknownScheme(other.to_owned())),
        };
        let (credentials, rest) = split_credentials(rest);
        if rest.is_empty() || rest.starts_with(['/', ':', '?']) {
            return Err(Mistake::NoHost(scheme));
        }
        Ok(Self {
            kind,
            location: format!("{scheme}://{rest}"),
            credentials: credentials.map(decoded_credentials).transpose()?,
        })
    }

    /// The address of a file or device.
    fn local(kind: Kind, location: String) -> Self {
        Self {
            kind,
            location,
            credentials: None,
        }
    }
}

/// `text`, an address or a sentence with addresses in it, without its secrets: what stands before a host, and secret fields of
/// a query.
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        masked.push_str(before);
        let end = after
            .find(|sign: char| sign.is_whitespace() || sign == '"' || sign == '\'')
            .unwrap_or(after.len());
        let (address, more) = after.split_at(end);
        masked.push_str(&masked_address(address));
        rest = more;
    }
    masked.push_str(rest);
    masked
}

/// One address without its secrets.
fn masked_address(address: &str) -> String {
    let (credentials, rest) = split_credentials(address);
    let mut masked = String::new();
    if credentials.is_some() {
        masked.push_str(MASK);
        masked.push('@');
    }
    let Some((path, query)) = rest.split_once('?') else {
        masked.push_str(rest);
        return masked;
    };
    masked.push_str(path);
    let fields = query.split('&').enumerate().map(|(index, field)| {
        let sign = if index == 0 { '?' } else { '&' };
        match field.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{sign}{name}={MASK}"),
            _ => format!("{sign}{field}"),
        }
    });
    masked.extend(fields);
    masked
}

/// Whether a field of a query of this name holds a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

/// What stands before the last `@` of the host's part, and what follows it. The host's part ends at `/`, `?` or `#`.
fn split_credentials(rest: &str) -> (Option<&str>, &str) {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    }
}

/// Reads USER:PASSWORD as it stands in an address.
fn decoded_credentials(text: &str) -> Result<Credentials, Mistake> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok(Credentials {
        user: decoded(user)?,
        password: decoded(password)?,
    })
}

/// `text` with its percent codes replaced by what they stand for.
fn decoded(text: &str) -> Result<String, Mistake> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let code = more.get(..2).and_then(|code| {
            let code = std::str::from_utf8(code).ok()?;
            u8::from_str_radix(code, 16).ok()
        });
        bytes.push(code.ok_or(Mistake::Percent)?);
        rest = &more[2..];
    }
    String::from_utf8(bytes).map_err(|_| Mistake::Percent)
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
    fn credentials_are_taken_out_and_decoded() {
        for (text, location, expected) in [
            ("rtsp://cam/stream", "rtsp://cam/stream", None),
            (
                "rtsp://me:s%40cr%25t@cam:554/a?b=c@d",
                "rtsp://cam:554/a?b=c@d",
                Some(credentials("me", "s@cr%t")),
            ),
            (
                "RTSPS://me:a@b:c@[fe80::1]:322/x",
                "rtsps://[fe80::1]:322/x",
                Some(credentials("me", "a@b:c")),
            ),
            ("http://me@cam", "http://cam", Some(credentials("me", ""))),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.location, location);
            assert_eq!(address.credentials, expected);
        }
    }

    #[test]
    fn files_and_devices_are_paths() {
        let file = Address::parse("file:///clips/a%20b.mp4").unwrap();
        assert_eq!(
            (file.kind, file.location.as_str()),
            (Kind::File, "/clips/a b.mp4")
        );
        assert_eq!(
            Address::parse("v4l2:///dev/video0").unwrap().location,
            "/dev/video0"
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "",
            "camera",
            "ftp://cam/x",
            "rtsp://",
            "rtsp:///x",
            "rtsp://me:%zz@cam",
            "rtsp://me:%4@cam",
            "rtsp://:554/",
        ] {
            let mistake = Address::parse(text).unwrap_err();
            assert!(!mistake.to_string().contains("zz"), "{mistake}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        for (text, shown) in [
            ("rtsp://me:pw@cam/s", "rtsp://***@cam/s"),
            ("rtsp://me:p@w@[::1]:554", "rtsp://***@[::1]:554"),
            (
                "http://cam/snap?user=me&Password=pw&x=1",
                "http://cam/snap?user=me&Password=***&x=1",
            ),
            (
                "cannot open 'rtsp://me:pw@cam' or http://a:b@c now",
                "cannot open 'rtsp://***@cam' or http://***@c now",
            ),
            ("nothing", "nothing"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
