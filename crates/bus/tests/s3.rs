// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures in a bucket, of moto, which speaks S3 for tests.
#![cfg(feature = "s3")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod brokers;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use brokers::{Process, answers, free_port};
use roundhouse_bus::{FaultKind, NotGot, RefusalReason, Store};
use tempfile::TempDir;

/// A server of S3 with the bucket `hall`, and a file of keys.
struct Server {
    port: u16,
    folder: TempDir,
    _process: Process,
}

impl Server {
    /// Starts one.
    fn start() -> Self {
        let port = free_port();
        let mut command = Command::new(program());
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let mut process = Process::start(&mut command);
        process.until(|| answers(port, b"GET /moto-api/ HTTP/1.0\r\n\r\n"));
        let server = Self {
            port,
            folder: TempDir::new().unwrap(),
            _process: process,
        };
        std::fs::write(server.folder.path().join("keys"), "key:secret\n").unwrap();
        assert!(server.ask("PUT", "/hall").contains("200 OK"));
        server
    }

    /// The answer to a request without a body. This server asks for a signature, and does not look at it.
    fn ask(&self, method: &str, path: &str) -> String {
        const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=key/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!("Host: localhost\r\nContent-Length: 0\r\nAuthorization: {SIGNATURE}");
        let request = format!("{method} {path} HTTP/1.0\r\n{head}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The store of a bucket in it.
    fn store(&self, bucket: &str) -> Store {
        store(
            bucket,
            self.port,
            &self.folder.path().join("keys").display().to_string(),
        )
    }
}

/// The store of a bucket at a port.
fn store(bucket: &str, port: u16, keys: &str) -> Store {
    let address =
        format!("s3://{bucket}/pictures?endpoint=http://127.0.0.1:{port}&credentials=file:{keys}");
    Store::parse(&address).unwrap()
}

/// moto, which `scripts/setup.sh --checks` installs.
fn program() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("ROUNDHOUSE_CACHE").unwrap_or_else(|| {
        let home = || variable("HOME").unwrap().join(".cache");
        let base = variable("XDG_CACHE_HOME").unwrap_or_else(home);
        base.join("roundhouse")
    });
    cache.join("peers/bin/moto_server")
}

/// The reason for which something was refused.
fn refused(got: Result<bytes::Bytes, NotGot>) -> RefusalReason {
    match got.unwrap_err() {
        NotGot::Refused(refusal) => refusal.reason,
        NotGot::Fault(fault) => panic!("{fault}"),
    }
}

/// The fault for which nothing was got.
fn fault(got: Result<bytes::Bytes, NotGot>) -> (FaultKind, String) {
    match got.unwrap_err() {
        NotGot::Refused(refusal) => panic!("{refusal}"),
        NotGot::Fault(fault) => (fault.kind, fault.to_string()),
    }
}

#[test]
fn pictures_are_put_got_and_expire() {
    let server = Server::start();
    let store = server.store("hall");
    let picture: Vec<u8> = [0xff, 0xd8]
        .into_iter()
        .chain((0..100_000).map(|at| at as u8))
        .collect();
    let reference = store.put("2026-03-01", "C 1", &picture).unwrap();
    assert!(
        reference.starts_with("img/2026-03-01/C_201/"),
        "{reference}"
    );
    assert_eq!(store.put("2026-03-01", "C 1", &picture).unwrap(), reference);
    assert_eq!(&store.get(&reference, 1 << 20).unwrap()[..], &picture[..]);
    assert_eq!(
        &store.get(&reference, picture.len()).unwrap()[..],
        &picture[..]
    );
    assert_eq!(
        refused(store.get(&reference, 1000)),
        RefusalReason::TooLarge
    );
    let path = format!("/hall/pictures/{reference}");
    let head = server.ask("HEAD", &path);
    assert!(head.contains("200 OK"), "{head}");
    let deleted = server.ask("DELETE", &path);
    assert!(deleted.contains(" 204 "), "{deleted}");
    assert_eq!(
        refused(store.get(&reference, 1 << 20)),
        RefusalReason::Expired
    );
    assert_eq!(
        refused(store.get("img/../x.y/z", 99)),
        RefusalReason::NoEvent
    );
    let nowhere = server.store("nowhere");
    let failed = nowhere.put("2026-03-01", "C1", b"x").unwrap_err();
    assert_eq!(failed.kind, FaultKind::Missing, "{failed}");
    assert!(
        failed.to_string().contains("NoSuchBucket; make the bucket"),
        "{failed}"
    );
    let (kind, said) = fault(nowhere.get(&reference, 99));
    assert_eq!(kind, FaultKind::Missing, "{said}");
}

#[test]
fn a_store_that_is_away_is_a_fault_and_no_picture_counts_as_gone() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    std::fs::write(&keys, "key:secret").unwrap();
    let store = store("hall", free_port(), &keys.display().to_string());
    let reference = format!("img/2026-03-01/C1/{}.bin", "0".repeat(64));
    let (kind, said) = fault(store.get(&reference, 99));
    assert_eq!(kind, FaultKind::Unreachable, "{said}");
    assert!(
        said.starts_with("image store s3://hall/pictures: ") && !said.contains("secret"),
        "{said}"
    );
    std::fs::remove_file(&keys).unwrap();
    let (kind, said) = fault(store.get(&reference, 99));
    assert_eq!(kind, FaultKind::Denied, "{said}");
}
