// SPDX-License-Identifier: MIT OR Apache-2.0
//! One connection to a broker and its channel.

use std::future::Future;
use std::time::Duration;

use lapin::tcp::OwnedTLSConfig;
use lapin::types::{LongString, ShortString};
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};

use super::fault::{of_error, silent};
use crate::{Endpoint, Fault, FaultKind, Options, runtime};

/// A broker that is silent for twice as long is taken for dead, seconds.
const HEARTBEAT: u16 = 5;

/// A connection, its channel, and how long to wait for answers.
pub struct Link {
    pub endpoint: Endpoint,
    pub channel: Channel,
    connection: Connection,
    patience: Duration,
}

impl Link {
    /// Connects and opens a channel.
    pub fn open(endpoint: &Endpoint, options: &Options) -> Result<Self, Fault> {
        if endpoint.tls && !cfg!(feature = "tls") {
            return Err(endpoint.local("this build has no TLS; write amqp://"));
        }
        let uri = uri(endpoint)?;
        let trusted = trusted(endpoint)?;
        let name = format!("roundhouse {}", options.group);
        let properties =
            ConnectionProperties::default().with_connection_name(LongString::from(name));
        let patience = options.patience;
        let doing = "connecting";
        let connection = async {
            let runtime = lapin::runtime::default_runtime()?;
            Connection::connect_uri_with_config(uri, properties, trusted, runtime).await
        };
        let connection = runtime::wait(patience, connection)?
            .ok_or_else(|| silent(endpoint, doing))?
            .map_err(|error| handshake(endpoint, doing, &error))?;
        let channel = runtime::wait(patience, connection.create_channel())?
            .ok_or_else(|| silent(endpoint, doing))?
            .map_err(|error| of_error(endpoint, doing, &error))?;
        Ok(Self {
            endpoint: endpoint.clone(),
            channel,
            connection,
            patience,
        })
    }

    /// Opens another channel in place of one that the broker has closed.
    pub fn reopen(&mut self) -> Result<(), Fault> {
        self.channel = self.answer("opening a channel", self.connection.create_channel())?;
        Ok(())
    }

    /// Waits for an answer.
    pub fn answer<T>(
        &self,
        doing: &str,
        future: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, Fault> {
        runtime::wait(self.patience, future)?
            .ok_or_else(|| silent(&self.endpoint, doing))?
            .map_err(|error| of_error(&self.endpoint, doing, &error))
    }

    /// Longest text of a header: it has to go into one frame with the other properties.
    pub fn longest_header(&self) -> usize {
        /// What the other properties take at most, bytes.
        const OTHERS: usize = 2048;
        let frame = self.connection.configuration().frame_max() as usize;
        frame.saturating_sub(OTHERS)
    }

    /// Whether the connection still stands.
    pub fn alive(&self) -> Result<(), Fault> {
        if self.connection.status().connected() && self.channel.status().connected() {
            return Ok(());
        }
        Err(Fault::new(
            FaultKind::Lost,
            format!("{}: the connection has ended", self.endpoint),
        ))
    }
}

/// Whom the client trusts beside the authorities of the system.
#[cfg(feature = "tls")]
fn trusted(endpoint: &Endpoint) -> Result<OwnedTLSConfig, Fault> {
    let authorities = crate::tls::Authorities::of(endpoint)?;
    Ok(OwnedTLSConfig {
        identity: None,
        cert_chain: authorities.map(|authorities| authorities.pem),
    })
}

/// Nothing is encrypted.
#[cfg(not(feature = "tls"))]
#[allow(clippy::unnecessary_wraps, reason = "with encryption it may fail")]
fn trusted(_: &Endpoint) -> Result<OwnedTLSConfig, Fault> {
    Ok(OwnedTLSConfig::default())
}

/// The address as the client wants it.
fn uri(endpoint: &Endpoint) -> Result<AMQPUri, Fault> {
    let (host, port) = endpoint.hosts.first().cloned().unwrap_or_default();
    let (username, password) = match &endpoint.credentials {
        Some(credentials) => (credentials.user.clone(), credentials.password.clone()),
        None => ("guest".to_owned(), "guest".to_owned()),
    };
    let vhost = if endpoint.path.is_empty() {
        "/".to_owned()
    } else {
        endpoint.path.clone()
    };
    if ShortString::try_new(vhost.as_str()).is_err() {
        return Err(endpoint.local("the virtual host's name is too long"));
    }
    let heartbeat = endpoint
        .number("heartbeat", HEARTBEAT)
        .map_err(|error| endpoint.local(error))?;
    Ok(AMQPUri {
        scheme: if endpoint.tls {
            AMQPScheme::AMQPS
        } else {
            AMQPScheme::AMQP
        },
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo { username, password },
            host,
            port,
        },
        vhost,
        query: AMQPQueryString {
            heartbeat: Some(heartbeat),
            ..AMQPQueryString::default()
        },
    })
}

/// The fault behind an error before the first answer: whoever hangs up then does not speak AMQP.
fn handshake(endpoint: &Endpoint, doing: &str, error: &lapin::Error) -> Fault {
    let fault = of_error(endpoint, doing, error);
    if fault.kind == FaultKind::Lost && matches!(error.kind(), ErrorKind::IOError(_)) {
        let sentence = format!(
            "{endpoint}: {doing}: the peer hung up at once; check that it speaks AMQP 0-9-1 and, with TLS or without, at this port"
        );
        return Fault::new(FaultKind::Protocol, sentence);
    }
    fault
}
