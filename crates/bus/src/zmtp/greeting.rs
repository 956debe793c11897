// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first 64 bytes in each direction: that this is ZMTP, which version, which security.

/// How many bytes a greeting has.
pub const GREETING_SIZE: usize = 64;
/// After so many bytes the version is known; peers older than 3.0 send no more before they hear from us.
pub(super) const VERSION_SIZE: usize = 11;

/// Where in a greeting the name of the mechanism stands.
const MECHANISM: std::ops::Range<usize> = 12..32;

/// What a peer says of itself at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeting {
    /// Its version is 3 and this.
    pub minor: u8,
}

/// Why a peer's greeting is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GreetingError {
    /// It is no greeting.
    #[error("the peer does not speak ZeroMQ")]
    Foreign,
    /// A version before 3.0, that of `ZeroMQ` before 4.0.
    #[error("the peer speaks ZMTP {0}, expected 3; it needs ZeroMQ 4 or newer")]
    Old(u8),
    /// Another mechanism than NULL.
    #[error("the peer asks for the security mechanism {0}, and only NULL is spoken here")]
    Mechanism(String),
}

impl Greeting {
    /// Our greeting: version 3.1, mechanism NULL.
    #[must_use]
    pub fn ours() -> [u8; GREETING_SIZE] {
        let mut bytes = [0; GREETING_SIZE];
        bytes[0] = 0xff;
        bytes[9] = 0x7f;
        bytes[10] = 3;
        bytes[11] = 1;
        bytes[MECHANISM][..4].copy_from_slice(b"NULL");
        bytes
    }

    /// Whether a greeting that begins like this can be of use.
    pub(super) fn check_version(begin: [u8; VERSION_SIZE]) -> Result<(), GreetingError> {
        if begin[0] != 0xff || begin[9] & 1 == 0 {
            return Err(GreetingError::Foreign);
        }
        match begin[10] {
            // Versions 1.0 and 2.0 say 0 and 1 in this place.
            old @ 0..3 => Err(GreetingError::Old(old.max(1))),
            _ => Ok(()),
        }
    }

    /// Reads a peer's greeting.
    ///
    /// # Errors
    /// It is of no use.
    pub fn read(bytes: &[u8; GREETING_SIZE]) -> Result<Self, GreetingError> {
        let mut begin = [0; VERSION_SIZE];
        begin.copy_from_slice(&bytes[..VERSION_SIZE]);
        Self::check_version(begin)?;
        let mechanism = &bytes[MECHANISM];
        let end = mechanism.iter().position(|byte| *byte == 0);
        let mechanism = &mechanism[..end.unwrap_or(mechanism.len())];
        if mechanism != b"NULL" {
            let name = String::from_utf8_lossy(mechanism);
            return Err(GreetingError::Mechanism(name.escape_debug().to_string()));
        }
        // A later major version speaks ours with us.
        let minor = if bytes[10] > 3 { 1 } else { bytes[11] };
        Ok(Self { minor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_is_read() {
        let mut bytes = Greeting::ours();
        assert_eq!(Greeting::read(&bytes), Ok(Greeting { minor: 1 }));
        bytes[11] = 0;
        assert_eq!(Greeting::read(&bytes), Ok(Greeting { minor: 0 }));
    }

    #[test]
    fn what_is_no_greeting_is_refused() {
        assert_eq!(Greeting::read(&[b'G'; 64]), Err(GreetingError::Foreign));
        let mut curve = Greeting::ours();
        curve[MECHANISM][..5].copy_from_slice(b"CURVE");
        let refused = GreetingError::Mechanism("CURVE".to_owned());
        assert_eq!(Greeting::read(&curve), Err(refused));
        let mut old = Greeting::ours();
        old[10] = 1;
        assert_eq!(Greeting::read(&old), Err(GreetingError::Old(1)));
    }
}
