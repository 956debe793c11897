// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is said when the server refuses, or is not there.

use postgres::error::SqlState;

use crate::store::StoreError;

/// What a server says that is going down or coming up: a new connection may do.
const PASSING: [SqlState; 3] = [
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
    SqlState::CANNOT_CONNECT_NOW,
];

/// What the server said, with what to do about it.
pub fn refused(server: &str, error: &postgres::Error) -> StoreError {
    let code = error.code();
    let said = match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => error.to_string(),
    };
    let remedy = match code {
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            "; the password is taken from PGPASSWORD or from ~/.pgpass"
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => "; make it by createdb",
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => "; the user must own the database",
        None if is_about_certificate(error) => {
            "; if you trust its authority, write the file of that one's certificate (PEM) into the address: ?sslrootcert=FILE"
        }
        None if error.is_closed() => "; it is connected again with the next request",
        None => "; is the server running, and is the address right?",
        Some(_) => "",
    };
    StoreError::Server {
        server: server.to_owned(),
        said: format!("{said}{remedy}"),
        lost: code.is_none_or(|code| PASSING.contains(code)),
    }
}

/// Whether the server showed a certificate that is not trusted.
fn is_about_certificate(error: &postgres::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(this) = cause {
        let inner = this.downcast_ref::<std::io::Error>();
        let inner = inner.and_then(std::io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if matches!(inner, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        cause = this.source();
    }
    false
}
