// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user can set.

use std::path::PathBuf;
use std::sync::LazyLock;

use gst::glib;
use gst::prelude::*;
use kit::properties;

use super::leaky::Leaky;
use super::spool::Spool;
use crate::link::LinkSettings;

/// The flow of frames: no flow has changed them yet.
const RAW: &str = "raw";
/// How long the end of the stream waits while nothing can be sent, nanoseconds.
const DRAIN: u64 = 30_000_000_000;

/// The values of the properties.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where messages go.
    pub link: LinkSettings,
    /// Path of facility.toml, of which the id is read.
    pub facility: Option<PathBuf>,
    /// The flow of frames.
    pub flow: String,
    /// The camera of frames that do not say it.
    pub camera: Option<String>,
    /// Quality of the JPEG that raw frames are sent as; 0: they are sent raw.
    pub jpeg_quality: u32,
    /// Whether the stream waits.
    pub leaky: Leaky,
    /// Where messages wait on the disk.
    pub spool: Spool,
    /// How long the end waits while nothing can be sent, nanoseconds.
    pub drain_timeout: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            link: LinkSettings::default(),
            facility: None,
            flow: RAW.to_owned(),
            camera: None,
            jpeg_quality: 0,
            leaky: Leaky::default(),
            spool: Spool::default(),
            drain_timeout: DRAIN,
        }
    }
}

impl Settings {
    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "facility" => self.facility = properties::path(value),
            "flow" => self.flow = properties::text(value),
            "camera" => {
                self.camera = Some(properties::text(value)).filter(|camera| !camera.is_empty());
            }
            "jpeg-quality" => properties::assign(&mut self.jpeg_quality, value),
            "leaky" => properties::assign(&mut self.leaky, value),
            "drain-timeout" => properties::assign(&mut self.drain_timeout, value),
            name => {
                let _ = self.spool.set(name, value) || self.link.set(name, value);
            }
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "facility" => properties::path_value(self.facility.as_deref()),
            "flow" => self.flow.to_value(),
            "camera" => self.camera.to_value(),
            "jpeg-quality" => self.jpeg_quality.to_value(),
            "leaky" => self.leaky.to_value(),
            "drain-timeout" => self.drain_timeout.to_value(),
            name => {
                let value = self.spool.get(name).or_else(|| self.link.get(name));
                value.unwrap_or_else(|| unimplemented!("property {name}"))
            }
        }
    }
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let mut list = LinkSettings::properties(
        "Where messages go: zmq+push://HOST:PORT, zmq+pub, zmq+req, imagezmq+req://HUB:PORT, imagezmq+pub, amqp://HOST/VHOST, \
         kafka://HOST:PORT, mqtt://HOST, https://HOST/PATH or file:///FOLDER",
    );
    list.extend(Spool::properties());
    list.extend([
        properties::facility("the facility that frames belong to; documents say it themselves"),
        properties::flow(RAW),
        glib::ParamSpecString::builder("camera")
            .nick("Camera")
            .blurb("Id of the camera of a single stream whose frames do not say it")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt::builder("jpeg-quality")
            .nick("JPEG quality")
            .blurb("Quality of the JPEG that raw frames are sent as, in percent; 0: they are sent raw. A thread of the element encodes")
            .maximum(100)
            .mutable_ready()
            .build(),
        glib::ParamSpecEnum::builder_with_default("leaky", Leaky::default())
            .nick("Leaky")
            .blurb("What happens when messages come faster than they are taken")
            .mutable_ready()
            .build(),
        glib::ParamSpecUInt64::builder("drain-timeout")
            .nick("Drain timeout")
            .blurb("How long the end of the stream waits while nothing of what is left can be sent, ns")
            .default_value(DRAIN)
            .mutable_ready()
            .build(),
        properties::stats("messages, by what became of them, and the state of the connection"),
    ]);
    list
});
