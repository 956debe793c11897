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
    /// Who shares messages with whom: readers of one group get each message once.
    #[arg(long, default_value = "roundhouse-command")]
    group: String,
}

impl Address {
    /// The address with its credentials.
    pub fn endpoint(&self) -> Outcome<Endpoint> {
        let mut endpoint = Endpoint::parse(&self.uri)
            .map_err(|error| Failure::new(format!("the address: {error}")))?;
        if let Some(reference) = &self.credentials {
            let credentials = kit::Credentials::read(reference);
            endpoint.credentials =
                Some(credentials.map_err(|error| Failure::new(format!("--credentials: {error}")))?);
        }
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
            ..Options::default()
        }
    }
}

/// The kind of this word.
fn parse_kind(word: &str) -> Result<Kind, String> {
    let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let found = Kind::ALL.into_iter().find(|kind| kind.as_str() == word);
    found.ok_or_else(|| format!("known are {}", known.join(", ")))
}

/// Says on standard error what happens to the connection.
pub fn narrator(endpoint: &Endpoint) -> Tell {
    let place = endpoint.to_string();
    Box::new(move |news| match news {
        News::Connected => eprintln!("connected to {place}"),
        News::Lost(fault) => eprintln!("{fault}; trying again"),
        News::Dropped(count) => {
            eprintln!("{count} messages were dropped: they are not taken as fast as they come");
        }
        News::Refused(refusal, count) => eprintln!(
            "{count} messages were refused ({}): {refusal}",
            refusal.reason.as_str()
        ),
        News::SpoolFailed(fault) => eprintln!("{fault}; messages are kept in memory only"),
        News::SpoolDamaged(count) => {
            eprintln!("{count} messages of the spool are damaged and lost");
        }
        News::SpoolRestored => eprintln!("messages are kept on the disk again"),
    })
}

/// A fault as the end of a command.
pub fn failed(fault: &Fault) -> Failure {
    Failure::new(fault.to_string())
}
