// SPDX-License-Identifier: MIT OR Apache-2.0
//! A network between two sides of a connection that fails as it is told to.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::rename::Rename;

/// So often each direction looks whether something was told.
const LOOK: Duration = Duration::from_millis(10);
/// Bytes that are passed on at once.
const BLOCK: usize = 16 << 10;

/// How the network is.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// How long everything takes.
    latency: Duration,
    /// Nothing gets through, and nobody is told.
    black_hole: bool,
    /// Nobody gets a connection.
    refuses: bool,
    /// Bytes per second in each direction; `None`: as many as there are.
    rate: Option<u32>,
    /// Connections of an earlier number are reset.
    generation: u64,
}

/// What the threads share.
struct Shared {
    weather: Mutex<Weather>,
    accepted: Mutex<u64>,
    target: Mutex<SocketAddr>,
    /// The port of the proxy, if it is to stand in for that of the target in what the target says.
    renamed: Option<u16>,
}

/// A port behind which another one is.
pub struct Proxy {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Proxy {
    /// Passes everything on to a port of this host where somebody need not listen yet.
    pub fn start(port: u16) -> Self {
        Self::before(port, false)
    }

    /// The same before a broker of Kafka, which tells its clients where to connect to.
    #[cfg(feature = "kafka")]
    pub fn before_kafka(port: u16) -> Self {
        Self::before(port, true)
    }

    /// Passes everything on to a port.
    fn before(port: u16, renames: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            weather: Mutex::default(),
            accepted: Mutex::default(),
            target: Mutex::new(([127, 0, 0, 1], port).into()),
            renamed: renames.then_some(address.port()),
        });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                *of_thread.accepted.lock().unwrap() += 1;
                connect(&of_thread, &client.unwrap());
            }
        });
        Self { shared, address }
    }

    /// From now on connections go to another port.
    #[cfg(feature = "kafka")]
    pub fn redirect(&self, port: u16) {
        self.shared.target.lock().unwrap().set_port(port);
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Changes the weather.
    fn change(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.shared.weather.lock().unwrap());
    }

    /// Everything takes so long, each way.
    pub fn latency(&self, latency: Duration) {
        self.change(|weather| weather.latency = latency);
    }

    /// Nothing gets through, and nobody is told.
    pub fn black_hole(&self) {
        self.change(|weather| weather.black_hole = true);
    }

    /// All connections are reset.
    pub fn reset(&self) {
        self.change(|weather| weather.generation += 1);
    }

    /// All connections are reset, and nobody gets a new one.
    pub fn refuse(&self) {
        self.change(|weather| {
            weather.refuses = true;
            weather.generation += 1;
        });
    }

    /// So many bytes get through in a second, each way.
    pub fn slow(&self, rate: u32) {
        self.change(|weather| weather.rate = Some(rate));
    }

    /// All is well; what went into a black hole arrives late.
    pub fn heal(&self) {
        self.change(|weather| {
            *weather = Weather {
                generation: weather.generation,
                ..Weather::default()
            };
        });
    }

    /// Whether the proxy itself still works: else its end would look like a fault of what is tested.
    pub fn is_alive(&self) -> bool {
        let before = *self.shared.accepted.lock().unwrap();
        let _probe = TcpStream::connect(self.address).unwrap();
        let begin = Instant::now();
        while *self.shared.accepted.lock().unwrap() == before {
            if begin.elapsed() > Duration::from_secs(10) {
                return false;
            }
            thread::yield_now();
        }
        true
    }
}

/// Passes on what comes by one connection.
fn connect(shared: &Arc<Shared>, client: &TcpStream) {
    let weather = *shared.weather.lock().unwrap();
    let target = *shared.target.lock().unwrap();
    let renames = shared.renamed.map(|port| Rename::new(target.port(), port));
    let server = match TcpStream::connect(target) {
        Ok(server) if !weather.refuses => server,
        _ => return reset(client),
    };
    for (from, to, mut renames) in [(client, &server, None), (&server, client, renames)] {
        let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            if pass(&shared, &from, &to, weather.generation, renames.as_mut()).is_err() {
                reset(&from);
                reset(&to);
            }
        });
    }
}

