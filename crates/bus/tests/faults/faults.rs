// SPDX-License-Identifier: MIT OR Apache-2.0
//! All that may go wrong: with the network, the broker, the receiver, the messages, the disk.

use std::fs;
use std::io::ErrorKind;
use std::time::Duration;

use rustix::process::Signal;

use crate::nemesis::Nemesis;
use crate::receiver::Pace;
use crate::run::until;

/// Something that goes wrong in a run.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What must be there for it.
    pub needs: Needs,
    /// Makes it happen, and ends it.
    pub happen: fn(&Nemesis<'_>),
}

/// What must be there for a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A proxy between the sender and what it is connected to.
    Network,
    /// A receiver of this process.
    Consumer,
    /// A receiver that is another process.
    Process,
    /// A broker that can be stopped.
    Stop,
    /// A broker that can be killed.
    Broker,
    /// A sender that sends everything twice.
    Twice,
    /// A spool on a disk that gets full.
    Disk,
}

/// The fault of a name that makes it.
const fn fault(name: &'static str, needs: Needs, happen: fn(&Nemesis<'_>)) -> Fault {
    Fault {
        name,
        needs,
        happen,
    }
}

pub const STORM: Fault = fault("six resets", Needs::Network, |nemesis| {
    nemesis.until_begun();
    for part in 0..6 {
        nemesis.until_part(part * 15);
        nemesis.line.proxy.reset();
    }
});

pub const HOLE: Fault = fault("black hole", Needs::Network, |nemesis| {
    nemesis.until_begun();
    nemesis.line.proxy.black_hole();
    nemesis.until_noticed();
    nemesis.line.proxy.heal();
});

pub const REFUSAL: Fault = fault("refusal", Needs::Network, |nemesis| {
    nemesis.until_begun();
    nemesis.line.proxy.refuse();
    nemesis.until_noticed();
    nemesis.line.proxy.heal();
});

pub const LATENCY: Fault = fault("200 ms latency", Needs::Network, |nemesis| {
    nemesis.until_begun();
    nemesis.line.proxy.latency(Duration::from_millis(200));
    nemesis.until_part(20);
    nemesis.line.proxy.heal();
});

pub const NARROW: Fault = fault("1 Mbit/s", Needs::Network, |nemesis| {
    nemesis.until_begun();
    nemesis.line.proxy.slow(125_000);
    nemesis.until_part(40);
    nemesis.line.proxy.heal();
});

pub const SLOW: Fault = fault("slow consumer", Needs::Consumer, |nemesis| {
    let consumer = nemesis.here.unwrap();
    nemesis.until_begun();
    consumer.pace(Pace::Slow);
    nemesis.until_part(40);
    consumer.pace(Pace::Fast);
});

pub const PAUSED: Fault = fault("consumer takes nothing", Needs::Consumer, |nemesis| {
    let consumer = nemesis.here.unwrap();
    nemesis.until_begun();
    consumer.pace(Pace::Stopped);
    nemesis.until_stuck();
    consumer.pace(Pace::Fast);
});

pub const FROZEN: Fault = fault("receiver stopped", Needs::Process, |nemesis| {
    let receiver = nemesis.there.unwrap();
    nemesis.until_begun();
    receiver.signal(Signal::STOP);
    nemesis.until_noticed();
    receiver.signal(Signal::CONT);
});

pub const KILLED: Fault = fault("receiver killed", Needs::Process, |nemesis| {
    let receiver = nemesis.there.unwrap();
    nemesis.until_begun();
    receiver.kill();
    nemesis.until_noticed();
    receiver.restart();
});

pub const BROKER_FROZEN: Fault = fault("broker stopped", Needs::Stop, |nemesis| {
    let broker = nemesis.line.broker.unwrap();
    nemesis.until_begun();
    broker.borrow().signal(Signal::STOP);
    nemesis.until_noticed();
    broker.borrow().signal(Signal::CONT);
});

pub const BROKER_KILLED: Fault = fault("broker killed", Needs::Broker, |nemesis| {
    let mut broker = nemesis.line.broker.unwrap().borrow_mut();
    nemesis.until_begun();
    broker.kill();
    nemesis.until_noticed();
    broker.restart();
});

pub const BROKER_STORM: Fault = fault("broker killed six times", Needs::Broker, |nemesis| {
    let mut broker = nemesis.line.broker.unwrap().borrow_mut();
    nemesis.until_begun();
    for part in 0..6 {
        nemesis.until_part(part * 15);
        broker.kill();
        broker.restart();
    }
});

pub const BROKER_EMPTY: Fault = fault("broker lost its data", Needs::Broker, |nemesis| {
    let mut broker = nemesis.line.broker.unwrap().borrow_mut();
    nemesis.until_begun();
    broker.kill();
    broker.forget();
    nemesis.until_noticed();
    broker.restart();
});

pub const TWICE: Fault = fault("everything sent twice", Needs::Twice, |_| ());

pub const DISK: Fault = fault("full disk of the spool", Needs::Disk, |nemesis| {
    let hog = nemesis.scale.small_disk.as_ref().unwrap().join("hog");
    nemesis.until_begun();
    nemesis.line.proxy.black_hole();
    let filled = fs::write(&hog, vec![7; 64 << 20]).unwrap_err();
    assert_eq!(filled.kind(), ErrorKind::StorageFull);
    until("the disk is full for the spool, too", || {
        let stats = nemesis.outbox.stats();
        stats.counters.offered >= nemesis.last
            || stats.spool.is_some_and(|spool| spool.fault.is_some())
    });
    nemesis.until_noticed();
    fs::remove_file(hog).unwrap();
    nemesis.line.proxy.heal();
});

/// All faults.
pub const ALL: [&Fault; 15] = [
    &STORM,
    &HOLE,
    &REFUSAL,
    &LATENCY,
    &NARROW,
    &SLOW,
    &PAUSED,
    &FROZEN,
    &KILLED,
    &BROKER_FROZEN,
    &BROKER_KILLED,
    &BROKER_STORM,
    &BROKER_EMPTY,
    &TWICE,
    &DISK,
];
