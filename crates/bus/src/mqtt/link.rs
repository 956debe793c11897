// SPDX-License-Identifier: MIT OR Apache-2.0
//! One connection to a broker, served by a task of the shared threads.

use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Incoming, LastWill, MqttOptions, QoS,
};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::fault::{lost, of_error, silent};
use crate::{Endpoint, Fault, FaultKind, Options, runtime};

/// The parameters of an address.
const PARAMETERS: [&str; 5] = ["ca", "client", "keepalive", "flat", "homeassistant"];
/// How often the broker is asked for a sign of life, seconds.
const KEEPALIVE: u16 = 5;
/// How many events may wait for whoever asks for them. If nobody does, nothing more is read, and the broker ends the connection in the end.
const EVENTS: usize = 4096;
/// How many requests may wait for the network. More than there ever are: whoever has to wait cannot know whether it was taken.
const REQUESTS: usize = 1 << 24;
/// How many messages may be unconfirmed at once.
const INFLIGHT: u16 = 100;
/// What a packet has beside the message, bytes.
const PACKET: usize = 1024;
/// How long a connection may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);

/// Who connects, and how.
pub struct Who {
    /// The client's name.
    pub client: String,
    /// Whether the broker remembers subscriptions and messages while it is away.
    pub session: bool,
    /// The topic that says whether it is there.
    pub status: Option<String>,
}

/// What was said or confirmed, or the end.
type Told = Result<Event, ConnectionError>;

/// A connection.
pub struct Link {
    pub endpoint: Endpoint,
    pub client: AsyncClient,
    /// Whether the broker remembers this client.
    pub remembered: bool,
    events: mpsc::Receiver<Told>,
}

impl Link {
    /// Connects.
    pub fn open(endpoint: &Endpoint, options: &Options, who: &Who) -> Result<Self, Fault> {
        let settings = settings(endpoint, options, who)?;
        let doing = "connecting";
        let opened = runtime::wait(options.patience, async {
            let (client, events_of) = AsyncClient::new(settings, REQUESTS);
            let (sender, mut events) = mpsc::channel(EVENTS);
            tokio::spawn(serve(events_of, sender));
            (events.recv().await, client, events)
        })?;
        let (first, client, events) = opened.ok_or_else(|| silent(endpoint, doing))?;
        let acknowledged = match first {
            Some(Ok(Event::Incoming(Incoming::ConnAck(acknowledged)))) => acknowledged,
            Some(Err(error)) => return Err(handshake(endpoint, doing, &error)),
            _ => return Err(lost(endpoint)),
        };
        Ok(Self {
            endpoint: endpoint.clone(),
            client,
            remembered: acknowledged.session_present,
            events,
        })
    }

    /// The next thing that happens.
    pub async fn next(&mut self) -> Result<Event, Fault> {
        match self.events.recv().await {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(of_error(&self.endpoint, "talking", &error)),
            None => Err(lost(&self.endpoint)),
        }
    }

    /// What has happened already.
    pub fn poll(&mut self) -> Result<Option<Event>, Fault> {
        match self.events.try_recv() {
            Ok(Ok(event)) => Ok(Some(event)),
            Ok(Err(error)) => Err(of_error(&self.endpoint, "talking", &error)),
            Err(mpsc::error::TryRecvError::Empty) => Ok(None),
            Err(mpsc::error::TryRecvError::Disconnected) => Err(lost(&self.endpoint)),
        }
    }
}

/// Moves packets until the connection ends or nobody listens any more; then gives what is still to be sent a moment.
async fn serve(mut events_of: EventLoop, sender: mpsc::Sender<Told>) {
    loop {
        let told = tokio::select! {
            told = events_of.poll() => told,
            () = sender.closed() => break,
        };
        let ended = told.is_err();
        if sender.send(told).await.is_err() {
            break;
        }
        if ended {
            return;
        }
    }
    let farewell = async { while events_of.poll().await.is_ok() {} };
    timeout(FAREWELL, farewell).await.ok();
}

/// What the client is told.
fn settings(endpoint: &Endpoint, options: &Options, who: &Who) -> Result<MqttOptions, Fault> {
    endpoint
        .allow(&PARAMETERS)
        .map_err(|error| endpoint.local(error))?;
    if who.client.is_empty() {
        return Err(endpoint.local("parameter 'client': is empty"));
    }
    let keepalive = endpoint
        .number("keepalive", KEEPALIVE)
        .map_err(|error| endpoint.local(error))?;
    let (host, port) = endpoint.hosts.first().cloned().unwrap_or_default();
    let mut settings = MqttOptions::new(who.client.clone(), host, port);
    if endpoint.tls || endpoint.parameters.contains_key("ca") {
        encrypt(endpoint, &mut settings)?;
    }
    let packet = options.largest.saturating_add(PACKET);
    settings
        .set_keep_alive(Duration::from_secs(keepalive.max(1).into()))
        .set_inflight(INFLIGHT)
        .set_max_packet_size(packet, packet)
        .set_clean_session(!who.session)
        .set_manual_acks(true);
    if let Some(credentials) = &endpoint.credentials {
        settings.set_credentials(credentials.user.clone(), credentials.password.clone());
    }
    if let Some(status) = &who.status {
        settings.set_last_will(LastWill::new(status, "offline", QoS::AtLeastOnce, true));
    }
    Ok(settings)
}

/// Lets the connection be encrypted.
#[cfg(feature = "tls")]
fn encrypt(endpoint: &Endpoint, settings: &mut MqttOptions) -> Result<(), Fault> {
    settings.set_transport(super::encryption::transport(endpoint)?);
    Ok(())
}

/// Refuses to do without encryption where it is asked for.
#[cfg(not(feature = "tls"))]
fn encrypt(endpoint: &Endpoint, _: &mut MqttOptions) -> Result<(), Fault> {
    Err(endpoint.local("this build has no TLS; write mqtt://"))
}

/// The fault behind an error before the first answer: whoever hangs up then does not speak MQTT.
fn handshake(endpoint: &Endpoint, doing: &str, error: &ConnectionError) -> Fault {
    let fault = of_error(endpoint, doing, error);
    let network = match error {
        ConnectionError::Io(_) => true,
        #[cfg(feature = "tls")]
        ConnectionError::Tls(_) => true,
        _ => false,
    };
    if fault.kind == FaultKind::Lost && network {
        let sentence = format!(
            "{endpoint}: {doing}: the peer hung up at once; check that it speaks MQTT and, with TLS or without, at this port"
        );
        return Fault::new(FaultKind::Protocol, sentence);
    }
    fault
}
