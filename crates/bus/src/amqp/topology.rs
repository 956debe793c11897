// SPDX-License-Identifier: MIT OR Apache-2.0
//! Exchanges, queues and bindings.

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{ExchangeKind, types::LongLongInt};

use super::link::Link;
use crate::{Endpoint, Fault, FaultKind, Fixture, Kind, Options, selection};

/// The parameters of an address.
const PARAMETERS: [&str; 6] = [
    "exchange",
    "frames",
    "queue",
    "heartbeat",
    "prefetch",
    "declare",
];
/// The exchange of reports and states, unless the address says otherwise.
const EVENTS: &str = "depot.events";
/// How long a queue of fresh messages outlives its last subscriber: long enough for a new connection.
const ABANDONED: Duration = Duration::from_mins(1);
/// How many undecodable messages are kept for inspection.
const DEAD_LETTERS: LongLongInt = 10_000;

/// The names of everything.
pub struct Topology {
    /// The exchange of reports and states.
    pub events: ShortString,
    /// The exchange of frames.
    pub frames: ShortString,
    /// Exchange and queue of what could not be read.
    pub dead: ShortString,
    /// The queue of a subscriber.
    pub queue: ShortString,
    /// Whether the queue is one of fresh messages.
    live: bool,
    /// How many messages a queue of fresh ones holds.
    longest: usize,
    /// Which exchange and routing keys the queue is bound to.
    bindings: Vec<(ShortString, ShortString)>,
    /// Whether it is declared when connecting.
    pub declared: bool,
}

impl Topology {
    /// What the address and the options ask for.
    pub fn of(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        endpoint
            .allow(&PARAMETERS)
            .map_err(|error| endpoint.local(error))?;
        let named = |parameter: &str, usual: String| {
            let name = endpoint.parameters.get(parameter).cloned().unwrap_or(usual);
            short(endpoint, &name)
        };
        let events = named("exchange", EVENTS.to_owned())?;
        let frames = named("frames", "depot.frames".to_owned())?;
        // The queues of other exchanges are others: one queue cannot have the bindings of both, nor their dead letters.
        let prefix = match events.as_str() {
            EVENTS => "depot",
            other => other,
        };
        let suffix = if options.live { ".live" } else { "" };
        let queue = format!("{prefix}.{}{suffix}", selection::name(options));
        let mut bindings = Vec::new();
        for pattern in selection::patterns(options) {
            let [facility, flow, kind] = pattern.map(|name| name.unwrap_or_else(|| "*".to_owned()));
            let key = short(endpoint, &format!("depot.{facility}.{flow}.{kind}.#"))?;
            let all = kind == "*";
            let framed = options
                .kinds
                .iter()
                .any(|wanted| is_frame(*wanted) && wanted.as_str() == kind);
            if all || framed {
                bindings.push((frames.clone(), key.clone()));
            }
            if all || !framed {
                bindings.push((events.clone(), key));
            }
        }
        Ok(Self {
            dead: short(endpoint, &format!("{events}.dead"))?,
            queue: named("queue", queue)?,
            events,
            frames,
            live: options.live,
            longest: options.queue,
            bindings,
            declared: endpoint
                .parameters
                .get("declare")
                .is_none_or(|value| value != "0"),
        })
    }

    /// Declares the exchanges of those who publish.
    pub fn declare_exchanges(&self, link: &Link) -> Result<(), Fault> {
        for exchange in [&self.events, &self.frames] {
            declare_exchange(link, exchange, ExchangeKind::Topic, false)?;
        }
        Ok(())
    }

    /// Declares everything that a subscriber needs.
    pub fn declare_queue(&self, link: &Link) -> Result<(), Fault> {
        self.declare_exchanges(link)?;
        if !self.live {
            declare_exchange(link, &self.dead, ExchangeKind::Fanout, false)?;
            declare_queue(link, &self.dead, dead_letters(), false)?;
            bind(link, &self.dead, &self.dead, &ShortString::default())?;
        }
        declare_queue(link, &self.queue, self.arguments(), false)?;
        for (exchange, key) in &self.bindings {
            bind(link, &self.queue, exchange, key)?;
        }
        Ok(())
    }

