// SPDX-License-Identifier: MIT OR Apache-2.0
//! The arguments by which all subcommands say where and what.

use bus::{Endpoint, Fault, Kind, News, Options, Tell};
use clap::Args;

use crate::failure::{Failure, Outcome};

/// Where messages go or come from.
#[derive(Args)]
pub struct Address {
    /// Address, as for bussink and bussrc.
    uri: String,
    /// Where user and password are kept, so that they stand in no command: `file:PATH` or `env:NAME`.
    #[arg(long, value_name = "REFERENCE")]
    credentials: Option<String>,
}

/// Which messages are meant.
#[derive(Args)]
pub struct Selection {
    /// Only messages of the facility with this id.
    #[arg(long, value_name = "ID")]
    facility_id: Option<String>,
    /// Only messages of this flow; may be given more than once.
    #[arg(long = "flow", value_name = "NAME")]
    flows: Vec<String>,
    /// Only messages of this kind, such as facility-state; may be given more than once.
    #[arg(long = "kind", value_name = "KIND", value_parser = parse_kind)]
    kinds: Vec<Kind>,
    /// Also what only recordings need: over Kafka they have topics of their own.
    #[arg(long)]
    recorded: bool,
    /// Who shares messages with whom: readers of one group get each message once.
    #[arg(long, default_value = "roundhouse-command")]
    group: String,
}

impl Address {
    /// The address with its credentials.
    pub fn endpoint(&self) -> Outcome<Endpoint> {
        let mut endpoint = Endpoint::parse(&self.uri)
            .map_err(|error| Failure::new(format!("the address: {error}")))?;
        endpoint
            .read_credentials(self.credentials.as_deref())
            .map_err(|error| Failure::new(format!("--credentials: {error}")))?;
        Ok(endpoint)
    }
}

impl Selection {
    /// What a connection is to do.
    pub fn options(&self) -> Options {
        Options {
            facility: self.facility_id.clone(),
            flows: self.flows.clone(),
            kinds: self.kinds.clone(),
            group: self.group.clone(),
            recorded: self.recorded,
            ..Options::default()
        }
    }
}

/// The kind of this word.
fn parse_kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| format!("known are {}", Kind::words()))
}

/// Says on standard error what happens to the connection.
pub fn narrator(endpoint: &Endpoint) -> Tell {
    let place = endpoint.to_string();
    Box::new(move |news| {
        let ending = if matches!(news, News::Lost(_)) {
            "; trying again"
        } else {
            ""
        };
        eprintln!("{}{ending}", news.sentence(&place));
    })
}

/// A fault as the end of a command.
pub fn failed(fault: &Fault) -> Failure {
    Failure::new(fault.to_string())
}
