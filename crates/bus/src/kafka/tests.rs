// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kafka against the cluster that librdkafka has for tests, or a real one: order, groups, flows, brokers that go away, and what is said when something
//! is wrong.

#[path = "../../tests/brokers/traffic.rs"]
pub mod traffic;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::RDKafkaRespErr;
use traffic::*;

use crate::{
    Endpoint, FaultKind, Inbox, InboxSettings, Kind, Message, Options, RefusalReason, publisher,
    subscriber, topology,
};

/// The cluster of a test.
pub struct Cluster {
    pub address: String,
    /// The one of librdkafka, if it is that.
    mock: Option<MockCluster<'static, DefaultProducerContext>>,
    prefix: String,
}

/// A cluster with the topics of position reports and recordings of two flows. It is the one that `scripts/test-kafka.sh` names, with
/// topics of the test's own, or one of librdkafka.
pub fn cluster(test: &str) -> Cluster {
    let Ok(hosts) = std::env::var("ROUNDHOUSE_TEST_KAFKA") else {
        return mock();
    };
    let prefix = format!("test-{test}-{}", std::process::id());
    let address = format!("kafka://{hosts}/{prefix}");
    let options = Options {
        facility: Some("hall-a".to_owned()),
        flows: vec!["prod".to_owned(), "dev".to_owned()],
        kinds: vec![Kind::PositionReport],
        recorded: true,
        ..options("sender")
    };
    topology::setup(&Endpoint::parse(&address).unwrap(), &options).unwrap();
    Cluster {
        address,
        mock: None,
        prefix,
    }
}

/// The cluster of librdkafka, of three brokers.
fn mock() -> Cluster {
    let mock = MockCluster::new(3).unwrap();
    for flow in ["prod", "dev"] {
        let topic = format!("depot.hall-a.{flow}.position-report");
        mock.create_topic(&topic, 6, 3).unwrap();
    }
    Cluster {
        address: format!("kafka://{}", mock.bootstrap_servers()),
        mock: Some(mock),
        prefix: "depot".to_owned(),
    }
}

#[test]
fn each_group_gets_all_of_its_flow_in_order_and_nothing_of_another() {
    let cluster = cluster("groups");
    let address = cluster.address.clone();
    let mut sender = publishing(&address, &options("sender"));
    assert_eq!(publish(&mut *sender, &mixed(10_000)), []);
    let expected: Vec<u64> = (1..=10_000).filter(|number| number % 3 != 0).collect();
    for group in ["reports", "archive"] {
        let mut prod = subscribing(&address, &of_flow(group, "prod"));
        let got = receive(&mut *prod, expected.len());
        let foreign = got.iter().filter(|got| got.envelope.flow != "prod").count();
        assert_eq!(foreign, 0);
        assert!(sequences(&got) == expected, "{group}");
        publish(&mut *sender, &reports("prod", 10_001, 10_001));
        assert_eq!(nothing_but(&mut *prod, 10_001), []);
    }
}

/// Reports of eight cameras in turn.
fn of_cameras(first: u64, last: u64) -> Vec<Message> {
    (first..=last)
        .map(|number| {
            event(
                "position-report",
                "prod",
                &format!("C{}", number % 8),
                number,
            )
        })
        .collect()
}

/// What an inbox hands over, until there are so many.
fn hand_over(inbox: &Inbox, count: usize) -> Vec<Message> {
    let begin = Instant::now();
    let mut messages = Vec::new();
    while messages.len() < count {
        let stats = inbox.stats();
        assert!(
            begin.elapsed() < HANG,
            "{} of {count}: {stats:?}",
            messages.len()
        );
        match inbox.next(Duration::from_millis(100)) {
            Some(message) => messages.push(message),
            None => inbox.done(),
        }
    }
    inbox.done();
    messages
}

/// An inbox of a group.
fn inbox(address: &str, options: Options) -> Inbox {
    let settings = InboxSettings {
        endpoint: Endpoint::parse(address).unwrap(),
        options,
        queue: 64,
        queue_bytes: 1 << 20,
        image_store: None,
    };
    Inbox::start(&settings, Box::new(|news| println!("{news:?}"))).unwrap()
}

