// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where messages go to or come from, as people write it.

use std::collections::BTreeMap;
use std::fmt;

use credentials::Credentials;
use thiserror::Error;
use url::Url;

use crate::{Fault, FaultKind};

/// The schemes that an address may have, for the sentence about an unknown one.
const SCHEMES: [&str; 15] = [
    "zmq+pub",
    "zmq+sub",
    "zmq+push",
    "zmq+pull",
    "zmq+req",
    "zmq+rep",
    "imagezmq+req",
    "imagezmq+pub",
    "imagezmq+rep",
    "imagezmq+sub",
    "amqp",
    "kafka",
    "mqtt",
    "https",
    "file",
];

/// What is wrong with an address. The sentences never repeat user or password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Nothing was given.
    #[error(
        "no address; write it as zmq+push://HOST:PORT, amqp://HOST/VHOST, kafka://HOST:PORT, mqtt://HOST or file:///FOLDER"
    )]
    Missing,
    /// A scheme that nothing speaks.
    #[error("unknown scheme '{scheme}'{}", hint(.scheme))]
    UnknownScheme {
        /// The scheme.
        scheme: String,
    },
    /// No host where one must be.
    #[error("no host; write it as {0}://HOST:PORT")]
    NoHost(String),
    /// No port where one must be.
    #[error("no port; write it as {0}://HOST:PORT")]
    NoPort(String),
    /// An address that cannot be one; the sentence says why.
    #[error("no address: {0}")]
    Malformed(String),
    /// A parameter that is not known, or has a value that it cannot have.
    #[error("parameter '{name}': {problem}")]
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong and what is expected.
        problem: String,
    },
}

/// The nearest valid scheme, for a sentence.
fn hint(scheme: &str) -> String {
    names::nearest(scheme, SCHEMES).map_or_else(
        || format!("; known are {}", SCHEMES.join(", ")),
        |near| format!("; did you mean '{near}'?"),
    )
}

/// A socket type of ZeroMQ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketType {
    /// Sends to all subscribers.
    Pub,
    /// Receives from publishers.
    Sub,
    /// Sends each message to one peer.
    Push,
    /// Receives from pushing peers.
    Pull,
    /// Sends, and waits for the answer.
    Req,
    /// Receives, and answers.
    Rep,
}

impl SocketType {
    /// Its name in an address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pub => "pub",
            Self::Sub => "sub",
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Req => "req",
            Self::Rep => "rep",
        }
    }

    /// The type of this name.
    fn from_name(name: &str) -> Option<Self> {
        [
            Self::Pub,
            Self::Sub,
            Self::Push,
            Self::Pull,
            Self::Req,
            Self::Rep,
        ]
        .into_iter()
        .find(|socket| socket.as_str() == name)
    }

    /// Whether it sends messages.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::Pub | Self::Push | Self::Req)
    }
}

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// ZeroMQ, our own messages.
    Zmq(SocketType),
    /// ZeroMQ, pictures as imagezmq frames them.
    ImageZmq(SocketType),
    /// RabbitMQ.
    Amqp,
    /// Kafka.
    Kafka,
    /// MQTT.
    Mqtt,
    /// HTTP, to `roundhouse serve`.
    Http,
    /// Files of JSON lines.
    File,
}

/// Where messages go to or come from.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// How they travel.
    pub transport: Transport,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Hosts and ports; several of a cluster, none of files.
    pub hosts: Vec<(String, u16)>,
    /// What stands behind the hosts, decoded, without its first slash: a virtual host, a prefix of topics, a folder.
    pub path: String,
    /// User and password, if the address holds them.
    pub credentials: Option<Credentials>,
    /// Parameters by name.
    pub parameters: BTreeMap<String, String>,
    /// The address for people, without user and password.
    shown: String,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Endpoint({})", self.shown)
    }
}

