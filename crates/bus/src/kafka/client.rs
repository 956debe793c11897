// SPDX-License-Identifier: MIT OR Apache-2.0
//! What producers, consumers and administrators have in common: settings, and listening to what the client says of itself.

use std::sync::{Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::fault::of_error;
use crate::{Endpoint, Fault, Options};

/// The parameters of an address that every client is given as they are.
const OF_ALL: [&str; 2] = ["security.protocol", "sasl.mechanism"];
/// The parameter of consumers: after so long without a sign of life one is taken for dead, ms.
pub const SESSION_TIMEOUT: &str = "session.timeout.ms";
/// All parameters of an address.
const PARAMETERS: [&str; 3] = [OF_ALL[0], OF_ALL[1], SESSION_TIMEOUT];

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

    /// Takes what the client says.
    fn hear(&self, text: &str) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        text.clone_into(&mut heard);
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
    let protocol = endpoint.parameters.get("security.protocol");
    // The client is built without OpenSSL, so that nothing of it is needed to build.
    if endpoint.tls || protocol.is_some_and(|name| name.to_ascii_uppercase().ends_with("SSL")) {
        return Err(endpoint.local(
            "there is no encryption for Kafka here; write kafka://, and keep to a network of your own or to a tunnel",
        ));
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
    if let Some(credentials) = &endpoint.credentials {
        settings
            .set("security.protocol", "SASL_PLAINTEXT")
            .set("sasl.mechanism", "PLAIN")
            .set("sasl.username", &credentials.user)
            .set("sasl.password", &credentials.password);
    }
    for name in OF_ALL {
        if let Some(value) = endpoint.parameters.get(name) {
            settings.set(name, value);
        }
    }
    Ok(settings)
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
    listen: impl FnOnce(),
) -> Result<Metadata, Fault> {
    let found = client.fetch_metadata(topic, options.patience);
    found.map_err(|error| {
        listen();
        of_error(endpoint, "asking for topics", &error, &heard(client))
    })
}

/// What the client last said of its connections.
pub fn heard(client: &Client<Listener>) -> String {
    client.context().heard()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_set_and_encryption_is_said_to_be_missing() {
        let settings = |address: &str| {
            let endpoint = Endpoint::parse(address).unwrap();
            settings(&endpoint, &Options::default())
        };
        let plain = settings("kafka://me:secret@k1?session.timeout.ms=3000").unwrap();
        assert_eq!(plain.get("security.protocol"), Some("SASL_PLAINTEXT"));
        // Producers know no sessions.
        assert_eq!(plain.get(SESSION_TIMEOUT), None);
        for address in [
            "kafkas://me:secret@k1",
            "kafka://k1?security.protocol=ssl",
            "kafka://k1?security.protocol=SASL_SSL",
        ] {
            let fault = settings(address).err().unwrap().to_string();
            assert!(fault.contains("no encryption for Kafka"), "{fault}");
            assert!(!fault.contains("secret"), "{fault}");
        }
    }
}
