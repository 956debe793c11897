// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is subscribed to.

use bytes::Bytes;

use crate::refusal::is_accepted;
use crate::{Envelope, Kind, Options, Received, escaped};

/// Facility, flows and kinds that are subscribed to.
#[derive(Debug, Clone)]
pub struct Filter {
    facility: Option<String>,
    flows: Vec<String>,
    kinds: Vec<Kind>,
}

impl Filter {
    /// The filter that these options ask for.
    pub fn new(options: &Options) -> Self {
        Self {
            facility: options.facility.clone(),
            flows: options.flows.clone(),
            kinds: options.kinds.clone(),
        }
    }

    /// The beginnings of the topics that can be of use.
    pub fn topics(&self) -> Vec<Bytes> {
        let Some(facility) = &self.facility else {
            return vec![Bytes::from_static(b"depot.")];
        };
        let mut topics = vec![format!("depot.{}.", escaped(facility))];
        if !self.flows.is_empty() {
            let flows: Vec<&str> = self.flows.iter().map(String::as_str).collect();
            topics = longer(&topics, &flows);
            if !self.kinds.is_empty() {
                let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.as_str()).collect();
                topics = longer(&topics, &kinds);
            }
        }
        topics.into_iter().map(Bytes::from).collect()
    }

    /// What is done instead of taking a message: nothing if it was not asked for, a refusal if its flow is not accepted.
    pub fn rejects(&self, envelope: &Envelope) -> Option<Vec<Received>> {
        let facility = self.facility.as_ref();
        if facility.is_some_and(|facility| *facility != envelope.facility)
            || !(self.kinds.is_empty() || self.kinds.contains(&envelope.kind))
        {
            return Some(Vec::new());
        }
        let refusal = is_accepted(&envelope.flow, &self.flows).err()?;
        Some(vec![Received::Refused(refusal)])
    }
}

/// Each topic with each of the names behind it.
fn longer(topics: &[String], names: &[&str]) -> Vec<String> {
    let longer = |topic: &String| {
        let topic = topic.clone();
        names
            .iter()
            .map(move |name| format!("{topic}{}.", escaped(name)))
    };
    topics.iter().flat_map(longer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_as_narrow_as_the_options() {
        let mut options = Options::default();
        let topics = |options: &Options| Filter::new(options).topics();
        assert_eq!(topics(&options), ["depot."]);
        options.kinds = vec![Kind::Tick, Kind::Image];
        options.facility = Some("hall a".to_owned());
        assert_eq!(topics(&options), ["depot.hall_20a."]);
        options.flows = vec!["prod".to_owned()];
        assert_eq!(
            topics(&options),
            ["depot.hall_20a.prod.tick.", "depot.hall_20a.prod.image."]
        );
    }
}
