// SPDX-License-Identifier: MIT OR Apache-2.0
//! A server that takes events over HTTP, as the other end of a run.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use roundhouse_bus::{Connector, Fault, FaultKind, Message, Received, Subscriber};

/// What comes by a connection.
enum Item {
    /// An event.
    Event(Box<Message>),
    /// All events of a request have come: it is to be answered when they are done with.
    End(Sender<()>),
}

/// Starts a server at a port; what it takes.
pub fn server(port: u16) -> Connector<Box<dyn Subscriber>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for client in listener.incoming() {
            let sender = sender.clone();
            thread::spawn(move || take(&client.unwrap(), &sender));
        }
    });
    let mut receiver = Some(receiver);
    Connector::new(move || match receiver.take() {
        Some(items) => {
            let subscriber: Box<dyn Subscriber> = Box::new(Taken {
                items,
                unanswered: Vec::new(),
                is_open: false,
            });
            Ok(subscriber)
        }
        None => Err(ended()),
    })
}

/// The fault of a server that has ended.
fn ended() -> Fault {
    Fault::new(FaultKind::Lost, "the server has ended")
}

/// Takes the events of one connection; each request is answered when they are done with.
fn take(client: &TcpStream, sender: &Sender<Item>) -> io::Result<()> {
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
        let give = |item| sender.send(item).map_err(|_| ErrorKind::BrokenPipe);
        for event in events {
            let event = Bytes::from(event.get().to_owned());
            let message = Message::read(event, Bytes::new()).unwrap();
            give(Item::Event(Box::new(message)))?;
        }
        let (done, is_done) = channel();
        give(Item::End(done))?;
        is_done.recv().map_err(|_| ErrorKind::BrokenPipe)?;
        write!(writer, "HTTP/1.1 204 X\r\ncontent-length: 0\r\n\r\n")?;
    }
}

/// What the server took.
struct Taken {
    items: Receiver<Item>,
    /// Requests whose events were all received.
    unanswered: Vec<Sender<()>>,
    /// Whether events were received that are not done with.
    is_open: bool,
}

impl Subscriber for Taken {
    fn receive(&mut self, wait: Duration) -> Result<Received, Fault> {
        match self.items.recv_timeout(wait) {
            Ok(Item::Event(message)) => {
                self.is_open = true;
                Ok(Received::Message(*message))
            }
            Ok(Item::End(done)) => {
                self.unanswered.push(done);
                if !self.is_open {
                    self.acknowledge()?;
                }
                Ok(Received::Nothing)
            }
            Err(RecvTimeoutError::Timeout) => Ok(Received::Nothing),
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        self.is_open = false;
        for done in self.unanswered.drain(..) {
            // Who asked may have gone.
            let _ = done.send(());
        }
        Ok(())
    }
}
