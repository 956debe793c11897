// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client of HTTP that events and pictures are sent with.

use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::FaultKind;
use crate::tls::{self, Authorities};

/// A client that waits so long for an answer, follows nobody elsewhere, takes each status for an answer, and trusts these authorities
/// instead of the public ones.
#[must_use]
pub fn agent(patience: Duration, trusted: Option<&Authorities>) -> Agent {
    let roots = trusted.map_or(RootCerts::WebPki, |authorities| {
        let certificates = authorities.certificates.iter();
        let certificates = certificates.map(|one| Certificate::from_der(one).to_owned());
        RootCerts::new_with_certs(&certificates.collect::<Vec<_>>())
    });
    let config = Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .tls_config(TlsConfig::builder().root_certs(roots).build());
    config.build().into()
}

/// What an error means in which encryption has failed, and what to do; `None` if it is of another kind.
pub fn encryption_fault(error: &ureq::Error) -> Option<(FaultKind, &'static str)> {
    match error {
        ureq::Error::Rustls(error) => tls::fault(error),
        ureq::Error::Io(error) => tls::fault(error),
        _ => None,
    }
}
