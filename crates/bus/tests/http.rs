// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sending over HTTP, to a server that answers as it is told to.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use roundhouse_bus::{
    Endpoint, Fault, FaultKind, Message, Options, Publisher, RefusalReason, Stamp, publisher,
};

/// A request: its head in lower case, its body.
#[derive(Debug, Clone)]
struct Request {
    head: String,
    body: String,
}

/// A server, with what it was asked. It answers with the statuses it is given, then with 204; a status 0 is no answer.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts.
    fn start(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, statuses) = (Arc::clone(&asked), statuses.to_vec());
        let statuses = Arc::new(Mutex::new(VecDeque::from(statuses)));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (noted, statuses) = (Arc::clone(&noted), Arc::clone(&statuses));
                thread::spawn(move || answer(connection.unwrap(), &noted, &statuses));
            }
        });
        Self { port, asked }
    }

    /// A connection to it.
    fn publisher(&self) -> Result<Box<dyn Publisher>, Fault> {
        self.publisher_with(Duration::from_mins(1))
    }

    /// A connection to it that waits so long for an answer.
    fn publisher_with(&self, patience: Duration) -> Result<Box<dyn Publisher>, Fault> {
        let address = format!("http://token:s3cret@127.0.0.1:{}/api/events", self.port);
        let options = Options {
            patience,
            ..Options::default()
        };
        publisher(&Endpoint::parse(&address).unwrap(), &options)
    }

    /// The bodies it was sent after the first one.
    fn bodies(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked[1..]
            .iter()
            .map(|request| request.body.clone())
            .collect()
    }
}

/// Answers the requests of one connection.
fn answer(connection: TcpStream, noted: &Mutex<Vec<Request>>, statuses: &Mutex<VecDeque<u16>>) {
    let mut writer = connection.try_clone().unwrap();
    let mut reader = BufReader::new(connection);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let head = head.to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length = length.split("\r\n").next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        noted.lock().unwrap().push(Request { head, body });
        let status = statuses.lock().unwrap().pop_front().unwrap_or(204);
        if status == 0 {
            // The connection stays open, without an answer, until the other side goes.
            let _ = reader.read(&mut [0]);
            return;
        }
        let _ = write!(writer, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
    }
}

/// A message.
fn message(sequence: u64, payload: &'static [u8]) -> Message {
    let document = format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/h/t/1","id":"1-{sequence}"}}"#
    );
    let sender = "s".to_owned();
    let payload = Bytes::from_static(payload);
    Message::new(&document, payload, Stamp { sender, sequence }).unwrap()
}

/// The numbers of the events in a body.
fn numbers(body: &str) -> Vec<u64> {
    let events: Vec<serde_json::Value> = serde_json::from_str(body).unwrap();
    let number = |event: &serde_json::Value| event["sequence"].as_str().unwrap().parse().unwrap();
    events.iter().map(number).collect()
}

#[test]
fn events_are_posted_together_with_the_token() {
    let server = Server::start(&[]);
    let mut http = server.publisher().unwrap();
    let published = http.publish(&[message(1, b""), message(2, b"")]);
    assert_eq!((published.settled, published.fault), (2, None));
    let asked = server.asked.lock().unwrap().clone();
    assert_eq!(
        (asked[0].body.as_str(), numbers(&asked[1].body)),
        ("[]", vec![1, 2])
    );
    for line in [
        "post /api/events http/1.1",
        "authorization: bearer s3cret",
        "content-type: application/cloudevents-batch+json",
    ] {
        assert!(asked[1].head.contains(line), "{}", asked[1].head);
    }
}

#[test]
fn what_the_peer_does_not_take_is_found_one_by_one() {
    let server = Server::start(&[204, 413, 204, 413, 400]);
    let mut http = server.publisher().unwrap();
    let published = http.publish(&[message(1, b""), message(2, b""), message(3, b"")]);
    assert_eq!((published.settled, published.fault), (3, None));
    let refused: Vec<_> = published
        .refused
        .iter()
        .map(|(at, r)| (*at, r.reason))
        .collect();
    assert_eq!(
        refused,
        [(1, RefusalReason::TooLarge), (2, RefusalReason::Rejected)]
    );
    let sent: Vec<_> = server.bodies().iter().map(|body| numbers(body)).collect();
    assert_eq!(sent, [vec![1, 2, 3], vec![1], vec![2], vec![3]]);
}

