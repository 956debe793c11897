// SPDX-License-Identifier: MIT OR Apache-2.0
//! One message for people, by a connection of its own.

use bytes::Bytes;
use rumqttc::{Event, Incoming, QoS};
use tokio::time::timeout;

use super::fault::silent;
use super::link::{Link, Who};
use super::publisher::made_up;
use super::topics::Topics;
use crate::{Endpoint, Fault, Options, runtime};

/// Publishes a text under `depot/FACILITY/alert/NAME`, below the address's path, and waits until the broker has confirmed it.
///
/// # Errors
/// There is no connection, or no confirmation in time.
pub fn say(endpoint: &Endpoint, facility: &str, name: &str, text: &str) -> Result<(), Fault> {
    let options = Options::default();
    let topic = Topics::of(endpoint)?.of_alert(facility, name);
    let who = Who {
        client: made_up("roundhouse-alerts"),
        session: false,
        status: None,
    };
    let mut link = Link::open(endpoint, &options, &who)?;
    let body = Bytes::copy_from_slice(text.as_bytes());
    // It fails only if the connection has ended, and then the next event is why.
    let sent = link
        .client
        .try_publish(topic, QoS::AtLeastOnce, false, body);
    sent.ok();
    let confirmed = async {
        loop {
            match link.next().await {
                Ok(Event::Incoming(Incoming::PubAck(_))) => return Ok(()),
                Ok(_) => {}
                Err(fault) => return Err(fault),
            }
        }
    };
    let confirmed = runtime::complete(async { timeout(options.patience, confirmed).await })?;
    link.client.try_disconnect().ok();
    confirmed.unwrap_or_else(|_| Err(silent(endpoint, "waiting for the confirmation")))
}