impl Endpoint {
    /// Takes an address apart. The spelling of Savant, such as `pub+bind:tcp://0.0.0.0:3332`, is understood, too.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if text.is_empty() {
            return Err(EndpointError::Missing);
        }
        let text = of_savant(text).unwrap_or_else(|| text.to_owned());
        let (scheme, rest) = text.split_once(':').ok_or(EndpointError::Missing)?;
        let scheme = scheme.to_ascii_lowercase();
        let (transport, tls, port) = transport(&scheme)?;
        // The URL standard knows one host; those of a cluster are taken apart here.
        let (first, others) = split_hosts(rest);
        let url = Url::parse(&format!("{scheme}:{first}"))
            .map_err(|error| EndpointError::Malformed(error.to_string()))?;
        let mut hosts = Vec::new();
        if transport != Transport::File {
            let host = url.host_str().filter(|host| !host.is_empty());
            let host = host.ok_or_else(|| EndpointError::NoHost(scheme.clone()))?;
            let port = url.port_or_known_default().or(port);
            hosts.push((
                host.to_owned(),
                port.ok_or_else(|| EndpointError::NoPort(scheme.clone()))?,
            ));
            for other in others {
                hosts.push(host_and_port(other, port, &scheme)?);
            }
        }
        let credentials = (!url.username().is_empty()).then(|| Credentials {
            user: decoded(url.username()),
            password: decoded(url.password().unwrap_or_default()),
        });
        let parameters = url.query_pairs().into_owned().collect();
        let place: Vec<String> = hosts
            .iter()
            .map(|(host, port)| format!("{host}:{port}"))
            .collect();
        Ok(Self {
            shown: format!("{scheme}://{}{}", place.join(","), url.path()),
            path: match transport {
                Transport::File => decoded(url.path()),
                _ => decoded(url.path().strip_prefix('/').unwrap_or_default()),
            },
            transport,
            tls,
            hosts,
            credentials,
            parameters,
        })
    }

    /// Reads user and password from where `reference` says they are kept, see [`Credentials::read`].
    ///
    /// # Errors
    /// A sentence that names what is missing, never what was read.
    pub fn read_credentials(&mut self, reference: Option<&str>) -> Result<(), String> {
        if let Some(reference) = reference {
            self.credentials = Some(Credentials::read(reference)?);
        }
        Ok(())
    }

    /// A parameter that is a number, or `default` without it.
    ///
    /// # Errors
    /// It is no number.
    pub fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, EndpointError> {
        let Some(text) = self.parameters.get(name) else {
            return Ok(default);
        };
        text.parse().map_err(|_| EndpointError::Parameter {
            name: name.to_owned(),
            problem: format!("is '{text}', expected a number"),
        })
    }

    /// Refuses parameters that are not among `known`.
    ///
    /// # Errors
    /// The first one that is not.
    pub fn allow(&self, known: &[&'static str]) -> Result<(), EndpointError> {
        let Some(name) = self
            .parameters
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        else {
            return Ok(());
        };
        let near = names::nearest(name, known.iter().copied());
        let problem = near.map_or_else(
            || format!("is not known here; known are {}", known.join(", ")),
            |near| format!("is not known; did you mean '{near}'?"),
        );
        Err(EndpointError::Parameter {
            name: name.clone(),
            problem,
        })
    }

    /// Whether this side opens the port and the other one connects to it: said by `bind=1` or `connect=1`, else as is usual.
    ///
    /// Publishing sockets, pushing ones and those that receive pictures or requests are where others connect to.
    #[must_use]
    pub fn binds(&self) -> bool {
        let flag = |name: &str| self.parameters.get(name).is_some_and(|value| value == "1");
        let usual = match self.transport {
            Transport::Zmq(socket) => {
                matches!(socket, SocketType::Pub | SocketType::Push | SocketType::Rep)
            }
            Transport::ImageZmq(socket) => matches!(socket, SocketType::Pub | SocketType::Rep),
            _ => false,
        };
        flag("bind") || (usual && !flag("connect"))
    }

    /// The fault of something that cannot be with this address, on this machine.
    pub(crate) fn local(&self, problem: impl fmt::Display) -> Fault {
        Fault::new(FaultKind::Local, format!("{self}: {problem}"))
    }

    /// The fault of a transport that this build does not have.
    #[must_use]
    pub fn not_built(&self) -> Fault {
        self.local("this build does not have this transport, or it does not go in this direction")
    }
}

/// The transport of a scheme, whether it is encrypted, and its usual port.
fn transport(scheme: &str) -> Result<(Transport, bool, Option<u16>), EndpointError> {
    let unknown = || EndpointError::UnknownScheme {
        scheme: scheme.to_owned(),
    };
    if let Some((family, name)) = scheme.split_once('+') {
        let socket = SocketType::from_name(name).ok_or_else(unknown)?;
        return match (family, socket) {
            ("zmq", _) => Ok((Transport::Zmq(socket), false, None)),
            ("imagezmq", SocketType::Push | SocketType::Pull) => Err(unknown()),
            ("imagezmq", _) => Ok((Transport::ImageZmq(socket), false, Some(5555))),
            _ => Err(unknown()),
        };
    }
    match scheme {
        "amqp" => Ok((Transport::Amqp, false, Some(5672))),
        "amqps" => Ok((Transport::Amqp, true, Some(5671))),
        "kafka" => Ok((Transport::Kafka, false, Some(9092))),
        "kafkas" => Ok((Transport::Kafka, true, Some(9093))),
        "mqtt" => Ok((Transport::Mqtt, false, Some(1883))),
        "mqtts" => Ok((Transport::Mqtt, true, Some(8883))),
        "http" => Ok((Transport::Http, false, Some(80))),
        "https" => Ok((Transport::Http, true, Some(443))),
        "file" => Ok((Transport::File, false, None)),
        _ => Err(unknown()),
    }
}

