// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of topics, and making and checking them.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;

use super::client::{Listener, hosts, metadata, settings};
use super::fault::of_error;
use crate::{Endpoint, Envelope, Fault, FaultKind, Fixture, Kind, Options, escaped, selection};

/// How many consumers of one group may share a topic.
const PARTITIONS: i32 = 3;

/// What stands before all names: the path of the address.
fn prefix(endpoint: &Endpoint) -> &str {
    match endpoint.path.trim_matches('/') {
        "" => "depot",
        prefix => prefix,
    }
}

/// The topic of a message.
pub fn of_message(endpoint: &Endpoint, envelope: &Envelope) -> String {
    name(
        endpoint,
        &escaped(&envelope.facility),
        &escaped(&envelope.flow),
        envelope.kind.as_str(),
    )
}

/// By what messages of one topic are kept in order: the camera of a report, the facility of a state.
pub fn key(envelope: &Envelope) -> &str {
    match envelope.kind {
        Kind::FacilityState => &envelope.facility,
        _ => &envelope.about,
    }
}

/// The name of a topic.
fn name(endpoint: &Endpoint, facility: &str, flow: &str, kind: &str) -> String {
    format!("{}.{facility}.{flow}.{kind}", prefix(endpoint))
}

/// The topics that are subscribed to: a name where everything is said, else a regular expression, which begins with `^`.
pub fn subscribed(endpoint: &Endpoint, options: &Options) -> Vec<String> {
    let pattern = |names: [Option<String>; 3]| {
        if let [Some(facility), Some(flow), Some(kind)] = &names {
            return name(endpoint, facility, flow, kind);
        }
        let [facility, flow, kind] = names.map(|name| name.unwrap_or_else(|| "[^.]+".to_owned()));
        let prefix = prefix(endpoint).replace('.', r"\.");
        format!(r"^{prefix}\.{facility}\.{flow}\.{kind}$")
    };
    selection::patterns(options)
        .into_iter()
        .map(pattern)
        .collect()
}

/// The command that makes a topic.
pub fn command(endpoint: &Endpoint, topic: &str) -> String {
    format!(
        "kafka-topics.sh --bootstrap-server {} --create --if-not-exists --topic {topic} --partitions {PARTITIONS}",
        hosts(endpoint)
    )
}

/// The topics of a facility, its flows and all kinds that are not named otherwise.
fn topics(endpoint: &Endpoint, options: &Options) -> Result<Vec<String>, Fault> {
    let mut options = options.clone();
    if options.facility.is_none() || options.flows.is_empty() {
        let problem =
            "each facility and flow has topics of its own; name the facility and its flows";
        return Err(endpoint.local(problem));
    }
    if options.kinds.is_empty() {
        options.kinds = Kind::ALL.to_vec();
    }
    Ok(subscribed(endpoint, &options))
}

/// The topics that are needed, with the commands that make them.
pub fn describe(endpoint: &Endpoint, options: &Options) -> Result<Vec<Fixture>, Fault> {
    let fixture = |topic: String| Fixture {
        command: command(endpoint, &topic),
        what: format!("topic {topic}"),
    };
    let topics = topics(endpoint, options)?;
    Ok(topics.into_iter().map(fixture).collect())
}

/// Makes the topics that are not there.
pub fn setup(endpoint: &Endpoint, options: &Options) -> Result<(), Fault> {
    let topics = topics(endpoint, options)?;
    let doing = "making topics";
    let fault = |error| of_error(endpoint, doing, &error, "");
    let client: AdminClient<_> = settings(endpoint, options)?.create().map_err(fault)?;
    // The cluster says itself how many copies it keeps.
    let new: Vec<_> = topics
        .iter()
        .map(|topic| NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(-1)))
        .collect();
    let limits = AdminOptions::new()
        .request_timeout(Some(options.patience))
        .operation_timeout(Some(options.patience));
    let made = futures_lite::future::block_on(client.create_topics(&new, &limits));
    for topic in made.map_err(fault)? {
        match topic {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => {
                let sentence = format!("{endpoint}: topic '{topic}' cannot be made: {code}");
                return Err(Fault::new(FaultKind::Denied, sentence));
            }
        }
    }
    Ok(())
}

/// The topics that are not there.
pub fn check(endpoint: &Endpoint, options: &Options) -> Result<Vec<Fixture>, Fault> {
    let mut fixtures = describe(endpoint, options)?;
    let client: BaseConsumer<Listener> = settings(endpoint, options)?
        .create_with_context(Listener::default())
        .map_err(|error| of_error(endpoint, "connecting", &error, ""))?;
    let found = metadata(endpoint, client.client(), None, options, || {
        client.poll(Duration::ZERO);
    })?;
    let names: Vec<_> = found
        .topics()
        .iter()
        .map(|topic| format!("topic {}", topic.name()))
        .collect();
    fixtures.retain(|fixture| !names.contains(&fixture.what));
    Ok(fixtures)
}