    /// Of which kind the queue is: one that survives the loss of a node and remembers everything, or one that holds the newest.
    fn arguments(&self) -> FieldTable {
        let mut table = FieldTable::default();
        let text = |text: &str| AMQPValue::LongString(LongString::from(text));
        if self.live {
            let longest = self.longest.max(1) as LongLongInt;
            table.insert("x-max-length".into(), AMQPValue::LongLongInt(longest));
            table.insert("x-overflow".into(), text("drop-head"));
            let expires = ABANDONED.as_millis() as LongLongInt;
            table.insert("x-expires".into(), AMQPValue::LongLongInt(expires));
        } else {
            table.insert("x-queue-type".into(), text("quorum"));
            table.insert("x-dead-letter-exchange".into(), text(self.dead.as_str()));
        }
        table
    }

    /// Declares an exchange or a queue of these in its form, or asks whether it is there in whichever form.
    fn declare(
        &self,
        link: &Link,
        what: &str,
        name: &ShortString,
        passive: bool,
    ) -> Result<(), Fault> {
        let is_dead = *name == self.dead;
        match (what, is_dead) {
            ("exchange", true) => declare_exchange(link, name, ExchangeKind::Fanout, passive),
            ("exchange", false) => declare_exchange(link, name, ExchangeKind::Topic, passive),
            (_, true) => declare_queue(link, name, dead_letters(), passive),
            (_, false) => declare_queue(link, name, self.arguments(), passive),
        }
    }

    /// All of it, each thing with the command that makes it.
    fn fixtures(&self, vhost: &str) -> Vec<Fixture> {
        let declare = |what: &str, name: &str, rest: &str| Fixture {
            what: format!("{what} {name}"),
            command: format!(
                "rabbitmqadmin --vhost='{vhost}' declare {what} name='{name}' durable=true {rest}"
            ),
        };
        let queue = |name: &ShortString, arguments: &FieldTable| {
            let rest = format!("arguments='{}'", json(arguments));
            declare("queue", name.as_str(), &rest)
        };
        let binding = |queue: &ShortString, exchange: &ShortString, key: &str| Fixture {
            what: format!("binding of {queue} to {exchange} with '{key}'"),
            command: format!(
                "rabbitmqadmin --vhost='{vhost}' declare binding source='{exchange}' destination='{queue}' routing_key='{key}'"
            ),
        };
        let mut fixtures = vec![
            declare("exchange", self.events.as_str(), "type=topic"),
            declare("exchange", self.frames.as_str(), "type=topic"),
        ];
        if !self.live {
            fixtures.push(declare("exchange", self.dead.as_str(), "type=fanout"));
            fixtures.push(queue(&self.dead, &dead_letters()));
            fixtures.push(binding(&self.dead, &self.dead, ""));
        }
        fixtures.push(queue(&self.queue, &self.arguments()));
        for (exchange, key) in &self.bindings {
            fixtures.push(binding(&self.queue, exchange, key.as_str()));
        }
        fixtures
    }
}

/// What is needed for a subscriber with these options and those who publish to it.
pub fn describe(endpoint: &Endpoint, options: &Options) -> Result<Vec<Fixture>, Fault> {
    Ok(Topology::of(endpoint, options)?.fixtures(vhost(endpoint)))
}

/// Makes it.
pub fn setup(endpoint: &Endpoint, options: &Options) -> Result<(), Fault> {
    let topology = Topology::of(endpoint, options)?;
    topology.declare_queue(&Link::open(endpoint, options)?)
}

