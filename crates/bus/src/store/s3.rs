// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures in a bucket of S3, at Amazon or at any program that speaks its protocol.
//!
//! `s3://BUCKET/PREFIX?region=eu-central-1&credentials=file:PATH`, elsewhere also `&endpoint=https://HOST:PORT&ca=FILE`.
//!
//! Requests are signed by `rusty-s3` and sent as everything else over HTTP. What is stored again is written again: it is the same, and
//! a question before each picture would cost more.

use std::time::Duration;

use credentials::Credentials;
use rusty_s3::{S3Action, UrlStyle};
use ureq::http::StatusCode;
use ureq::{Agent, Body, http::Response};
use url::Url;

use super::not_got::NotGot;
use crate::agent::{agent, encryption_fault};
use crate::tls::Authorities;
use crate::{Fault, FaultKind, Refusal, RefusalReason};

/// The region of a bucket of which none is said.
const REGION: &str = "us-east-1";
/// How long a signature is good for. Clocks may differ by less.
const VALID: Duration = Duration::from_mins(5);
/// Longest wait for the store.
const PATIENCE: Duration = Duration::from_secs(20);
/// The environment variables that all programs of S3 read.
const KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
/// The parameters of an address.
const PARAMETERS: [&str; 4] = ["ca", "credentials", "endpoint", "region"];

/// A bucket of pictures.
#[derive(Clone)]
pub struct Bucket {
    remote: rusty_s3::Bucket,
    /// What stands before each reference; empty or with a slash at its end.
    prefix: String,
    /// Where the keys are kept, if the address says so.
    credentials: Option<String>,
    agent: Agent,
    /// The address for people.
    place: String,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(formatter, "Bucket({})", self.place)
    }
}

