// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every transport as a line from a sender by way of a proxy to a receiver.

use std::cell::RefCell;
use std::time::Duration;

use rustix::process::Signal;

use crate::brokers::{Broker, free_port};
use crate::proxy::Proxy;

/// How long a sender waits for an answer. A machine that is so slow that this is too short costs time, and no verdict: the sender
/// tries again.
const PATIENCE: Duration = Duration::from_secs(5);

/// A transport from end to end.
pub struct Line<'a> {
    /// Its name.
    pub name: String,
    /// Where the sender sends to: by way of the proxy.
    pub to: String,
    /// Where the receiver receives.
    pub from: String,
    /// The group of the receiver.
    pub group: String,
    /// Whether pictures travel beside events.
    pub payload: bool,
    /// How long the sender waits for an answer.
    pub patience: Duration,
    /// The network.
    pub proxy: &'a Proxy,
    /// The broker, if there is one.
    pub broker: Option<&'a RefCell<dyn Broker>>,
}

/// Runs `with` on a line without a broker: `to` and `from` make addresses of ports.
fn direct<T>(
    name: &str,
    to: impl Fn(u16) -> String,
    from: impl Fn(u16) -> String,
    with: impl FnOnce(&Line<'_>) -> T,
) -> T {
    let port = free_port();
    let proxy = Proxy::start(port);
    with(&Line {
        name: name.to_owned(),
        to: to(proxy.port()),
        from: from(port),
        group: "faults".to_owned(),
        payload: name != "http",
        patience: PATIENCE,
        proxy: &proxy,
        broker: None,
    })
}

/// A line of sockets of these two types.
pub fn zmq<T>(sends: &str, receives: &str, with: impl FnOnce(&Line<'_>) -> T) -> T {
    direct(
        &format!("{sends}/{receives}"),
        |port| format!("zmq+{sends}://127.0.0.1:{port}?connect=1"),
        |port| format!("zmq+{receives}://127.0.0.1:{port}?bind=1"),
        with,
    )
}

/// A line of requests over HTTP.
#[cfg(feature = "http")]
pub fn http<T>(with: impl FnOnce(&Line<'_>) -> T) -> T {
    let address = |port| format!("http://127.0.0.1:{port}/api/events");
    direct("http", address, address, with)
}

/// A line by way of a broker at `port`, with a place there that no other has; the receiver has its own way to it.
#[cfg(any(feature = "amqp", feature = "kafka", feature = "mqtt"))]
fn by_broker<T>(
    name: &str,
    proxy: &Proxy,
    address: impl Fn(u16) -> String,
    port: u16,
    broker: &RefCell<dyn Broker>,
    with: impl FnOnce(&Line<'_>) -> T,
) -> T {
    with(&Line {
        name: name.to_owned(),
        to: address(proxy.port()),
        from: address(port),
        group: format!("faults-{}", proxy.port()),
        payload: name == "rabbitmq",
        patience: PATIENCE,
        proxy,
        broker: Some(broker),
    })
}

#[cfg(feature = "amqp")]
mod rabbitmq {
    use super::*;
    use crate::brokers::rabbitmq::RabbitMq;
    use roundhouse_bus::{Endpoint, Options, subscriber};

    /// A line by way of a broker; `is_killed`: the broker is to have the queue on its disk.
    pub fn rabbitmq<T>(
        broker: &RefCell<RabbitMq>,
        is_killed: bool,
        with: impl FnOnce(&Line<'_>) -> T,
    ) -> T {
        let port = broker.borrow().port;
        let proxy = Proxy::start(port);
        let place = proxy.port();
        let address = |port| {
            format!(
                "amqp://guest:guest@127.0.0.1:{port}/?exchange={place}.events&frames={place}.frames"
            )
        };
        by_broker("rabbitmq", &proxy, address, port, broker, |line| {
            if is_killed {
                // RabbitMQ 3.10 forgets a quorum queue if it is killed seconds after the queue was made.
                let options = Options {
                    group: line.group.clone(),
                    ..Options::default()
                };
                drop(subscriber(&Endpoint::parse(&line.from).unwrap(), &options).unwrap());
                broker.borrow_mut().stop();
                broker.borrow_mut().restart();
            }
            with(line)
        })
    }
}
#[cfg(feature = "amqp")]
pub use rabbitmq::rabbitmq;

#[cfg(feature = "mqtt")]
mod mosquitto {
    use super::*;
    use crate::brokers::mosquitto::Mosquitto;

    /// A line by way of a broker.
    pub fn mosquitto<T>(broker: &RefCell<Mosquitto>, with: impl FnOnce(&Line<'_>) -> T) -> T {
        let port = broker.borrow().port;
        let proxy = Proxy::start(port);
        let place = proxy.port();
        let address = |port| format!("mqtt://127.0.0.1:{port}/{place}");
        by_broker("mosquitto", &proxy, address, port, broker, with)
    }
}
#[cfg(feature = "mqtt")]
pub use mosquitto::mosquitto;

#[cfg(feature = "kafka")]
mod kafka {
    use super::*;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;

    /// The cluster that librdkafka has for tests, with one broker. It listens at another port after its data is lost, so it is
    /// reached by a proxy that stays.
    struct Cluster {
        mock: MockCluster<'static, DefaultProducerContext>,
        door: Proxy,
        topic: String,
    }

    impl Cluster {
        /// A cluster with an empty topic.
        fn mock(topic: &str) -> (MockCluster<'static, DefaultProducerContext>, u16) {
            let mock = MockCluster::new(1).unwrap();
            mock.create_topic(topic, 3, 1).unwrap();
            let servers = mock.bootstrap_servers();
            let port = servers.rsplit(':').next().unwrap().parse().unwrap();
            (mock, port)
        }
    }

    impl Broker for Cluster {
        fn signal(&self, _signal: Signal) {
            panic!("it is a part of this process");
        }
        fn kill(&mut self) {
            self.mock.broker_down(1).unwrap();
        }
        fn forget(&mut self) {
            let (mock, port) = Self::mock(&self.topic);
            mock.broker_down(1).unwrap();
            self.door.redirect(port);
            self.mock = mock;
        }
        fn restart(&mut self) {
            self.mock.broker_up(1).unwrap();
        }
    }

    /// A line by way of a cluster.
    pub fn kafka<T>(with: impl FnOnce(&Line<'_>) -> T) -> T {
        let topic = "depot.hall.prod.tick";
        let (mock, port) = Cluster::mock(topic);
        let door = Proxy::before_kafka(port);
        let port = door.port();
        let proxy = Proxy::before_kafka(port);
        let cluster = RefCell::new(Cluster {
            mock,
            door,
            topic: topic.to_owned(),
        });
        let address = |port| format!("kafka://127.0.0.1:{port}");
        by_broker("kafka", &proxy, address, port, &cluster, with)
    }
}
#[cfg(feature = "kafka")]
pub use kafka::kafka;
