// SPDX-License-Identifier: MIT OR Apache-2.0
//! MQTT: order, groups, flows, plain values, a broker that dies, and what is said when something is wrong.
#![cfg(feature = "mqtt")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod brokers;

use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use brokers::Broker;
use brokers::mosquitto::Mosquitto;
use brokers::traffic::*;
use bytes::Bytes;
use roundhouse_bus::{
    Endpoint, FaultKind, Kind, Message, Options, Received, RefusalReason, Stamp, subscriber,
};

/// What `mosquitto_sub` prints of a pattern: so many retained or new messages, each with its topic.
fn seen_by_others(broker: &Mosquitto, pattern: &str, count: usize) -> Vec<String> {
    let (port, count) = (broker.port.to_string(), count.to_string());
    let mut command = Command::new("mosquitto_sub");
    command.args(["-h", "127.0.0.1", "-p", &port, "-t", pattern, "-v"]);
    let done = command.args(["-C", &count, "-W", "60"]).output().unwrap();
    let mut lines: Vec<String> = String::from_utf8(done.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

/// A state with locomotives on these tracks.
fn state(sequence: u64, tracks: &[&str]) -> Message {
    let locomotives: Vec<String> = tracks
        .iter()
        .map(|track| format!(r#"{{"id":"L","track":"{track}","status":"confirmed"}}"#))
        .collect();
    let document = format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.facility-state.v1","source":"/hall-a/fsefuse/1","id":"1-{sequence}","flow":"prod","data":{{"state":{sequence},"count":{},"locomotives":[{}]}}}}"#,
        tracks.len(),
        locomotives.join(",")
    );
    let stamp = Stamp {
        sender: "sender".to_owned(),
        sequence,
    };
    Message::new(&document, Bytes::new(), stamp).unwrap()
}

#[test]
fn each_group_gets_all_of_its_flow_in_order_and_nothing_of_another() {
    let broker = Mosquitto::start();
    let address = broker.address("/plant");
    let mut prod = subscribing(&address, &of_flow("reports", "prod"));
    let mut other = subscribing(&address, &of_flow("archive", "prod"));
    let mut sender = publishing(&address, &options("sender"));
    assert_eq!(publish(&mut *sender, &mixed(10_000)), []);
    let expected: Vec<u64> = (1..=10_000).filter(|number| number % 3 != 0).collect();
    for subscriber in [&mut prod, &mut other] {
        let got = receive(&mut **subscriber, expected.len());
        let foreign = got.iter().filter(|got| got.envelope.flow != "prod").count();
        assert_eq!((foreign, sequences(&got)), (0, expected.clone()));
    }
    publish(&mut *sender, &reports("prod", 10_001, 10_001));
    assert_eq!(nothing_but(&mut *prod, 10_001), []);
}

#[test]
fn what_comes_while_a_subscriber_is_away_waits_for_it() {
    let broker = Mosquitto::start();
    let address = broker.address("");
    let mut first = subscribing(&address, &options("reports"));
    let mut sender = publishing(&address, &options("sender"));
    publish(&mut *sender, &reports("prod", 1, 10));
    assert_eq!(sequences(&receive(&mut *first, 10)).len(), 10);
    drop(first);
    publish(&mut *sender, &reports("prod", 11, 50));
    let mut second = subscribing(&address, &options("reports"));
    let got = sequences(&receive(&mut *second, 40));
    assert_eq!(got, (11..=50).collect::<Vec<_>>());
}

#[test]
fn the_newest_state_waits_for_everybody() {
    let broker = Mosquitto::start();
    let address = broker.address("");
    let mut sender = publishing(&address, &options("sender"));
    publish(&mut *sender, &[state(1, &["T1"]), state(2, &["T1", "T2"])]);
    let states = Options {
        kinds: vec![Kind::FacilityState],
        live: true,
        ..options("late")
    };
    let mut late = subscribing(&address, &states);
    assert_eq!(sequences(&receive(&mut *late, 1)), [2]);
}

#[test]
fn states_are_also_plain_values_over_connections() {
    let broker = Mosquitto::start();
    let address = format!("{}?homeassistant=1", broker.address("/plant"));
    let mut sender = publishing(&address, &options("sender"));
    publish(&mut *sender, &[state(1, &["T1", "T 2"])]);
    drop(sender);
    let mut sender = publishing(&address, &options("sender"));
    // The values that the broker keeps come soon after the connection.
    let mut number = 2;
    let freed = "plant/depot/hall-a/prod/track/T_202/occupied false";
    while !seen_by_others(&broker, "plant/depot/+/+/track/+/occupied", 2)
        .contains(&freed.to_owned())
    {
        publish(&mut *sender, &[state(number, &["T1"])]);
        number += 1;
    }
    let values = seen_by_others(&broker, "plant/depot/hall-a/prod/count", 1);
    assert_eq!(values, ["plant/depot/hall-a/prod/count 1"]);
    let told = seen_by_others(&broker, "homeassistant/#", 3).join("\n");
    for words in [
        "homeassistant/sensor/roundhouse_hall-a_prod/count/config",
        r#""state_topic":"plant/depot/hall-a/prod/track/T1/occupied""#,
        r#""device_class":"occupancy""#,
    ] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn whether_a_client_is_there_is_known() {
    let broker = Mosquitto::start();
    let address = format!("{}?client=hall-1", broker.address(""));
    let options = Options {
        facility: Some("hall-a".to_owned()),
        ..options("sender")
    };
    let sender = publishing(&address, &options);
    let status = "depot/hall-a/status/hall-1";
    let seen = seen_by_others(&broker, status, 1);
    assert_eq!(seen, [format!("{status} online")]);
    drop(sender);
    while seen_by_others(&broker, status, 1) != [format!("{status} offline")] {}
}

#[test]
fn a_picture_is_refused_with_the_remedy() {
    let broker = Mosquitto::start();
    let mut sender = publishing(&broker.address(""), &options("sender"));
    let picture = with_payload("image", "raw", "C1", 1, Bytes::from_static(b"jpeg"));
    let refused = publish(&mut *sender, &[picture, state(2, &[])]);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].reason, RefusalReason::Rejected);
    assert!(refused[0].to_string().contains("image-store"));
}

#[test]
fn wrong_settings_are_said() {
    let broker = Mosquitto::with_password();
    let closed = brokers::free_port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let other_port = brokers::port_of_http(8);
    let port = broker.port;
    let impatient = Options {
        patience: Duration::from_millis(500),
        ..options("reports")
    };
    let patient = options("reports");
    for (address, options, kind, words) in [
        (
            format!("mqtt://127.0.0.1:{closed}"),
            &patient,
            FaultKind::Unreachable,
            "check host and port",
        ),
        (
            format!("mqtt://me:secret2@127.0.0.1:{port}"),
            &patient,
            FaultKind::Denied,
            "check user and password",
        ),
        (
            format!("mqtt://127.0.0.1:{other_port}"),
            &patient,
            FaultKind::Protocol,
            "MQTT",
        ),
        (
            format!("mqtt://127.0.0.1:{silent_port}"),
            &impatient,
            FaultKind::Silent,
            "no answer in time",
        ),
        (
            format!("mqtt://127.0.0.1:{port}/plant/%23"),
            &patient,
            FaultKind::Local,
            "not a pattern",
        ),
        (
            format!("mqtt://127.0.0.1:{port}?klient=a"),
            &patient,
            FaultKind::Local,
            "did you mean 'client'?",
        ),
    ] {
        let endpoint = Endpoint::parse(&address).unwrap();
        let fault = subscriber(&endpoint, options).err().unwrap();
        let sentence = fault.to_string();
        assert_eq!(fault.kind, kind, "{sentence}");
        assert!(
            sentence.contains(words) && !sentence.contains("secret"),
            "{sentence}"
        );
    }
    let right = format!("mqtt://me:secret@127.0.0.1:{port}");
    let mut right = subscribing(&right, &patient);
    assert!(matches!(
        right.receive(Duration::ZERO).unwrap(),
        Received::Nothing
    ));
}

#[test]
fn a_broker_that_is_killed_keeps_the_order_and_the_newest_state() {
    const COUNT: usize = 6000;
    const NEWEST: u64 = COUNT as u64 + 1;
    let mut broker = Mosquitto::start();
    let address = broker.address("");
    drop(subscribing(&address, &options("reports")));
    let mut messages = reports("prod", 1, COUNT as u64);
    messages.push(state(NEWEST, &["T1"]));
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
                history.seen.contains(&NEWEST)
            })
        });
        quarter.recv().unwrap();
        broker.kill();
        broker.restart();
        let connections = sender.join().unwrap();
        assert!(connections > 1, "the broker was killed too late");
        receiver.join().unwrap()
    });
    // What a broker has confirmed and neither delivered nor saved is gone: MQTT is no log.
    let lost = messages.len() - history.seen.len();
    println!("{lost} lost, {} duplicates", history.duplicates);
    assert_eq!(history.inversions, 0);
}

