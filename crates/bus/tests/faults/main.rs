// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every transport through the same faults of a network: `cargo test -p roundhouse-bus --all-features --test faults -- --nocapture`
//! prints what a checker finds.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[cfg(any(feature = "amqp", feature = "mqtt"))]
#[path = "../brokers/mod.rs"]
mod brokers;
mod history;
#[cfg(feature = "http")]
mod http;
mod proxy;
mod run;

use std::net::TcpListener;
use std::time::Duration;

use history::Verdict;
use proxy::Proxy;
use run::{Ends, Nemesis, receives, run};

/// Messages of a run.
const COUNT: u64 = 3000;

/// A fault of the network.
type Fault = fn(&Nemesis<'_>);

/// Six resets, one after the other.
fn storm(nemesis: &Nemesis<'_>) {
    for part in 1..=6 {
        nemesis.until_delivered(part * COUNT / 10);
        nemesis.proxy.reset();
    }
}

/// Nothing gets through until the sender has noticed it.
fn black_hole(nemesis: &Nemesis<'_>) {
    nemesis.until_delivered(COUNT / 5);
    nemesis.proxy.black_hole();
    nemesis.until_noticed();
    nemesis.proxy.heal();
}

/// Nobody gets a connection until the sender has noticed it.
fn refusal(nemesis: &Nemesis<'_>) {
    nemesis.until_delivered(COUNT / 5);
    nemesis.proxy.refuse();
    nemesis.until_noticed();
    nemesis.proxy.heal();
}

/// Everything takes its time for a while, then little gets through.
fn bad_line(nemesis: &Nemesis<'_>) {
    nemesis.until_delivered(COUNT / 10);
    nemesis.proxy.latency(Duration::from_millis(50));
    nemesis.until_delivered(COUNT / 5);
    nemesis.proxy.heal();
    nemesis.proxy.slow(300_000);
    nemesis.until_delivered(COUNT / 2);
    nemesis.proxy.heal();
}

/// A port that is free.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Runs ZeroMQ sockets of these two types through a fault.
fn zmq(sends: &str, receives_by: &str, fault: Fault) -> Verdict {
    let port = free_port();
    let proxy = Proxy::start(([127, 0, 0, 1], port).into());
    let ends = Ends {
        to: format!("zmq+{sends}://127.0.0.1:{}?connect=1", proxy.port()),
        from: receives(
            &format!("zmq+{receives_by}://127.0.0.1:{port}?bind=1"),
            "faults",
        ),
        payload: true,
        patience: Duration::from_secs(1),
    };
    run(&proxy, ends, COUNT, fault)
}

/// Requests are answered when their messages are done with, so nothing is lost.
#[test]
fn requests_survive_a_storm_of_resets() {
    let verdict = zmq("req", "rep", storm);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

#[test]
fn requests_survive_a_black_hole() {
    let verdict = zmq("req", "rep", black_hole);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

#[test]
fn requests_survive_a_network_that_refuses() {
    let verdict = zmq("req", "rep", refusal);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

#[test]
fn requests_survive_a_bad_line() {
    let verdict = zmq("req", "rep", bad_line);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

/// What is pushed is settled when its receiver has dealt with it.
#[test]
fn what_is_pushed_survives_a_storm_of_resets() {
    let verdict = zmq("push", "pull", storm);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

#[test]
fn what_is_pushed_survives_a_black_hole() {
    let verdict = zmq("push", "pull", black_hole);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

#[test]
fn what_is_pushed_survives_a_network_that_refuses() {
    let verdict = zmq("push", "pull", refusal);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

#[test]
fn what_is_pushed_survives_a_bad_line() {
    let verdict = zmq("push", "pull", bad_line);
    assert!(verdict.is_perfect(), "{verdict:?}");
}

/// Posts events by way of a proxy.
#[cfg(feature = "http")]
fn post(fault: Fault) -> Verdict {
    let (address, from) = http::server();
    let proxy = Proxy::start(address);
    let ends = Ends {
        to: format!("http://127.0.0.1:{}/api/events", proxy.port()),
        from,
        payload: false,
        patience: Duration::from_secs(1),
    };
    run(&proxy, ends, COUNT, fault)
}

#[cfg(feature = "http")]
#[test]
fn posted_events_survive_every_fault() {
    for fault in [storm, black_hole, refusal, bad_line] {
        let verdict = post(fault);
        assert!(verdict.is_perfect(), "{verdict:?}");
    }
}

/// Sends to a broker by way of a proxy, in all kinds of weather; the receiver has a line of its own.
#[cfg(any(feature = "amqp", feature = "mqtt"))]
fn by_broker(port: u16, address: impl Fn(u16) -> String, payload: bool) {
    for (name, fault) in FAULTS {
        let proxy = Proxy::start(([127, 0, 0, 1], port).into());
        let ends = Ends {
            to: address(proxy.port()).replace("NAME", name),
            from: receives(&address(port).replace("NAME", name), name),
            payload,
            patience: Duration::from_secs(3),
        };
        let verdict = run(&proxy, ends, COUNT, fault);
        assert!(verdict.is_perfect(), "{name}: {verdict:?}");
    }
}

/// All faults by name.
#[cfg(any(feature = "amqp", feature = "mqtt"))]
const FAULTS: [(&str, Fault); 4] = [
    ("storm", storm),
    ("hole", black_hole),
    ("refusal", refusal),
    ("line", bad_line),
];

#[cfg(feature = "amqp")]
#[test]
fn events_by_way_of_rabbitmq_survive_every_fault() {
    let broker = brokers::rabbitmq::RabbitMq::start();
    let address = |port| {
        format!("amqp://guest:guest@127.0.0.1:{port}/?exchange=NAME.events&frames=NAME.frames")
    };
    by_broker(broker.port, address, true);
}

#[cfg(feature = "mqtt")]
#[test]
fn events_by_way_of_mosquitto_survive_every_fault() {
    let broker = brokers::mosquitto::Mosquitto::start();
    by_broker(
        broker.port,
        |port| format!("mqtt://127.0.0.1:{port}/NAME"),
        false,
    );
}
