// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a subscriber of a broker asks for, as patterns of topics, and the check of what comes.

#[cfg(any(feature = "kafka", feature = "mqtt"))]
use crate::RefusalReason;
#[cfg(any(feature = "amqp", feature = "mqtt"))]
use crate::escaped;
use crate::refusal::{fits, is_accepted};
use crate::{Message, Options, Refusal};

/// Facilities, flows and kinds as names in a topic; `None` stands for all.
#[cfg(any(feature = "amqp", feature = "mqtt"))]
pub fn patterns(options: &Options) -> Vec<[Option<String>; 3]> {
    let facility = options.facility.as_deref().map(escaped);
    let flows = or_all(options.flows.iter().map(|flow| escaped(flow)));
    let kinds = or_all(options.kinds.iter().map(|kind| kind.as_str().to_owned()));
    flows
        .iter()
        .flat_map(|flow| {
            let facility = &facility;
            kinds
                .iter()
                .map(move |kind| [facility.clone(), flow.clone(), kind.clone()])
        })
        .collect()
}

/// The names, or the one that stands for all.
#[cfg(any(feature = "amqp", feature = "mqtt"))]
fn or_all(names: impl Iterator<Item = String>) -> Vec<Option<String>> {
    let names: Vec<_> = names.map(Some).collect();
    if names.is_empty() { vec![None] } else { names }
}

/// The name of a subscription: subscribers of the same group that ask for the same share it.
#[cfg(any(feature = "amqp", feature = "mqtt"))]
pub fn name(options: &Options) -> String {
    let list = |names: Vec<String>| {
        if names.is_empty() {
            "*".to_owned()
        } else {
            names.join("+")
        }
    };
    let mut flows: Vec<String> = options.flows.iter().map(|flow| escaped(flow)).collect();
    flows.sort();
    let mut kinds = options.kinds.clone();
    kinds.sort();
    let kinds = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let facility = options.facility.as_deref().map_or("*".to_owned(), escaped);
    format!(
        "{}.{facility}.{}.{}",
        escaped(&options.group),
        list(flows),
        list(kinds)
    )
}

/// Reads what arrived. What is too large is refused, and what is of a flow that was not asked for: topics keep it away already, so it
/// means that they are wrong.
pub fn read(
    event: bytes::Bytes,
    payload: bytes::Bytes,
    options: &Options,
) -> Result<Message, Refusal> {
    fits(event.len() + payload.len(), options.largest)?;
    let message = Message::read(event, payload)?;
    is_accepted(&message.envelope.flow, &options.flows)?;
    Ok(message)
}

/// Refuses what `broker` is not for: pictures, and what is too large.
#[cfg(any(feature = "kafka", feature = "mqtt"))]
pub fn is_event(message: &Message, broker: &str, options: &Options) -> Result<(), Refusal> {
    fits(message.size(), options.largest)?;
    if message.payload.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalReason::Rejected,
        format!(
            "pictures do not travel over {broker}; set `image-store`, so that they travel by reference"
        ),
    ))
}