/// What of the exchanges and queues is not there. A broker cannot be asked for bindings: those of a missing queue are missing, too.
/// What is there in another form is a fault.
pub fn check(endpoint: &Endpoint, options: &Options) -> Result<Vec<Fixture>, Fault> {
    let topology = Topology::of(endpoint, options)?;
    let mut link = Link::open(endpoint, options)?;
    let mut missing = Vec::new();
    let mut queue_is_missing = false;
    for fixture in topology.fixtures(vhost(endpoint)) {
        let Some((what @ ("exchange" | "queue"), name)) = fixture.what.split_once(' ') else {
            if queue_is_missing {
                missing.push(fixture);
            }
            continue;
        };
        let name = short(endpoint, name)?;
        let found = topology.declare(&link, what, &name, true);
        queue_is_missing = found.is_err();
        match found {
            Ok(()) if topology.declared => topology.declare(&link, what, &name, false)?,
            Ok(()) => {}
            Err(fault) if fault.kind == FaultKind::Missing => {
                missing.push(fixture);
                link.reopen()?;
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(missing)
}

/// Whether a kind is one of a stream of frames, which has exchanges of its own: frames are many and large.
pub const fn is_frame(kind: Kind) -> bool {
    matches!(kind, Kind::Image | Kind::Stream)
}

/// Declares an exchange, or asks whether it is there.
fn declare_exchange(
    link: &Link,
    name: &ShortString,
    kind: ExchangeKind,
    passive: bool,
) -> Result<(), Fault> {
    let options = ExchangeDeclareOptions {
        durable: true,
        passive,
        ..ExchangeDeclareOptions::default()
    };
    let declared =
        link.channel
            .exchange_declare(name.clone(), kind, options, FieldTable::default());
    link.answer(&format!("declaring exchange '{name}'"), declared)
}

/// Declares a queue, or asks whether it is there.
fn declare_queue(
    link: &Link,
    name: &ShortString,
    arguments: FieldTable,
    passive: bool,
) -> Result<(), Fault> {
    let options = QueueDeclareOptions {
        durable: true,
        passive,
        ..QueueDeclareOptions::default()
    };
    let declared = link.channel.queue_declare(name.clone(), options, arguments);
    link.answer(&format!("declaring queue '{name}'"), declared)
        .map(drop)
}

/// Binds a queue to an exchange.
fn bind(
    link: &Link,
    queue: &ShortString,
    exchange: &ShortString,
    key: &ShortString,
) -> Result<(), Fault> {
    let bound = link.channel.queue_bind(
        queue.clone(),
        exchange.clone(),
        key.clone(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    link.answer(&format!("binding queue '{queue}' to '{exchange}'"), bound)
}

/// The form of the queue of what could not be read.
fn dead_letters() -> FieldTable {
    let mut table = FieldTable::default();
    let longest = AMQPValue::LongLongInt(DEAD_LETTERS);
    table.insert("x-max-length".into(), longest);
    table
}

/// A table of texts and numbers as JSON.
fn json(table: &FieldTable) -> String {
    let values: serde_json::Map<_, _> = table
        .inner()
        .iter()
        .map(|(name, value)| {
            let value = match value {
                AMQPValue::LongString(text) => text.to_string().into(),
                AMQPValue::LongLongInt(number) => (*number).into(),
                _ => serde_json::Value::Null,
            };
            (name.to_string(), value)
        })
        .collect();
    serde_json::Value::from(values).to_string()
}

/// A name that AMQP can bear.
fn short(endpoint: &Endpoint, name: &str) -> Result<ShortString, Fault> {
    ShortString::try_new(name).map_err(|_| {
        endpoint.local(format!(
            "the name '{name}' is longer than 255 bytes; give a shorter group, or 'queue='"
        ))
    })
}

/// The virtual host of an address.
pub fn vhost(endpoint: &Endpoint) -> &str {
    if endpoint.path.is_empty() {
        "/"
    } else {
        &endpoint.path
    }
}
