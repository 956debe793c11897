// SPDX-License-Identifier: MIT OR Apache-2.0
//! Encrypted connections: whom they trust, and what is said of a peer that is not trusted.

use std::error::Error;
use std::{fs, io};

use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::fault::NO_TLS;
use crate::{Endpoint, Fault, FaultKind};

/// The parameter of an address that names a file of certificates.
pub const PARAMETER: &str = "ca";

/// The certificates of the authorities in a file that an address names.
pub struct Authorities {
    /// As the file has them, in PEM.
    pub pem: String,
    /// One by one.
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Authorities {
    /// Those of the parameter `ca`; `None` if the address has none.
    ///
    /// # Errors
    /// The file has none, or nothing is encrypted.
    pub fn of(endpoint: &Endpoint) -> Result<Option<Self>, Fault> {
        let Some(file) = endpoint.parameters.get(PARAMETER) else {
            return Ok(None);
        };
        if !endpoint.tls {
            let problem = "parameter 'ca': is for encrypted connections; their schemes end in 's'";
            return Err(endpoint.local(problem));
        }
        let read = Self::read(file).map_err(|problem| endpoint.local(problem));
        read.map(Some)
    }

    /// Those in a file.
    ///
    /// # Errors
    /// It cannot be read, or has none; the sentence names it.
    pub fn read(file: &str) -> Result<Self, String> {
        let failed = |problem: &dyn std::fmt::Display| format!("{file}: {problem}");
        let pem = fs::read_to_string(file).map_err(|error| failed(&error))?;
        let certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
        let certificates = certificates.collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| failed(&error))?;
        if certificates.is_empty() {
            return Err(failed(&"no certificate in this file"));
        }
        Ok(Self { pem, certificates })
    }
}

/// What an error means in which encryption has failed, and what to do; `None` if it is of another kind.
pub fn fault(error: &(dyn Error + 'static)) -> Option<(FaultKind, &'static str)> {
    Some(match cause(error)? {
        rustls::Error::InvalidCertificate(problem) => (FaultKind::Certificate, remedy(problem)),
        rustls::Error::AlertReceived(_) => (
            FaultKind::Certificate,
            "the peer does not accept this connection; check whether it asks for a certificate of the client, which is not supported",
        ),
        _ => (FaultKind::Protocol, NO_TLS),
    })
}

/// What to do about a certificate that is refused.
fn remedy(problem: &CertificateError) -> &'static str {
    match problem {
        // One with the name of an authority that is known, but not from it.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its authority is not known here; if you trust it, write the file of its certificate (PEM) into the address: ?ca=FILE"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another host; write its name into the address as the certificate has it"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "renew the certificate of the peer, and check the clock of this machine"
        }
        _ => "check the certificate of the peer",
    }
}

/// The error of the encryption that is behind another one.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>() {
            // Its own source is that of the error inside.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}
