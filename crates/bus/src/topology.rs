// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a broker must have before messages can travel: said, made and checked.

use crate::{Endpoint, Fault, Fixture, Options, Transport};

/// What a broker must have for a subscriber with these options, and for whoever publishes to it. Asks nobody.
///
/// # Errors
/// The address does not name a broker that has such things.
pub fn describe(endpoint: &Endpoint, options: &Options) -> Result<Vec<Fixture>, Fault> {
    match endpoint.transport {
        #[cfg(feature = "amqp")]
        Transport::Amqp => crate::amqp::describe(endpoint, options),
        _ => none(endpoint, options),
    }
}

/// Makes what the broker must have and has not.
///
/// # Errors
/// It cannot be made; the sentence says why.
pub fn setup(endpoint: &Endpoint, options: &Options) -> Result<(), Fault> {
    match endpoint.transport {
        #[cfg(feature = "amqp")]
        Transport::Amqp => crate::amqp::setup(endpoint, options),
        _ => none(endpoint, options).map(drop),
    }
}

/// What of [`describe`] the broker has not.
///
/// # Errors
/// The broker cannot be asked; the sentence says why.
pub fn check(endpoint: &Endpoint, options: &Options) -> Result<Vec<Fixture>, Fault> {
    match endpoint.transport {
        #[cfg(feature = "amqp")]
        Transport::Amqp => crate::amqp::check(endpoint, options),
        _ => none(endpoint, options),
    }
}

/// Brokers of MQTT, and what has no broker, need nothing to be made.
fn none(endpoint: &Endpoint, _options: &Options) -> Result<Vec<Fixture>, Fault> {
    match endpoint.transport {
        Transport::Amqp | Transport::Kafka => Err(endpoint.not_built()),
        _ => Ok(Vec::new()),
    }
}
