// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may do what. A file lists the tokens, each as its SHA-256, so that it gives none away.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

/// The cookie in which a browser keeps its token: an event stream carries no other header.
const COOKIE: &str = "roundhouse";
/// A file's lines, for sentences.
const FORM: &str = "NAME ROLES SHA256, such as: reader read 9f86d0…; make the last by: printf %s TOKEN | sha256sum";

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sending events.
    Ingest,
    /// Everything that is shown.
    Read,
    /// Both.
    Admin,
}

/// Why a token is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// There is none, or an unknown one.
    Unknown,
    /// It is good for something else.
    Role,
}

/// A file that is none of tokens.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TokensError(String);

/// The tokens that are known, by their hashes.
#[derive(Debug, Clone, Default)]
pub struct Tokens(BTreeMap<String, Vec<Role>>);

impl Role {
    /// The role of this word.
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "ingest" => Some(Self::Ingest),
            "read" => Some(Self::Read),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

impl Tokens {
    /// Reads a file: in each line a name, roles separated by commas, and the SHA-256 of a token.
    ///
    /// # Errors
    /// The file cannot be read, or a line is none; the sentence names it.
    pub fn load(file: &Path) -> Result<Self, TokensError> {
        let place = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| TokensError(format!("{place}: {error}")))?;
        let mut tokens = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (roles, hash) = read(line).map_err(|problem| {
                TokensError(format!("{place}:{number}: {problem}; a line is {FORM}"))
            })?;
            tokens.insert(hash, roles);
        }
        if tokens.is_empty() {
            return Err(TokensError(format!(
                "{place}: no token in it; a line is {FORM}"
            )));
        }
        Ok(Self(tokens))
    }

    /// What stands for a token that is known: its hash.
    pub fn hash_of(&self, token: &str) -> Option<String> {
        let hash = hash(token);
        self.0.contains_key(&hash).then_some(hash)
    }

    /// Whether a token, if there is one, is good for `role`.
    ///
    /// # Errors
    /// It is not.
    pub fn judge(&self, token: Option<&str>, role: Role) -> Result<(), Denied> {
        let roles = token.and_then(|token| self.0.get(&hash(token)));
        let roles = roles.ok_or(Denied::Unknown)?;
        if roles.contains(&role) || roles.contains(&Role::Admin) {
            Ok(())
        } else {
            Err(Denied::Role)
        }
    }
}

/// Roles and hash of a line.
fn read(line: &str) -> Result<(Vec<Role>, String), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, roles, hash] = words[..] else {
        return Err(format!("has {} words", words.len()));
    };
    let role = |word: &str| {
        Role::from_word(word)
            .ok_or_else(|| format!("role '{word}' is not known; known are ingest, read, admin"))
    };
    let roles = roles.split(',').map(role).collect::<Result<_, _>>()?;
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("the last word is no SHA-256".to_owned());
    }
    Ok((roles, hash.to_ascii_lowercase()))
}

/// The SHA-256 of a token.
fn hash(token: &str) -> String {
    let digest = Sha256::digest(token.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The token in the values of the headers `authorization` and `cookie`.
pub fn presented<'h>(authorization: Option<&'h str>, cookie: Option<&'h str>) -> Option<&'h str> {
    let bearer = authorization.and_then(|value| value.strip_prefix("Bearer "));
    let kept = || {
        let pairs = cookie?
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='));
        pairs
            .filter(|(name, _)| *name == COOKIE)
            .map(|(_, value)| value)
            .next()
    };
    bearer.or_else(kept)
}

/// The header by which a browser keeps a token, and sends it only over encrypted connections if this one is; `None` if it cannot be
/// in one.
pub fn cookie(token: &str, is_encrypted: bool) -> Option<String> {
    let is_plain = token
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b",;\\\"".contains(&byte));
    let secure = if is_encrypted { "; Secure" } else { "" };
    (is_plain && !token.is_empty()).then(|| {
        format!("{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000{secure}")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    #[test]
    fn a_token_is_good_for_its_roles_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        let text = format!(
            "# ours\nfusion ingest {}\nwall read {}\nboss admin {}\n",
            hash("i"),
            hash("r"),
            hash("a")
        );
        std::fs::write(&file, text).unwrap();
        let tokens = Tokens::load(&file).unwrap();
        assert_eq!(tokens.judge(Some("i"), Role::Ingest), Ok(()));
        assert_eq!(tokens.judge(Some("i"), Role::Read), Err(Denied::Role));
        assert_eq!(tokens.judge(Some("r"), Role::Ingest), Err(Denied::Role));
        assert_eq!(tokens.judge(Some("a"), Role::Read), Ok(()));
        assert_eq!(tokens.judge(Some("x"), Role::Read), Err(Denied::Unknown));
        assert_eq!(tokens.judge(None, Role::Read), Err(Denied::Unknown));
    }

    #[test]
    fn a_file_that_is_none_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        for (text, word) in [
            ("\n", "no token"),
            ("a b", ":1: has 2 words"),
            ("a write ff", "'write'"),
            ("a read ff", "SHA-256"),
        ] {
            std::fs::write(&file, text).unwrap();
            let refused = Tokens::load(&file).unwrap_err().to_string();
            assert!(refused.contains(word), "{refused}");
        }
    }

    #[test]
    fn a_token_comes_as_bearer_or_in_the_cookie() {
        assert_eq!(presented(Some("Bearer t"), None), Some("t"));
        assert_eq!(presented(None, Some("a=b; roundhouse=t")), Some("t"));
        assert_eq!(presented(Some("Basic t"), Some("a=b")), None);
        assert_eq!(cookie("a;b", false), None);
        let kept = |is_encrypted| cookie("abc", is_encrypted).unwrap();
        assert!(kept(false).contains("HttpOnly") && !kept(false).contains("Secure"));
        assert!(kept(true).contains("; Secure"));
    }
}