/// `pub+bind:tcp://HOST:PORT` in our spelling.
fn of_savant(text: &str) -> Option<String> {
    let (socket, place) = text.split_once(":tcp://")?;
    let (name, side) = socket.split_once('+')?;
    let joint = if place.contains('?') { '&' } else { '?' };
    matches!(side, "bind" | "connect").then(|| format!("zmq+{name}://{place}{joint}{side}=1"))
}

/// The part of an address that holds its first host, with everything behind the hosts, and the other hosts.
fn split_hosts(rest: &str) -> (String, Vec<&str>) {
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
    let (authority, path) = authority.split_at(end);
    let begin = authority.rfind('@').map_or(0, |at| at + 1);
    let (user, hosts) = authority.split_at(begin);
    let mut hosts = hosts.split(',');
    let first = hosts.next().unwrap_or_default();
    let others: Vec<&str> = hosts.collect();
    if others.is_empty() {
        (rest.to_owned(), others)
    } else {
        (format!("//{user}{first}{path}"), others)
    }
}

/// A further host of a cluster.
fn host_and_port(
    text: &str,
    usual: Option<u16>,
    scheme: &str,
) -> Result<(String, u16), EndpointError> {
    let url = Url::parse(&format!("{scheme}://{text}"))
        .map_err(|error| EndpointError::Malformed(error.to_string()))?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| EndpointError::NoHost(scheme.to_owned()))?;
    let port = url.port().or(usual);
    Ok((
        host.to_owned(),
        port.ok_or_else(|| EndpointError::NoPort(scheme.to_owned()))?,
    ))
}

/// Text without percent codes.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let rabbit = Endpoint::parse("amqp://me:p%40ss@broker/depot%2Fa?heartbeat=5").unwrap();
        assert_eq!(rabbit.hosts, [("broker".to_owned(), 5672)]);
        assert_eq!(rabbit.path, "depot/a");
        assert_eq!(rabbit.credentials.as_ref().unwrap().password, "p@ss");
        assert_eq!(rabbit.number("heartbeat", 60), Ok(5));
        assert_eq!(rabbit.to_string(), "amqp://broker:5672/depot%2Fa");
        let cluster = Endpoint::parse("kafka://k1:9092,k2,[::1]:7/depot").unwrap();
        let hosts = ["k1:9092", "k2:9092", "[::1]:7"];
        let found: Vec<String> = cluster
            .hosts
            .iter()
            .map(|(host, port)| format!("{host}:{port}"))
            .collect();
        assert_eq!(
            (found, cluster.path.as_str()),
            (hosts.map(str::to_owned).to_vec(), "depot")
        );
        let folder = Endpoint::parse("file:///var/lib/a%20b").unwrap();
        assert_eq!(
            (folder.path.as_str(), folder.transport),
            ("/var/lib/a b", Transport::File)
        );
    }

    #[test]
    fn savant_is_understood() {
        let ours = Endpoint::parse("zmq+sub://0.0.0.0:3332?bind=1").unwrap();
        let theirs = Endpoint::parse("sub+bind:tcp://0.0.0.0:3332").unwrap();
        assert_eq!(ours, theirs);
        assert!(theirs.binds());
        assert!(!Endpoint::parse("pub+connect:tcp://host:1").unwrap().binds());
    }

    #[test]
    fn the_usual_side_binds() {
        for (text, binds) in [
            ("zmq+pub://h:1", true),
            ("zmq+sub://h:1", false),
            ("zmq+push://h:1", true),
            ("zmq+push://h:1?connect=1", false),
            ("imagezmq+req://h:1", false),
            ("imagezmq+rep://h", true),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().binds(), binds, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_a_password() {
        for (text, sentence) in [
            ("", "no address; write it as zmq+push://HOST:PORT"),
            (
                "zmq+psh://h:1",
                "unknown scheme 'zmq+psh'; did you mean 'zmq+push'?",
            ),
            (
                "amqb://me:secret@h",
                "unknown scheme 'amqb'; did you mean 'amqp'?",
            ),
            ("zmq+push://", "no host; write it as zmq+push://HOST:PORT"),
            ("zmq+push://h", "no port; write it as zmq+push://HOST:PORT"),
            ("mqtt://me:secret@h:x", "no address: invalid port number"),
        ] {
            let said = Endpoint::parse(text).unwrap_err().to_string();
            assert!(
                said.starts_with(sentence) && !said.contains("secret"),
                "{text}: {said}"
            );
        }
        let typo = Endpoint::parse("amqp://h?hartbeat=5").unwrap();
        let said = typo
            .allow(&["heartbeat", "exchange"])
            .unwrap_err()
            .to_string();
        assert_eq!(
            said,
            "parameter 'hartbeat': is not known; did you mean 'heartbeat'?"
        );
        assert!(typo.number::<u32>("hartbeat", 1).is_ok());
    }
}
