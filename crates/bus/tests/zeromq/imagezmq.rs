// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures: with imagezmq in all roles, and between two of ours.

use bytes::Bytes;
use roundhouse_bus::{FaultKind, Message, Publisher, Received, RefusalReason, Stamp, Subscriber};

use crate::python::Python;
use crate::support::{
    HANG, hurry, message, next, next_message, options, publish, publisher, subscriber, until,
};

/// A JPEG of 5 columns and 4 rows.
const JPEG: &[u8] = include_bytes!("../peers/grey.jpg");

/// The message of a picture of 5 columns and 4 rows: number and value of all pixels are the same.
fn picture(camera: &str, format: &str, number: u8) -> Message {
    let payload = match format {
        // Rows of 15 bytes begin at multiples of four.
        "BGR" => vec![number; 64],
        "GRAY8" => vec![number; 32],
        _ => JPEG.to_vec(),
    };
    let document = format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.image.v1","source":"/hall/bussink/1","id":"1-{number}","subject":"camera/{camera}","time":"2026-03-01T06:00:03Z","data":{{"camera":"{camera}","width":5,"height":4,"format":"{format}"}}}}"#
    );
    let stamp = Stamp {
        sender: "test".to_owned(),
        sequence: u64::from(number),
    };
    Message::new(&document, Bytes::from(payload), stamp).unwrap()
}

/// The pictures with these numbers.
fn pictures(format: &str, numbers: std::ops::RangeInclusive<u8>) -> Vec<Message> {
    numbers
        .map(|number| picture("cam-é1", format, number))
        .collect()
}

/// Format and value of a picture of imagezmq, and whether it is as it should be.
fn seen(message: &Message) -> (String, u8) {
    let event: serde_json::Value = serde_json::from_slice(&message.event).unwrap();
    let data = &event["data"];
    assert_eq!(data["camera"], "cam-é1");
    assert_eq!((&data["width"], &data["height"]), (&5.into(), &4.into()));
    let format = data["format"].as_str().unwrap().to_owned();
    let value = match format.as_str() {
        "BGR" | "GRAY8" => {
            let value = message.payload[0];
            let channels = if format == "BGR" { 3 } else { 1 };
            assert_eq!(message.payload, vec![value; 20 * channels]);
            value
        }
        _ => 0,
    };
    (format, value)
}

#[test]
fn a_hub_of_imagezmq_takes_our_requests() {
    for (format, encoding, shape) in [
        ("BGR", "raw", "4x5x3"),
        ("GRAY8", "raw", "4x5"),
        ("jpeg", "jpeg", "4x5"),
    ] {
        let hub = Python::start("imagezmq_hub.py", &["rep", "tcp://127.0.0.1:*", encoding]);
        let address = format!("imagezmq+req://127.0.0.1:{}", hub.line());
        let mut sender = publisher(&address, &options()).unwrap();
        publish(&mut sender, &pictures(format, 1..=5));
        for number in 1..=5 {
            let value = if format == "jpeg" { 128 } else { number };
            let expected = format!(r"'cam-\xe91' {shape} {value} {value}");
            assert_eq!(hub.line(), expected);
        }
    }
}

#[test]
fn a_hub_of_imagezmq_subscribes_to_our_cameras_by_name() {
    for (format, encoding, shape) in [
        ("BGR", "raw", "4x5x3"),
        ("GRAY8", "raw", "4x5"),
        ("jpeg", "jpeg", "4x5"),
    ] {
        let mut sender = publisher("imagezmq+pub://127.0.0.1:0", &options()).unwrap();
        let address = format!("tcp://{}", sender.bound().unwrap());
        let hub = Python::start("imagezmq_hub.py", &["sub", &address, encoding, "C1"]);
        until("the subscription arrives", || {
            publish(
                &mut sender,
                &[picture("C1", format, 1), picture("C2", format, 2)],
            );
            hub.line_now().is_some()
        });
        publish(
            &mut sender,
            &[picture("C2", format, 3), picture("C1", format, 4)],
        );
        let first = if format == "jpeg" { 128 } else { 1 };
        let last = if format == "jpeg" { 128 } else { 4 };
        let line = |value: u8| format!("'C1' {shape} {value} {value}");
        let mut got = hub.line();
        while got != line(last) {
            assert_eq!(got, line(first));
            got = hub.line();
        }
    }
}

#[test]
fn we_answer_requests_of_imagezmq() {
    for (encoding, format) in [("raw", "BGR"), ("grey", "GRAY8"), ("jpeg", "jpeg")] {
        let mut hub = subscriber("imagezmq+rep://127.0.0.1:0", &options()).unwrap();
        let address = format!("tcp://{}", hub.bound().unwrap());
        let sender = Python::start("imagezmq_sender.py", &["req", &address, encoding, "3"]);
        for number in 1..=3 {
            let got = next_message(&mut hub);
            let value = if format == "jpeg" { 0 } else { number };
            assert_eq!(seen(&got), (format.to_owned(), value));
            hub.acknowledge().unwrap();
            assert_eq!(sender.line(), number.to_string());
        }
        assert_eq!(sender.line(), "done");
    }
}

#[test]
fn we_subscribe_to_imagezmq() {
    for (encoding, format) in [("raw", "BGR"), ("grey", "GRAY8"), ("jpeg", "jpeg")] {
        let mut sender = Python::start(
            "imagezmq_sender.py",
            &["pub", "tcp://127.0.0.1:*", encoding, "3"],
        );
        let address = format!("imagezmq+sub://127.0.0.1:{}", sender.line());
        let mut hub = subscriber(&address, &options()).unwrap();
        assert_eq!(seen(&next_message(&mut hub)), (format.to_owned(), 0));
        sender.tell();
        assert_eq!(sender.line(), "done");
        if format == "jpeg" {
            continue;
        }
        let mut got = 0;
        while got == 0 {
            got = seen(&next_message(&mut hub)).1;
        }
        let rest = [(); 2].map(|()| seen(&next_message(&mut hub)).1);
        assert_eq!((got, rest), (1, [2, 3]));
    }
}

