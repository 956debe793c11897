// SPDX-License-Identifier: MIT OR Apache-2.0
//! A broker in memory whose connections fail as a script says.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use roundhouse_bus::{
    Connector, Endpoint, Fault, FaultKind, Message, Options, OutboxSettings, Published, Publisher,
    Received, Refusal, RefusalReason, Subscriber,
};

/// No test runs so long unless it hangs.
pub const HANGS: Duration = Duration::from_mins(1);

/// What one attempt comes to.
#[derive(Debug, Clone)]
pub enum Step {
    /// It is as it should be.
    Good,
    /// The peer cannot be reached, or the connection is lost before anything arrives.
    Lost,
    /// Of a batch, so many messages arrive and so many of them are settled before the connection is lost.
    Cut { arrive: usize, settle: usize },
    /// The message at this place of a batch is refused.
    Refuse(usize),
    /// Nothing is there.
    Nothing,
}

/// The broker: what arrived, as often as it did.
#[derive(Default)]
pub struct Broker {
    script: Mutex<VecDeque<Step>>,
    pub log: Mutex<Vec<Message>>,
    /// How many messages of the log need not be delivered again.
    pub acknowledged: Mutex<usize>,
    /// Connections wait here until the gate is open.
    shut: Mutex<bool>,
    opened: Condvar,
}

impl Broker {
    /// A broker whose connections fail so.
    pub fn new(script: impl IntoIterator<Item = Step>) -> Arc<Self> {
        Arc::new(Self {
            script: Mutex::new(script.into_iter().collect()),
            ..Self::default()
        })
    }

    /// Lets nobody connect until [`Self::open`].
    pub fn shut(self: Arc<Self>) -> Arc<Self> {
        *self.shut.lock().unwrap() = true;
        self
    }

    /// Lets everybody connect.
    pub fn open(&self) {
        *self.shut.lock().unwrap() = false;
        self.opened.notify_all();
    }

    /// The next step of the script.
    fn step(&self) -> Step {
        let step = self.script.lock().unwrap().pop_front();
        step.unwrap_or(Step::Good)
    }

    /// Connects, or not.
    fn connect(&self) -> Result<(), Fault> {
        let shut = self.shut.lock().unwrap();
        drop(self.opened.wait_while(shut, |shut| *shut).unwrap());
        match self.step() {
            Step::Lost => Err(lost()),
            _ => Ok(()),
        }
    }

    /// How connections that send are made.
    pub fn publishers(self: &Arc<Self>) -> Connector<Box<dyn Publisher>> {
        let broker = Arc::clone(self);
        let connect = move || {
            broker.connect()?;
            let publisher: Box<dyn Publisher> = Box::new(Sends(Arc::clone(&broker)));
            Ok(publisher)
        };
        Connector::new(connect).with_longest_wait(Duration::ZERO)
    }

    /// How connections that receive are made.
    pub fn subscribers(self: &Arc<Self>) -> Connector<Box<dyn Subscriber>> {
        let broker = Arc::clone(self);
        let connect = move || {
            broker.connect()?;
            let at = *broker.acknowledged.lock().unwrap();
            let broker = Arc::clone(&broker);
            let subscriber: Box<dyn Subscriber> = Box::new(Receives { broker, at });
            Ok(subscriber)
        };
        Connector::new(connect).with_longest_wait(Duration::ZERO)
    }

    /// The numbers of the messages that arrived.
    pub fn numbers(&self) -> Vec<u64> {
        self.log.lock().unwrap().iter().map(number).collect()
    }
}

/// The fault of a lost connection.
fn lost() -> Fault {
    Fault::new(FaultKind::Lost, "fake://: connection lost")
}

/// A connection that sends.
struct Sends(Arc<Broker>);

impl Publisher for Sends {
    fn publish(&mut self, batch: &[Message]) -> Published {
        let (arrive, settled, fault) = match self.0.step() {
            Step::Lost => (0, 0, Some(lost())),
            Step::Cut { arrive, settle } => {
                let arrive = arrive.min(batch.len());
                (arrive, settle.min(arrive), Some(lost()))
            }
            Step::Refuse(at) if at < batch.len() => {
                let others = batch.iter().enumerate().filter(|(place, _)| *place != at);
                let others = others.map(|(_, message)| message.clone());
                self.0.log.lock().unwrap().extend(others);
                let refusal = Refusal::new(RefusalReason::Rejected, "no");
                return Published {
                    settled: batch.len(),
                    refused: vec![(at, refusal)],
                    ..Published::default()
                };
            }
            _ => (batch.len(), batch.len(), None),
        };
        let arrived = batch[..arrive].iter().cloned();
        self.0.log.lock().unwrap().extend(arrived);
        Published {
            settled,
            fault,
            ..Published::default()
        }
    }

    fn idle(&mut self) -> Result<(), Fault> {
        match self.0.step() {
            Step::Lost | Step::Cut { .. } => Err(lost()),
            _ => Ok(()),
        }
    }
}

/// A connection that receives.
struct Receives {
    broker: Arc<Broker>,
    at: usize,
}

impl Subscriber for Receives {
    fn receive(&mut self, _wait: Duration) -> Result<Received, Fault> {
        match self.broker.step() {
            Step::Lost | Step::Cut { .. } => return Err(lost()),
            Step::Nothing => return Ok(Received::Nothing),
            Step::Refuse(_) => {
                let refusal = Refusal::new(RefusalReason::NoEvent, "no event");
                return Ok(Received::Refused(refusal));
            }
            Step::Good => {}
        }
        let message = self.broker.log.lock().unwrap().get(self.at).cloned();
        let Some(message) = message else {
            std::thread::yield_now();
            return Ok(Received::Nothing);
        };
        self.at += 1;
        Ok(Received::Message(message))
    }

    fn acknowledge(&mut self) -> Result<(), Fault> {
        if matches!(self.broker.step(), Step::Lost) {
            return Err(lost());
        }
        *self.broker.acknowledged.lock().unwrap() = self.at;
        Ok(())
    }
}

/// Documents of which each has its number.
pub fn document(number: u64) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/hall/test/1","id":"1-{number}"}}"#
    )
}

/// The number of a message.
pub fn number(message: &Message) -> u64 {
    let id = message.envelope.id.strip_prefix("1-").unwrap();
    id.parse().unwrap()
}

/// An outbox without bounds that matter.
pub fn settings() -> OutboxSettings {
    OutboxSettings {
        endpoint: Endpoint::parse("zmq+push://fake:1").unwrap(),
        options: Options::default(),
        queue: 10_000,
        queue_bytes: usize::MAX,
        spool: None,
        image_store: None,
        sender: "test".to_owned(),
    }
}

/// The picture of a message with `number`.
pub fn payload(number: u64) -> Bytes {
    Bytes::from(number.to_le_bytes().to_vec())
}

/// Scripts of connections that fail in all ways.
pub fn scripts() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => Just(Step::Good),
        2 => Just(Step::Lost),
        1 => Just(Step::Nothing),
        3 => (0..40_usize, 0..40_usize).prop_map(|(arrive, settle)| Step::Cut { arrive, settle }),
    ];
    prop::collection::vec(step, 0..40)
}
