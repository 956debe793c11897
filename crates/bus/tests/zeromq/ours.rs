// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sockets of ours with sockets of ours.

use std::time::Duration;

use roundhouse_bus::{FaultKind, Kind, Options, Publisher, Received, RefusalReason, Subscriber};

use crate::support::*;

/// The address of a peer that connects to this port.
fn at(scheme: &str, bound: Option<std::net::SocketAddr>) -> String {
    format!("zmq+{scheme}://{}?connect=1", bound.unwrap())
}

/// Publishes messages until one has arrived, so that the subscription is known to have, and takes in what else is under way.
fn subscribed(publisher: &mut dyn Publisher, subscriber: &mut dyn Subscriber) {
    until("the subscription arrives", || {
        publish(publisher, &[message(9_000, "prod", 0)]);
        matches!(
            subscriber.receive(Duration::from_millis(20)),
            Ok(Received::Message(_))
        )
    });
    publish(publisher, &[message(9_001, "prod", 0)]);
    while number(&next_message(subscriber)) != 9_001 {}
}

#[test]
fn pushed_messages_arrive_in_order() {
    for payload in [0, 1_000, 100_000] {
        let mut push = publisher("zmq+push://127.0.0.1:0", &options()).unwrap();
        let mut pull = subscriber(&at("pull", push.bound()), &options()).unwrap();
        let sent = messages(1..301, payload);
        let sending = std::thread::spawn(move || {
            publish(&mut push, &sent[..150]);
            publish(&mut push, &sent[150..]);
            push
        });
        assert!(
            gather(&mut pull, 300) == messages(1..301, payload),
            "{payload}"
        );
        settled(sending, &mut [&mut pull]);
    }
}

#[test]
fn either_side_may_bind() {
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &options()).unwrap();
    let push = publisher(&at("push", pull.bound()), &options()).unwrap();
    let sending = pushing(push, messages(1..3, 10));
    assert_eq!(numbers(&mut pull, 2), [1, 2]);
    settled(sending, &mut [&mut pull]);
    let mut sub = subscriber("zmq+sub://127.0.0.1:0?bind=1", &options()).unwrap();
    let mut publishing = publisher(&at("pub", sub.bound()), &options()).unwrap();
    subscribed(&mut publishing, &mut sub);
    let mut req = publisher("zmq+req://127.0.0.1:0?bind=1", &options()).unwrap();
    let mut rep = subscriber(&at("rep", req.bound()), &options()).unwrap();
    let asking = std::thread::spawn(move || publish(&mut req, &messages(1..3, 10)));
    assert_eq!(numbers(&mut rep, 2), [1, 2]);
    rep.acknowledge().unwrap();
    asking.join().unwrap();
}

#[test]
fn what_is_pushed_goes_to_the_peers_in_turn() {
    let push = publisher("zmq+push://127.0.0.1:0", &options()).unwrap();
    let mut one = subscriber(&at("pull", push.bound()), &options()).unwrap();
    let mut other = subscriber(&at("pull", push.bound()), &options()).unwrap();
    until("both are there", || push.peers() == 2);
    let sending = pushing(push, messages(1..7, 10));
    let mut got = [numbers(&mut one, 3), numbers(&mut other, 3)];
    settled(sending, &mut [&mut one, &mut other]);
    got.sort();
    assert_eq!(got, [[1, 3, 5], [2, 4, 6]]);
}

#[test]
fn a_push_waits_for_a_peer_and_then_says_that_there_is_none() {
    let hurry = Options {
        patience: Duration::from_millis(200),
        ..options()
    };
    let mut push = publisher("zmq+push://127.0.0.1:0", &hurry).unwrap();
    let published = push.publish(&messages(1..3, 10));
    assert_eq!(published.settled, 0);
    let fault = published.fault.unwrap();
    assert_eq!(fault.kind, FaultKind::Silent);
    assert!(
        fault
            .to_string()
            .starts_with("zmq+push://127.0.0.1:0: no peer connected"),
        "{fault}"
    );
    let bound = push.bound();
    drop(push);
    // The port is free again, and this time somebody comes.
    let address = format!("zmq+push://{}", bound.unwrap());
    let push = publisher(&address, &options()).unwrap();
    let waiting = pushing(push, messages(1..3, 10));
    let mut pull = subscriber(&at("pull", bound), &options()).unwrap();
    assert_eq!(numbers(&mut pull, 2), [1, 2]);
    settled(waiting, &mut [&mut pull]);
}

