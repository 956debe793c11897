// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bus check`: whether messages could travel.

use bus::{Endpoint, Fault, Transport, publisher, subscriber};
use clap::Args;

use super::address::{Address, Selection, failed};
use crate::failure::{Failure, Outcome};

/// Say whether an address can be connected to and what a broker lacks, with the command that makes it. Publishes nothing.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    selection: Selection,
}

/// Connects, asks and says what is missing.
pub fn run(arguments: &Arguments) -> Outcome {
    let endpoint = arguments.address.endpoint()?;
    let options = arguments.selection.options();
    let missing = bus::topology::check(&endpoint, &options).map_err(|fault| failed(&fault))?;
    for fixture in &missing {
        println!("missing: {}\n  {}", fixture.what, fixture.command);
    }
    if !missing.is_empty() {
        return Err(Failure::new(format!(
            "{endpoint} lacks what is listed above; the commands there make it, or: roundhouse bus setup"
        )));
    }
    let connected: Result<(), Fault> = if sends(&endpoint) {
        publisher(&endpoint, &options).map(drop)
    } else {
        subscriber(&endpoint, &options).map(drop)
    };
    connected.map_err(|fault| failed(&fault))?;
    let unnamed = options.facility.is_none() || options.flows.is_empty();
    if unnamed && endpoint.transport == Transport::Kafka {
        println!("{endpoint}: connected; with --facility-id and --flow, their topics are checked");
    } else {
        println!("{endpoint}: connected, nothing is missing");
    }
    Ok(())
}

/// Whether one connects to this address to send.
fn sends(endpoint: &Endpoint) -> bool {
    match endpoint.transport {
        Transport::Zmq(socket) | Transport::ImageZmq(socket) => socket.sends(),
        _ => true,
    }
}
