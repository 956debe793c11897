// SPDX-License-Identifier: MIT OR Apache-2.0
//! States as plain values, one topic each, for dashboards that do not read JSON, and what tells Home Assistant of them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::topics::Topics;
use crate::{Message, escaped};

/// What is read of a state.
#[derive(Deserialize)]
struct State {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    count: u64,
    locomotives: Vec<Locomotive>,
}

#[derive(Deserialize)]
struct Locomotive {
    track: String,
    #[serde(default)]
    status: String,
}

/// A retained value.
pub type Value = (String, Bytes);

/// The values that the broker has.
pub struct Flat {
    topics: Topics,
    homeassistant: bool,
    /// The tracks that were ever occupied, by facility and flow. A state names only those that are.
    tracks: BTreeMap<(String, String), BTreeSet<String>>,
    published: BTreeMap<String, Bytes>,
}

impl Flat {
    /// Nothing is known yet.
    pub const fn new(topics: Topics, homeassistant: bool) -> Self {
        Self {
            topics,
            homeassistant,
            tracks: BTreeMap::new(),
            published: BTreeMap::new(),
        }
    }

    /// Takes the topic of a value that the broker keeps from earlier connections.
    pub fn remember(&mut self, topic: &str) {
        if let Some([facility, flow, track]) = self.topics.track(topic) {
            let tracks = self.tracks.entry((facility, flow)).or_default();
            tracks.insert(track);
        }
    }

    /// The values that a state changes. A document that is none changes nothing.
    pub fn values(&mut self, message: &Message) -> Vec<Value> {
        let Ok(state) = serde_json::from_slice::<State>(&message.event) else {
            return Vec::new();
        };
        let facility = escaped(&message.envelope.facility);
        let flow = escaped(&message.envelope.flow);
        let occupied: BTreeSet<String> = state
            .data
            .locomotives
            .iter()
            .filter(|locomotive| locomotive.status != "tentative")
            .map(|locomotive| escaped(&locomotive.track))
            .collect();
        let known = self
            .tracks
            .entry((facility.clone(), flow.clone()))
            .or_default();
        known.extend(occupied.iter().cloned());
        let count = self.topics.of_count(&facility, &flow);
        let mut values = Vec::new();
        if self.homeassistant {
            values.push(sensor(&facility, &flow, &count));
        }
        values.push((count, Bytes::from(state.data.count.to_string())));
        for track in &*known {
            let topic = self.topics.of_track(&facility, &flow, track);
            if self.homeassistant {
                values.push(binary_sensor(&facility, &flow, track, &topic));
            }
            let value = if occupied.contains(track) {
                "true"
            } else {
                "false"
            };
            values.push((topic, Bytes::from_static(value.as_bytes())));
        }
        values.retain(|(topic, value)| self.published.get(topic) != Some(value));
        self.published.extend(values.iter().cloned());
        values
    }
}

/// What tells Home Assistant of the number of locomotives.
fn sensor(facility: &str, flow: &str, topic: &str) -> Value {
    let name = format!("roundhouse_{facility}_{flow}");
    let document = json!({
        "name": "Locomotives", "unique_id": format!("{name}_count"), "state_topic": topic,
        "state_class": "measurement", "device": device(facility, flow),
    });
    (
        format!("homeassistant/sensor/{name}/count/config"),
        Bytes::from(document.to_string()),
    )
}

/// What tells Home Assistant of a track.
fn binary_sensor(facility: &str, flow: &str, track: &str, topic: &str) -> Value {
    let name = format!("roundhouse_{facility}_{flow}");
    let document = json!({
        "name": format!("Track {track}"), "unique_id": format!("{name}_track_{track}"), "state_topic": topic,
        "payload_on": "true", "payload_off": "false", "device_class": "occupancy", "device": device(facility, flow),
    });
    (
        format!("homeassistant/binary_sensor/{name}/track_{track}/config"),
        Bytes::from(document.to_string()),
    )
}

/// The device that both belong to.
fn device(facility: &str, flow: &str) -> serde_json::Value {
    json!({
        "identifiers": [format!("roundhouse_{facility}_{flow}")], "name": format!("{facility} ({flow})"),
        "manufacturer": "Roundhouse",
    })
}