#[test]
fn what_imagezmq_sends_is_refused_and_answered_if_it_is_no_picture() {
    // An empty picture.
    let mut hub = subscriber("imagezmq+rep://127.0.0.1:0", &options()).unwrap();
    let address = format!("imagezmq+req://{}", hub.bound().unwrap());
    let event = picture("C1", "jpeg", 1);
    let none = Message {
        payload: Bytes::new(),
        ..event
    };
    let mut sender = publisher(&address, &options()).unwrap();
    let asking = std::thread::spawn(move || {
        publish(&mut sender, &[none]);
        publish(&mut sender, &[picture("C1", "jpeg", 2)]);
    });
    match next(&mut hub) {
        Received::Refused(refusal) => assert_eq!(refusal.reason, RefusalReason::BadPicture),
        other => panic!("{other:?}"),
    }
    // It was answered at once, so that the next one could come.
    assert_eq!(next_message(&mut hub), picture("C1", "jpeg", 2));
    hub.acknowledge().unwrap();
    asking.join().unwrap();
}

#[test]
fn between_two_of_ours_the_event_stays() {
    for format in ["BGR", "GRAY8", "jpeg"] {
        let mut hub = subscriber("imagezmq+rep://127.0.0.1:0", &options()).unwrap();
        let address = format!("imagezmq+req://{}", hub.bound().unwrap());
        let mut sender = publisher(&address, &options()).unwrap();
        let sent = picture("C1", format, 7);
        let asked = sent.clone();
        let asking = std::thread::spawn(move || publish(&mut sender, &[asked]));
        let got = next_message(&mut hub);
        hub.acknowledge().unwrap();
        asking.join().unwrap();
        assert_eq!(
            (got.envelope, got.stamp, got.event),
            (sent.envelope, sent.stamp, sent.event)
        );
        assert_eq!(got.payload.len(), sent.payload.len());
    }
}

#[test]
fn what_is_no_picture_is_not_sent() {
    let mut sender = publisher("imagezmq+pub://127.0.0.1:0", &options()).unwrap();
    let batch = [
        message(1, "prod", 0),
        picture("C1", "NV12", 2),
        picture("C1", "BGR", 3),
    ];
    let published = sender.publish(&batch);
    let refused: Vec<_> = published
        .refused
        .iter()
        .map(|(place, refusal)| (*place, refusal.reason))
        .collect();
    let bad = RefusalReason::BadPicture;
    assert_eq!((published.settled, refused), (3, vec![(0, bad), (1, bad)]));
}

#[test]
fn a_hub_that_is_killed_costs_what_was_under_way() {
    let mut hub = Python::start("imagezmq_hub.py", &["rep", "tcp://127.0.0.1:*", "raw"]);
    let port = hub.line();
    let address = format!("imagezmq+req://127.0.0.1:{port}");
    let mut sender = publisher(&address, &options()).unwrap();
    publish(&mut sender, &pictures("BGR", 1..=3));
    hub.kill();
    let published = sender.publish(&pictures("BGR", 4..=6));
    assert_eq!(published.settled, 0);
    assert!(published.fault.is_some());
    let hub = Python::start(
        "imagezmq_hub.py",
        &["rep", &format!("tcp://127.0.0.1:{port}"), "raw"],
    );
    assert_eq!(hub.line(), port);
    let mut sender = publisher(&address, &options()).unwrap();
    publish(&mut sender, &pictures("BGR", 4..=6));
    for number in 4..=6 {
        assert_eq!(hub.line(), format!(r"'cam-\xe91' 4x5x3 {number} {number}"));
    }
}

#[test]
fn a_hub_that_never_answers_is_a_fault() {
    let hub = subscriber("imagezmq+rep://127.0.0.1:0", &options()).unwrap();
    let address = format!("imagezmq+req://{}", hub.bound().unwrap());
    let mut sender = publisher(&address, &hurry()).unwrap();
    let published = sender.publish(&pictures("jpeg", 1..=2));
    assert_eq!(published.settled, 0);
    assert_eq!(published.fault.unwrap().kind, FaultKind::Silent);
}

#[test]
fn cameras_of_imagezmq_survive_our_hub() {
    let mut hub = subscriber("imagezmq+rep://127.0.0.1:0", &options()).unwrap();
    let bound = hub.bound().unwrap();
    let sender = Python::start(
        "imagezmq_sender.py",
        &["req", &format!("tcp://{bound}"), "raw", "6"],
    );
    for number in 1..=2 {
        assert_eq!(seen(&next_message(&mut hub)).1, number);
        hub.acknowledge().unwrap();
        assert_eq!(sender.line(), number.to_string());
    }
    // The third is under way when the hub ends.
    assert_eq!(seen(&next_message(&mut hub)).1, 3);
    drop(hub);
    let mut hub = subscriber(&format!("imagezmq+rep://{bound}"), &options()).unwrap();
    let mut last = 0;
    while last < 6 {
        match hub.receive(HANG).unwrap() {
            Received::Message(message) => last = seen(&message).1,
            other => panic!("{other:?}"),
        }
        hub.acknowledge().unwrap();
    }
    assert_eq!(
        [(); 5].map(|()| sender.line()),
        ["3", "4", "5", "6", "done"]
    );
}
