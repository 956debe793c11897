// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras at the aggregator: each at one pad, in a format that networks read.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;

use pipeline_text::{Mistake, Text};

use super::element::Known;
use super::graph::{Graph, Link, Node};

/// The aggregator.
pub const AGGREGATOR: &str = "framemux";

/// The camera at the pad `pad` of the aggregator `node`, as far as the text names it.
pub fn camera(node: &Node, pad: &str, text: &Text) -> Option<String> {
    if let Some(given) = node.setting(&format!("{pad}::camera"), text) {
        return Some(given.value(text).to_owned());
    }
    let number: u64 = pad.strip_prefix("sink_")?.parse().ok()?;
    Some(format!("C{}", number + 1))
}

/// What is wrong with the cameras of each aggregator.
pub fn mistakes(graph: &Graph, text: &Text) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        if node.factory(text) != AGGREGATOR {
            continue;
        }
        let links: Vec<&Link> = graph
            .links
            .iter()
            .filter(|link| link.to.node == Some(index))
            .collect();
        mistakes.extend(doubled(node, &links, text));
        if graph
            .nodes
            .iter()
            .any(|node| node.factory(text) == "ortinfer")
        {
            mistakes.extend(links.iter().filter_map(|link| unreadable(link, text)));
        }
    }
    mistakes
}

/// Pads that have another one's camera, and pads with two streams.
fn doubled(node: &Node, links: &[&Link], text: &Text) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut pads: BTreeMap<String, String> = BTreeMap::new();
    for (pad, place) in links.iter().filter_map(|link| named_pad(link, text)) {
        let Some(camera) = camera(node, &pad, text) else {
            continue;
        };
        let sentence = match pads.insert(camera.clone(), pad.clone()) {
            None => continue,
            Some(other) if other == pad => {
                format!("two streams are linked to '{pad}': give each camera a pad of its own")
            }
            Some(other) => format!(
                "'{other}' and '{pad}' have the same camera, '{camera}': give each pad a camera of its own ({pad}::camera=…)"
            ),
        };
        mistakes.push(text.mistake(place, sentence));
    }
    mistakes
}

/// The pad that a link names, and where.
fn named_pad(link: &Link, text: &Text) -> Option<(String, Range<usize>)> {
    let place = link.to.pad.clone()?;
    Some((text.description()[place.clone()].to_owned(), place))
}

/// That a link to the aggregator passes only formats that no network reads.
fn unreadable(link: &Link, text: &Text) -> Option<Mistake> {
    let pads = Known::find("ortinfer").ok()?.pads();
    let read = pads
        .iter()
        .find(|pad| pad.direction == gst::PadDirection::Sink)?;
    let place = link.filters.last()?;
    let caps = gst::Caps::from_str(&text.description()[place.clone()]).ok()?;
    let is_raw = caps.iter().all(|caps| caps.name() == "video/x-raw");
    (is_raw && !caps.can_intersect(&read.caps)).then(|| {
        let sentence =
            "no network here reads this format: put 'videoconvert ! video/x-raw,format=I420' before the pad";
        text.mistake(place.clone(), sentence.to_owned())
    })
}
