// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens a socket: connects to a peer, or takes in all that come.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};

use super::framing::Framing;
use super::pulse::Pulse;
use super::reader::{self, Input};
use super::receipt::Unconfirmed;
use super::shared::Shared;
use super::writer;
use crate::zmtp::{Command, Encoded, HandshakeError, Peer, ReadError, Reader, refuse, shake_hands};
use crate::{Endpoint, Fault, FaultKind, Options, SocketType};

/// How many peers a socket has at most.
const MOST_PEERS: usize = 1024;
/// How long a live socket that is closed goes on sending what waits.
const LINGER: Duration = Duration::from_secs(1);
/// Wait after a peer could not be taken in: there are too many open files.
const RETRY: Duration = Duration::from_millis(100);
/// What is left to the operating system before it is on its way: what waits with us can still give way to what is newer or go to
/// another peer, and a ping does not wait long behind it.
const UNSENT: u32 = 256 << 10;

/// A socket. When it is dropped, it sends what waits and ends its links.
pub struct Socket {
    /// What its threads share.
    pub shared: Arc<Shared>,
    listener: Option<(Arc<TcpListener>, JoinHandle<()>)>,
    bound: Option<SocketAddr>,
}

impl Socket {
    /// Opens the socket of this address.
    pub fn open(
        endpoint: &Endpoint,
        socket: SocketType,
        framing: Box<dyn Framing>,
        options: &Options,
    ) -> Result<Self, Fault> {
        let addresses = addresses(endpoint)?;
        let binds = endpoint.binds();
        let address = endpoint.to_string();
        let shared = Arc::new(Shared::new(address, socket, binds, framing, options));
        if binds {
            return Self::bind(shared, &addresses);
        }
        let stream = connect(&shared, &addresses)?;
        // From here on, dropping it ends the link.
        let open = Self {
            shared: shared.clone(),
            listener: None,
            bound: None,
        };
        begin(&shared, stream).map_err(|error| fault(&shared, &error))?;
        Ok(open)
    }

    /// Listens.
    fn bind(shared: Arc<Shared>, addresses: &[SocketAddr]) -> Result<Self, Fault> {
        let address = &shared.address;
        let local = |error: io::Error| {
            let remedy = if error.kind() == io::ErrorKind::AddrInUse {
                "; choose another port, or end what has this one"
            } else {
                ""
            };
            Fault::new(
                FaultKind::Local,
                format!("{address}: cannot listen: {error}{remedy}"),
            )
        };
        let listener = Arc::new(TcpListener::bind(addresses).map_err(local)?);
        let bound = listener.local_addr().map_err(local)?;
        let accepting = (shared.clone(), listener.clone());
        let thread = std::thread::Builder::new()
            .name("zmq-accept".to_owned())
            .spawn(move || accept(&accepting.0, &accepting.1))
            .map_err(local)?;
        Ok(Self {
            shared,
            listener: Some((listener, thread)),
            bound: Some(bound),
        })
    }

    /// Where it listens.
    pub fn bound(&self) -> Option<SocketAddr> {
        self.bound
    }

    /// Waits until everything that waits is sent; a live socket does not wait long. A request that has no answer is void.
    fn drain(&self) {
        if self.shared.socket == SocketType::Req {
            return;
        }
        let patience = self.shared.options.patience;
        let linger = if self.shared.options.live {
            patience.min(LINGER)
        } else {
            patience
        };
        let deadline = Instant::now() + linger;
        let mut state = self.shared.lock();
        let mut is_in_time = true;
        while is_in_time && !state.is_drained() {
            (state, is_in_time) = self.shared.wait(state, Some(deadline));
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.drain();
        let mut state = self.shared.lock();
        state.is_closing = true;
        let how = match self.shared.socket {
            // What is under way still arrives.
            SocketType::Pub | SocketType::Push | SocketType::Pull | SocketType::Rep
                if state.is_drained() =>
            {
                Shutdown::Write
            }
            _ => Shutdown::Both,
        };
        for link in std::mem::take(&mut state.links).into_values() {
            let _ = link.stream.shutdown(how);
            link.wake.notify_all();
        }
        drop(state);
        self.shared.changed.notify_all();
        self.shared.room.notify_all();
        if let Some((listener, thread)) = self.listener.take() {
            // Ends the wait for the next peer; after that the port is free.
            let _ = SockRef::from(&*listener).shutdown(Shutdown::Both);
            drop(listener);
            let _ = thread.join();
        }
    }
}

/// The socket addresses that an address stands for.
fn addresses(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Fault> {
    endpoint
        .allow(&["bind", "connect"])
        .map_err(|error| endpoint.local(error))?;
    if endpoint.credentials.is_some() {
        return Err(endpoint.local("user and password are of no use: ZeroMQ's NULL mechanism does not know them; take them out of the address"));
    }
    if !endpoint.path.is_empty() {
        let sentence = "nothing may stand behind the port; ZeroMQ has neither topics nor virtual hosts in its address";
        return Err(endpoint.local(sentence));
    }
    let [(host, port)] = &endpoint.hosts[..] else {
        return Err(endpoint.local(
            "several hosts; give one, and let the others connect to this side with ?bind=1",
        ));
    };
    let host = if host == "*" { "0.0.0.0" } else { host };
    let found = format!("{host}:{port}").to_socket_addrs();
    found.map(Iterator::collect).map_err(|error| {
        Fault::new(
            FaultKind::Unreachable,
            format!("{endpoint}: the name of the host is not known: {error}"),
        )
    })
}

/// Connects to the first of the addresses that answers.
fn connect(shared: &Shared, addresses: &[SocketAddr]) -> Result<TcpStream, Fault> {
    let mut last = "the name of the host stands for no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(address, shared.options.patience) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.to_string(),
        }
    }
    Err(Fault::new(
        FaultKind::Unreachable,
        format!(
            "{}: nobody answers: {last}; is the other side running?",
            shared.address
        ),
    ))
}

