// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user can set.

use std::sync::LazyLock;

use bus::{Kind, Options};
use gst::glib;
use gst::prelude::*;
use kit::properties;

use crate::link::LinkSettings;

/// Who shares messages with whom, unless it is said otherwise.
const GROUP: &str = "roundhouse";

/// The values of the properties.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where messages come from.
    pub link: LinkSettings,
    /// Whether cameras set the pace.
    pub is_live: bool,
    /// The facility whose messages are taken; empty: all.
    pub facility_id: String,
    /// Flows whose messages are taken, comma-separated; empty: all.
    pub flows: String,
    /// Kinds of messages that are taken, comma-separated; empty: all.
    pub kinds: String,
    /// Size of the muxer's pictures, if messages of nvmsgconv are taken; empty: they are not.
    pub nvmsgconv: String,
    /// Sources of one group share the messages.
    pub group: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            link: LinkSettings::default(),
            is_live: true,
            facility_id: String::new(),
            flows: String::new(),
            kinds: String::new(),
            nvmsgconv: String::new(),
            group: GROUP.to_owned(),
        }
    }
}

impl Settings {
    /// Sets the property `name`.
    pub fn set(&mut self, name: &str, value: &glib::Value) {
        match name {
            "is-live" => properties::assign(&mut self.is_live, value),
            "facility-id" => self.facility_id = properties::text(value),
            "flows" => self.flows = properties::text(value),
            "kinds" => self.kinds = properties::text(value),
            "nvmsgconv" => self.nvmsgconv = properties::text(value),
            "group" => self.group = properties::text(value),
            name => {
                self.link.set(name, value);
            }
        }
    }

    /// The value of the property `name`.
    pub fn get(&self, name: &str) -> glib::Value {
        match name {
            "is-live" => self.is_live.to_value(),
            "facility-id" => self.facility_id.to_value(),
            "flows" => self.flows.to_value(),
            "kinds" => self.kinds.to_value(),
            "nvmsgconv" => self.nvmsgconv.to_value(),
            "group" => self.group.to_value(),
            name => self
                .link
                .get(name)
                .unwrap_or_else(|| unimplemented!("property {name}")),
        }
    }

    /// What a connection is to do.
    ///
    /// # Errors
    /// A kind that is not known, or no size; the sentence says what is expected.
    pub fn options(&self) -> Result<Options, String> {
        let kinds = properties::list(&self.kinds);
        let kinds = kinds
            .iter()
            .map(|word| kind(word))
            .collect::<Result<Vec<Kind>, _>>()?;
        let nvmsgconv = Some(&self.nvmsgconv).filter(|size| !size.is_empty());
        let nvmsgconv = nvmsgconv.map(|size| size.parse()).transpose();
        let mut options = Options {
            facility: Some(self.facility_id.clone()).filter(|facility| !facility.is_empty()),
            flows: properties::list(&self.flows),
            kinds,
            nvmsgconv: nvmsgconv.map_err(|error| format!("Property 'nvmsgconv': {error}"))?,
            live: self.is_live,
            ..Options::default()
        };
        if !self.group.is_empty() {
            options.group.clone_from(&self.group);
        }
        Ok(options)
    }
}

/// The kind of this word.
fn kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| {
        format!(
            "Property 'kinds': '{word}' is not known; known are {}",
            Kind::words()
        )
    })
}

/// The properties, with the defaults of [`Settings`].
pub static PROPERTIES: LazyLock<Vec<glib::ParamSpec>> = LazyLock::new(|| {
    let text = |name, nick, blurb| {
        glib::ParamSpecString::builder(name)
            .nick(nick)
            .blurb(blurb)
            .mutable_ready()
    };
    let mut list = LinkSettings::properties(
        "Where messages come from: zmq+pull://HOST:PORT, zmq+sub, zmq+rep, imagezmq+rep://0.0.0.0:PORT, imagezmq+sub, amqp://HOST/VHOST, \
         kafka://HOST:PORT or mqtt://HOST",
    );
    list.extend([
        glib::ParamSpecBoolean::builder("is-live")
            .nick("Is live")
            .blurb("Whether cameras set the pace: old messages give way to new ones. false: files are played at the sender, and every message counts")
            .default_value(true)
            .mutable_ready()
            .build(),
        text("facility-id", "Facility", "Id of the facility whose messages are taken; empty: all").build(),
        text("flows", "Flows", "Comma-separated names of the flows whose messages are taken; empty: all").build(),
        text("kinds", "Kinds", "Comma-separated kinds of messages that are taken, such as facility-state; empty: all").build(),
        text("nvmsgconv", "Size for nvmsgconv", "Take also what DeepStream's nvmsgconv makes with payload-type=1, as frames with detections and without pixels: width and height of its muxer's pictures, such as 1920x1080; empty: refuse it").build(),
        text("group", "Group", "Sources of one group share the messages of a broker; each group gets all of them").default_value(Some(GROUP)).build(),
        properties::stats("messages, by what became of them, and the state of the connection"),
    ]);
    list
});
