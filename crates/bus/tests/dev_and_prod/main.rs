// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever dev does, prod loses nothing, keeps its order and gets nothing of dev. How fast it stays is measured by
//! `scripts/soak.sh dev`.
#![cfg(all(feature = "amqp", feature = "kafka", feature = "mqtt"))]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../brokers/mod.rs"]
mod brokers;
mod lanes;

use std::time::{Duration, Instant};

use lanes::{Lane, Prod, number};

/// How this program is started as a process of dev.
const DEV: [&str; 3] = ["--ignored", "--nocapture", "is_dev"];
/// Reports of prod while dev does something.
const COUNT: u64 = 400;
/// So many reports are under way at most: fewer than any queue holds.
const UNDER_WAY: u64 = 32;
/// Only what hangs takes so long.
const HANG: Duration = Duration::from_mins(4);

#[test]
#[ignore = "the other tests start it"]
fn is_dev() {
    lanes::dev();
}

/// Sends reports and checks that they arrive, in order; calls `dev` before each.
fn runs_undisturbed(prod: &mut Prod, mut dev: impl FnMut(u64)) {
    let first = prod.sent() + 1;
    let mut next = first;
    let begin = Instant::now();
    while next < first + COUNT {
        assert!(begin.elapsed() < HANG, "{} of {COUNT}", next - first);
        if prod.sent() < first + COUNT - 1 && prod.sent() + 1 - next < UNDER_WAY {
            dev(prod.sent() + 1 - first);
            prod.send_all();
        }
        while let Some(message) = prod.inbox.next(Duration::from_millis(1)) {
            assert_eq!(message.envelope.flow, "raw");
            assert_eq!(number(&message), next);
            next += 1;
        }
        prod.inbox.done();
    }
}

/// Dev is killed, stopped, and floods, while prod runs.
fn dev_cannot_hurt_prod(name: &'static str) {
    let lane = Lane::start(name);
    let mut prod = lane.prod(false);
    prod.meet();
    let mut receiver = lane.receiver(&DEV);
    runs_undisturbed(&mut prod, |sent| {
        if sent % (COUNT / 4) == COUNT / 8 {
            receiver = lane.receiver(&DEV);
        }
    });
    receiver.stop();
    runs_undisturbed(&mut prod, |_| ());
    let flood = lane.flood(&DEV);
    runs_undisturbed(&mut prod, |_| ());
    drop(flood);
    let stats = prod.inbox.stats();
    assert_eq!(
        (stats.counters.dropped, stats.refused.sum()),
        (0, 0),
        "{stats:?}"
    );
}

#[test]
fn over_zeromq_push_and_pull() {
    dev_cannot_hurt_prod("ZeroMQ push/pull");
}

#[test]
fn over_zeromq_pub_and_sub() {
    dev_cannot_hurt_prod("ZeroMQ pub/sub");
}

#[test]
fn over_rabbitmq() {
    dev_cannot_hurt_prod("RabbitMQ");
}

#[test]
fn over_kafka() {
    dev_cannot_hurt_prod("Kafka");
}

#[test]
fn over_mqtt() {
    dev_cannot_hurt_prod("MQTT");
}
