// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a subscriber of a broker asks for, as patterns of topics, and the check of what comes.

use crate::{Kind, Message, Options, Refusal, RefusalReason, escaped};

/// Facilities, flows and kinds as names in a topic; `None` stands for all.
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
fn or_all(names: impl Iterator<Item = String>) -> Vec<Option<String>> {
    let names: Vec<_> = names.map(Some).collect();
    if names.is_empty() { vec![None] } else { names }
}

/// The name of a subscription: subscribers of the same group that ask for the same share it.
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

/// Whether a kind is one of a stream of frames, which has exchanges of its own: frames are many and large.
pub const fn is_frame(kind: Kind) -> bool {
    matches!(kind, Kind::Image | Kind::Stream)
}

/// Reads what arrived. What is too large is refused, and what is of a flow that was not asked for: topics keep it away already, so it
/// means that they are wrong.
pub fn read(
    event: bytes::Bytes,
    payload: bytes::Bytes,
    options: &Options,
) -> Result<Message, Refusal> {
    fits(event.len() + payload.len(), options)?;
    let message = Message::read(event, payload)?;
    let flow = &message.envelope.flow;
    if options.flows.is_empty() || options.flows.contains(flow) {
        return Ok(message);
    }
    Err(Refusal::new(
        RefusalReason::ForeignFlow,
        format!(
            "event of flow '{flow}'; subscribed are {}",
            options.flows.join(", ")
        ),
    ))
}

/// Refuses what is larger than the limit.
pub fn fits(size: usize, options: &Options) -> Result<(), Refusal> {
    if size <= options.largest {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalReason::TooLarge,
        format!(
            "message of {size} bytes, at most {} are allowed",
            options.largest
        ),
    ))
}
