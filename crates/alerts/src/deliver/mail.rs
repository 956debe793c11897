// SPDX-License-Identifier: MIT OR Apache-2.0
//! By e-mail.

use std::io;
use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials as Login;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{self, response::Severity};
use lettre::{Message, SmtpTransport, Transport};

use credentials::Credentials;

use crate::alert::{Notice, Status};

use super::outcome::Outcome;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Answers about passwords: somebody may correct them.
const OF_PASSWORDS: [&str; 4] = ["530", "534", "535", "538"];

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From its begin.
    Tls,
    /// After the server has said that it can; never without.
    StartTls,
    /// Not at all.
    None,
}

/// Mailboxes behind a mail server.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its name in the file of rules.
    pub name: String,
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// Where user and password are kept: `file:FILE` or `env:NAME`.
    pub credentials: Option<String>,
    /// A file of an authority to trust beside those of the system.
    pub ca: Option<String>,
    /// Who sends.
    pub from: Mailbox,
    /// Who is told.
    pub to: Vec<Mailbox>,
}

impl Mail {
    /// Tells it, once.
    pub fn tell(&self, notice: &Notice) -> Outcome {
        let place = format!("email '{}': {}:{}", self.name, self.host, self.port);
        let message = match self.message(notice) {
            Ok(message) => message,
            Err(error) => {
                return Outcome::Refused(format!("{place}: no message can be made: {error}"));
            }
        };
        let transport = match self.transport() {
            Ok(transport) => transport,
            Err(sentence) => return Outcome::Later(format!("{place}: {sentence}")),
        };
        match transport.send(&message) {
            Ok(_) => Outcome::Delivered,
            Err(error) => failed(&place, &error),
        }
    }

    /// The message of a notice.
    fn message(&self, notice: &Notice) -> Result<Message, lettre::error::Error> {
        let alert = &notice.alert;
        let word = match notice.status {
            Status::Raised => "",
            Status::Recovered => "Over: ",
            Status::Test => "Test: ",
        };
        let mut builder = Message::builder().from(self.from.clone());
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let subject = format!("[{}] {word}{}: {}", alert.facility, alert.rule, alert.text);
        // A line feed in what a camera read must not begin a header.
        let subject: String = subject
            .chars()
            .map(|sign| if sign.is_control() { ' ' } else { sign })
            .collect();
        let recovered = alert
            .recovered
            .map_or_else(String::new, |time| format!("Over:    {time}\n"));
        let body = format!(
            "{}\n\nRule:    {} ({})\nFlow:    {}\nSince:   {}\nRaised:  {}\n{recovered}",
            notice.text, alert.rule, alert.kind, alert.flow, alert.since, alert.raised
        );
        builder
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body)
    }

    /// A connection to the server that is made when something is sent.
    fn transport(&self) -> Result<SmtpTransport, String> {
        let mut builder = SmtpTransport::builder_dangerous(&self.host)
            .port(self.port)
            .timeout(Some(PATIENCE))
            .tls(self.tls()?);
        if let Some(reference) = &self.credentials {
            let known = Credentials::read(reference)?;
            builder = builder.credentials(Login::new(known.user, known.password));
        }
        Ok(builder.build())
    }

    /// How the connection is encrypted.
    fn tls(&self) -> Result<Tls, String> {
        if self.encryption == Encryption::None {
            return Ok(Tls::None);
        }
        let mut parameters = TlsParameters::builder(self.host.clone());
        if let Some(file) = &self.ca {
            let pem = std::fs::read(file).map_err(|error| format!("ca: {file}: {error}"))?;
            let certificate =
                Certificate::from_pem(&pem).map_err(|error| format!("ca: {file}: {error}"))?;
            parameters = parameters.add_root_certificate(certificate);
        }
        let parameters = parameters
            .build()
            .map_err(|error| format!("encryption: {error}"))?;
        Ok(match self.encryption {
            Encryption::Tls => Tls::Wrapper(parameters),
            _ => Tls::Required(parameters),
        })
    }
}

/// What an error of the server means.
fn failed(place: &str, error: &smtp::Error) -> Outcome {
    let mut sentence = format!("{place}: {error}");
    let mut kind = None;
    let mut source = std::error::Error::source(error);
    // The reasons below the first say what that does not.
    while let Some(reason) = source {
        let text = reason.to_string();
        if !sentence.contains(&text) {
            sentence = format!("{sentence}: {text}");
        }
        kind = kind.or(reason.downcast_ref::<io::Error>().map(io::Error::kind));
        source = reason.source();
    }
    match error.status() {
        Some(code) if OF_PASSWORDS.contains(&code.to_string().as_str()) => {
            Outcome::Later(format!("{sentence}; check its credentials"))
        }
        Some(code) if code.severity == Severity::PermanentNegativeCompletion => {
            Outcome::Refused(format!("{sentence}; check the addresses"))
        }
        Some(_) => Outcome::Later(sentence),
        None if sentence.contains("certificate") => {
            Outcome::Later(format!("{sentence}; `ca` names the authority to trust"))
        }
        None => Outcome::Later(format!("{sentence}; {}", remedy(kind))),
    }
}

/// What to do when a server does not answer. The client may go on reading when it has refused a certificate, and then what is seen of
/// that is a server that says nothing or hangs up.
const fn remedy(kind: Option<io::ErrorKind>) -> &'static str {
    match kind {
        Some(
            io::ErrorKind::WouldBlock
            | io::ErrorKind::TimedOut
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset,
        ) => {
            "nothing came from the server: check its port and encryption; a certificate that is not trusted may show in this, too, and \
             `ca` names the authority to trust"
        }
        _ => "check server, encryption and the network",
    }
}
