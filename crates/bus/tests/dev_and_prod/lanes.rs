// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prod and dev on one transport: prod sends and receives in this process, dev in others, which are killed, stopped and flood.
#![allow(dead_code)] // The test does not name all, the measurement does not wait.

use std::env;
use std::io::{Read, stdin};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rdkafka::mocking::MockCluster;
use roundhouse_bus::{
    Endpoint, Inbox, InboxSettings, Message, Options, Outbox, OutboxSettings, topology,
};

use crate::brokers::free_port;
use crate::brokers::mosquitto::Mosquitto;
use crate::brokers::rabbitmq::RabbitMq;

/// What a process of dev is to do: `receive` or `flood`, and where.
const ROLE: &str = "ROUNDHOUSE_DEV_ROLE";
const ADDRESS: &str = "ROUNDHOUSE_DEV_ADDRESS";
/// The hosts of a real cluster, if there is one.
const KAFKA: &str = "ROUNDHOUSE_TEST_KAFKA";
/// Longest wait for anything; only what hangs takes so long.
const HANG: Duration = Duration::from_mins(4);
/// The flow of what prod and dev share, as that of frames.
const SHARED: &str = "raw";

/// What messages pass through; it ends with the lane.
enum Broker {
    None,
    Rabbit(RabbitMq),
    Kafka(MockCluster<'static, rdkafka::producer::DefaultProducerContext>),
    Mosquitto(Mosquitto),
}

/// One transport.
pub struct Lane {
    /// Where prod sends to and receives from.
    prod: [String; 2],
    /// Where prod's sender sends the same to dev, if dev has a port of its own.
    copy: Option<String>,
    /// Where dev receives from.
    dev: String,
    /// Where dev floods to, and where that is received if not at `dev`.
    flood: [String; 2],
    _broker: Broker,
}

/// The names of all transports.
pub const NAMES: [&str; 5] = [
    "ZeroMQ push/pull",
    "ZeroMQ pub/sub",
    "RabbitMQ",
    "Kafka",
    "MQTT",
];

impl Lane {
    /// The transport of this name, with a broker of its own.
    pub fn start(name: &'static str) -> Self {
        let port = |kind: &str, port: u16| format!("zmq+{kind}://127.0.0.1:{port}");
        let (one, two, three) = (free_port(), free_port(), free_port());
        let through = |address: String, broker| Self {
            prod: [address.clone(), address.clone()],
            copy: None,
            dev: address.clone(),
            flood: [address.clone(), address],
            _broker: broker,
        };
        match name {
            "ZeroMQ push/pull" => Self {
                prod: [port("push", one), port("pull", one)],
                copy: Some(port("push", two)),
                dev: port("pull", two),
                flood: [port("push", three), port("pull", three)],
                _broker: Broker::None,
            },
            "ZeroMQ pub/sub" => Self {
                prod: [port("pub", one), port("sub", one)],
                copy: None,
                dev: port("sub", one),
                flood: [port("pub", three), port("sub", three)],
                _broker: Broker::None,
            },
            "RabbitMQ" => {
                let broker = RabbitMq::start();
                through(broker.address("guest:guest", ""), Broker::Rabbit(broker))
            }
            "Kafka" if env::var(KAFKA).is_ok() => {
                let hosts = env::var(KAFKA).unwrap();
                let address = format!("kafka://{hosts}/test-lanes-{}", std::process::id());
                let options = Options {
                    facility: Some("hall".to_owned()),
                    flows: vec![SHARED.to_owned(), "dev".to_owned()],
                    ..Options::default()
                };
                topology::setup(&Endpoint::parse(&address).unwrap(), &options).unwrap();
                through(address, Broker::None)
            }
            "Kafka" => {
                let cluster = MockCluster::new(1).unwrap();
                let address = format!("kafka://{}", cluster.bootstrap_servers());
                through(address, Broker::Kafka(cluster))
            }
            _ => {
                let broker = Mosquitto::start();
                through(broker.address(""), Broker::Mosquitto(broker))
            }
        }
    }

    /// Prod, sending and receiving. `live`: as live texts do it; else nothing may be left out.
    pub fn prod(&self, live: bool) -> Prod {
        let [to, from] = &self.prod;
        Prod {
            outbox: outbox(to, 512),
            copy: self.copy.as_deref().map(|address| outbox(address, 64)),
            inbox: inbox(from, "prod", &[SHARED], live),
            sent: 0,
        }
    }

    /// A process of dev that receives what prod gets, and what dev sends.
    pub fn receiver(&self, arguments: &[&str]) -> Dev {
        Dev::start("receive", &self.dev, arguments)
    }

