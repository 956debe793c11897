// SPDX-License-Identifier: MIT OR Apache-2.0
//! Peers that are old, slow, greedy or none at all.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use roundhouse_bus::zmtp::{Command, Encoded, Greeting};
use roundhouse_bus::{Options, Publisher, Received, RefusalReason, Subscriber};

use crate::support::{
    HANG, messages, next, numbers, options, publish, publisher, pushing, subscriber, until,
};

/// What a peer with this socket says first; `minor` is that of its version.
fn introduction(socket_type: &str, minor: u8) -> Vec<u8> {
    let mut greeting = Greeting::ours();
    greeting[11] = minor;
    let ready = Command::Ready {
        socket_type: socket_type.to_owned(),
    };
    [&greeting[..], &Encoded::command(&ready).pieces().concat()].concat()
}

/// A connection on which a peer has introduced itself, and has read what we said of ourselves, `ours`.
fn connected(at: SocketAddr, socket_type: &str, minor: u8, ours: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.write_all(&introduction(socket_type, minor)).unwrap();
    let mut expected = introduction(ours, 1);
    stream.read_exact(&mut expected).unwrap();
    assert_eq!(expected, introduction(ours, 1));
    stream
}

#[test]
fn an_old_peer_subscribes_by_a_message() {
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &options()).unwrap();
    let mut old = connected(publishing.bound().unwrap(), "SUB", 0, "PUB");
    old.write_all(b"\x00\x01\x01\x00\x07\x01depot.\x00\x01\x00")
        .unwrap();
    old.set_nonblocking(true).unwrap();
    let mut begin = [0; 2];
    until("the subscription arrives", || {
        publish(&mut publishing, &messages(1..2, 0));
        old.read(&mut begin).is_ok()
    });
    assert_eq!(begin, [1, b"depot.hall.prod.tick.hall".len() as u8]);
}

#[test]
fn we_subscribe_at_an_old_peer_by_a_message() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("zmq+sub://{}", server.local_addr().unwrap());
    let old = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        stream.write_all(&introduction("PUB", 0)).unwrap();
        let mut got = [introduction("SUB", 1), vec![0; 9]].concat();
        stream.read_exact(&mut got).unwrap();
        (stream, got)
    });
    let _sub = subscriber(&address, &options()).unwrap();
    let (_stream, got) = old.join().unwrap();
    assert!(got.ends_with(b"\x00\x07\x01depot."), "{got:?}");
}

#[test]
fn pings_are_answered_with_their_context() {
    let pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &options()).unwrap();
    let mut peer = connected(pull.bound().unwrap(), "PUSH", 0, "PULL");
    peer.write_all(b"\x04\x0a\x04PING\0\x0aabc").unwrap();
    let mut pong = [0; 10];
    peer.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x04\x08\x04PONGabc");
}

/// Who asks for a receipt is answered when what came before is done with.
#[test]
fn receipts_are_given_when_messages_are_done_with() {
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &options()).unwrap();
    let mut peer = connected(pull.bound().unwrap(), "PUSH", 1, "PULL");
    let question = Command::Ping("receipt 00000001".into());
    let parts = ["topic".into(), messages(1..2, 0)[0].event.clone()];
    for sent in [Encoded::message(&parts), Encoded::command(&question)] {
        peer.write_all(&sent.pieces().concat()).unwrap();
    }
    let plain = Command::Ping("at once".into());
    let plain = Encoded::command(&plain).pieces().concat();
    peer.write_all(&plain).unwrap();
    let mut pong = [0; 14];
    peer.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x04\x0c\x04PONGat once");
    assert_eq!(numbers(&mut pull, 1), [1]);
    let nothing = pull.receive(Duration::ZERO).unwrap();
    assert!(matches!(nothing, Received::Nothing), "{nothing:?}");
    peer.write_all(&plain).unwrap();
    peer.read_exact(&mut pong).unwrap();
    assert_eq!(&pong, b"\x04\x0c\x04PONGat once", "no receipt yet");
    pull.acknowledge().unwrap();
    let mut receipt = [0; 23];
    peer.read_exact(&mut receipt).unwrap();
    assert_eq!(&receipt, b"\x04\x15\x04PONGreceipt 00000001");
}