#[test]
fn what_a_lost_peer_has_not_dealt_with_goes_to_the_next() {
    let push = publisher("zmq+push://127.0.0.1:0", &options()).unwrap();
    let address = at("pull", push.bound());
    let narrow = Options {
        queue: 4,
        ..options()
    };
    let mut first = subscriber(&address, &narrow).unwrap();
    // More than connections hold.
    let sent = messages(0..200, 200_000);
    let sending = pushing(push, sent.clone());
    assert_eq!(numbers(&mut first, 5), [0, 1, 2, 3, 4]);
    drop(first);
    let mut second = subscriber(&address, &options()).unwrap();
    // Until the first peer is known to be lost, messages go to either, and what went to the first one comes later.
    let mut got = gather(&mut second, 200);
    got.sort_by_key(number);
    assert!(got == sent);
    settled(sending, &mut [&mut second]);
}

#[test]
fn a_live_push_never_waits() {
    let live = Options {
        live: true,
        queue: 4,
        ..options()
    };
    let mut push = publisher("zmq+push://127.0.0.1:0", &live).unwrap();
    let published = push.publish(&messages(0..10, 10));
    assert_eq!((published.settled, published.dropped), (10, 10));
    let mut pull = subscriber(
        &at("pull", push.bound()),
        &Options {
            queue: 1,
            ..options()
        },
    )
    .unwrap();
    until("the peer is there", || push.peers() == 1);
    let mut dropped = 0;
    let mut sent = 0;
    while dropped == 0 {
        let published = push.publish(&messages(sent..sent + 10, 1_000_000));
        assert_eq!(published.settled, 10);
        (dropped, sent) = (published.dropped, sent + 10);
    }
    let mut got = Vec::new();
    while got.last() != Some(&(sent - 1)) {
        got.push(number(&next_message(&mut pull)));
    }
    assert_eq!(got.len() as u64 + dropped, sent);
    assert!(got.is_sorted());
}

#[test]
fn every_subscriber_gets_what_it_wants() {
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &options()).unwrap();
    let address = at("sub", publishing.bound());
    let dev = Options {
        facility: Some("hall".to_owned()),
        flows: vec!["dev".to_owned()],
        ..options()
    };
    let other_hall = Options {
        facility: Some("yard".to_owned()),
        ..options()
    };
    let mut all = subscriber(&address, &options()).unwrap();
    let mut dev = subscriber(&address, &dev).unwrap();
    let mut other_hall = subscriber(&address, &other_hall).unwrap();
    until("all subscriptions arrive", || {
        publish(&mut publishing, &[message(0, "dev", 0)]);
        matches!(
            dev.receive(Duration::from_millis(20)),
            Ok(Received::Message(_))
        )
    });
    subscribed(&mut publishing, &mut all);
    let mixed = [
        message(1, "prod", 5),
        message(2, "dev", 5),
        message(3, "prod", 5),
    ];
    publish(&mut publishing, &mixed);
    assert_eq!(numbers(&mut all, 3), [1, 2, 3]);
    while number(&next_message(&mut dev)) != 2 {}
    let nothing = other_hall.receive(Duration::ZERO).unwrap();
    assert!(matches!(nothing, Received::Nothing), "{nothing:?}");
}

#[test]
fn foreign_flows_are_refused_and_other_kinds_are_not_asked_for() {
    let picky = Options {
        flows: vec!["prod".to_owned()],
        ..options()
    };
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &picky).unwrap();
    let push = publisher(&at("push", pull.bound()), &options()).unwrap();
    let mixed = vec![message(1, "dev", 0), message(2, "prod", 0)];
    let sending = pushing(push, mixed);
    match next(&mut pull) {
        Received::Refused(refusal) => assert_eq!(refusal.reason, RefusalReason::ForeignFlow),
        other => panic!("{other:?}"),
    }
    assert_eq!(numbers(&mut pull, 1), [2]);
    settled(sending, &mut [&mut pull]);
    let images = Options {
        kinds: vec![Kind::Image],
        ..options()
    };
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &images).unwrap();
    let push = publisher(&at("push", pull.bound()), &options()).unwrap();
    let sending = pushing(push, vec![message(1, "prod", 0)]);
    settled(sending, &mut [&mut pull]);
}

