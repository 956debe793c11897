// SPDX-License-Identifier: MIT OR Apache-2.0
//! By a message on a broker.

use bus::Endpoint;

use crate::alert::Notice;

use super::outcome::Outcome;

/// A broker of MQTT.
#[derive(Debug, Clone)]
pub struct Mqtt {
    /// Its name in the file of rules.
    pub name: String,
    /// The broker, and the prefix of its topics.
    pub endpoint: Endpoint,
    /// Where user and password are kept: `file:FILE` or `env:NAME`.
    pub credentials: Option<String>,
}

impl Mqtt {
    /// Tells it, once, under the topic `depot/FACILITY/alert/RULE`.
    pub fn tell(&self, notice: &Notice) -> Outcome {
        let said = self.say(notice);
        let failed = |sentence| Outcome::Later(format!("mqtt '{}': {sentence}", self.name));
        said.map_or_else(failed, |()| Outcome::Delivered)
    }

    /// Publishes a notice.
    fn say(&self, notice: &Notice) -> Result<(), String> {
        let mut endpoint = self.endpoint.clone();
        if let Some(reference) = &self.credentials {
            endpoint.read_credentials(Some(reference))?;
        }
        let (facility, rule) = (&notice.alert.facility, &notice.alert.rule);
        bus::say(&endpoint, facility, rule, &notice.to_json()).map_err(|fault| fault.to_string())
    }
}
