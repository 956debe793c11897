// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sockets of ours with sockets of pyzmq, in all roles.

use roundhouse_bus::{FaultKind, Options, Publisher, Received, Subscriber};

use crate::python::Python;
use crate::support::{
    HANG, hurry, messages, next_message, number, numbers, options, publish, publisher, subscriber,
    until,
};

const BINDS: &str = "tcp://127.0.0.1:*";
const COUNT: u64 = 50;

/// A peer whose socket binds, and its port.
fn bound(socket: &str, payload: usize) -> (Python, String) {
    let (count, payload) = (COUNT.to_string(), payload.to_string());
    let arguments = [socket, "bind", BINDS, &count, &payload];
    let peer = Python::start("pyzmq_peer.py", &arguments);
    let port = peer.line();
    (peer, port)
}

/// A peer whose socket connects to this port.
fn connected(socket: &str, port: u16, payload: usize) -> Python {
    let address = format!("tcp://127.0.0.1:{port}");
    let (count, payload) = (COUNT.to_string(), payload.to_string());
    let arguments = [socket, "connect", &address, &count, &payload];
    Python::start("pyzmq_peer.py", &arguments)
}

/// What a peer prints of the messages with these numbers.
fn printed(numbers: std::ops::RangeInclusive<u64>, payload: usize) -> Vec<String> {
    let first = |number: u64| if payload == 0 { 0 } else { number % 256 };
    numbers
        .map(|number| format!("{number} {payload} {}", first(number)))
        .collect()
}

/// The next lines of a peer.
fn lines(peer: &Python, count: u64) -> Vec<String> {
    (0..count).map(|_| peer.line()).collect()
}

#[test]
fn python_pulls_what_we_push() {
    for payload in [0, 300, 300_000] {
        let (peer, port) = bound("pull", payload);
        let address = format!("zmq+push://127.0.0.1:{port}?connect=1");
        let mut push = publisher(&address, &options()).unwrap();
        publish(&mut push, &messages(1..COUNT + 1, payload));
        assert_eq!(lines(&peer, COUNT), printed(1..=COUNT, payload));
    }
    let mut push = publisher("zmq+push://127.0.0.1:0", &options()).unwrap();
    let peer = connected("pull", push.bound().unwrap().port(), 10);
    publish(&mut push, &messages(1..COUNT + 1, 10));
    assert_eq!(lines(&peer, COUNT), printed(1..=COUNT, 10));
}

#[test]
fn we_pull_what_python_pushes() {
    for payload in [0, 300, 300_000] {
        let (_peer, port) = bound("push", payload);
        let address = format!("zmq+pull://127.0.0.1:{port}");
        let mut pull = subscriber(&address, &options()).unwrap();
        for expected in 1..=COUNT {
            let got = next_message(&mut pull);
            assert_eq!((number(&got), got.payload.len()), (expected, payload));
        }
    }
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &options()).unwrap();
    let port = pull.bound().unwrap().port();
    let _peers = [connected("push", port, 10), connected("push", port, 10)];
    let mut got = numbers(&mut pull, 2 * COUNT as usize);
    got.sort_unstable();
    assert!(
        got.into_iter()
            .eq((1..=COUNT).flat_map(|number| [number, number]))
    );
}

#[test]
fn python_subscribes_to_us() {
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &options()).unwrap();
    let peer = connected("sub", publishing.bound().unwrap().port(), 10);
    until("the subscription arrives", || {
        publish(&mut publishing, &messages(0..1, 10));
        peer.line_now().is_some()
    });
    publish(&mut publishing, &messages(1..COUNT + 1, 300));
    let mut line = peer.line();
    while line.starts_with("0 ") {
        line = peer.line();
    }
    let mut got = vec![line];
    got.extend(lines(&peer, COUNT - 1));
    assert_eq!(got, printed(1..=COUNT, 300));
}

#[test]
fn we_subscribe_to_python() {
    let (mut peer, port) = bound("pub", 300);
    let prod = Options {
        facility: Some("hall".to_owned()),
        flows: vec!["prod".to_owned()],
        ..options()
    };
    let mut sub = subscriber(&format!("zmq+sub://127.0.0.1:{port}"), &prod).unwrap();
    assert_eq!(numbers(&mut sub, 1), [0]);
    peer.tell();
    let mut got = 0;
    while got == 0 {
        got = number(&next_message(&mut sub));
    }
    assert_eq!(got, 1);
    assert!(
        numbers(&mut sub, COUNT as usize - 1)
            .into_iter()
            .eq(2..=COUNT)
    );
}

