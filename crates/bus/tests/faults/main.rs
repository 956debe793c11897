// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every transport through the same faults: `cargo test -p roundhouse-bus --all-features --test faults -- --nocapture` prints what a
//! checker finds. Longer ones, and all of them, are in `scripts/soak.sh bus`.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "../brokers/mod.rs"]
mod brokers;
mod faults;
mod history;
#[cfg(feature = "http")]
mod http;
mod lines;
mod nemesis;
mod proxy;
mod receiver;
mod rename;
mod run;
mod soak;

#[cfg(any(feature = "amqp", feature = "mqtt"))]
use std::cell::RefCell;
use std::time::Duration;

use faults::*;
use lines::Line;
use run::{Scale, run};

/// How much is sent in a test, whose faults end when they are noticed.
const SCALE: Scale = Scale {
    count: 3000,
    begin: 300,
    lasts: Duration::ZERO,
    small_disk: None,
};

/// Faults of the network.
const NETWORK: [&Fault; 5] = [&STORM, &HOLE, &REFUSAL, &LATENCY, &NARROW];
/// Faults of a consumer that stays.
const CONSUMER: [&Fault; 3] = [&SLOW, &PAUSED, &TWICE];

/// Everything that is sent arrives once and in order, whatever happens.
fn is_perfect(line: &Line<'_>, fault: &Fault) {
    let verdict = run(line, fault, &SCALE);
    assert!(verdict.is_perfect(), "{}: {verdict:?}", fault.name);
    // The last ones may be under way for the second time when the first ones have all arrived.
    let is_again = fault.needs != Needs::Twice || verdict.again >= SCALE.count / 2;
    assert!(is_again, "{verdict:?}");
}

/// Everything that is sent arrives, and again if the receiver was killed before it had said that it was done with it.
fn is_whole(line: &Line<'_>, fault: &Fault) {
    let verdict = run(line, fault, &SCALE);
    assert!(verdict.is_whole(), "{}: {verdict:?}", fault.name);
}

/// Requests are answered when their messages are done with, so nothing is lost.
#[test]
fn requests_survive_every_fault_of_the_network() {
    for fault in NETWORK {
        lines::zmq("req", "rep", |line| is_perfect(line, fault));
    }
}

#[test]
fn requests_survive_their_receiver() {
    for fault in CONSUMER {
        lines::zmq("req", "rep", |line| is_perfect(line, fault));
    }
    for fault in [&FROZEN, &KILLED] {
        lines::zmq("req", "rep", |line| is_whole(line, fault));
    }
}

#[cfg(feature = "http")]
#[test]
fn posted_events_survive_every_fault_of_the_network() {
    for fault in NETWORK {
        lines::http(|line| is_perfect(line, fault));
    }
}

#[cfg(feature = "http")]
#[test]
fn posted_events_survive_their_receiver() {
    for fault in CONSUMER {
        lines::http(|line| is_perfect(line, fault));
    }
    for fault in [&FROZEN, &KILLED] {
        lines::http(|line| is_whole(line, fault));
    }
}

/// What is pushed is settled when its receiver has dealt with it.
#[test]
fn what_is_pushed_survives_every_fault_of_the_network() {
    for fault in NETWORK {
        lines::zmq("push", "pull", |line| is_perfect(line, fault));
    }
}

#[test]
fn what_is_pushed_survives_its_receiver() {
    for fault in CONSUMER {
        lines::zmq("push", "pull", |line| is_perfect(line, fault));
    }
    for fault in [&FROZEN, &KILLED] {
        lines::zmq("push", "pull", |line| is_whole(line, fault));
    }
}

#[cfg(feature = "amqp")]
#[test]
fn events_by_way_of_rabbitmq_survive_every_fault_of_the_network() {
    let broker = RefCell::new(brokers::rabbitmq::RabbitMq::start());
    for fault in NETWORK {
        lines::rabbitmq(&broker, false, |line| is_perfect(line, fault));
    }
}

