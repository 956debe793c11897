// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every transport through the same faults of a network: `cargo test -p roundhouse-bus --all-features --test faults -- --nocapture`
//! prints what a checker finds.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

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
        from: receives(&format!("zmq+{receives_by}://127.0.0.1:{port}?bind=1")),
        payload: true,
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

/// What is pushed is settled when it is written, so what is under way is lost with its connection.
#[test]
fn what_is_pushed_is_in_order_after_a_storm() {
    let verdict = zmq("push", "pull", storm);
    assert!(verdict.is_orderly(), "{verdict:?}");
    assert_eq!(verdict.settled, COUNT);
}

#[test]
fn what_is_pushed_over_a_bad_line_arrives() {
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