#[test]
fn cameras_are_spread_over_partitions_and_each_keeps_its_order() {
    let cluster = cluster("cameras");
    let address = cluster.address.clone();
    let mut sender = publishing(&address, &options("sender"));
    assert_eq!(publish(&mut *sender, &of_cameras(1, 4000)), []);
    let inbox = inbox(&address, of_flow("reports", "prod"));
    let got = hand_over(&inbox, 4000);
    let partitions: BTreeSet<_> = got.iter().map(|message| &message.partition).collect();
    assert!(partitions.len() > 1, "{partitions:?}");
    for camera in 0..8 {
        let about = format!("C{camera}");
        let of_camera: Vec<_> = got
            .iter()
            .filter(|got| got.envelope.about == about)
            .collect();
        let numbers: Vec<_> = of_camera.iter().map(|message| sequence(message)).collect();
        let sent: Vec<_> = (1..=4000).filter(|number| number % 8 == camera).collect();
        assert!(numbers == sent, "{about}");
    }
    let counters = inbox.stats().counters;
    assert_eq!((counters.duplicates, counters.missing), (0, 0));
}

#[test]
fn a_recording_keeps_one_order_over_all_its_kinds_and_cameras() {
    let cluster = cluster("recording");
    let address = cluster.address.clone();
    let recording = Options {
        recorded: true,
        ..options("sender")
    };
    let mut sender = publishing(&address, &recording);
    let kinds = [
        "position-report",
        "stream",
        "tick",
        "camera-health",
        "position-report",
    ];
    let messages: Vec<_> = (1..=4000_u64)
        .map(|number| {
            let kind = kinds[number as usize % kinds.len()];
            event(kind, "prod", &format!("C{}", number % 8), number)
        })
        .collect();
    assert_eq!(publish(&mut *sender, &messages), []);
    let inbox_of = |group: &str, kinds: &[Kind]| {
        let options = Options {
            kinds: kinds.to_vec(),
            ..of_flow(group, "prod")
        };
        inbox(&address, options)
    };
    let all = inbox_of("all", &[]);
    assert_eq!(hand_over(&all, 4000), messages);
    assert_eq!(all.stats().counters.missing, 0);
    let some = inbox_of("some", &[Kind::Stream, Kind::Tick]);
    let wanted = messages
        .iter()
        .filter(|message| matches!(message.envelope.kind, Kind::Stream | Kind::Tick));
    assert_eq!(hand_over(&some, 1600), wanted.cloned().collect::<Vec<_>>());
}

#[test]
fn what_is_acknowledged_does_not_come_again() {
    let cluster = cluster("again");
    let address = cluster.address.clone();
    let mut sender = publishing(&address, &options("sender"));
    publish(&mut *sender, &reports("prod", 1, 40));
    let exact = Options {
        facility: Some("hall-a".to_owned()),
        kinds: vec![Kind::PositionReport],
        ..of_flow("reports", "prod")
    };
    let mut first = subscribing(&address, &exact);
    assert_eq!(receive(&mut *first, 40).len(), 40);
    drop(first);
    publish(&mut *sender, &reports("prod", 41, 60));
    let mut second = subscribing(&address, &exact);
    let got = sequences(&receive(&mut *second, 20));
    assert_eq!(got, (41..=60).collect::<Vec<_>>());
}

#[test]
fn brokers_that_go_away_lose_nothing_and_keep_the_order() {
    const COUNT: usize = 6000;
    let cluster = mock();
    let brokers = cluster.mock.as_ref().unwrap();
    let address = cluster.address.clone();
    let impatient = |group: &str| Options {
        patience: Duration::from_secs(3),
        ..of_flow(group, "prod")
    };
    let messages = reports("prod", 1, COUNT as u64);
    let (begun, quarter) = mpsc::channel();
    let (gone, thrown_away) = mpsc::channel();
    let history = std::thread::scope(|scope| {
        let (address, messages) = (&address, &messages);
        let sender = scope.spawn(move || {
            publish_over_faults(address, &impatient("sender"), messages, || {
                gone.send(()).ok();
            })
        });
        let receiver = scope.spawn(move || {
            receive_over_faults(address, &impatient("reports"), |history| {
                if history.seen.len() >= COUNT / 4 {
                    begun.send(()).ok();
                }
                history.seen.len() == COUNT
            })
        });
        quarter.recv().unwrap();
        for broker in 1..=3 {
            brokers.broker_down(broker).unwrap();
        }
        thrown_away.recv().unwrap();
        for broker in 1..=3 {
            brokers.broker_up(broker).unwrap();
        }
        println!("{} connections", sender.join().unwrap());
        receiver.join().unwrap()
    });
    println!("{} duplicates", history.duplicates);
    assert_eq!((history.seen.len(), history.inversions), (COUNT, 0));
}

