// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse bus setup`: make what a broker must have.

use clap::Args;

use super::address::{Address, Selection, failed};
use crate::failure::Outcome;

/// Make the exchanges, queues or topics that a broker must have, and say which. Does nothing twice.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    selection: Selection,
    /// Only say what would be made.
    #[arg(long)]
    dry_run: bool,
}

/// Makes what is missing.
pub fn run(arguments: &Arguments) -> Outcome {
    let endpoint = arguments.address.endpoint()?;
    let options = arguments.selection.options();
    let fixtures = bus::topology::describe(&endpoint, &options).map_err(|fault| failed(&fault))?;
    if fixtures.is_empty() {
        println!("{endpoint}: nothing is needed");
        return Ok(());
    }
    if arguments.dry_run {
        for fixture in &fixtures {
            println!("would make {}\n  {}", fixture.what, fixture.command);
        }
        return Ok(());
    }
    bus::topology::setup(&endpoint, &options).map_err(|fault| failed(&fault))?;
    for fixture in &fixtures {
        println!("{} is there", fixture.what);
    }
    Ok(())
}
