// SPDX-License-Identifier: MIT OR Apache-2.0
//! Encrypted connections: to whom they are made, and what is said of the others.
#![cfg(all(feature = "amqp", feature = "http", feature = "mqtt", feature = "tls"))]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod brokers;

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use brokers::certificates::Certificates;
use brokers::mosquitto::Mosquitto;
use brokers::rabbitmq::RabbitMq;
use brokers::traffic::*;
use roundhouse_bus::{Endpoint, Fault, FaultKind, publisher};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The authority that is trusted.
static CERTIFICATES: LazyLock<Certificates> = LazyLock::new(Certificates::make);

/// The fault of a publisher that cannot connect.
fn fault_of(address: &str) -> Fault {
    let endpoint = Endpoint::parse(address).unwrap();
    publisher(&endpoint, &options("tls")).err().unwrap()
}

/// Sends and receives over an encrypted connection to HOST, and tries it with an authority that did not sign, without any, with
/// another name of the host, and without encryption.
fn judge(scheme: &str, port: u16, path: &str, receives: bool) {
    let trusted = CERTIFICATES.authority();
    let address =
        |scheme: &str, host: &str, query: &str| format!("{scheme}://{host}:{port}{path}{query}");
    let trust = format!("?ca={}", trusted.display());
    let well = address(scheme, "localhost", &trust);
    let mut subscriber = receives.then(|| subscribing(&well, &options("tls-receiver")));
    let mut sender = publishing(&well, &options("tls-sender"));
    assert_eq!(publish(&mut *sender, &reports("prod", 1, 1000)), []);
    if let Some(subscriber) = &mut subscriber {
        let all: Vec<u64> = (1..=1000).collect();
        assert_eq!(sequences(&receive(&mut **subscriber, 1000)), all);
    }
    let other = Certificates::make();
    let distrust = format!("?ca={}", other.authority().display());
    for (address, said) in [
        (address(scheme, "localhost", ""), "?ca=FILE"),
        (address(scheme, "localhost", &distrust), "?ca=FILE"),
        (address(scheme, "127.0.0.1", &trust), "for another host"),
    ] {
        let fault = fault_of(&address);
        assert_eq!(fault.kind, FaultKind::Certificate, "{address}: {fault}");
        assert!(fault.to_string().contains(said), "{address}: {fault}");
    }
    let plain = scheme.strip_suffix('s').unwrap();
    let fault = fault_of(&address(plain, "localhost", ""));
    assert!(fault.kind != FaultKind::Unreachable, "{fault}");
    let fault = fault_of(&address(plain, "localhost", &trust));
    assert!(
        fault.to_string().contains("'ca': is for encrypted"),
        "{fault}"
    );
}

#[test]
fn rabbitmq() {
    let (_broker, port) = RabbitMq::encrypted(&CERTIFICATES);
    judge("amqps", port, "/", true);
}

#[test]
fn mqtt() {
    let (_broker, port) = Mosquitto::encrypted(&CERTIFICATES);
    judge("mqtts", port, "/plant", true);
}

#[test]
fn https() {
    judge("https", server(), "/api/events", false);
}

#[test]
fn a_peer_without_encryption_is_said_to_have_none() {
    let broker = Mosquitto::start();
    let fault = fault_of(&format!("mqtts://localhost:{}/", broker.port));
    // It answers nothing to what it does not understand.
    assert!(fault.to_string().contains("with TLS or without"), "{fault}");
    let port = brokers::port_of_http(100);
    for scheme in ["amqps", "mqtts", "https"] {
        let fault = fault_of(&format!("{scheme}://localhost:{port}/"));
        assert_eq!(fault.kind, FaultKind::Protocol, "{fault}");
        assert!(fault.to_string().contains("does not speak TLS"), "{fault}");
    }
}

/// The brokers of a cluster say themselves where they are, so here only the first question of a connection is encrypted.
#[cfg(feature = "kafka")]
#[test]
fn kafka() {
    let cluster = rdkafka::mocking::MockCluster::new(1).unwrap();
    let broker = cluster.bootstrap_servers();
    let trusted = CERTIFICATES.authority();
    let port = serve(move |stream| pass_on(stream, &broker));
    let well = format!("kafkas://localhost:{port}?ca={}", trusted.display());
    publisher(&Endpoint::parse(&well).unwrap(), &options("tls")).unwrap();
    let other = Certificates::make();
    for (host, query, said) in [
        ("localhost", String::new(), "?ca=FILE"),
        (
            "localhost",
            format!("?ca={}", other.authority().display()),
            "?ca=FILE",
        ),
        (
            "127.0.0.1",
            format!("?ca={}", trusted.display()),
            "for another host",
        ),
    ] {
        let fault = fault_of(&format!("kafkas://{host}:{port}{query}"));
        assert_eq!(fault.kind, FaultKind::Certificate, "{fault}");
        assert!(fault.to_string().contains(said), "{fault}");
    }
    let plain = fault_of(&format!("kafkas://{}", cluster.bootstrap_servers()));
    assert_eq!(plain.kind, FaultKind::Protocol, "{plain}");
}

/// A connection to a server that has our certificate.
type Encrypted = StreamOwned<ServerConnection, TcpStream>;

/// Passes on what comes over an encrypted connection to a peer without encryption, and its answers, until one of them ends.
fn pass_on(mut encrypted: Encrypted, peer: &str) {
    let mut plain = TcpStream::connect(peer).unwrap();
    let in_turns = Some(Duration::from_millis(5));
    encrypted.sock.set_read_timeout(in_turns).unwrap();
    plain.set_read_timeout(in_turns).unwrap();
    while copy(&mut encrypted, &mut plain).is_ok() && copy(&mut plain, &mut encrypted).is_ok() {}
}

/// Copies what is there; an error at the end.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut part = [0; 4096];
    match from.read(&mut part) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(read) => to.write_all(&part[..read]).and_then(|()| to.flush()),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// The port of a server that takes every batch.
fn server() -> u16 {
    serve(answer)
}

/// The port of a server with our certificate, that does this with each connection.
fn serve(with: impl Fn(Encrypted) + Clone + Send + 'static) -> u16 {
    let certificate = CertificateDer::from_pem_file(CERTIFICATES.server()).unwrap();
    let key = PrivateKeyDer::from_pem_file(CERTIFICATES.key()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let stream = StreamOwned::new(connection, stream);
            let with = with.clone();
            thread::spawn(move || with(stream));
        }
    });
    port
}

/// Answers requests until their sender goes.
fn answer(mut stream: Encrypted) {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap_or(0);
        if read == 0 {
            return;
        }
        text.extend_from_slice(&part[..read]);
        let end = text.windows(4).position(|four| four == b"\r\n\r\n");
        let Some(end) = end else { continue };
        let head = String::from_utf8_lossy(&text[..end]).to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if text.len() >= end + 4 + length {
            text.clear();
            if stream
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .is_err()
            {
                return;
            }
        }
    }
}
