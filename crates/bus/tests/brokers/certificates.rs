// SPDX-License-Identifier: MIT OR Apache-2.0
//! An authority, and a certificate of it for the host `localhost`, made for one test.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// The files of an authority and of a server that it vouches for.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// Makes them.
    pub fn make() -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        // OpenSSL takes one with the name of its authority for its own authority.
        server
            .distinguished_name
            .push(DnType::CommonName, "localhost");
        let server = server.signed_by(&key, &authority).unwrap();
        let folder = TempDir::new().unwrap();
        for (name, text) in [
            ("authority.pem", authority.pem()),
            ("server.pem", server.pem()),
            ("server.key", key.serialize_pem()),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder }
    }

    /// The certificate of the authority.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The certificate of the server.
    pub fn server(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    /// The key of the server.
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("server.key")
    }
}