/// Runs the peer on confluent-kafka to its end; gives what it printed.
fn python(role: &str, address: &str, topic: &str, count: usize) -> String {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = || variable("HOME").unwrap().join(".cache");
    let usual = || {
        variable("XDG_CACHE_HOME")
            .unwrap_or_else(home)
            .join("roundhouse")
    };
    let cache = variable("ROUNDHOUSE_CACHE").unwrap_or_else(usual);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/kafka_peer.py");
    let hosts = address.strip_prefix("kafka://").unwrap();
    let brokers = hosts.split('/').next().unwrap();
    let done = Command::new(cache.join("peers/bin/python"))
        .arg(program)
        .args([role, brokers, topic, &count.to_string()])
        .output()
        .expect("scripts/setup.sh --checks makes the Python environment of the peers");
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn another_client_reads_what_we_write_and_we_read_what_it_writes() {
    let cluster = cluster("peer");
    let address = cluster.address.clone();
    let topic = format!("{}.hall-a.prod.position-report", cluster.prefix);
    let mut sender = publishing(&address, &options("sender"));
    publish(&mut *sender, &reports("prod", 1, 100));
    let read: Vec<String> = (1..=100).map(|number| format!("{number} C1")).collect();
    let printed = python("receive", &address, &topic, 100);
    assert_eq!(printed.lines().collect::<Vec<_>>(), read);
    python("send", &address, &topic, 100);
    let mut prod = subscribing(&address, &of_flow("reports", "prod"));
    let got = receive(&mut *prod, 200);
    let theirs = got
        .iter()
        .filter(|message| message.stamp.as_ref().unwrap().sender == "python");
    assert_eq!(theirs.count(), 100);
}

#[test]
fn a_picture_is_refused_with_the_remedy() {
    let cluster = cluster("picture");
    let mut sender = publishing(&cluster.address, &options("sender"));
    let picture = with_payload("image", "raw", "C1", 1, Bytes::from_static(b"jpeg"));
    let mut batch = vec![picture];
    batch.extend(reports("prod", 2, 3));
    let refused = publish(&mut *sender, &batch);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].reason, RefusalReason::Rejected);
    assert!(refused[0].to_string().contains("image-store"));
}

#[test]
fn wrong_settings_are_said() {
    let cluster = cluster("settings");
    let patient = Options {
        patience: Duration::from_secs(5),
        ..options("reports")
    };
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let other_port = other.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for mut stream in other.incoming().flatten() {
            stream.read_exact(&mut [0; 8]).ok();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").ok();
        }
    });
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed_port = closed.local_addr().unwrap().port();
    drop(closed);
    for (address, kind, words) in [
        (
            format!("kafka://127.0.0.1:{closed_port}"),
            FaultKind::Unreachable,
            "check hosts and ports",
        ),
        (
            format!("kafka://127.0.0.1:{other_port}"),
            FaultKind::Protocol,
            "not Kafka",
        ),
        (
            format!("{}?security.protokol=SSL", cluster.address),
            FaultKind::Local,
            "did you mean 'security.protocol'?",
        ),
    ] {
        let endpoint = Endpoint::parse(&address).unwrap();
        for fault in [
            subscriber(&endpoint, &patient).err().unwrap(),
            publisher(&endpoint, &patient).err().unwrap(),
        ] {
            let sentence = fault.to_string();
            assert_eq!(fault.kind, kind, "{sentence}");
            assert!(sentence.contains(words), "{sentence}");
        }
    }
}

#[test]
fn a_topic_that_is_not_there_is_said_with_the_command_that_makes_it() {
    let cluster = mock();
    let mut sender = publishing(&cluster.address, &options("sender"));
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    let topic = "depot.hall-a.dev2.position-report";
    let brokers = cluster.mock.as_ref().unwrap();
    brokers.topic_error(topic, error).unwrap();
    let published = sender.publish(&reports("dev2", 1, 1));
    let fault = published.fault.unwrap();
    assert_eq!((published.settled, fault.kind), (0, FaultKind::Missing));
    let command = format!("--create --if-not-exists --topic {topic}");
    assert!(fault.to_string().contains(&command), "{fault}");
}

#[test]
fn the_topology_is_described_and_checked() {
    let cluster = cluster("topology");
    let endpoint = Endpoint::parse(&cluster.address).unwrap();
    let options = Options {
        facility: Some("hall-a".to_owned()),
        kinds: vec![Kind::PositionReport, Kind::FacilityState],
        ..of_flow("reports", "prod")
    };
    let described = topology::describe(&endpoint, &options).unwrap();
    assert_eq!(described.len(), 2);
    let missing = topology::check(&endpoint, &options).unwrap();
    assert_eq!(missing, described[1..]);
    assert_eq!(
        missing[0].what,
        format!("topic {}.hall-a.prod.facility-state", cluster.prefix)
    );
}
