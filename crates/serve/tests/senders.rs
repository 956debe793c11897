// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whoever sends events: the bus over HTTP, a bus, a file.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;

use bus::{Endpoint, Message, Options, Stamp, publisher};
use bytes::Bytes;
use roundhouse_serve::{follow, receive};
use support::{Server, facility, state};

/// The message of a document.
fn message(sequence: u64, document: &str) -> Message {
    let sender = "sender".to_owned();
    Message::new(document, Bytes::new(), Stamp { sender, sequence }).unwrap()
}

/// A connection that sends to an address.
fn sender(address: &str) -> Box<dyn bus::Publisher> {
    publisher(&Endpoint::parse(address).unwrap(), &Options::default()).unwrap()
}

/// State number `number` of prod.
fn good(number: u64) -> String {
    state(
        "prod",
        number,
        &format!("2026-03-01T10:00:{number:02}Z"),
        None,
    )
}

#[test]
fn the_bus_sends_over_http_and_learns_what_was_refused() {
    let server = Server::start(vec![facility()]);
    let mut http = sender(&format!("http://{}/api/events", server.address));
    let foreign = good(2).replace("/hall/", "/yard/");
    let batch = [
        message(1, &good(1)),
        message(2, &foreign),
        message(3, &good(3)),
    ];
    let published = http.publish(&batch);
    assert_eq!((published.settled, published.fault), (3, None));
    let refused: Vec<(usize, String)> = published
        .refused
        .into_iter()
        .map(|(at, refusal)| (at, refusal.to_string()))
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].0, 1);
    assert!(refused[0].1.contains("'yard'"), "{refused:?}");
    assert_eq!(server.app.store().newest_sequence().unwrap(), 2);
}

/// Waits for the state of this number, as somebody who watches.
fn wait_for(server: &Server, number: u64) {
    let mut watch = server.watch("?facility=hall&flow=prod", None);
    let wanted = format!("\"state\":{number},");
    while !watch.next().data.contains(&wanted) {}
}

#[test]
fn a_bus_is_received_from() {
    let server = Server::start(vec![facility()]);
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let endpoint = Endpoint::parse(&format!("zmq+pull://127.0.0.1:{port}")).unwrap();
    let mut push = sender(&format!("zmq+push://127.0.0.1:{port}"));
    receive(Arc::clone(&server.app), endpoint).unwrap();
    let batch = [message(1, &good(1)), message(2, &good(2))];
    let mut rest = &batch[..];
    while !rest.is_empty() {
        let published = push.publish(rest);
        assert_eq!(published.fault, None);
        rest = &rest[published.settled..];
    }
    wait_for(&server, 2);
    assert_eq!(server.app.store().newest_sequence().unwrap(), 2);
}

#[test]
fn a_file_is_followed_as_it_grows() {
    let server = Server::start(vec![facility()]);
    let path = server.folder.path().join("states.jsonl");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .unwrap();
    let second = good(2);
    let (begin, end) = second.split_at(100);
    write!(file, "{}\nno message\n{begin}", good(1)).unwrap();
    follow(Arc::clone(&server.app), path);
    wait_for(&server, 1);
    writeln!(file, "{end}").unwrap();
    wait_for(&server, 2);
    assert_eq!(server.app.store().newest_sequence().unwrap(), 2);
    assert_eq!(server.app.intake().counters().refused_no_event, 1);
}
