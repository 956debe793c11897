// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which transport an address asks for.

use crate::file::FilePublisher;
#[cfg(feature = "http")]
use crate::http::HttpPublisher;
use crate::zmq::{ZmqPublisher, ZmqSubscriber};
use crate::{Endpoint, Fault, Options, Publisher, Subscriber, Transport};

/// Connects to where messages are sent.
///
/// # Errors
/// There is no connection; the sentence says why and what to do.
pub fn publisher(endpoint: &Endpoint, options: &Options) -> Result<Box<dyn Publisher>, Fault> {
    match endpoint.transport {
        Transport::Zmq(_) | Transport::ImageZmq(_) => {
            Ok(Box::new(ZmqPublisher::new(endpoint, options)?))
        }
        #[cfg(feature = "http")]
        Transport::Http => Ok(Box::new(HttpPublisher::new(endpoint, options)?)),
        Transport::File => Ok(Box::new(FilePublisher::new(endpoint)?)),
        _ => Err(endpoint.not_built()),
    }
}

/// Connects to where messages come from.
///
/// # Errors
/// There is no connection; the sentence says why and what to do.
pub fn subscriber(endpoint: &Endpoint, options: &Options) -> Result<Box<dyn Subscriber>, Fault> {
    match endpoint.transport {
        Transport::Zmq(_) | Transport::ImageZmq(_) => {
            Ok(Box::new(ZmqSubscriber::new(endpoint, options)?))
        }
        _ => Err(endpoint.not_built()),
    }
}