#[test]
fn a_live_publisher_keeps_the_newest_and_counts_what_it_drops() {
    // Four messages are few; a thousand of these would be too many bytes.
    for queue in [4, 1000] {
        keeps_the_newest(queue);
    }
}

/// A subscriber that takes nothing for a while, of a publisher that keeps so many messages for it.
fn keeps_the_newest(queue: usize) {
    let live = Options {
        live: true,
        queue,
        ..options()
    };
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &live).unwrap();
    let narrow = Options {
        queue: 1,
        ..options()
    };
    let mut sub = subscriber(&at("sub", publishing.bound()), &narrow).unwrap();
    subscribed(&mut publishing, &mut sub);
    let (mut dropped, mut sent) = (0, 0);
    while dropped < 20 {
        let published = publishing.publish(&messages(sent..sent + 1, 1_000_000));
        assert_eq!(published.settled, 1);
        (dropped, sent) = (dropped + published.dropped, sent + 1);
    }
    let mut got = Vec::new();
    while got.last() != Some(&(sent - 1)) {
        got.push(number(&next_message(&mut sub)));
    }
    assert_eq!(got.len() as u64 + dropped, sent);
    assert!(got.is_sorted());
    assert!(got.len() < 100, "{} MB were kept", got.len());
}

#[test]
fn a_publisher_that_is_not_live_waits_for_its_subscribers() {
    let narrow = Options {
        queue: 4,
        ..options()
    };
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &narrow).unwrap();
    let mut sub = subscriber(&at("sub", publishing.bound()), &narrow).unwrap();
    subscribed(&mut publishing, &mut sub);
    let sending = std::thread::spawn(move || publish(&mut publishing, &messages(0..500, 100_000)));
    assert!(numbers(&mut sub, 500).into_iter().eq(0..500));
    sending.join().unwrap();
}

#[test]
fn a_request_is_settled_when_it_is_acknowledged() {
    let mut rep = subscriber("zmq+rep://127.0.0.1:0", &options()).unwrap();
    let address = at("req", rep.bound());
    let mut hasty = publisher(&address, &hurry()).unwrap();
    let published = hasty.publish(&messages(1..3, 10));
    assert_eq!(published.settled, 0);
    assert_eq!(published.fault.unwrap().kind, FaultKind::Silent);
    drop(hasty);
    // What was not settled is sent again, by another connection, and arrives twice.
    let mut req = publisher(&address, &options()).unwrap();
    let asking = std::thread::spawn(move || publish(&mut req, &messages(1..301, 10)));
    assert_eq!(numbers(&mut rep, 2), [1, 2]);
    let mut got = Vec::new();
    while got.last() != Some(&300) {
        match rep.receive(Duration::from_millis(20)).unwrap() {
            Received::Message(message) => got.push(number(&message)),
            Received::Nothing => rep.acknowledge().unwrap(),
            Received::Refused(refusal) => panic!("{refusal}"),
        }
    }
    rep.acknowledge().unwrap();
    asking.join().unwrap();
    assert!(got.into_iter().eq(1..301));
}

