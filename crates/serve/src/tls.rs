// SPDX-License-Identifier: MIT OR Apache-2.0
//! Encrypted connections. Each is made beside the others: whoever connects and then says nothing keeps nobody waiting.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Longest time until a connection is encrypted, and how many are being made at once.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_BEGUN: usize = 256;

/// A certificate and its key.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// Files that are no certificate and its key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TlsError(String);

impl Tls {
    /// Reads a certificate, with those of the authorities between it and the one that browsers know, and its key: two files of PEM.
    ///
    /// # Errors
    /// A file cannot be read, or holds something else, or the two do not belong together; the sentence names it.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let wrong = |file: &Path, problem: &dyn std::fmt::Display| {
            TlsError(format!("{}: {problem}", file.display()))
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| wrong(certificate, &error))?;
        if chain.is_empty() {
            return Err(wrong(certificate, &"no certificate (PEM) in this file"));
        }
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                let builder = builder.with_no_client_auth();
                builder.with_single_cert(chain, secret)
            })
            .map_err(|error| {
                wrong(
                    key,
                    &format!("not the key of {}: {error}", certificate.display()),
                )
            })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// Where encrypted connections come in.
pub struct TlsListener {
    made: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    /// Encrypts what comes in.
    pub fn new(listener: TcpListener, tls: Tls) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (tell, made) = mpsc::channel(1);
        tokio::spawn(accept(listener, tls, tell));
        Ok(Self { made, address })
    }
}

/// Accepts connections until nobody wants them any more.
async fn accept(
    mut listener: TcpListener,
    Tls(acceptor): Tls,
    tell: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let begun = Arc::new(Semaphore::new(MOST_BEGUN));
    loop {
        let Ok(permit) = Arc::clone(&begun).acquire_owned().await else {
            return;
        };
        let (stream, address) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = tell.closed() => return,
        };
        let (acceptor, tell) = (acceptor.clone(), tell.clone());
        tokio::spawn(async move {
            // Without it, it is slower.
            let _ = stream.set_nodelay(true);
            // Who speaks something else is not answered.
            if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                drop(permit);
                let _ = tell.send((stream, address)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.made.recv().await {
            Some(made) => made,
            // The runtime ends.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
