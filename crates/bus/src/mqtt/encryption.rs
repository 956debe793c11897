// SPDX-License-Identifier: MIT OR Apache-2.0
//! Encrypted connections to a broker.

use std::sync::Arc;

use rumqttc::{TlsConfiguration, Transport};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::tls::Authorities;
use crate::{Endpoint, Fault};

/// A transport that trusts the authorities of the address, else those of the system.
pub fn transport(endpoint: &Endpoint) -> Result<Transport, Fault> {
    let mut roots = RootCertStore::empty();
    let trusted = match Authorities::of(endpoint)? {
        Some(authorities) => authorities.certificates,
        // What cannot be read of them is missing later, and said then.
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(trusted);
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| endpoint.local(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Transport::Tls(TlsConfiguration::Rustls(Arc::new(config))))
}