#[test]
fn nothing_is_lost_when_who_answers_is_killed() {
    let mut rep = subscriber("zmq+rep://127.0.0.1:0", &options()).unwrap();
    let bound = rep.bound().unwrap();
    let asking = std::thread::spawn(move || {
        let mut waiting = messages(0..600, 10);
        while !waiting.is_empty() {
            let Ok(mut req) = publisher(&format!("zmq+req://{bound}"), &options()) else {
                continue;
            };
            let published = req.publish(&waiting);
            waiting.drain(..published.settled);
        }
    });
    let mut done = Vec::new();
    for life in 1..=3 {
        let mut received = Vec::new();
        while received.len() < 100 || life == 3 && received.last() != Some(&599) {
            match rep.receive(Duration::from_millis(20)).unwrap() {
                Received::Message(message) => received.push(number(&message)),
                Received::Nothing => {
                    rep.acknowledge().unwrap();
                    done.append(&mut received);
                    if done.last() == Some(&599) {
                        break;
                    }
                }
                Received::Refused(refusal) => panic!("{refusal}"),
            }
        }
        if life < 3 {
            // What it had not acknowledged it has forgotten.
            drop(rep);
            rep = subscriber(&format!("zmq+rep://{bound}"), &options()).unwrap();
        } else {
            rep.acknowledge().unwrap();
            done.append(&mut received);
        }
    }
    asking.join().unwrap();
    done.sort_unstable();
    done.dedup();
    assert!(done.into_iter().eq(0..600));
}

#[test]
fn what_is_too_large_is_refused_on_either_side() {
    let small = Options {
        largest: 2_000,
        ..options()
    };
    let mut pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &small).unwrap();
    let address = at("push", pull.bound());
    let mut careful = publisher(&address, &small).unwrap();
    let careless = publisher(&address, &options()).unwrap();
    let batch = vec![
        message(1, "prod", 5),
        message(2, "prod", 5_000),
        message(3, "prod", 500_000),
        message(4, "prod", 5),
    ];
    let sent = batch.clone();
    let sending = std::thread::spawn(move || careful.publish(&sent));
    assert!(gather(&mut pull, 2) == [batch[0].clone(), batch[3].clone()]);
    until("what was pushed is settled", || {
        pull.acknowledge().unwrap();
        let received = pull.receive(Duration::ZERO).unwrap();
        assert!(matches!(received, Received::Nothing), "{received:?}");
        sending.is_finished()
    });
    let published = sending.join().unwrap();
    let refused: Vec<_> = published
        .refused
        .iter()
        .map(|(place, refusal)| (*place, refusal.reason))
        .collect();
    assert_eq!(
        (published.settled, refused),
        (
            4,
            vec![(1, RefusalReason::TooLarge), (2, RefusalReason::TooLarge)]
        )
    );
    let sending = pushing(careless, batch);
    assert_eq!(numbers(&mut pull, 1), [1]);
    for _ in 0..2 {
        match next(&mut pull) {
            Received::Refused(refusal) => assert_eq!(refusal.reason, RefusalReason::TooLarge),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(numbers(&mut pull, 1), [4]);
    settled(sending, &mut [&mut pull]);
}

#[test]
fn addresses_that_cannot_be_say_what_to_do() {
    let taken = subscriber("zmq+pull://127.0.0.1:0?bind=1", &options()).unwrap();
    let taken = format!("zmq+push://{}", taken.bound().unwrap());
    for (address, remedy) in [
        (taken.as_str(), "choose another port"),
        (
            "zmq+push://me:secret@127.0.0.1:0",
            "take them out of the address",
        ),
        (
            "zmq+push://127.0.0.1:0/topic",
            "nothing may stand behind the port",
        ),
        ("zmq+push://127.0.0.1:0,127.0.0.2:0", "give one"),
        ("zmq+push://127.0.0.1:0?bin=1", "did you mean 'bind'?"),
        ("zmq+pull://127.0.0.1:1", "it does not go in this direction"),
    ] {
        let fault = publisher(address, &options()).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Local, "{fault}");
        let said = fault.to_string();
        assert!(said.contains(remedy) && !said.contains("secret"), "{said}");
    }
}

#[test]
fn a_publisher_that_connects_ends_with_its_peer() {
    let sub = subscriber("zmq+sub://127.0.0.1:0?bind=1", &options()).unwrap();
    let mut publishing = publisher(&at("pub", sub.bound()), &options()).unwrap();
    publish(&mut publishing, &messages(1..2, 10));
    drop(sub);
    until("the end is noticed", || publishing.idle().is_err());
    let published = publishing.publish(&messages(2..4, 10));
    assert_eq!(published.settled, 0);
    assert_eq!(published.fault.unwrap().kind, FaultKind::Lost);
}