#[cfg(feature = "amqp")]
#[test]
fn events_by_way_of_rabbitmq_survive_their_receiver() {
    let broker = RefCell::new(brokers::rabbitmq::RabbitMq::start());
    for fault in CONSUMER {
        lines::rabbitmq(&broker, false, |line| is_perfect(line, fault));
    }
    for fault in [&FROZEN, &KILLED] {
        lines::rabbitmq(&broker, false, |line| is_whole(line, fault));
    }
}

#[cfg(feature = "amqp")]
#[test]
fn events_by_way_of_rabbitmq_survive_a_broker_that_is_stopped_and_killed() {
    let broker = RefCell::new(brokers::rabbitmq::RabbitMq::start());
    lines::rabbitmq(&broker, false, |line| is_perfect(line, &BROKER_FROZEN));
    lines::rabbitmq(&broker, true, |line| is_perfect(line, &BROKER_KILLED));
}

#[cfg(feature = "amqp")]
#[test]
fn what_rabbitmq_loses_with_its_disk_is_counted() {
    let broker = RefCell::new(brokers::rabbitmq::RabbitMq::start());
    let verdict = lines::rabbitmq(&broker, false, |line| run(line, &BROKER_EMPTY, &SCALE));
    assert!(verdict.is_announced(), "{verdict:?}");
}

#[cfg(feature = "mqtt")]
#[test]
fn events_by_way_of_mosquitto_survive_every_fault_of_the_network() {
    let broker = RefCell::new(brokers::mosquitto::Mosquitto::start());
    for fault in NETWORK {
        lines::mosquitto(&broker, |line| is_perfect(line, fault));
    }
}

#[cfg(feature = "mqtt")]
#[test]
fn events_by_way_of_mosquitto_survive_their_receiver() {
    let broker = RefCell::new(brokers::mosquitto::Mosquitto::start());
    for fault in CONSUMER {
        lines::mosquitto(&broker, |line| is_perfect(line, fault));
    }
    for fault in [&FROZEN, &KILLED] {
        lines::mosquitto(&broker, |line| is_whole(line, fault));
    }
}

/// What mosquitto has confirmed and neither delivered nor saved is gone when it is killed: MQTT is no log. The receiver counts it.
#[cfg(feature = "mqtt")]
#[test]
fn what_mosquitto_forgets_is_counted() {
    let broker = RefCell::new(brokers::mosquitto::Mosquitto::start());
    lines::mosquitto(&broker, |line| is_perfect(line, &BROKER_FROZEN));
    for fault in [&BROKER_KILLED, &BROKER_STORM, &BROKER_EMPTY] {
        let verdict = lines::mosquitto(&broker, |line| run(line, fault, &SCALE));
        assert!(verdict.is_announced(), "{}: {verdict:?}", fault.name);
    }
}

#[cfg(feature = "kafka")]
#[test]
fn events_by_way_of_kafka_survive_every_fault_of_the_network() {
    for fault in NETWORK {
        lines::kafka(|line| is_perfect(line, fault));
    }
}

#[cfg(feature = "kafka")]
#[test]
fn events_by_way_of_kafka_survive_their_receiver() {
    for fault in CONSUMER {
        lines::kafka(|line| is_perfect(line, fault));
    }
    for fault in [&FROZEN, &KILLED] {
        lines::kafka(|line| is_whole(line, fault));
    }
}

#[cfg(feature = "kafka")]
#[test]
fn events_by_way_of_kafka_survive_their_broker() {
    for fault in [&BROKER_KILLED, &BROKER_STORM] {
        lines::kafka(|line| is_perfect(line, fault));
    }
}

#[cfg(feature = "kafka")]
#[test]
fn events_by_way_of_kafka_are_in_order_behind_a_loss_of_its_data() {
    let verdict = lines::kafka(|line| run(line, &BROKER_EMPTY, &SCALE));
    assert!(verdict.is_orderly(), "{verdict:?}");
    assert_eq!(verdict.settled, SCALE.count);
}
