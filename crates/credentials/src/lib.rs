// SPDX-License-Identifier: MIT OR Apache-2.0
//! User and password for a camera, a broker or a mail server: from a file, the environment or an address, and shown to nobody.

use std::fmt;

/// User and password. They are shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User.
    pub user: String,
    /// Password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("Credentials(***)")
    }
}

/// The text that `reference` names, if it is `file:PATH` or `env:NAME`.
///
/// # Errors
/// A sentence that names what is missing, never what was read.
#[must_use]
pub fn secret(reference: &str) -> Option<Result<String, String>> {
    if let Some(path) = reference.strip_prefix("file:") {
        let text = std::fs::read_to_string(path);
        return Some(text.map_err(|error| format!("the file {path} cannot be read: {error}")));
    }
    let name = reference.strip_prefix("env:")?;
    let text = std::env::var(name);
    Some(text.map_err(|_| format!("the environment has no variable {name} that can be read")))
}

impl Credentials {
    /// Reads what `reference` names: `file:PATH` or `env:NAME`. Both hold one line, USER:PASSWORD.
    ///
    /// Read them anew at each connection, so that a new password needs no restart.
    ///
    /// # Errors
    /// A sentence that names what is missing, never what was read.
    pub fn read(reference: &str) -> Result<Self, String> {
        let text = secret(reference)
            .ok_or_else(|| "the credentials are neither file:PATH nor env:NAME".to_owned())??;
        Self::parse(&text).ok_or_else(|| format!("{reference} does not hold USER:PASSWORD"))
    }

    /// Reads USER:PASSWORD; the password may hold any sign.
    fn parse(text: &str) -> Option<Self> {
        let (user, password) = text.trim_end_matches(['\r', '\n']).split_once(':')?;
        Some(Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "viewer:a:b@c%\n").unwrap();
        let credentials = Credentials::read(&format!("file:{}", file.path().display())).unwrap();
        assert_eq!(
            (credentials.user.as_str(), credentials.password.as_str()),
            ("viewer", "a:b@c%")
        );
        assert_eq!(format!("{credentials:?}"), "Credentials(***)");
    }

    #[test]
    fn what_is_not_there_is_named_and_no_secret_is() {
        for (reference, named) in [
            ("file:/nowhere/at-all", "/nowhere/at-all"),
            (
                "env:ROUNDHOUSE_NO_SUCH_VARIABLE",
                "ROUNDHOUSE_NO_SUCH_VARIABLE",
            ),
            ("me:secret", "file:PATH"),
        ] {
            let sentence = Credentials::read(reference).unwrap_err();
            assert!(
                sentence.contains(named) && !sentence.contains("secret"),
                "{sentence}"
            );
        }
        assert_eq!(Credentials::parse("no colon"), None);
    }
}