#[test]
fn python_answers_what_we_ask() {
    let (peer, port) = bound("rep", 300);
    let mut req = publisher(&format!("zmq+req://127.0.0.1:{port}"), &options()).unwrap();
    publish(&mut req, &messages(1..COUNT + 1, 300));
    publish(&mut req, &messages(COUNT + 1..COUNT + 2, 300));
    assert_eq!(lines(&peer, COUNT + 1), printed(1..=COUNT + 1, 300));
}

#[test]
fn we_answer_what_python_asks() {
    let mut rep = subscriber("zmq+rep://127.0.0.1:0", &options()).unwrap();
    let port = rep.bound().unwrap().port();
    let peers = [connected("req", port, 0), connected("req", port, 300)];
    let mut got = Vec::new();
    while got.len() < 2 * COUNT as usize {
        match rep.receive(HANG).unwrap() {
            Received::Message(message) => got.push(number(&message)),
            other => panic!("{other:?}"),
        }
        rep.acknowledge().unwrap();
    }
    for peer in peers {
        assert_eq!(peer.line(), "done");
    }
    got.sort_unstable();
    assert!(
        got.into_iter()
            .eq((1..=COUNT).flat_map(|number| [number, number]))
    );
}

#[test]
fn a_peer_that_is_killed_is_noticed_and_its_successor_gets_the_rest() {
    let (mut peer, port) = bound("rep", 10);
    let address = format!("zmq+req://127.0.0.1:{port}");
    let mut req = publisher(&address, &options()).unwrap();
    publish(&mut req, &messages(1..11, 10));
    peer.kill();
    let published = req.publish(&messages(11..21, 10));
    assert_eq!(published.settled, 0);
    assert!(published.fault.is_some());
    let count = COUNT.to_string();
    let binds = format!("tcp://127.0.0.1:{port}");
    let peer = Python::start("pyzmq_peer.py", &["rep", "bind", &binds, &count, "10"]);
    assert_eq!(peer.line(), port);
    let mut req = publisher(&address, &options()).unwrap();
    publish(&mut req, &messages(11..21, 10));
    assert_eq!(lines(&peer, 10), printed(11..=20, 10));
}

#[test]
fn a_receiver_that_is_killed_costs_what_was_under_way_to_it() {
    let (mut peer, port) = bound("pull", 10);
    let address = format!("zmq+push://127.0.0.1:{port}?connect=1");
    let mut push = publisher(&address, &options()).unwrap();
    publish(&mut push, &messages(1..11, 10));
    assert_eq!(lines(&peer, 10), printed(1..=10, 10));
    peer.kill();
    until("the peer is known to be dead", || push.idle().is_err());
    let published = push.publish(&messages(11..21, 10));
    assert_eq!(published.settled, 0);
    assert_eq!(
        published.fault.map(|fault| fault.kind),
        Some(FaultKind::Lost)
    );
    let fault = publisher(&address, &options()).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
    let binds = format!("tcp://127.0.0.1:{port}");
    let peer = Python::start("pyzmq_peer.py", &["pull", "bind", &binds, "0", "0"]);
    assert_eq!(peer.line(), port);
    let mut push = publisher(&address, &options()).unwrap();
    publish(&mut push, &messages(11..21, 10));
    assert_eq!(lines(&peer, 10), printed(11..=20, 10));
}

#[test]
fn a_publisher_that_is_killed_is_noticed() {
    let (mut peer, port) = bound("pub", 10);
    let address = format!("zmq+sub://127.0.0.1:{port}");
    let mut sub = subscriber(&address, &options()).unwrap();
    assert_eq!(numbers(&mut sub, 1), [0]);
    peer.kill();
    let fault = loop {
        if let Err(fault) = sub.receive(HANG) {
            break fault;
        }
    };
    assert_eq!(fault.kind, FaultKind::Lost, "{fault}");
}

#[test]
fn subscribers_in_python_find_our_successor() {
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &options()).unwrap();
    let at = publishing.bound().unwrap();
    let peer = connected("sub", at.port(), 10);
    for life in 1..3 {
        until("the subscription arrives", || {
            publish(&mut publishing, &messages(life..life + 1, 10));
            peer.line_now()
                .is_some_and(|line| line.starts_with(&life.to_string()))
        });
        drop(publishing);
        publishing = publisher(&format!("zmq+pub://{at}"), &options()).unwrap();
    }
}

#[test]
fn a_peer_in_python_answers_pings() {
    let (_peer, port) = bound("pub", 10);
    let other_hall = Options {
        facility: Some("yard".to_owned()),
        ..hurry()
    };
    let mut sub = subscriber(&format!("zmq+sub://127.0.0.1:{port}"), &other_hall).unwrap();
    // It says nothing that we subscribed to, and is not taken for dead.
    let nothing = sub.receive(2 * hurry().patience).unwrap();
    assert!(matches!(nothing, Received::Nothing), "{nothing:?}");
}