#[test]
fn strangers_do_not_disturb_those_who_belong() {
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &options()).unwrap();
    let at = pull.bound().unwrap();
    let mut seed = 1_u64;
    let strangers: Vec<TcpStream> = (0..30)
        .map(|number| {
            let mut stream = TcpStream::connect(at).unwrap();
            let mut noise = if number % 2 == 0 {
                introduction("PUSH", 1)
            } else {
                Vec::new()
            };
            noise.extend((0..500).map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 40) as u8
            }));
            stream.write_all(&noise).unwrap();
            stream
        })
        .collect();
    let push = publisher(&format!("zmq+push://{at}?connect=1"), &options()).unwrap();
    let sending = pushing(push, messages(1..4, 100));
    let mut got = Vec::new();
    while got.len() < 3 {
        // Noise may be a message, but none that is taken.
        if let Received::Message(message) = next(&mut pull) {
            got.push(message);
        }
    }
    assert_eq!(got, messages(1..4, 100));
    until("what was pushed is settled", || {
        pull.acknowledge().unwrap();
        let _ = pull.receive(Duration::ZERO).unwrap();
        sending.is_finished()
    });
    drop(strangers);
}

#[test]
fn a_promise_of_endless_bytes_is_refused_when_it_is_kept() {
    let small = Options {
        largest: 1_000,
        ..options()
    };
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &small).unwrap();
    let at = pull.bound().unwrap();
    let mut endless = connected(at, "PUSH", 1, "PULL");
    endless
        .write_all(b"\x02\x7f\xff\xff\xff\xff\xff\xff\xff")
        .unwrap();
    let mut large = connected(at, "PUSH", 1, "PULL");
    let too_large = Encoded::message(&[vec![0; 200_000].into()])
        .pieces()
        .concat();
    large.write_all(&too_large).unwrap();
    match next(&mut pull) {
        Received::Refused(refusal) => assert_eq!(refusal.reason, RefusalReason::TooLarge),
        other => panic!("{other:?}"),
    }
    let good = Encoded::message(&["topic".into(), messages(1..2, 0)[0].event.clone()]);
    large.write_all(&good.pieces().concat()).unwrap();
    assert_eq!(numbers(&mut pull, 1), [1]);
}

#[test]
fn a_subscriber_that_is_greedy_is_cut_off() {
    let publishing = publisher("zmq+pub://127.0.0.1:0", &options()).unwrap();
    let mut greedy = connected(publishing.bound().unwrap(), "SUB", 1, "PUB");
    let subscription = |number: u32| {
        let topic = number.to_string().into();
        Encoded::command(&Command::Subscribe(topic))
            .pieces()
            .concat()
    };
    let all: Vec<u8> = (0..2_000).flat_map(subscription).collect();
    greedy.set_read_timeout(Some(HANG)).unwrap();
    // It is cut off while it writes or after.
    let _ = greedy.write_all(&all);
    let end = greedy.read(&mut [0; 64]);
    assert!(
        matches!(end, Ok(0))
            || end.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock)
    );
}

#[test]
fn who_does_not_introduce_himself_is_cut_off() {
    let hurry = Options {
        patience: Duration::from_millis(200),
        ..options()
    };
    let pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &hurry).unwrap();
    let mut slow = TcpStream::connect(pull.bound().unwrap()).unwrap();
    slow.write_all(&introduction("PUSH", 1)[..40]).unwrap();
    slow.set_read_timeout(Some(HANG)).unwrap();
    let mut said = Vec::new();
    slow.read_to_end(&mut said).unwrap();
    assert_eq!(said[..64], Greeting::ours());
}

