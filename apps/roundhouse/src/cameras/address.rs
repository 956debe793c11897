// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what is given on the command line to a camera's address, and how far away it is.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, Instant};

use facility::{Address, AddressError, AddressKind};

/// Longest wait for a host to take a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// Takes an address apart. The name of a file that is there counts as one.
pub fn parse(text: &str) -> Result<Address, AddressError> {
    if !text.contains(':') && Path::new(text).is_file() {
        return Ok(Address {
            kind: AddressKind::File,
            location: text.to_owned(),
            credentials: None,
            host: None,
        });
    }
    Address::parse(text)
}

/// How long the host takes to accept a connection, which is one round trip; `None` for what has no host.
pub fn round_trip(address: &Address) -> Result<Option<Duration>, String> {
    let Some((host, port)) = &address.host else {
        return Ok(None);
    };
    let places = (host.as_str(), *port).to_socket_addrs();
    let places = places.map_err(|error| {
        format!("the host '{host}' is not known ({error}): check its name, or write its number")
    })?;
    let mut problem = format!("the host '{host}' has no address");
    for place in places {
        let start = Instant::now();
        match TcpStream::connect_timeout(&place, CONNECT) {
            Ok(_) => return Ok(Some(start.elapsed())),
            Err(error) => {
                problem = format!(
                    "no connection to {place} ({error}): is the camera on, and is this its address and port?"
                );
            }
        }
    }
    Err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_that_is_there_is_an_address() {
        assert_eq!(parse("Cargo.toml").unwrap().location, "Cargo.toml");
        assert_eq!(parse("no-such-file"), Err(AddressError::NoScheme));
    }

    #[test]
    fn a_port_where_nobody_listens_is_said() {
        let address = parse("rtsp://127.0.0.1:9/s").unwrap();
        assert!(round_trip(&address).unwrap_err().contains("127.0.0.1:9"));
    }
}