#[test]
fn requests_go_to_the_peers_in_turn() {
    let mut req = publisher("zmq+req://127.0.0.1:0?bind=1", &options()).unwrap();
    let address = at("rep", req.bound());
    let mut reps = [(); 2].map(|()| subscriber(&address, &options()).unwrap());
    until("both are there", || req.peers() == 2);
    let asking = std::thread::spawn(move || {
        for number in 1..5 {
            publish(&mut req, &messages(number..number + 1, 10));
        }
        // It ends behind the last look at its peers.
        req
    });
    let mut first = Vec::new();
    let mut got = [Vec::new(), Vec::new()];
    while got[0].len() + got[1].len() < 4 {
        for (rep, got) in reps.iter_mut().zip(&mut got) {
            if let Received::Message(message) = rep.receive(Duration::from_millis(10)).unwrap() {
                got.push(number(&message));
                first.push(number(&message));
                rep.acknowledge().unwrap();
            }
        }
    }
    drop(asking.join().unwrap());
    got.sort();
    assert_eq!((first, got), (vec![1, 2, 3, 4], [vec![1, 3], vec![2, 4]]));
}

#[test]
fn sockets_that_do_not_fit_say_so() {
    let pull = subscriber("zmq+pull://127.0.0.1:0?bind=1", &options()).unwrap();
    let fault = publisher(&at("pub", pull.bound()), &options())
        .err()
        .unwrap();
    assert_eq!(fault.kind, FaultKind::Protocol);
    let expected = "the peer is a PULL socket, and a PUB needs SUB or XSUB";
    assert!(fault.to_string().ends_with(expected), "{fault}");
}

#[test]
fn what_does_not_speak_zeromq_is_told_from_what_does_not_answer() {
    use std::io::Write;
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bound = server.local_addr().ok();
    let answering = std::thread::spawn(move || {
        let (mut http, _) = server.accept().unwrap();
        http.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let silent = server.accept().unwrap();
        (http, silent, server)
    });
    let fault = subscriber(&at("pull", bound), &options()).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Protocol, "{fault}");
    let impatient = Options {
        patience: Duration::from_millis(300),
        ..options()
    };
    let fault = subscriber(&at("pull", bound), &impatient).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Silent, "{fault}");
    drop(answering.join().unwrap());
    let fault = subscriber(&at("pull", bound), &options()).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
}

#[test]
fn a_peer_that_hangs_is_noticed() {
    use roundhouse_bus::zmtp::{Limits, Reader, shake_hands};
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bound = server.local_addr().ok();
    let hanging = std::thread::spawn(move || {
        let (stream, _) = server.accept().unwrap();
        let limits = Limits {
            bytes: 1_000,
            parts: 1,
        };
        let mut reader = Reader::new(stream.try_clone().unwrap(), limits);
        shake_hands(&mut reader, &mut &stream, roundhouse_bus::SocketType::Push).unwrap();
        (stream, server)
    });
    let mut pull = subscriber(&at("pull", bound), &hurry()).unwrap();
    let fault = pull.receive(HANG).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Silent, "{fault}");
    drop(hanging.join().unwrap());
}

#[test]
fn a_link_that_is_idle_stays() {
    let push = publisher("zmq+push://127.0.0.1:0", &hurry()).unwrap();
    let mut pull = subscriber(&at("pull", push.bound()), &hurry()).unwrap();
    let nothing = pull.receive(2 * hurry().patience);
    assert!(matches!(nothing, Ok(Received::Nothing)));
    let sending = pushing(push, messages(1..2, 10));
    assert_eq!(numbers(&mut pull, 1), [1]);
    settled(sending, &mut [&mut pull]);
}

#[test]
fn a_connection_that_ends_is_a_fault_once_everything_is_received() {
    let live = Options {
        live: true,
        ..options()
    };
    let mut push = publisher("zmq+push://127.0.0.1:0", &live).unwrap();
    let mut pull = subscriber(&at("pull", push.bound()), &options()).unwrap();
    until("the peer is there", || push.peers() == 1);
    publish(&mut push, &messages(0..50, 1_000));
    drop(push);
    assert!(numbers(&mut pull, 50).into_iter().eq(0..50));
    let fault = pull.receive(HANG).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Lost, "{fault}");
}
