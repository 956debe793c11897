// SPDX-License-Identifier: MIT OR Apache-2.0
//! What producers, consumers and administrators have in common: settings, and listening to what the client says of itself.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::fault::{is_about_encryption, of_error};
#[cfg(feature = "tls")]
use crate::tls;
use crate::{Endpoint, Fault, Options};

/// The parameters of an address that every client is given as they are.
const OF_ALL: [&str; 2] = [PROTOCOL, MECHANISM];
/// The parameter that says whether connections are encrypted and how users are known.
const PROTOCOL: &str = "security.protocol";
/// The parameter that says how a password is proven.
const MECHANISM: &str = "sasl.mechanism";
/// The parameter of consumers: after so long without a sign of life one is taken for dead, ms.
pub const SESSION_TIMEOUT: &str = "session.timeout.ms";
/// All parameters of an address.
const PARAMETERS: [&str; 4] = ["ca", PROTOCOL, MECHANISM, SESSION_TIMEOUT];

/// The client says why it has no answer only when it is asked; it is asked so often.
const QUESTION: Duration = Duration::from_secs(1);

/// Keeps the last thing that the client said of its connections, and which messages are delivered.
///
/// The client's log is not printed: it has a line for each failed attempt to connect, twenty a second.
#[derive(Default)]
pub struct Listener {
    heard: Mutex<String>,
    delivered: Mutex<Vec<(usize, Result<(), KafkaError>)>>,
}

impl Listener {
    /// What the client last said of its connections.
    pub fn heard(&self) -> String {
        let heard = self.heard.lock();
        heard.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes what the client says. That all brokers are down is no reason, and comes after the reason.
    fn hear(&self, text: &str) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.is_empty() || !text.ends_with("brokers are down") {
            text.clone_into(&mut heard);
        }
    }

    /// Which messages were delivered since it was last asked, or were not, by their numbers.
    pub fn delivered(&self) -> Vec<(usize, Result<(), KafkaError>)> {
        let delivered = self.delivered.lock();
        std::mem::take(&mut *delivered.unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, _facility: &str, text: &str) {
        if level as i32 <= RDKafkaLogLevel::Warning as i32 {
            // A line begins with the name of a thread.
            self.hear(text.split_once("]: ").map_or(text, |(_, text)| text));
        }
    }

    fn error(&self, _error: KafkaError, reason: &str) {
        self.hear(reason);
    }
}

impl ConsumerContext for Listener {}

impl ProducerContext for Listener {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let result = match result {
            Ok(_) => Ok(()),
            Err((error, _)) => Err(error.clone()),
        };
        let delivered = self.delivered.lock();
        let mut delivered = delivered.unwrap_or_else(PoisonError::into_inner);
        delivered.push((number, result));
    }
}

/// The settings of every client.
pub fn settings(endpoint: &Endpoint, options: &Options) -> Result<ClientConfig, Fault> {
    endpoint
        .allow(&PARAMETERS)
        .map_err(|error| endpoint.local(error))?;
    let protocol = endpoint.parameters.get(PROTOCOL);
    if let Some(name) = protocol.filter(|name| is_encrypted(name) != endpoint.tls) {
        let scheme = if endpoint.tls { "kafka" } else { "kafkas" };
        let problem = format!("parameter '{PROTOCOL}' is '{name}'; write {scheme}:// for it");
        return Err(endpoint.local(problem));
    }
    let patience = options.patience.as_millis().clamp(10, 300_000).to_string();
    let mut settings = ClientConfig::new();
    settings.set_log_level(RDKafkaLogLevel::Warning);
    settings
        .set("bootstrap.servers", hosts(endpoint))
        .set("client.id", format!("roundhouse-{}", options.group))
        .set("socket.timeout.ms", &patience)
        .set("socket.keepalive.enable", "true")
        .set("reconnect.backoff.ms", "100")
        .set("reconnect.backoff.max.ms", "5000");
    let encrypted = if endpoint.tls { "SSL" } else { "PLAINTEXT" };
    settings.set(PROTOCOL, encrypted);
    if let Some(credentials) = &endpoint.credentials {
        settings
            .set(PROTOCOL, format!("SASL_{encrypted}"))
            .set(MECHANISM, "PLAIN")
            .set("sasl.username", &credentials.user)
            .set("sasl.password", &credentials.password);
    }
    for name in OF_ALL {
        if let Some(value) = endpoint.parameters.get(name) {
            settings.set(name, value);
        }
    }
    trust(endpoint, &mut settings)?;
    Ok(settings)
}