/// Takes in peers until the socket is closed.
fn accept(shared: &Arc<Shared>, listener: &TcpListener) {
    loop {
        let peer = listener.accept();
        let mut state = shared.lock();
        if state.is_closing {
            return;
        }
        let Ok((stream, _)) = peer else {
            let until = Instant::now() + RETRY;
            let mut is_in_time = true;
            while is_in_time && !state.is_closing {
                (state, is_in_time) = shared.wait(state, Some(until));
            }
            continue;
        };
        if state.links.len() + state.greeting >= MOST_PEERS {
            continue;
        }
        state.greeting += 1;
        drop(state);
        let greeting = shared.clone();
        let thread = std::thread::Builder::new().name("zmq-greet".to_owned());
        let begun = thread.spawn(move || {
            // A peer that is none is none of the user's business: others may still come.
            let _ = begin(&greeting, stream);
            greeting.lock().greeting -= 1;
        });
        if begun.is_err() {
            shared.lock().greeting -= 1;
        }
    }
}

/// Shakes hands with a peer and begins to exchange messages with it.
fn begin(shared: &Arc<Shared>, stream: TcpStream) -> Result<(), HandshakeError> {
    let stream = Arc::new(stream);
    let patience = shared.options.patience;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(patience))?;
    let pulse = Arc::new(Pulse::default());
    let input = Input::new(stream.clone(), Instant::now() + patience, pulse.clone());
    let mut reader = Reader::new(input, shared.limits());
    let peer = shake_hands(&mut reader, &mut &*stream, shared.socket)
        .inspect_err(|error| refuse(&mut &*stream, error))?;
    reader.get_mut().forget_deadline();
    watch(shared, &stream, peer)?;
    let subscriptions = match shared.socket {
        SocketType::Sub => shared.framing.subscriptions(),
        _ => Vec::new(),
    };
    let subscriptions = subscriptions.into_iter().map(|topic| {
        if peer.is_modern {
            Encoded::command(&Command::Subscribe(topic))
        } else {
            Encoded::message(&[[b"\x01", &topic[..]].concat().into()])
        }
    });
    let mut state = shared.lock();
    if state.is_closing {
        return Ok(());
    }
    let confirms = shared.socket == SocketType::Push && !shared.options.live && peer.is_modern;
    let unconfirmed = confirms.then(Unconfirmed::default);
    let (id, wake) = state.add(stream.clone(), subscriptions.collect(), unconfirmed);
    drop(state);
    shared.changed.notify_all();
    let (reading, writing) = (shared.clone(), shared.clone());
    let spawned = std::thread::Builder::new()
        .name("zmq-read".to_owned())
        .spawn(move || reader::read(&reading, id, reader))
        .and_then(|_| {
            std::thread::Builder::new()
                .name("zmq-write".to_owned())
                .spawn(move || {
                    writer::write(&writing, id, &stream, &wake, &pulse, peer.is_modern);
                })
        });
    if let Err(error) = spawned {
        let error = HandshakeError::from(error);
        shared.lose(id, fault(shared, &error));
        return Err(error);
    }
    Ok(())
}

/// Sees to it that a link whose other end is gone without a word is noticed.
fn watch(shared: &Shared, stream: &TcpStream, peer: Peer) -> io::Result<()> {
    let options = &shared.options;
    let socket = SockRef::from(stream);
    socket.set_tcp_notsent_lowat(UNSENT)?;
    if peer.is_modern {
        // It is asked by pings, which also find out a peer that hangs.
        return stream.set_read_timeout(Some(options.patience));
    }
    stream.set_read_timeout(None)?;
    let second = Duration::from_secs(1);
    let alive = TcpKeepalive::new()
        .with_time(options.patience.max(second))
        .with_interval((options.patience / 3).max(second));
    socket.set_tcp_keepalive(&alive)?;
    socket.set_tcp_user_timeout(Some(options.patience))
}

/// What a failed handshake says.
fn fault(shared: &Shared, error: &HandshakeError) -> Fault {
    let kind = match error {
        HandshakeError::Read(ReadError::Io(error)) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => FaultKind::Silent,
            _ => FaultKind::Lost,
        },
        _ => FaultKind::Protocol,
    };
    let address = &shared.address;
    let sentence = match kind {
        FaultKind::Silent => format!(
            "{address}: the peer did not introduce itself within {} s; is it a ZeroMQ socket?",
            shared.options.patience.as_secs_f64()
        ),
        FaultKind::Lost => {
            format!(
                "{address}: the peer ended the connection at once: {error}; does it speak ZeroMQ, and does its socket fit?"
            )
        }
        _ => format!("{address}: {error}"),
    };
    Fault::new(kind, sentence)
}
