// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that takes events over HTTP, as the other end of a run.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use roundhouse_bus::{Connector, Fault, FaultKind, Message, Received, Subscriber};

/// Starts a server; where it listens, and what it takes.
pub fn server() -> (SocketAddr, Connector<Box<dyn Subscriber>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for client in listener.incoming() {
            let sender = sender.clone();
            thread::spawn(move || take(&client.unwrap(), &sender));
        }
    });
    let mut receiver = Some(receiver);
    let connector = Connector::new(move || match receiver.take() {
        Some(receiver) => {
            let subscriber: Box<dyn Subscriber> = Box::new(Taken(receiver));
            Ok(subscriber)
        }
        None => Err(Fault::new(FaultKind::Lost, "the server has ended")),
    });
    (address, connector)
}

/// Takes the events of one connection; each request is answered when its events are kept.
fn take(client: &TcpStream, sender: &Sender<Message>) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut writer = client;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let head = head.to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap_or("0\r\n");
        let length = length.split("\r\n").next().unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap_or(0)];
        reader.read_exact(&mut body)?;
        let events: Vec<Box<serde_json::value::RawValue>> =
            serde_json::from_slice(&body).map_err(|_| ErrorKind::InvalidData)?;
        for event in events {
            let event = Bytes::from(event.get().to_owned());
            let message = Message::read(event, Bytes::new());
            sender
                .send(message.unwrap())
                .map_err(|_| ErrorKind::BrokenPipe)?;
        }
        write!(writer, "HTTP/1.1 204 X\r\ncontent-length: 0\r\n\r\n")?;
    }
}

/// What the server took.
struct Taken(Receiver<Message>);

impl Subscriber for Taken {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        match self.0.recv_timeout(wait) {
            Ok(message) => Ok(Received::Message(message)),
            Err(RecvTimeoutError::Timeout) => Ok(Received::Nothing),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Fault::new(FaultKind::Lost, "the server has ended"))
            }
        }
    }
}
