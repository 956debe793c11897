// SPDX-License-Identifier: MIT OR Apache-2.0
//! Encrypted connections.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use roundhouse_serve::Tls;
use tempfile::TempDir;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use support::{Server, facility, state};

/// A guard against hanging, nothing that decides.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with a certificate for this machine and its key; and the certificate.
fn made() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = names.self_signed(&key).unwrap().pem();
    std::fs::write(folder.path().join("certificate.pem"), &certificate).unwrap();
    std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    (folder, certificate)
}

/// What is loaded out of two files of a folder.
fn load(folder: &TempDir, certificate: &str, key: &str) -> Result<Tls, String> {
    let at = |name| folder.path().join(name);
    Tls::load(&at(certificate), &at(key)).map_err(|error| error.to_string())
}

/// Somebody who trusts this certificate alone.
fn trusting(certificate: &str) -> Agent {
    let certificate = Certificate::from_pem(certificate.as_bytes()).unwrap();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[certificate]))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder().timeout_global(Some(PATIENCE));
    config.tls_config(tls).build().into()
}

#[test]
fn whoever_trusts_the_certificate_sends_and_asks() {
    let (folder, certificate) = made();
    let tls = load(&folder, "certificate.pem", "key.pem").unwrap();
    let server = Server::set(vec![facility()], None, |settings| settings.tls = Some(tls));
    // Who connects and says nothing keeps nobody waiting.
    let silent = TcpStream::connect(server.address).unwrap();
    let url = |path| format!("https://{}{path}", server.address);
    let agent = trusting(&certificate);
    let event = state("prod", 1, "2026-03-01T10:00:00Z", None);
    let sent = agent.post(url("/api/events")).send(&event).unwrap();
    assert_eq!(sent.status(), 200);
    let mut asked = agent.get(url("/api/state")).call().unwrap();
    let text = asked.body_mut().read_to_string().unwrap();
    assert!(text.contains("\"1-1\""), "{text}");
    let (_, of_another) = made();
    assert!(trusting(&of_another).get(url("/")).call().is_err());
    drop(silent);
}

#[test]
fn whoever_does_not_encrypt_is_not_answered() {
    let (folder, _) = made();
    let tls = load(&folder, "certificate.pem", "key.pem").unwrap();
    let server = Server::set(vec![facility()], None, |settings| settings.tls = Some(tls));
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // The connection is closed, or reset.
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

#[test]
fn files_that_are_no_certificate_and_its_key_are_refused_by_name() {
    let (folder, _) = made();
    let (other, _) = made();
    std::fs::copy(
        other.path().join("key.pem"),
        folder.path().join("other.pem"),
    )
    .unwrap();
    for (certificate, key, word) in [
        ("nothing.pem", "key.pem", "nothing.pem"),
        ("key.pem", "key.pem", "no certificate"),
        ("certificate.pem", "certificate.pem", "certificate.pem"),
        ("certificate.pem", "other.pem", "not the key of"),
    ] {
        let refused = load(&folder, certificate, key).err().unwrap();
        assert!(refused.contains(word), "{refused}");
    }
}
