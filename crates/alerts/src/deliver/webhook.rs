// SPDX-License-Identifier: MIT OR Apache-2.0
//! By a request to a web server.

use std::fmt;
use std::time::Duration;

use bus::{Authorities, agent};
use credentials::{Credentials, secret};
use ureq::Agent;

use crate::alert::Notice;

use super::outcome::Outcome;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// An address that takes JSON by POST.
#[derive(Clone)]
pub struct Webhook {
    /// Its name in the file of rules.
    pub name: String,
    /// The address, or `file:FILE` or `env:NAME` that holds it, because some addresses are passwords themselves.
    pub url: String,
    /// Where the token is kept: `file:FILE` or `env:NAME`, holding USER:TOKEN.
    pub credentials: Option<String>,
    /// A file of authorities to trust instead of the public ones.
    pub ca: Option<String>,
}

/// Without what may be a password.
impl fmt::Debug for Webhook {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Webhook({})", self.name)
    }
}

impl Webhook {
    /// Tells it, once.
    pub fn tell(&self, notice: &Notice) -> Outcome {
        self.post(notice).unwrap_or_else(|sentence| {
            Outcome::Later(format!("webhook '{}': {sentence}", self.name))
        })
    }

    /// Posts a notice. An error is something that may be better at another time.
    fn post(&self, notice: &Notice) -> Result<Outcome, String> {
        let url = self.address()?;
        let place = host(&url);
        let mut request = self
            .agent()?
            .post(&url)
            .header("content-type", "application/json");
        if let Some(reference) = &self.credentials {
            let token = Credentials::read(reference)?.password;
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.send(notice.to_json());
        // What ureq says may repeat the address.
        let response = response.map_err(|error| {
            format!(
                "{place}: {}; check the address and the network",
                error.to_string().replace(&url, &place)
            )
        })?;
        let status = response.status();
        let remedy = match status.as_u16() {
            200..=299 => return Ok(Outcome::Delivered),
            401 | 403 => "; check its credentials",
            300..=399 => "; give the address that it moved to",
            404 | 405 | 410 => "; check the path of the address",
            408 | 425 | 429 | 500.. => "",
            _ => {
                return Ok(Outcome::Refused(format!(
                    "webhook '{}': {place}: answered '{status}'; it takes no such message",
                    self.name
                )));
            }
        };
        Err(format!("{place}: answered '{status}'{remedy}"))
    }

    /// The address.
    fn address(&self) -> Result<String, String> {
        let text = secret(&self.url).unwrap_or_else(|| Ok(self.url.clone()))?;
        Ok(text.trim().to_owned())
    }

    /// A client that takes each status for an answer and follows nobody elsewhere.
    fn agent(&self) -> Result<Agent, String> {
        let trusted = self.ca.as_deref().map(Authorities::read).transpose();
        let trusted = trusted.map_err(|problem| format!("ca: {problem}"))?;
        Ok(agent(PATIENCE, trusted.as_ref()))
    }
}

/// Scheme and host of an address: what stands behind may be a password.
fn host(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn only_scheme_and_host_are_told() {
        assert_eq!(
            host("https://me:secret@chat.example:8443/hooks/secret?key=secret"),
            "https://chat.example:8443"
        );
        assert_eq!(host("nonsense"), "://nonsense");
    }
}
