// SPDX-License-Identifier: MIT OR Apache-2.0
//! The names of topics below the prefix of an address.

use crate::{Endpoint, Envelope, Fault, Options, escaped, selection, topic};

/// The topics of one address.
#[derive(Clone)]
pub struct Topics {
    /// The prefix with a slash, or nothing.
    prefix: String,
}

impl Topics {
    /// The topics below the address's path.
    pub fn of(endpoint: &Endpoint) -> Result<Self, Fault> {
        let prefix = endpoint.path.trim_matches('/');
        if prefix.contains(['+', '#', '\0']) {
            let problem = format!("the prefix '{prefix}' must be a topic, not a pattern");
            return Err(endpoint.local(problem));
        }
        let prefix = match prefix {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Ok(Self { prefix })
    }

    /// The topic of a message.
    pub fn of_message(&self, envelope: &Envelope) -> String {
        format!("{}{}", self.prefix, topic(envelope, '/'))
    }

    /// Whether the client of this name is there.
    pub fn of_status(&self, facility: Option<&str>, client: &str) -> String {
        let facility = facility.map_or_else(|| "_".to_owned(), escaped);
        format!("{}depot/{facility}/status/{}", self.prefix, escaped(client))
    }

    /// What is said of a facility to people, under a name.
    pub fn of_alert(&self, facility: &str, name: &str) -> String {
        let (facility, name) = (escaped(facility), escaped(name));
        format!("{}depot/{facility}/alert/{name}", self.prefix)
    }

    /// How many locomotives are in a facility, as a flow sees it.
    pub fn of_count(&self, facility: &str, flow: &str) -> String {
        format!("{}depot/{facility}/{flow}/count", self.prefix)
    }

    /// Whether there are any on a track.
    pub fn of_track(&self, facility: &str, flow: &str, track: &str) -> String {
        format!(
            "{}depot/{facility}/{flow}/track/{track}/occupied",
            self.prefix
        )
    }

    /// The pattern of all topics of tracks.
    pub fn of_tracks(&self) -> String {
        self.of_track("+", "+", "+")
    }

    /// Facility, flow and track of a topic of a track.
    pub fn track(&self, topic: &str) -> Option<[String; 3]> {
        let names: Vec<&str> = topic.strip_prefix(&self.prefix)?.split('/').collect();
        match names[..] {
            ["depot", facility, flow, "track", track, "occupied"] => {
                Some([facility, flow, track].map(str::to_owned))
            }
            _ => None,
        }
    }

    /// The patterns of what is subscribed to.
    pub fn subscribed(&self, options: &Options) -> Vec<String> {
        let pattern = |names: [Option<String>; 3]| {
            let [facility, flow, kind] = names.map(|name| name.unwrap_or_else(|| "+".to_owned()));
            format!("{}depot/{facility}/{flow}/{kind}/+", self.prefix)
        };
        selection::patterns(options)
            .into_iter()
            .map(pattern)
            .collect()
    }
}
