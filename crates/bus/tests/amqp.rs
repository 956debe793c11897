// SPDX-License-Identifier: MIT OR Apache-2.0
//! RabbitMQ: order, groups, flows, a broker that dies, and what is said when something is wrong.
#![cfg(feature = "amqp")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod brokers;

use std::net::TcpListener;
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use brokers::Broker;
use brokers::rabbitmq::RabbitMq;
use brokers::traffic::*;
use bytes::Bytes;
use roundhouse_bus::{
    Endpoint, Fault, FaultKind, Kind, Options, Received, RefusalReason, publisher, subscriber,
    topology,
};

/// The broker of the tests that leave it alive; each has exchanges of its own, and groups.
static BROKER: LazyLock<RabbitMq> = LazyLock::new(RabbitMq::start);

/// The address of exchanges that one test has for itself.
fn exchanges(test: &str) -> String {
    let address = BROKER.address("guest:guest", "");
    format!("{address}?exchange={test}.events&frames={test}.frames")
}

/// The fault of a subscriber that cannot connect.
fn fault_of(address: &str, options: &Options) -> Fault {
    let fault = subscriber(&Endpoint::parse(address).unwrap(), options)
        .err()
        .unwrap();
    let sentence = fault.to_string();
    assert!(!sentence.contains("secret"), "{sentence}");
    fault
}

#[test]
fn each_group_gets_all_of_its_flow_in_order_and_nothing_of_another() {
    let address = exchanges("flows");
    let mut prod = subscribing(&address, &of_flow("flows-reports", "prod"));
    let mut other = subscribing(&address, &of_flow("flows-archive", "prod"));
    let mut both = subscribing(&address, &options("flows-comparison"));
    let mut sender = publishing(&address, &options("flows-sender"));
    let messages = mixed(10_000);
    assert_eq!(publish(&mut *sender, &messages), []);
    let expected: Vec<u64> = (1..=10_000).filter(|number| number % 3 != 0).collect();
    for subscriber in [&mut prod, &mut other] {
        let got = receive(&mut **subscriber, expected.len());
        let foreign = got.iter().filter(|got| got.envelope.flow != "prod").count();
        assert_eq!((foreign, sequences(&got)), (0, expected.clone()));
    }
    let all: Vec<u64> = (1..=10_000).collect();
    assert_eq!(sequences(&receive(&mut *both, 10_000)), all);
    publish(&mut *sender, &reports("prod", 10_001, 10_001));
    assert_eq!(nothing_but(&mut *prod, 10_001), []);
}