#[test]
fn what_nvmsgbroker_sends_is_taken_where_it_is_asked_for() {
    const MINIMAL: &str = r#"{"version":"4.0","id":"5","@timestamp":"2026-03-01T06:00:00Z","sensorId":"C1","objects":["7|10|20|110|80|head"]}"#;
    let broker = Mosquitto::start();
    let address = broker.address("");
    let frames = |group: &str| Options {
        kinds: vec![Kind::Image],
        ..of_flow(group, "raw")
    };
    let asked = Options {
        nvmsgconv: Some("960x540".parse().unwrap()),
        facility: Some("hall-a".to_owned()),
        ..frames("asked")
    };
    let mut asked = subscribing(&address, &asked);
    let mut others = subscribing(&address, &frames("others"));
    let port = broker.port.to_string();
    let mut command = Command::new("mosquitto_pub");
    command.args(["-h", "127.0.0.1", "-p", &port, "-m", MINIMAL]);
    command.args(["-t", "depot/hall-a/raw/image/nvmsgconv"]);
    assert!(command.status().unwrap().success());
    let message = receive(&mut *asked, 1).remove(0);
    assert_eq!(
        (message.envelope.kind, &*message.envelope.about),
        (Kind::Image, "C1")
    );
    assert_eq!(message.envelope.facility, "hall-a");
    let refused = loop {
        match others.receive(Duration::from_millis(200)).unwrap() {
            Received::Refused(refusal) => break refusal.reason,
            Received::Message(message) => panic!("{message:?}"),
            Received::Nothing => {}
        }
    };
    assert_eq!(refused, RefusalReason::NoEvent);
}
