// SPDX-License-Identifier: MIT OR Apache-2.0
//! The properties by which both elements say where messages go or come from.

use bus::{Endpoint, EndpointError, Store};
use gst::glib;
use gst::prelude::*;
use kit::properties;

/// Messages that may wait in memory, unless it is said otherwise: some seconds of a hall.
const QUEUE: u32 = 512;
/// Bytes that may wait in memory, unless it is said otherwise.
const QUEUE_BYTES: u64 = 256 << 20;

/// Where messages go or come from, and how many may wait.
#[derive(Debug, Clone)]
pub struct LinkSettings {
    /// The address.
    pub uri: String,
    /// Where user and password are kept: `file:PATH` or `env:NAME`.
    pub credentials: Option<String>,
    /// Where pictures lie that travel by reference: `dir:///FOLDER` or `s3://BUCKET/PREFIX`.
    pub image_store: Option<String>,
    /// Messages that may wait in memory.
    pub max_size_messages: u32,
    /// Bytes that may wait in memory.
    pub max_size_bytes: u64,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            uri: String::new(),
            credentials: None,
            image_store: None,
            max_size_messages: QUEUE,
            max_size_bytes: QUEUE_BYTES,
        }
    }
}

impl LinkSettings {
    /// Sets the property `name`; whether it is one of these.
    pub fn set(&mut self, name: &str, value: &glib::Value) -> bool {
        match name {
            "uri" => self.uri = properties::text(value),
            "credentials" => {
                self.credentials = Some(properties::text(value)).filter(|text| !text.is_empty());
            }
            "image-store" => {
                self.image_store = Some(properties::text(value)).filter(|text| !text.is_empty());
            }
            "max-size-messages" => properties::assign(&mut self.max_size_messages, value),
            "max-size-bytes" => properties::assign(&mut self.max_size_bytes, value),
            _ => return false,
        }
        true
    }

    /// The value of the property `name`, if it is one of these. A password in the address is masked.
    pub fn get(&self, name: &str) -> Option<glib::Value> {
        Some(match name {
            "uri" => kit::mask_passwords(&self.uri).to_value(),
            "credentials" => self.credentials.to_value(),
            "image-store" => self.image_store.to_value(),
            "max-size-messages" => self.max_size_messages.to_value(),
            "max-size-bytes" => self.max_size_bytes.to_value(),
            _ => return None,
        })
    }

    /// The address with its credentials.
    ///
    /// # Errors
    /// It is wrong, or the credentials cannot be read; the sentence says what to do.
    pub fn endpoint(&self) -> Result<Endpoint, String> {
        let wrong = |error: EndpointError| format!("Property 'uri': {error}");
        let mut endpoint = Endpoint::parse(&self.uri).map_err(wrong)?;
        endpoint
            .read_credentials(self.credentials.as_deref())
            .map_err(|error| format!("Property 'credentials': {error}"))?;
        Ok(endpoint)
    }

    /// Where pictures lie that travel by reference.
    ///
    /// # Errors
    /// The address is wrong; the sentence says what is expected.
    pub fn store(&self) -> Result<Option<Store>, String> {
        let store = self.image_store.as_deref().map(Store::parse).transpose();
        store.map_err(|fault| format!("Property 'image-store': {fault}"))
    }

    /// The specifications of these properties; `uri` is described by `blurb`.
    pub fn properties(blurb: &str) -> Vec<glib::ParamSpec> {
        vec![
            glib::ParamSpecString::builder("uri").nick("Address").blurb(blurb).mutable_ready().build(),
            glib::ParamSpecString::builder("credentials")
                .nick("Credentials")
                .blurb("Where user and password are kept, so that they stand in no text: file:PATH or env:NAME, holding USER:PASSWORD")
                .mutable_ready()
                .build(),
            glib::ParamSpecString::builder("image-store")
                .nick("Image store")
                .blurb("Place that both sides share, where pictures lie that travel by reference: dir:///FOLDER or s3://BUCKET/PREFIX; null: pictures travel along")
                .mutable_ready()
                .build(),
            glib::ParamSpecUInt::builder("max-size-messages")
                .nick("Maximum number of messages")
                .blurb("Number of messages that may wait in memory")
                .minimum(1)
                .default_value(QUEUE)
                .mutable_ready()
                .build(),
            glib::ParamSpecUInt64::builder("max-size-bytes")
                .nick("Maximum size in bytes")
                .blurb("Bytes of messages that may wait in memory")
                .minimum(1)
                .default_value(QUEUE_BYTES)
                .mutable_ready()
                .build(),
        ]
    }
}