#[test]
fn a_subscriber_that_takes_nothing_does_not_hold_up_the_others_for_ever() {
    let narrow = Options {
        patience: Duration::from_secs(2),
        queue: 4,
        ..options()
    };
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &narrow).unwrap();
    let at = publishing.bound().unwrap();
    let mut stalled = connected(at, "SUB", 0, "PUB");
    stalled.write_all(b"\x00\x07\x01depot.").unwrap();
    stalled.set_nonblocking(true).unwrap();
    let mut good = subscriber(&format!("zmq+sub://{at}"), &options()).unwrap();
    until("both subscriptions arrive", || {
        publish(&mut publishing, &messages(0..1, 0));
        stalled.peek(&mut [0]).is_ok()
            && !matches!(good.receive(Duration::ZERO), Ok(Received::Nothing))
    });
    publish(&mut publishing, &messages(500..501, 0));
    while numbers(&mut good, 1) != [500] {}
    let sending = std::thread::spawn(move || {
        let published = publishing.publish(&messages(0..100, 1_000_000));
        until("the stalled one is cut off", || publishing.peers() == 1);
        published.dropped + publishing.publish(&[]).dropped
    });
    assert!(numbers(&mut good, 100).into_iter().eq(0..100));
    assert!(sending.join().unwrap() > 0);
}

#[test]
fn what_waits_is_sent_before_the_publisher_ends() {
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &options()).unwrap();
    let at = publishing.bound().unwrap();
    let mut sub = subscriber(&format!("zmq+sub://{at}"), &options()).unwrap();
    until("the subscription arrives", || {
        publish(&mut publishing, &messages(0..1, 0));
        !matches!(sub.receive(Duration::ZERO), Ok(Received::Nothing))
    });
    publish(&mut publishing, &messages(1..61, 300_000));
    let ending = std::thread::spawn(move || drop(publishing));
    let mut got = vec![0];
    while got.last() != Some(&60) {
        got.extend(numbers(&mut sub, 1));
    }
    got.retain(|number| *number > 0);
    assert!(got.into_iter().eq(1..61));
    ending.join().unwrap();
}

#[test]
fn a_hub_refuses_by_reason_answers_and_goes_on() {
    let small = Options {
        largest: 10_000,
        ..options()
    };
    let mut hub = subscriber("imagezmq+rep://127.0.0.1:0", &small).unwrap();
    let mut camera = connected(hub.bound().unwrap(), "REQ", 1, "REP");
    let good = r#"{"msg": "C1", "dtype": "uint8", "shape": [1, 2]}"#;
    let large = "x".repeat(100_000);
    for (parts, reason) in [
        (&[good, "ab", "a third part"][..], RefusalReason::WrongParts),
        (&[good], RefusalReason::WrongParts),
        (
            &[r#"{"dtype": "uint8", "shape": [1, 2]}"#, "ab"],
            RefusalReason::NoEvent,
        ),
        (&["no JSON", "ab"], RefusalReason::NoEvent),
        (&[good, "a"], RefusalReason::BadPicture),
        (&[good, &large], RefusalReason::TooLarge),
    ] {
        let request = std::iter::once("").chain(parts.iter().copied());
        let request: Vec<_> = request.map(|part| part.to_owned().into()).collect();
        camera
            .write_all(&Encoded::message(&request).pieces().concat())
            .unwrap();
        match next(&mut hub) {
            Received::Refused(refusal) => assert_eq!(refusal.reason, reason, "{refusal}"),
            other => panic!("{other:?} instead of {reason:?}"),
        }
        let mut answer = [0; 6];
        camera.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"\x01\x00\x00\x02OK");
    }
    let request = ["", good, "ab"].map(bytes::Bytes::from);
    camera
        .write_all(&Encoded::message(&request).pieces().concat())
        .unwrap();
    assert!(matches!(next(&mut hub), Received::Message(_)));
}
