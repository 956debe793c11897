// SPDX-License-Identifier: MIT OR Apache-2.0
//! Addresses and properties without their passwords, for everything that people read.

use ::facility::is_secret;

/// What stands for a password.
const MASK: &str = "***";
/// The name of a property that holds a password ends with one of these.
const PROPERTIES: [&str; 7] = [
    "-pw",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "token",
    "secret",
];

/// `text` with `***` for every password: in addresses (`rtsp://user:password@host`, `http://host/path?token=password`) and in
/// values of properties such as `user-pw=`, also in the syntax of Graphviz.
#[must_use]
pub fn mask_passwords(text: &str) -> String {
    mask_values(&mask_addresses(text))
}

/// Masks the passwords of addresses.
fn mask_addresses(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, address) = rest.split_at(start + "://".len());
        masked.push_str(before);
        let end = address.find(ends_address).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        match password(address) {
            Some((from, to)) => {
                masked.extend([&address[..from], MASK, &address[to..]]);
            }
            None => masked.push_str(address),
        }
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// Whether an address ends before this character.
fn ends_address(character: char) -> bool {
    character.is_whitespace() || "\"'\\<>".contains(character)
}

/// Where the password stands in what follows `scheme://`. A password may hold `/` and `@`, because people forget to write
/// them as %2F and %40; an address that was shortened may end within it.
fn password(address: &str) -> Option<(usize, usize)> {
    let user_end = address.find([':', '/', '@'])?;
    if address.starts_with('[') || !address[user_end..].starts_with(':') {
        return None;
    }
    let from = user_end + 1;
    let authority = &address[from..][..address[from..]
        .find(['/', '?', '#'])
        .unwrap_or(address.len() - from)];
    if let Some(at) = authority.rfind('@') {
        return Some((from, from + at));
    }
    if authority
        .chars()
        .all(|character| character.is_ascii_digit())
    {
        return None;
    }
    if let Some(at) = address[from..].find('@') {
        return Some((from, from + at));
    }
    let is_shortened = address.ends_with('…') || address.ends_with("...");
    is_shortened.then_some((from, address.len()))
}

/// Masks the values of properties and of parameters of addresses, where their names say that they are secret.
fn mask_values(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.find('=') {
        let (before, value) = rest.split_at(sign + "=".len());
        masked.push_str(before);
        rest = value;
        if !ends_with_secret_name(&before[..sign]) {
            continue;
        }
        let quotes = value.len() - value.trim_start_matches(['\\', '"', '\'']).len();
        let (quotes, value) = value.split_at(quotes);
        let ends = |character| {
            if quotes.is_empty() {
                ends_address(character) || "&;,".contains(character)
            } else {
                "\"'\\".contains(character)
            }
        };
        let end = value.find(ends).unwrap_or(value.len());
        masked.push_str(quotes);
        if end > 0 && &value[..end] != "NULL" {
            masked.push_str(MASK);
        } else {
            masked.push_str(&value[..end]);
        }
        rest = &value[end..];
    }
    masked.push_str(rest);
    masked
}

/// Whether `text` ends with the name of a property, or of a parameter of an address, that holds a secret.
fn ends_with_secret_name(text: &str) -> bool {
    let is_of_name = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    let before = text.trim_end_matches(is_of_name);
    let name = text[before.len()..].to_ascii_lowercase();
    if before.ends_with(['?', '&']) {
        is_secret(&name)
    } else {
        PROPERTIES.iter().any(|end| name.ends_with(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_addresses_are_masked() {
        for (text, masked) in [
            (
                "rtsp://admin:secret@camera-1/stream",
                "rtsp://admin:***@camera-1/stream",
            ),
            (
                "rtsp://a:b@c:554/x and rtsps://d:e@f",
                "rtsp://a:***@c:554/x and rtsps://d:***@f",
            ),
            (
                "rtsp://admin:p@ss@camera-1/a@b",
                "rtsp://admin:***@camera-1/a@b",
            ),
            (
                "rtsp://admin:p/ss@camera-1/a",
                "rtsp://admin:***@camera-1/a",
            ),
            (
                "rtsp://admin:%40%25@[::1]:554/a",
                "rtsp://admin:***@[::1]:554/a",
            ),
            ("(rtsp://:secret@camera-1)", "(rtsp://:***@camera-1)"),
            (
                "location=\\\"rtsp://admin:secr…\\\"",
                "location=\\\"rtsp://admin:***\\\"",
            ),
        ] {
            assert_eq!(mask_passwords(text), masked);
        }
    }

    #[test]
    fn addresses_without_a_password_stay_as_they_are() {
        for text in [
            "rtsp://camera-1:554/stream@2",
            "rtsp://admin@camera-1/a:b",
            "rtsp://[fe80::1]:554/a@b",
            "file:///data/a:b@c.mp4",
            "no address: a@b",
            "http://camera-1:80",
        ] {
            assert_eq!(mask_passwords(text), text);
        }
    }

    #[test]
    fn values_that_hold_a_password_are_masked() {
        for (text, masked) in [
            (
                "rtspsrc user-id=a user-pw=secret !",
                "rtspsrc user-id=a user-pw=*** !",
            ),
            ("user-pw=\\\"se cret\\\"\\l", "user-pw=\\\"***\\\"\\l"),
            (
                "http://c/snap?user=a&password=b&x=1",
                "http://c/snap?user=a&password=***&x=1",
            ),
            (
                "GET /snap?user=me&Token=t&auth=a:b c",
                "GET /snap?user=me&Token=***&auth=*** c",
            ),
            (
                "cannot open 'rtsp://me:pw@cam' or http://a:b@c now",
                "cannot open 'rtsp://me:***@cam' or http://a:***@c now",
            ),
            (
                "x264enc pass=qual key-int-max=9",
                "x264enc pass=qual key-int-max=9",
            ),
            ("user-pw=NULL, proxy-pw=", "user-pw=NULL, proxy-pw="),
        ] {
            assert_eq!(mask_passwords(text), masked);
        }
    }
}
