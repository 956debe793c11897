// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of topics, and making and checking them.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;

use super::client::{Listener, hosts, metadata, settings};
use super::fault::of_error;
use crate::{Endpoint, Envelope, Fault, FaultKind, Fixture, Kind, Message, Options, escaped};

/// How many consumers of one group may share a topic.
const PARTITIONS: i32 = 6;
/// What stands for the kind in the topic of recordings.
const RECORDING: &str = "recording";

/// What stands before all names: the path of the address.
fn prefix(endpoint: &Endpoint) -> &str {
    match endpoint.path.trim_matches('/') {
        "" => "depot",
        prefix => prefix,
    }
}

/// The topic of a message.
///
/// A recording has one for all its kinds: what it announces, its frames, the health of its cameras and its end keep one order.
pub fn of_message(endpoint: &Endpoint, envelope: &Envelope, recorded: bool) -> String {
    name(
        endpoint,
        &escaped(&envelope.facility),
        &escaped(&envelope.flow),
        if recorded {
            RECORDING
        } else {
            envelope.kind.as_str()
        },
    )
}

/// By what messages of one topic are kept in order: the sender of a recording, the camera of a report, the facility of a state.
pub fn key(message: &Message, recorded: bool) -> &str {
    let envelope = &message.envelope;
    match (&message.stamp, envelope.kind) {
        (Some(stamp), _) if recorded => &stamp.sender,
        (_, Kind::FacilityState) => &envelope.facility,
        _ => &envelope.about,
    }
}

/// The partition of a topic, for messages whose sender spreads them over several. Those of a recording are all in one.
pub fn partition(topic: &str, number: i32) -> Option<Arc<str>> {
    let is_recording = topic.rsplit('.').next() == Some(RECORDING);
    (!is_recording).then(|| Arc::from(format!("{topic}/{number}")))
}

/// The name of a topic.
fn name(endpoint: &Endpoint, facility: &str, flow: &str, kind: &str) -> String {
    format!("{}.{facility}.{flow}.{kind}", prefix(endpoint))
}

/// The topics that are subscribed to, as a regular expression: which of them there are is found out again and again, and those that are
/// not there are not missed.
pub fn subscribed(endpoint: &Endpoint, options: &Options) -> String {
    let any = |names: Vec<String>| match &names[..] {
        [] => "[^.]+".to_owned(),
        [name] => name.clone(),
        names => format!("({})", names.join("|")),
    };
    let facility = any(options
        .facility
        .as_deref()
        .map(escaped)
        .into_iter()
        .collect());
    let flows = any(options.flows.iter().map(|flow| escaped(flow)).collect());
    let mut kinds: Vec<String> = words(&options.kinds);
    if !kinds.is_empty() {
        kinds.push(RECORDING.to_owned());
    }
    let prefix = prefix(endpoint).replace('.', r"\.");
    format!(r"^{prefix}\.{facility}\.{flows}\.{}$", any(kinds))
}

/// The words of kinds.
fn words(kinds: &[Kind]) -> Vec<String> {
    kinds.iter().map(|kind| kind.as_str().to_owned()).collect()
}

/// The command that makes a topic.
pub fn command(endpoint: &Endpoint, topic: &str) -> String {
    format!(
        "kafka-topics.sh --bootstrap-server {} --create --if-not-exists --topic {topic} --partitions {PARTITIONS}",
        hosts(endpoint)
    )
}

/// The topics of a facility, its flows and the kinds that are asked for; of recordings only if they are meant.
fn topics(endpoint: &Endpoint, options: &Options) -> Result<Vec<String>, Fault> {
    let Some(facility) = options
        .facility
        .as_deref()
        .filter(|_| !options.flows.is_empty())
    else {
        let problem =
            "each facility and flow has topics of its own; name the facility and its flows";
        return Err(endpoint.local(problem));
    };
    let mut kinds = if options.kinds.is_empty() {
        words(&Kind::ALL)
    } else {
        words(&options.kinds)
    };
    if options.recorded {
        kinds.push(RECORDING.to_owned());
    }
    let of_flow = |flow: &String| {
        let (facility, flow) = (escaped(facility), escaped(flow));
        let name = |kind| name(endpoint, &facility, &flow, kind);
        kinds.iter().map(|kind| name(kind)).collect::<Vec<_>>()
    };
    Ok(options.flows.iter().flat_map(of_flow).collect())
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

/// The topics that are not there; none of a facility and flows that are not named.
pub fn check(endpoint: &Endpoint, options: &Options) -> Result<Vec<Fixture>, Fault> {
    let named = options.facility.is_some() && !options.flows.is_empty();
    let mut fixtures = if named {
        describe(endpoint, options)?
    } else {
        Vec::new()
    };
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
