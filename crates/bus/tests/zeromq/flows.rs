// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ten thousand events of prod and dev, mixed: who asks for one flow gets all of it and nothing of the other.

use std::time::Duration;

use roundhouse_bus::{Message, Options, Received, RefusalReason, Subscriber};

use crate::support::*;

/// So many events.
const COUNT: u64 = 10_000;
/// So many of them are published at once.
const BATCH: usize = 250;

/// The flow of a number: each third event is one of dev.
fn flow(number: u64) -> &'static str {
    if number.is_multiple_of(3) {
        "dev"
    } else {
        "prod"
    }
}

/// The events.
fn mixed() -> Vec<Message> {
    (1..=COUNT)
        .map(|number| message(number, flow(number), 10))
        .collect()
}

/// The numbers of a flow.
fn of(wanted: &str) -> Vec<u64> {
    (1..=COUNT)
        .filter(|number| flow(*number) == wanted)
        .collect()
}

/// Options of one flow.
fn only(flow: &str) -> Options {
    Options {
        flows: vec![flow.to_owned()],
        ..options()
    }
}

/// The numbers of messages, none of which belongs to another flow.
fn numbers_of(messages: &[Message], flow: &str) -> Vec<u64> {
    let foreign = messages
        .iter()
        .filter(|message| message.envelope.flow != flow);
    assert_eq!(foreign.count(), 0, "{flow}");
    messages.iter().map(number).collect()
}

#[test]
fn flows_with_ports_of_their_own_do_not_mix() {
    let flows = ["prod", "dev"].map(|flow| {
        let push = publisher("zmq+push://127.0.0.1:0", &options()).unwrap();
        let address = format!("zmq+pull://{}", push.bound().unwrap());
        let pull = subscriber(&address, &only(flow)).unwrap();
        (flow, push, pull)
    });
    // Whoever sends sorts them by flow, as each flow has a sink of its own.
    let [mut prod, mut dev] = flows.map(|(flow, push, pull)| {
        let sent = mixed()
            .into_iter()
            .filter(|message| message.envelope.flow == flow);
        (flow, pushing(push, sent.collect()), pull)
    });
    for (flow, sending, pull) in [&mut prod, &mut dev] {
        let expected = of(flow);
        let got = gather(pull, expected.len());
        assert!(numbers_of(&got, flow) == expected, "{flow}");
        until("it is settled", || {
            pull.acknowledge().unwrap();
            let nothing = pull.receive(Duration::ZERO).unwrap();
            assert!(matches!(nothing, Received::Nothing), "{nothing:?}");
            sending.is_finished()
        });
    }
}

#[test]
fn who_shares_a_port_with_another_flow_refuses_it() {
    let push = publisher("zmq+push://127.0.0.1:0", &options()).unwrap();
    let address = format!("zmq+pull://{}", push.bound().unwrap());
    let mut pull = subscriber(&address, &only("prod")).unwrap();
    let sending = pushing(push, mixed());
    let (mut got, mut refused) = (Vec::new(), 0);
    until("all arrive", || {
        match pull.receive(Duration::ZERO).unwrap() {
            Received::Message(message) => got.push(message),
            Received::Nothing => pull.acknowledge().unwrap(),
            Received::Refused(refusal) => {
                assert_eq!(refusal.reason, RefusalReason::ForeignFlow);
                refused += 1;
            }
        }
        got.len() + refused == COUNT as usize
    });
    assert!(numbers_of(&got, "prod") == of("prod"));
    settled(sending, &mut [&mut pull]);
}

#[test]
fn subscribers_get_the_flow_that_they_ask_for() {
    let mut publishing = publisher("zmq+pub://127.0.0.1:0", &options()).unwrap();
    let address = format!("zmq+sub://{}", publishing.bound().unwrap());
    // The facility stands before the flow in a topic, so who leaves it open gets all flows, and refuses.
    let mut subs = ["prod", "dev"].map(|flow| {
        let options = Options {
            facility: Some("hall".to_owned()),
            ..only(flow)
        };
        (flow, subscriber(&address, &options).unwrap())
    });
    for (flow, sub) in &mut subs {
        until("the subscription arrives", || {
            publish(&mut publishing, &[message(COUNT + 1, flow, 0)]);
            matches!(sub.receive(Duration::ZERO), Ok(Received::Message(_)))
        });
        publish(&mut publishing, &[message(COUNT + 2, flow, 0)]);
        while number(&next_message(sub)) != COUNT + 2 {}
    }
    let sending = std::thread::spawn(move || {
        for batch in mixed().chunks(BATCH) {
            publish(&mut publishing, batch);
        }
        let ends = ["prod", "dev"].map(|flow| message(COUNT + 3, flow, 0));
        publish(&mut publishing, &ends);
        publishing
    });
    std::thread::scope(|scope| {
        for (flow, sub) in &mut subs {
            scope.spawn(move || {
                let mut got = Vec::new();
                while got.last().is_none_or(|last| number(last) != COUNT + 3) {
                    got.push(next_message(sub));
                }
                got.pop();
                assert!(numbers_of(&got, flow) == of(flow), "{flow}");
            });
        }
    });
    sending.join().unwrap();
}
