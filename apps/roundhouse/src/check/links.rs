// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether what a text links has such pads, and whether anything can pass between them.

use std::str::FromStr;

use gst::PadDirection::{Sink, Src};
use pipeline_text::{Mistake, Text};

use super::element::{Pad, no_pad};
use super::graph::{End, Graph, Link, pads};

/// What is wrong with the links.
pub fn mistakes(graph: &Graph, text: &Text) -> Vec<Mistake> {
    let links = graph.links.iter();
    links
        .filter_map(|link| mistake(graph, text, link).err())
        .collect()
}

/// What is wrong with one link.
fn mistake(graph: &Graph, text: &Text, link: &Link) -> Result<(), Mistake> {
    let mut passing = gst::Caps::new_any();
    for place in &link.filters {
        let written = &text.description()[place.clone()];
        let caps = gst::Caps::from_str(written).map_err(|_| {
            let sentence =
                format!("'{written}' cannot be read as caps: write media/type,field=value,…");
            text.mistake(place.clone(), sentence)
        })?;
        passing = passing.intersect(&caps);
    }
    let (Some((giver, given)), Some((taker, taken))) = (
        side(graph, text, &link.from, Src)?,
        side(graph, text, &link.to, Sink)?,
    ) else {
        return Ok(());
    };
    if let Some(place) = link.filters.first() {
        for (element, caps, does) in [(&giver, &given, "gives"), (&taker, &taken, "takes")] {
            if !caps.can_intersect(&passing) {
                let sentence = format!(
                    "'{element}' {does} nothing of this, only {}: change the caps, or put an element in between that converts",
                    media(caps)
                );
                return Err(text.mistake(place.clone(), sentence));
            }
        }
    }
    if given.intersect(&passing).can_intersect(&taken) {
        return Ok(());
    }
    let sentence = format!(
        "'{giver}' cannot be linked to '{taker}': the one gives {}, the other takes {}; put an element in between that makes the one of the other",
        media(&given),
        media(&taken)
    );
    Err(text.mistake(link.at.clone(), sentence))
}

/// The element at one side of a link and what can pass through its pads there; `None` where that is not known.
fn side(
    graph: &Graph,
    text: &Text,
    end: &End,
    direction: gst::PadDirection,
) -> Result<Option<(String, gst::Caps)>, Mistake> {
    let Some(node) = end.node.and_then(|index| graph.nodes.get(index)) else {
        return Ok(None);
    };
    let all = pads(node);
    if all.is_empty() {
        return Ok(None);
    }
    let element = text.description()[node.place.clone()].to_owned();
    let own: Vec<Pad> = all
        .into_iter()
        .filter(|pad| pad.direction == direction)
        .collect();
    if own.is_empty() {
        let place = end.pad.clone().unwrap_or_else(|| node.place.clone());
        let sentence = match direction {
            Src => format!("'{element}' has no output: nothing can be linked behind it"),
            _ => format!("'{element}' has no input: nothing can be linked before it"),
        };
        return Err(text.mistake(place, sentence));
    }
    let mut caps = gst::Caps::new_empty();
    for pad in &own {
        let is_meant = match &end.pad {
            Some(name) => pad.fits(&text.description()[name.clone()]),
            None => true,
        };
        if is_meant {
            caps.merge(pad.caps.clone());
        }
    }
    match &end.pad {
        Some(place)
            if !own
                .iter()
                .any(|pad| pad.fits(&text.description()[place.clone()])) =>
        {
            let name = &text.description()[place.clone()];
            Err(text.mistake(place.clone(), no_pad(&element, name, &own)))
        }
        _ => Ok(Some((element, caps))),
    }
}

/// `video/x-raw, video/x-bayer`: the kinds of caps without their fields.
fn media(caps: &gst::CapsRef) -> String {
    let mut names: Vec<&str> = caps
        .iter()
        .map(|structure| structure.name().as_str())
        .collect();
    names.dedup();
    match names.len() {
        0 => "anything".to_owned(),
        1..=6 => names.join(", "),
        _ => format!("{}, …", names[..6].join(", ")),
    }
}
