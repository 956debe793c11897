// SPDX-License-Identifier: MIT OR Apache-2.0
//! The address of a camera, taken apart.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

use kit::Credentials;

/// Longest wait for a host to take a connection.
const CONNECT: Duration = Duration::from_secs(5);

const FORM: &str = "write it as rtsp://HOST/PATH, rtsps://, http:// or https://HOST/PATH, file:PATH, v4l2:///dev/video0";

/// An address, with user and password taken out.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    /// What reads it.
    pub kind: Kind,
    /// The address; of files and devices the path.
    pub location: String,
    /// User and password.
    pub login: Option<(String, String)>,
    /// Host and port.
    pub host: Option<(String, u16)>,
}

/// What reads an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `rtspsrc`.
    Rtsp,
    /// `souphttpsrc`.
    Http,
    /// `filesrc`.
    File,
    /// `v4l2src`.
    V4l2,
}

impl Address {
    /// Takes `text` apart. The name of a file that is there counts as an address.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.contains(':') && Path::new(text).is_file() {
            return Ok(Self::local(Kind::File, text.to_owned()));
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(format!("is no address: {FORM}"));
        };
        let scheme = scheme.to_ascii_lowercase();
        let (kind, port) = match scheme.as_str() {
            "rtsp" => (Kind::Rtsp, 554),
            "rtsps" => (Kind::Rtsp, 322),
            "http" => (Kind::Http, 80),
            "https" => (Kind::Http, 443),
            "file" => return Ok(Self::local(Kind::File, path(rest))),
            "recording" => {
                return Err("is a recording: there is no camera to connect to".to_owned());
            }
            "v4l2" => return Ok(Self::local(Kind::V4l2, path(rest))),
            _ => return Err(format!("has the unknown scheme '{scheme}': {FORM}")),
        };
        let rest = rest.strip_prefix("//").unwrap_or_default();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (login, place) = match rest[..end].rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, &rest[..end]),
        };
        let host = host(place, port)
            .ok_or_else(|| format!("has no host and port that can be read: {FORM}"))?;
        let login = login.map(|login| login.split_once(':').unwrap_or((login, "")));
        Ok(Self {
            kind,
            location: format!("{scheme}://{place}{}", &rest[end..]),
            login: login.map(|(user, password)| (decoded(user), decoded(password))),
            host: Some(host),
        })
    }

    /// A file or a device.
    fn local(kind: Kind, location: String) -> Self {
        Self {
            kind,
            location,
            login: None,
            host: None,
        }
    }

    /// Takes user and password from where they are kept: `env:NAME` or `file:PATH`, which holds USER:PASSWORD.
    pub fn log_in(&mut self, reference: &str) -> Result<(), String> {
        let Credentials { user, password } = Credentials::read(reference)
            .map_err(|problem| format!("its credentials are missing: {problem}"))?;
        self.login = Some((user, password));
        Ok(())
    }

    /// How long the host takes to accept a connection, which is one round trip; `None` for what has no host.
    pub fn round_trip(&self) -> Result<Option<Duration>, String> {
        let Some((host, port)) = &self.host else {
            return Ok(None);
        };
        let places = (host.as_str(), *port).to_socket_addrs();
        let places = places.map_err(|error| {
            format!("the host '{host}' is not known ({error}): check its name, or write its number")
        })?;
        let mut problem = format!("the host '{host}' has no address");
        for place in places {
            let start = Instant::now();
            match TcpStream::connect_timeout(&place, CONNECT) {
                Ok(_) => return Ok(Some(start.elapsed())),
                Err(error) => {
                    problem = format!(
                        "no connection to {place} ({error}): is the camera on, and is this its address and port?"
                    );
                }
            }
        }
        Err(problem)
    }
}

/// Host and port of `place`; an IPv6 address stands in brackets.
fn host(place: &str, port: u16) -> Option<(String, u16)> {
    let (host, given) = match place.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let port = match given.strip_prefix(':') {
        Some(given) => given.parse().ok()?,
        None => port,
    };
    // A zone (%25eth0) is written %eth0 outside of addresses.
    (!host.is_empty()).then(|| (decoded(host), port))
}

/// The path behind `file:` or `v4l2:`.
fn path(rest: &str) -> String {
    decoded(rest.strip_prefix("//").unwrap_or(rest))
}

/// `text` with its percent codes replaced by what they stand for; what is no code stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let code = more.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_taken_out_and_decoded() {
        for (text, location, login, host) in [
            ("rtsp://cam/s", "rtsp://cam/s", None, ("cam", 554)),
            (
                "rtsp://me:s%40cr%25t@cam:8554/a?b=c%20d",
                "rtsp://cam:8554/a?b=c%20d",
                Some(("me", "s@cr%t")),
                ("cam", 8554),
            ),
            (
                "rtsps://me:a@b@[fe80::1]/x",
                "rtsps://[fe80::1]/x",
                Some(("me", "a@b")),
                ("fe80::1", 322),
            ),
            (
                "http://me@cam/",
                "http://cam/",
                Some(("me", "")),
                ("cam", 80),
            ),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.location, location);
            let (user, port) = address.host.unwrap();
            assert_eq!((user.as_str(), port), host);
            let expected = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
            assert_eq!(address.login, expected);
        }
    }

    #[test]
    fn files_and_devices_are_paths() {
        let path = |text| Address::parse(text).unwrap().location;
        assert_eq!(path("file:///a/b%20c.mp4"), "/a/b c.mp4");
        assert_eq!(path("file:b.mp4"), "b.mp4");
        assert_eq!(path("v4l2:///dev/video0"), "/dev/video0");
        assert_eq!(path("Cargo.toml"), "Cargo.toml");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "camera-1", "ftp://cam/", "rtsp:///x"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn credentials_come_from_where_they_are_kept() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "me:a:b@c%\n").unwrap();
        let mut address = Address::parse("rtsp://cam/").unwrap();
        address
            .log_in(&format!("file:{}", file.path().display()))
            .unwrap();
        assert_eq!(address.login, Some(("me".to_owned(), "a:b@c%".to_owned())));
        let said = address.log_in("me:hidden").unwrap_err();
        assert!(!said.contains("hidden"), "{said}");
        let said = address
            .log_in("env:ROUNDHOUSE_NO_SUCH_VARIABLE")
            .unwrap_err();
        assert!(said.contains("ROUNDHOUSE_NO_SUCH_VARIABLE"), "{said}");
    }

    #[test]
    fn a_port_where_nobody_listens_is_said() {
        let address = Address::parse("rtsp://127.0.0.1:9/s").unwrap();
        assert!(address.round_trip().unwrap_err().contains("127.0.0.1:9"));
    }
}
