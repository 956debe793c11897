// SPDX-License-Identifier: MIT OR Apache-2.0
//! By a request to a web server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use roundhouse_alerts::{Outcome, Senders};
use serde_json::Value;

use super::{notice, target};

/// A guard against hanging, nothing that decides.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that gives these answers, one after the other and the last one for ever, and tells of each request.
fn server(answers: &'static [&'static str]) -> (SocketAddr, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    thread::spawn(move || {
        let last = answers.last().copied();
        let mut answers = answers
            .iter()
            .copied()
            .chain(std::iter::repeat_with(|| last.unwrap()));
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let line = line.trim_end().to_ascii_lowercase();
                if line.is_empty() {
                    break;
                }
                if let Some(number) = line.strip_prefix("content-length: ") {
                    length = number.parse().unwrap();
                }
                head.push_str(&line);
                head.push('\n');
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = answers.next().unwrap();
            write!(
                stream,
                "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
            if tell
                .send((head, serde_json::from_slice(&body).unwrap()))
                .is_err()
            {
                return;
            }
        }
    });
    (address, told)
}

#[test]
fn a_web_server_gets_the_alert_as_json() {
    let (address, told) = server(&["204 No Content"]);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "roundhouse:t0ken\n").unwrap();
    let target = target(&format!(
        "[[webhook]]\nname = 'chat'\nurl = 'http://{address}/hooks/abc'\ncredentials = 'file:{}'",
        token.display()
    ));
    assert_eq!(target.tell(&notice("hall")), Outcome::Delivered);
    let (head, body) = told.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("post /hooks/abc http/1.1\n"), "{head}");
    assert!(
        head.contains("content-type: application/json\n")
            && head.contains("authorization: bearer t0ken\n"),
        "{head}"
    );
    assert_eq!(body["status"], "test");
    assert_eq!(
        body["text"],
        "hall · this is a test of alerts by Roundhouse; nothing is wrong"
    );
    assert_eq!(body["alert"]["raised"], "2026-03-01T12:00:00Z");
    assert_eq!(body["alert"]["recovered"], Value::Null);
}

#[test]
fn an_address_that_is_a_secret_is_read_from_a_file_and_not_told() {
    let (address, told) = server(&[
        "400 Bad Request",
        "404 Not Found",
        "503 Service Unavailable",
    ]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    std::fs::write(&file, format!("http://{address}/secret?key=secret\n")).unwrap();
    let target = target(&format!(
        "[[webhook]]\nname = 'chat'\nurl = 'file:{}'",
        file.display()
    ));
    let said = [(); 3].map(|()| target.tell(&notice("hall")));
    assert_eq!(
        told.recv_timeout(PATIENCE).unwrap().0.lines().next(),
        Some("post /secret?key=secret http/1.1")
    );
    let place = format!("webhook 'chat': http://{address}: answered");
    assert_eq!(
        said[0],
        Outcome::Refused(format!(
            "{place} '400 Bad Request'; it takes no such message"
        ))
    );
    assert_eq!(
        said[1],
        Outcome::Later(format!(
            "{place} '404 Not Found'; check the path of the address"
        ))
    );
    assert_eq!(
        said[2],
        Outcome::Later(format!("{place} '503 Service Unavailable'"))
    );
}

#[test]
fn nobody_there_is_said_without_the_path() {
    let target = target("[[webhook]]\nname = 'chat'\nurl = 'http://127.0.0.1:1/secret'");
    let Outcome::Later(sentence) = target.tell(&notice("hall")) else {
        panic!("it was taken");
    };
    assert!(
        sentence.starts_with("webhook 'chat': http://127.0.0.1:1: ")
            && !sentence.contains("secret"),
        "{sentence}"
    );
}

#[test]
fn what_a_server_does_not_take_now_is_sent_again_in_order() {
    let (address, told) = server(&["503 Service Unavailable", "429 Too Many Requests", "200 OK"]);
    let senders = Senders::start(
        vec![target(&format!(
            "[[webhook]]\nname = 'chat'\nurl = 'http://{address}/'"
        ))],
        |_| {},
    );
    senders.send(vec![notice("first"), notice("second")]);
    let facilities: Vec<String> = (0..4)
        .map(|_| {
            told.recv_timeout(PATIENCE).unwrap().1["alert"]["facility"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(facilities, ["first", "first", "first", "second"]);
    let delivery = loop {
        let delivery = senders.deliveries().remove(0);
        if delivery.waiting == 0 {
            break delivery;
        }
        thread::yield_now();
    };
    assert_eq!(
        (
            delivery.counters.delivered,
            delivery.counters.failed_attempts,
            delivery.error
        ),
        (2, 2, None)
    );
}

#[test]
fn what_waits_is_bounded_and_what_is_lost_is_counted() {
    let senders = Senders::start(
        vec![target(
            "[[webhook]]\nname = 'chat'\nurl = 'http://127.0.0.1:1/'",
        )],
        |_| {},
    );
    senders.send((0..300).map(|number| notice(&number.to_string())).collect());
    let delivery = senders.deliveries().remove(0);
    assert_eq!(
        (delivery.waiting, delivery.counters.lost_overflow),
        (256, 44)
    );
}

#[test]
fn a_message_goes_to_those_whom_it_is_for() {
    let (address, told) = server(&["200 OK"]);
    let (other, others) = server(&["200 OK"]);
    let targets = [("a", address), ("b", other)].map(|(name, address)| {
        target(&format!(
            "[[webhook]]\nname = '{name}'\nurl = 'http://{address}/'"
        ))
    });
    let senders = Senders::start(targets.to_vec(), |_| {});
    let mut first = notice("first");
    first.send = vec!["a".to_owned()];
    senders.send(vec![first, notice("both")]);
    let facility = |told: &Receiver<(String, Value)>| {
        told.recv_timeout(PATIENCE).unwrap().1["alert"]["facility"].clone()
    };
    assert_eq!(
        (facility(&told), facility(&told), facility(&others)),
        ("first".into(), "both".into(), "both".into())
    );
}