/// Makes the end of a connection a reset.
fn reset(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Passes on one direction until its end; an error is the end of the connection.
fn pass(
    shared: &Shared,
    mut from: &TcpStream,
    mut to: &TcpStream,
    number: u64,
    mut renames: Option<&mut Rename>,
) -> io::Result<()> {
    from.set_read_timeout(Some(LOOK))?;
    to.set_write_timeout(Some(LOOK))?;
    to.set_nodelay(true)?;
    let mut block = [0; BLOCK];
    loop {
        // A slow network takes little at once.
        let rate = look(shared, number)?.rate;
        let most = rate.map_or(BLOCK, |rate| (rate as usize / 100).clamp(1, BLOCK));
        let length = match from.read(&mut block[..most]) {
            Ok(0) => return to.shutdown(Shutdown::Write),
            Ok(length) => length,
            Err(error) if is_passing(&error) => continue,
            Err(error) => return Err(error),
        };
        // The weather may have changed while there was nothing.
        while look(shared, number)?.black_hole {
            thread::sleep(LOOK);
        }
        let weather = look(shared, number)?;
        let takes = weather.rate.map_or(Duration::ZERO, |rate| {
            Duration::from_secs_f64(length as f64 / f64::from(rate))
        });
        thread::sleep(weather.latency + takes);
        let renamed = renames
            .as_mut()
            .map(|renames| renames.take(&block[..length]));
        let mut rest = renamed.as_deref().unwrap_or(&block[..length]);
        while !rest.is_empty() {
            look(shared, number)?;
            match to.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The weather; an error if the connections of this number are reset.
fn look(shared: &Shared, number: u64) -> io::Result<Weather> {
    let weather = *shared.weather.lock().unwrap();
    if weather.generation == number {
        Ok(weather)
    } else {
        Err(ErrorKind::ConnectionReset.into())
    }
}

/// Whether it only took too long.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The port of a server that answers with what it was sent.
    fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for client in listener.incoming() {
                thread::spawn(move || {
                    let mut client = client.unwrap();
                    let mut block = [0; 1024];
                    while let Ok(length) = client.read(&mut block)
                        && length > 0
                        && client.write_all(&block[..length]).is_ok()
                    {}
                });
            }
        });
        port
    }

    /// A connection by way of the proxy.
    fn client(proxy: &Proxy) -> TcpStream {
        TcpStream::connect(("127.0.0.1", proxy.port())).unwrap()
    }

    /// What comes back.
    fn ask(mut client: &TcpStream, question: &[u8]) -> io::Result<Vec<u8>> {
        client.write_all(question)?;
        let mut answer = vec![0; question.len()];
        client.read_exact(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn it_is_the_weather_that_it_is_told_to_be() {
        let proxy = Proxy::start(echo());
        let first = client(&proxy);
        assert_eq!(ask(&first, b"well").unwrap(), b"well");
        let begin = Instant::now();
        proxy.latency(Duration::from_millis(30));
        assert_eq!(ask(&first, b"late").unwrap(), b"late");
        assert!(begin.elapsed() >= Duration::from_millis(60));
        proxy.heal();
        proxy.slow(20_000);
        let begin = Instant::now();
        ask(&first, &[7; 1000]).unwrap();
        assert!(begin.elapsed() >= Duration::from_millis(50));
        proxy.heal();
        proxy.black_hole();
        let short = Some(Duration::from_millis(200));
        first.set_read_timeout(short).unwrap();
        assert!(is_passing(&ask(&first, b"hole").unwrap_err()));
        proxy.heal();
        first.set_read_timeout(None).unwrap();
        let mut late = [0; 4];
        (&first).read_exact(&mut late).unwrap();
        assert_eq!(&late, b"hole");
        let second = client(&proxy);
        assert_eq!(ask(&second, b"well").unwrap(), b"well");
        proxy.reset();
        let reset = ask(&second, b"gone").unwrap_err();
        let kinds = [
            ErrorKind::ConnectionReset,
            ErrorKind::BrokenPipe,
            ErrorKind::UnexpectedEof,
        ];
        assert!(kinds.contains(&reset.kind()), "{reset}");
        proxy.refuse();
        assert!(ask(&client(&proxy), b"no").is_err());
        proxy.heal();
        assert_eq!(ask(&client(&proxy), b"well").unwrap(), b"well");
        assert!(proxy.is_alive());
    }
}