    /// Processes of dev of which one sends as fast as it can, and one receives it.
    pub fn flood(&self, arguments: &[&str]) -> [Dev; 2] {
        let [to, from] = &self.flood;
        [
            Dev::start("receive", from, arguments),
            Dev::start("flood", to, arguments),
        ]
    }
}

/// What sends to `address`.
fn outbox(address: &str, queue: usize) -> Outbox {
    let settings = OutboxSettings {
        endpoint: Endpoint::parse(address).unwrap(),
        options: Options::default(),
        queue,
        queue_bytes: 64 << 20,
        spool: None,
        image_store: None,
        sender: "sender".to_owned(),
    };
    Outbox::start(settings, Box::new(|_| ())).unwrap()
}

/// What receives from `address`.
fn inbox(address: &str, group: &str, flows: &[&str], live: bool) -> Inbox {
    let settings = InboxSettings {
        endpoint: Endpoint::parse(address).unwrap(),
        options: Options {
            group: group.to_owned(),
            flows: flows.iter().map(|flow| (*flow).to_owned()).collect(),
            live,
            ..Options::default()
        },
        queue: 512,
        queue_bytes: 64 << 20,
        image_store: None,
    };
    Inbox::start(&settings, Box::new(|_| ())).unwrap()
}

/// A report of 500 bytes.
fn report(flow: &str, number: u64) -> String {
    format!(
        r#"{{"specversion":"1.0","type":"com.roundhouse.position-report.v1","source":"/hall/test/1","id":"1-{number}","subject":"camera/C1","flow":"{flow}","data":{{"filling":"{:0300}"}}}}"#,
        0
    )
}

/// Prod.
pub struct Prod {
    outbox: Outbox,
    copy: Option<Outbox>,
    pub inbox: Inbox,
    sent: u64,
}

impl Prod {
    /// Sends the next report, to dev only if there is room; its number.
    pub fn send(&mut self) -> u64 {
        self.sent += 1;
        let document = report(SHARED, self.sent);
        self.outbox.offer(&document, Bytes::new()).unwrap();
        if let Some(copy) = &self.copy {
            copy.offer(&document, Bytes::new()).unwrap();
        }
        self.sent
    }

    /// As [`Self::send`], as soon as there is room.
    pub fn send_all(&mut self) -> u64 {
        assert!(self.outbox.wait_for_room());
        self.send()
    }

    /// Sends until something arrives, and waits for the last of it: both ends are there then.
    pub fn meet(&mut self) {
        let begin = Instant::now();
        let mut last = 0;
        let mut arrived = 0;
        while arrived == 0 || arrived < last {
            assert!(
                begin.elapsed() < HANG,
                "nothing arrives: {:?}",
                self.outbox.stats()
            );
            if arrived == 0 {
                last = self.send();
            }
            if let Some(message) = self.inbox.next(Duration::from_millis(100)) {
                arrived = number(&message);
            }
            self.inbox.done();
        }
    }

    /// How many reports were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

/// The number of a report.
pub fn number(message: &Message) -> u64 {
    message
        .envelope
        .id
        .strip_prefix("1-")
        .unwrap()
        .parse()
        .unwrap()
}

/// A process of dev. It is killed with what started it.
pub struct Dev(Child);

impl Dev {
    /// Starts this program once more, with `arguments`, by which it calls [`dev`].
    fn start(role: &str, address: &str, arguments: &[&str]) -> Self {
        let program = env::current_exe().unwrap();
        // Dev gets the processors that prod leaves.
        let child = Command::new("nice")
            .args(["-n", "19"])
            .arg(program)
            .args(arguments)
            .envs([(ROLE, role), (ADDRESS, address)])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    /// Stops it, as a debugger does.
    pub fn stop(&self) {
        let pid = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-STOP", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Is a process of dev, if it was started as one; until whoever started it ends.
pub fn dev() {
    let (Ok(role), Ok(address)) = (env::var(ROLE), env::var(ADDRESS)) else {
        return;
    };
    std::thread::spawn(|| {
        stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(0);
    });
    if role == "receive" {
        let inbox = inbox(&address, "dev", &[SHARED, "dev"], true);
        loop {
            drop(inbox.next(Duration::from_millis(100)));
            inbox.done();
        }
    }
    let outbox = outbox(&address, 4096);
    for number in 1.. {
        assert!(outbox.wait_for_room());
        outbox.offer(&report("dev", number), Bytes::new()).unwrap();
    }
}