#[test]
fn subscribers_of_one_group_share() {
    let address = exchanges("share");
    let mut one = subscribing(&address, &options("share-workers"));
    let mut other = subscribing(&address, &options("share-workers"));
    publish(
        &mut *publishing(&address, &options("share-sender")),
        &reports("prod", 1, 100),
    );
    let mut got = Vec::new();
    while got.len() < 100 {
        for subscriber in [&mut one, &mut other] {
            if let Received::Message(message) =
                subscriber.receive(Duration::from_millis(10)).unwrap()
            {
                got.push(sequence(&message));
            }
        }
    }
    got.sort_unstable();
    assert_eq!(got, (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_picture_travels_with_its_event_and_waits_as_one_of_the_newest() {
    let address = exchanges("frames");
    let live = Options {
        live: true,
        queue: 5,
        kinds: vec![Kind::Image],
        ..options("frames-viewer")
    };
    // The queue outlives its first subscriber for a while.
    drop(subscribing(&format!("{address}&prefetch=1"), &live));
    let picture = Bytes::from(vec![0xa5; 300_000]);
    let frames: Vec<_> = (1..=20)
        .map(|number| with_payload("image", "raw", "C1", number, picture.clone()))
        .collect();
    let mut sender = publishing(&address, &live);
    assert_eq!(publish(&mut *sender, &frames), []);
    let mut viewer = subscribing(&format!("{address}&prefetch=1"), &live);
    let got = receive(&mut *viewer, 5);
    assert_eq!(got, frames[15..]);
}

#[test]
fn what_nobody_listens_to_is_said_to_be_unroutable() {
    let address = exchanges("nobody");
    let mut sender = publishing(&address, &options("nobody-sender"));
    let mut prod = subscribing(&address, &of_flow("nobody-reports", "prod"));
    let refused = publish(&mut *sender, &mixed(300));
    let unroutable = refused
        .iter()
        .filter(|refusal| refusal.reason == RefusalReason::Unroutable)
        .count();
    assert_eq!((refused.len(), unroutable), (100, 100));
    assert!(
        refused[0]
            .to_string()
            .contains("depot.hall-a.dev.position-report.C1")
    );
    assert_eq!(receive(&mut *prod, 200).len(), 200);
}

#[test]
fn what_is_no_event_goes_to_the_dead_letters() {
    let address = exchanges("dead");
    let large = event("position-report", "prod", &"C".repeat(200), 1);
    let small = Options {
        largest: large.size() - 1,
        ..options("dead-reports")
    };
    let mut subscriber = subscribing(&address, &small);
    let mut sender = publishing(&address, &options("dead-sender"));
    publish(&mut *sender, std::slice::from_ref(&large));
    publish(&mut *sender, &reports("prod", 2, 2));
    let Received::Refused(refusal) = subscriber.receive(HANG).unwrap() else {
        panic!("taken");
    };
    assert_eq!(refusal.reason, RefusalReason::TooLarge);
    assert_eq!(sequences(&receive(&mut *subscriber, 1)), [2]);
    let dead = format!("{address}&queue=dead.events.dead&declare=0");
    let mut dead = subscribing(&dead, &options("dead-inspection"));
    assert_eq!(receive(&mut *dead, 1)[0], large);
    let refused = publish(&mut *publishing(&address, &small), &[large]);
    assert_eq!(refused[0].reason, RefusalReason::TooLarge);
}

#[test]
fn what_is_not_acknowledged_comes_again() {
    let address = exchanges("again");
    let mut first = subscribing(&address, &options("again-reports"));
    publish(
        &mut *publishing(&address, &options("again-sender")),
        &reports("prod", 1, 60),
    );
    assert_eq!(receive(&mut *first, 20).len(), 20);
    for _ in 0..20 {
        assert!(matches!(first.receive(HANG), Ok(Received::Message(_))));
    }
    drop(first);
    let mut second = subscribing(&address, &options("again-reports"));
    let got = sequences(&receive(&mut *second, 40));
    assert_eq!(got, (21..=60).collect::<Vec<_>>());
}

#[test]
fn wrong_settings_are_said() {
    let address = exchanges("faults");
    let closed = brokers::free_port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let other_port = brokers::port_of_http(8);
    let impatient = Options {
        patience: Duration::from_millis(500),
        ..options("faults-reports")
    };
    let patient = options("faults-reports");
    for (address, options, kind, words) in [
        (
            format!("amqp://me:secret@127.0.0.1:{closed}/"),
            &patient,
            FaultKind::Unreachable,
            "check host and port",
        ),
        (
            BROKER.address("me:secret2", ""),
            &patient,
            FaultKind::Denied,
            "check user and password",
        ),
        (
            BROKER.address("me:secret", ""),
            &patient,
            FaultKind::Denied,
            "set_permissions",
        ),
        (
            BROKER.address("guest:guest", "no-such"),
            &patient,
            FaultKind::Missing,
            "add_vhost",
        ),
        (
            format!("amqp://127.0.0.1:{other_port}/"),
            &patient,
            FaultKind::Protocol,
            "AMQP",
        ),
        (
            format!("amqp://127.0.0.1:{silent_port}/"),
            &impatient,
            FaultKind::Silent,
            "no answer in time",
        ),
        (
            format!("{address}&hartbeat=5"),
            &patient,
            FaultKind::Local,
            "did you mean 'heartbeat'?",
        ),
    ] {
        let fault = fault_of(&address, options);
        let sentence = fault.to_string();
        assert_eq!(fault.kind, kind, "{sentence}");
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[test]
fn a_queue_of_another_form_is_said() {
    let address = exchanges("form");
    let named = format!("{address}&queue=mine");
    drop(subscribing(&named, &options("form-reports")));
    let live = Options {
        live: true,
        ..options("form-reports")
    };
    let fault = fault_of(&named, &live);
    assert_eq!(fault.kind, FaultKind::Missing);
    assert!(fault.to_string().contains("another name"), "{fault}");
}

#[test]
fn the_same_group_at_other_exchanges_has_another_queue() {
    let group = options("elsewhere-reports");
    let (here, there) = (exchanges("here"), exchanges("there"));
    let mut at_both = [&here, &there].map(|address| subscribing(address, &group));
    for (address, number) in [(&here, 1), (&there, 2)] {
        let mut sender = publishing(address, &options("elsewhere-sender"));
        assert_eq!(publish(&mut *sender, &reports("prod", number, number)), []);
    }
    let got = at_both
        .each_mut()
        .map(|subscriber| sequences(&receive(&mut **subscriber, 1)));
    assert_eq!(got, [vec![1], vec![2]]);
}

#[test]
fn what_is_there_in_another_form_is_found_by_the_check() {
    let address = exchanges("check");
    let named = format!("{address}&queue=check");
    let endpoint = Endpoint::parse(&named).unwrap();
    let here = options("check-reports");
    topology::setup(&endpoint, &here).unwrap();
    assert_eq!(topology::check(&endpoint, &here).unwrap(), []);
    let elsewhere = format!("{}&queue=check", exchanges("check-elsewhere"));
    let endpoint = Endpoint::parse(&elsewhere).unwrap();
    let fault = topology::check(&endpoint, &here).unwrap_err();
    assert!(fault.to_string().contains("another name"), "{fault}");
    let fanout = BROKER.address("guest:guest", "?exchange=amq.fanout");
    let endpoint = Endpoint::parse(&fanout).unwrap();
    let fault = topology::check(&endpoint, &here).unwrap_err();
    assert!(fault.to_string().contains("amq.fanout"), "{fault}");
    assert!(fault.to_string().contains("another name"), "{fault}");
}

#[test]
fn a_deleted_queue_is_said() {
    let address = exchanges("deleted");
    let named = format!("{address}&queue=deleted");
    let mut subscriber = subscribing(&named, &options("deleted-reports"));
    BROKER.control(&["delete_queue", "deleted"]);
    let fault = subscriber.receive(HANG).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Missing, "{fault}");
}

#[test]
fn the_topology_is_described_made_and_checked() {
    let address = exchanges("topology");
    let endpoint = Endpoint::parse(&address).unwrap();
    let options = of_flow("topology-reports", "prod");
    let described = topology::describe(&endpoint, &options).unwrap();
    assert_eq!(topology::check(&endpoint, &options).unwrap(), described);
    topology::setup(&endpoint, &options).unwrap();
    assert_eq!(topology::check(&endpoint, &options).unwrap(), []);
    let queue = described
        .iter()
        .find(|fixture| fixture.what == "queue topology.events.topology-reports.*.prod.*")
        .unwrap();
    assert!(queue.command.contains(r#""x-queue-type":"quorum""#));
    assert!(publisher(&endpoint, &options).is_ok());
}

#[test]
fn a_broker_that_is_killed_loses_nothing_and_keeps_the_order() {
    const COUNT: usize = 6000;
    let mut broker = RabbitMq::start();
    let address = broker.address("guest:guest", "");
    drop(subscribing(&address, &options("reports")));
    // RabbitMQ 3.10 forgets a quorum queue, and has it without a leader for ever, if it is killed seconds after the queue was made.
    broker.stop();
    broker.restart();
    let messages = reports("prod", 1, COUNT as u64);
    let (begun, quarter) = mpsc::channel();
    let history = std::thread::scope(|scope| {
        let sender =
            scope.spawn(|| publish_over_faults(&address, &options("sender"), &messages, || {}));
        let address = &address;
        let receiver = scope.spawn(move || {
            receive_over_faults(address, &options("reports"), |history| {
                if history.seen.len() == COUNT / 4 {
                    begun.send(()).ok();
                }
                history.seen.len() == COUNT
            })
        });
        quarter.recv().unwrap();
        broker.kill();
        broker.restart();
        let connections = sender.join().unwrap();
        assert!(connections > 1, "the broker was killed too late");
        receiver.join().unwrap()
    });
    println!("{} duplicates", history.duplicates);
    assert_eq!((history.seen.len(), history.inversions), (COUNT, 0));
}