/// Whether a protocol of Kafka is an encrypted one.
fn is_encrypted(protocol: &str) -> bool {
    protocol.to_ascii_uppercase().ends_with("SSL")
}

/// Whom an encrypted connection trusts: the authority that the address names, else those that OpenSSL trusts.
#[cfg(feature = "tls")]
fn trust(endpoint: &Endpoint, settings: &mut ClientConfig) -> Result<(), Fault> {
    if let Some(authorities) = tls::Authorities::of(endpoint)? {
        settings.set("ssl.ca.pem", authorities.pem);
    }
    Ok(())
}

/// Nothing is encrypted.
#[cfg(not(feature = "tls"))]
fn trust(endpoint: &Endpoint, _: &mut ClientConfig) -> Result<(), Fault> {
    if endpoint.tls {
        return Err(
            endpoint.local("encrypted connections to Kafka are not built in (feature 'tls')")
        );
    }
    Ok(())
}

/// The hosts of a cluster, as its own tools want them.
pub fn hosts(endpoint: &Endpoint) -> String {
    let hosts: Vec<String> = endpoint
        .hosts
        .iter()
        .map(|(host, port)| format!("{host}:{port}"))
        .collect();
    hosts.join(",")
}

/// Asks the cluster for a topic, or for all. It is the first question of every connection, because a client connects by itself and
/// says nothing if it cannot. `listen` makes the client tell the listener why.
pub fn metadata(
    endpoint: &Endpoint,
    client: &Client<Listener>,
    topic: Option<&str>,
    options: &Options,
    listen: impl Fn(),
) -> Result<Metadata, Fault> {
    let until = Instant::now() + options.patience;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let asked = Instant::now();
        let error = match client.fetch_metadata(topic, left.min(QUESTION)) {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        listen();
        let heard = heard(client);
        // Who is not trusted now will not be in a second either.
        let is_final = asked.elapsed() < QUESTION / 2 || is_about_encryption(&heard);
        if is_final || left <= QUESTION {
            return Err(of_error(endpoint, "asking for topics", &error, &heard));
        }
    }
}

/// What the client last said of its connections.
pub fn heard(client: &Client<Listener>) -> String {
    client.context().heard()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings of an address.
    fn of(address: &str) -> Result<ClientConfig, Fault> {
        settings(&Endpoint::parse(address).unwrap(), &Options::default())
    }

    #[test]
    fn passwords_are_set_and_scheme_and_protocol_say_the_same() {
        let plain = of("kafka://me:secret@k1?session.timeout.ms=3000").unwrap();
        assert_eq!(plain.get(PROTOCOL), Some("SASL_PLAINTEXT"));
        // Producers know no sessions.
        assert_eq!(plain.get(SESSION_TIMEOUT), None);
        for address in [
            "kafkas://me:secret@k1?security.protocol=SASL_PLAINTEXT",
            "kafka://me:secret@k1?security.protocol=ssl",
        ] {
            let fault = of(address).err().unwrap().to_string();
            assert!(fault.contains("for it"), "{fault}");
            assert!(!fault.contains("secret"), "{fault}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn encrypted_connections_are_set() {
        assert_eq!(of("kafkas://k1").unwrap().get(PROTOCOL), Some("SSL"));
        let scram = of("kafkas://me:secret@k1?sasl.mechanism=SCRAM-SHA-512").unwrap();
        assert_eq!(scram.get(PROTOCOL), Some("SASL_SSL"));
        assert_eq!(scram.get(MECHANISM), Some("SCRAM-SHA-512"));
        let fault = of("kafka://k1?ca=authority.pem").err().unwrap().to_string();
        assert!(fault.contains("'ca': is for encrypted"), "{fault}");
    }
}