impl Bucket {
    /// The bucket of an address.
    pub fn parse(address: &str) -> Result<Self, Fault> {
        let wrong = |problem: &dyn std::fmt::Display| {
            let shown = address.split('?').next().unwrap_or_default();
            Fault::new(FaultKind::Local, format!("image store {shown}: {problem}"))
        };
        let url = Url::parse(address).map_err(|error| wrong(&error))?;
        let name = url.host_str().unwrap_or_default().to_owned();
        let parameter = |name: &str| {
            let found = url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        if let Some((unknown, _)) = url
            .query_pairs()
            .find(|(key, _)| !PARAMETERS.contains(&key.as_ref()))
        {
            let known = PARAMETERS.join(", ");
            return Err(wrong(&format!(
                "parameter '{unknown}' is not known; known are {known}"
            )));
        }
        let region = parameter("region").unwrap_or_else(|| REGION.to_owned());
        // Programs of one's own seldom have a name for each bucket.
        let (endpoint, style) = match parameter("endpoint") {
            Some(endpoint) => (endpoint, UrlStyle::Path),
            None => (
                format!("https://s3.{region}.amazonaws.com"),
                UrlStyle::VirtualHost,
            ),
        };
        let endpoint = Url::parse(&endpoint)
            .map_err(|error| wrong(&format!("parameter 'endpoint': {error}")))?;
        let bucket = rusty_s3::Bucket::new(endpoint, style, name, region);
        let trusted = parameter("ca").map(|file| Authorities::read(&file));
        let trusted = trusted.transpose().map_err(|error| wrong(&error))?;
        let path = url.path().trim_matches('/');
        Ok(Self {
            remote: bucket.map_err(|error| wrong(&error))?,
            prefix: if path.is_empty() {
                String::new()
            } else {
                format!("{path}/")
            },
            credentials: parameter("credentials"),
            agent: agent(PATIENCE, trusted.as_ref()),
            place: format!("s3://{}{}", url.host_str().unwrap_or_default(), url.path()),
        })
    }

    /// Stores something.
    pub fn put(&self, reference: &str, payload: &[u8]) -> Result<(), Fault> {
        let keys = self.keys()?;
        let key = format!("{}{reference}", self.prefix);
        let place = self.remote.put_object(Some(&keys), &key).sign(VALID);
        let answer = self.agent.put(place.as_str()).send(payload);
        let answer = answer.map_err(|error| self.failed(&error))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(self.refused(answer))
    }

    /// What is stored, at most a byte more than `largest`.
    pub fn get(&self, reference: &str, largest: usize) -> Result<Vec<u8>, NotGot> {
        let keys = self.keys().map_err(NotGot::Fault)?;
        let key = format!("{}{reference}", self.prefix);
        let place = self.remote.get_object(Some(&keys), &key).sign(VALID);
        let answer = self.agent.get(place.as_str()).call();
        let mut answer = answer.map_err(|error| NotGot::Fault(self.failed(&error)))?;
        if answer.status().is_success() {
            let body = answer.body_mut().with_config().limit(largest as u64 + 1);
            return match body.read_to_vec() {
                Ok(payload) => Ok(payload),
                Err(ureq::Error::BodyExceedsLimit(_)) => {
                    let sentence = format!("dataref '{reference}' has more than {largest} bytes");
                    Err(NotGot::Refused(Refusal::new(
                        RefusalReason::TooLarge,
                        sentence,
                    )))
                }
                Err(error) => Err(NotGot::Fault(self.failed(&error))),
            };
        }
        if answer.status() == StatusCode::NOT_FOUND {
            let fault = self.refused(answer);
            if fault.kind == FaultKind::Missing {
                return Err(NotGot::Fault(fault));
            }
            let sentence = format!("dataref '{reference}' in {}: it is not there", self.place);
            return Err(NotGot::Refused(Refusal::new(
                RefusalReason::Expired,
                sentence,
            )));
        }
        Err(NotGot::Fault(self.refused(answer)))
    }

    /// The keys, read anew each time, so that new ones need no restart.
    fn keys(&self) -> Result<rusty_s3::Credentials, Fault> {
        let missing = |problem: String| {
            let sentence = format!("image store {}: {problem}", self.place);
            Fault::new(FaultKind::Denied, sentence)
        };
        if let Some(reference) = &self.credentials {
            let known = Credentials::read(reference).map_err(missing)?;
            return Ok(rusty_s3::Credentials::new(known.user, known.password));
        }
        rusty_s3::Credentials::from_env().ok_or_else(|| {
            let [key, secret] = KEYS;
            missing(format!(
                "there are no keys; name a file with KEY:SECRET in the address, ?credentials=file:PATH, or set {key} and {secret}"
            ))
        })
    }

    /// The fault of a request without an answer.
    fn failed(&self, error: &ureq::Error) -> Fault {
        let kind = match error {
            ureq::Error::Timeout(_) => FaultKind::Silent,
            _ => FaultKind::Unreachable,
        };
        let usual = (kind, "check the endpoint and the network");
        let (kind, remedy) = encryption_fault(error).unwrap_or(usual);
        Fault::new(
            kind,
            format!("image store {}: {error}; {remedy}", self.place),
        )
    }

    /// The fault of an answer that is none to the request. The store says in words of its own what is wrong.
    fn refused(&self, mut answer: Response<Body>) -> Fault {
        let status = answer.status();
        let said = answer.body_mut().with_config().limit(4096).read_to_string();
        let said = said.unwrap_or_default();
        let code = said
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"))
            .map_or("", |(code, _)| code);
        let (kind, remedy) = match (status.as_u16(), code) {
            (_, "NoSuchBucket") => (FaultKind::Missing, "make the bucket"),
            (301, _) => (
                FaultKind::Missing,
                "name the region of the bucket: ?region=REGION",
            ),
            (401 | 403, _) => (
                FaultKind::Denied,
                "check the keys, what they may do, and the clock of this machine",
            ),
            _ => (FaultKind::Lost, "the store does not take it at present"),
        };
        Fault::new(
            kind,
            format!(
                "image store {}: answered '{status}' {code}; {remedy}",
                self.place
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let bucket = Bucket::parse("s3://hall/pictures/a?region=eu-central-1").unwrap();
        assert_eq!(bucket.prefix, "pictures/a/");
        let url = bucket.remote.object_url("x").to_string();
        assert_eq!(url, "https://hall.s3.eu-central-1.amazonaws.com/x");
        let own = Bucket::parse("s3://hall?endpoint=http://127.0.0.1:9000").unwrap();
        assert_eq!((own.prefix.as_str(), own.place.as_str()), ("", "s3://hall"));
        assert_eq!(
            own.remote.base_url().as_str(),
            "http://127.0.0.1:9000/hall/"
        );
        for (address, said) in [
            ("s3://hall?regoin=a", "parameter 'regoin' is not known"),
            ("s3://hall?endpoint=here", "parameter 'endpoint'"),
            ("s3://hall?ca=/none.pem", "/none.pem"),
        ] {
            let fault = Bucket::parse(address).unwrap_err().to_string();
            assert!(
                fault.starts_with("image store s3://hall: ") && fault.contains(said),
                "{fault}"
            );
        }
    }

    #[test]
    fn keys_that_are_not_there_are_said_to_be_missing() {
        let bucket = Bucket::parse("s3://hall?credentials=file:/none").unwrap();
        let fault = bucket.put("img/d/c/x.bin", b"x").unwrap_err();
        assert_eq!(fault.kind, FaultKind::Denied);
        assert!(fault.to_string().contains("/none"), "{fault}");
    }
}