#[test]
fn a_picture_is_refused_and_the_events_around_it_are_sent() {
    let server = Server::start(&[]);
    let mut http = server.publisher().unwrap();
    let batch = [message(1, b""), message(2, b"jpeg"), message(3, b"")];
    let published = http.publish(&batch);
    assert_eq!((published.settled, published.refused.len()), (3, 1));
    assert_eq!(published.refused[0].0, 1);
    assert_eq!(published.refused[0].1.reason, RefusalReason::WrongParts);
    let sent: Vec<_> = server.bodies().iter().map(|body| numbers(body)).collect();
    assert_eq!(sent, [[1], [3]]);
}

#[test]
fn flows_with_places_of_their_own_do_not_mix() {
    const COUNT: u64 = 10_000;
    let server = Server::start(&[]);
    let flow = |number: u64| {
        if number.is_multiple_of(3) {
            "dev"
        } else {
            "prod"
        }
    };
    let mut http = ["prod", "dev"].map(|flow| {
        let address = format!("http://127.0.0.1:{}/{flow}", server.port);
        publisher(&Endpoint::parse(&address).unwrap(), &Options::default()).unwrap()
    });
    let event = |number: u64| {
        let document = format!(
            r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/h/t/1","id":"1-{number}","flow":"{}"}}"#,
            flow(number)
        );
        let (sender, sequence) = ("s".to_owned(), number);
        Message::new(&document, Bytes::new(), Stamp { sender, sequence }).unwrap()
    };
    let events: Vec<Message> = (1..=COUNT).map(event).collect();
    for batch in events.chunks(100) {
        for (http, flow) in http.iter_mut().zip(["prod", "dev"]) {
            let of_flow = batch.iter().filter(|event| event.envelope.flow == flow);
            let of_flow: Vec<Message> = of_flow.cloned().collect();
            assert_eq!(http.publish(&of_flow).settled, of_flow.len());
        }
    }
    for wanted in ["prod", "dev"] {
        let head = format!("post /{wanted} ");
        let asked = server.asked.lock().unwrap();
        let bodies = asked.iter().filter(|asked| asked.head.starts_with(&head));
        let got: Vec<u64> = bodies.flat_map(|asked| numbers(&asked.body)).collect();
        let expected = (1..=COUNT).filter(|number| flow(*number) == wanted);
        assert!(got.into_iter().eq(expected), "{wanted}");
    }
}

#[test]
fn a_peer_in_trouble_settles_nothing() {
    let (patient, hurry) = (Duration::from_mins(1), Duration::from_secs(5));
    for (status, patience, kind) in [
        (503, patient, FaultKind::Lost),
        (429, patient, FaultKind::Lost),
        (401, patient, FaultKind::Denied),
        (0, hurry, FaultKind::Silent),
    ] {
        let server = Server::start(&[204, status]);
        let mut http = server.publisher_with(patience).unwrap();
        let published = http.publish(&[message(1, b"")]);
        assert_eq!(published.settled, 0, "{status}");
        let fault = published.fault.unwrap();
        assert_eq!(fault.kind, kind, "{fault}");
        let place = format!("http://127.0.0.1:{}/api/events: ", server.port);
        assert!(fault.to_string().starts_with(&place), "{fault}");
        assert!(!fault.to_string().contains("s3cret"));
    }
}

#[test]
fn a_wrong_address_is_found_at_once() {
    for (status, kind, said) in [
        (403, FaultKind::Denied, "write the token into the address"),
        (404, FaultKind::Missing, "no events are taken"),
        (301, FaultKind::Missing, "give the address that it moved to"),
        (415, FaultKind::Protocol, "no batches"),
    ] {
        let fault = Server::start(&[status]).publisher().err().unwrap();
        assert!(
            fault.kind == kind && fault.to_string().contains(said),
            "{fault}"
        );
    }
    // One that takes no empty batch is right, too.
    assert!(Server::start(&[400]).publisher().is_ok());
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let asked = Arc::default();
    let fault = Server { port, asked }.publisher().err().unwrap();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
}

#[test]
fn a_peer_that_does_not_speak_tls_is_told_from_one_that_is_away() {
    let server = Server::start(&[]);
    let address = format!("https://127.0.0.1:{}/api", server.port);
    let endpoint = Endpoint::parse(&address).unwrap();
    let fault = publisher(&endpoint, &Options::default()).err().unwrap();
    assert!(fault.kind != FaultKind::Unreachable, "{fault}");
    let address = format!("{address}?ca=/none.pem");
    let fault = publisher(&Endpoint::parse(&address).unwrap(), &Options::default());
    let fault = fault.err().unwrap();
    assert_eq!(fault.kind, FaultKind::Local);
    assert!(fault.to_string().contains("/none.pem"), "{fault}");
}
