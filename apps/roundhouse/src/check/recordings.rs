// SPDX-License-Identifier: MIT OR Apache-2.0
//! Recordings that a text plays: whether they are such, whether their decoder suits them, and whether they have the shape that
//! their camera is calibrated for.

use std::io::Read;
use std::path::{Path, PathBuf};

use facility::Facility;
use kit::same_shape;
use pipeline_text::{Mistake, Text};

use super::cameras::{AGGREGATOR, camera};
use super::element::Pad;
use super::graph::{Graph, Link, Node, pads};
use super::stream::{Stream, stream};

/// So much of a file tells what it is; bytes.
const HEAD: u64 = 1 << 16;
/// Parts of the names of elements behind which a picture no longer shows what it did.
const RESHAPING: [&str; 7] = [
    "crop",
    "box",
    "flip",
    "rotate",
    "composit",
    "mixer",
    "perspective",
];

/// A recording of known shape at a camera.
pub struct Shaped {
    file: PathBuf,
    camera: String,
    stream: Stream,
    /// What to say of it where the text names it.
    mistake: Mistake,
}

impl Shaped {
    /// The mistake that the recording has not the shape which its camera is calibrated for by `facility`.
    pub fn misfit(&self, facility: &Facility) -> Option<Mistake> {
        let (width, height) = facility.camera(&self.camera)?.image?;
        let calibrated = f64::from(width) / f64::from(height);
        let Stream {
            width: own_width,
            height: own_height,
            shape,
            ..
        } = self.stream;
        (!same_shape(shape?, calibrated)).then(|| {
            let mut mistake = self.mistake.clone();
            mistake.sentence = format!(
                "'{}' is {own_width}x{own_height}, but camera '{}' is calibrated for {width}x{height}, which has another shape: \
                 its metres would be wrong, so its frames are not used. Play the whole picture, or calibrate again",
                self.file.display(),
                self.camera
            );
            mistake
        })
    }
}

/// What is wrong with the recordings of a text by themselves, and those whose shape can be compared.
pub fn findings(graph: &Graph, text: &Text) -> (Vec<Mistake>, Vec<Shaped>) {
    let (mut mistakes, mut shaped) = (Vec::new(), Vec::new());
    for (index, node) in graph.nodes.iter().enumerate() {
        if node.factory(text) != "filesrc" {
            continue;
        }
        let Some(location) = node.setting("location", text) else {
            continue;
        };
        let file = Path::new(location.value(text));
        // A file that is not there is said by others.
        if !file.is_file() {
            continue;
        }
        let chain = chain(graph, index);
        let about = |sentence: String| text.mistake(location.value.clone(), sentence);
        if let Some(sentence) = no_recording(graph, text, &chain, file) {
            mistakes.push(about(sentence));
            continue;
        }
        let Some(stream) = stream(file) else { continue };
        if let Some(sentence) = wrong_decoder(graph, text, &chain, file, &stream) {
            mistakes.push(about(sentence));
        } else if let Some(camera) = camera_behind(graph, text, &chain) {
            shaped.push(Shaped {
                file: file.to_owned(),
                camera,
                stream,
                mistake: about(String::new()),
            });
        }
    }
    (mistakes, shaped)
}

/// The links behind a node, one after the other, as long as there is only one way to go.
fn chain(graph: &Graph, start: usize) -> Vec<&Link> {
    let mut chain: Vec<&Link> = Vec::new();
    let mut node = Some(start);
    while let Some(from) = node {
        let mut links = graph
            .links
            .iter()
            .filter(|link| link.from.node == Some(from));
        let (Some(link), None) = (links.next(), links.next()) else {
            break;
        };
        if chain.len() > graph.nodes.len() {
            break;
        }
        chain.push(link);
        node = link.to.node;
    }
    chain
}

/// The element that a link leads to.
fn target<'a>(graph: &'a Graph, link: &Link) -> Option<&'a Node> {
    graph.nodes.get(link.to.node?)
}

/// What the inputs of an element take; `None` if anything, or if it is not known.
fn taken(node: &Node) -> Option<gst::Caps> {
    let is_input = |pad: &Pad| pad.direction == gst::PadDirection::Sink;
    let mut caps = gst::Caps::new_empty();
    for pad in pads(node).into_iter().filter(is_input) {
        caps.merge(pad.caps);
    }
    (!caps.is_any() && !caps.is_empty()).then_some(caps)
}

/// Why `file` cannot be played by what stands behind it.
fn no_recording(graph: &Graph, text: &Text, chain: &[&Link], file: &Path) -> Option<String> {
    // With caps behind it, or behind an element that takes anything, it may be anything.
    let link = chain.first().filter(|link| link.filters.is_empty())?;
    let next = target(graph, link)?;
    let name = file.display();
    let mut head = Vec::new();
    let opened = std::fs::File::open(file);
    if let Err(cause) = opened.and_then(|it| it.take(HEAD).read_to_end(&mut head)) {
        return Some(format!("'{name}' cannot be read: {cause}"));
    }
    if head.is_empty() {
        return Some(format!("'{name}' is empty"));
    }
    let caps = taken(next)?;
    let element = next.factory(text);
    match gst_base::type_find_helper_for_data(None::<&gst::Object>, &head) {
        Ok((found, _)) if found.can_intersect(&caps) => None,
        Ok((found, _)) => {
            let found = found.structure(0)?.name().to_owned();
            Some(format!(
                "'{name}' is {found}, which '{element}' does not take: name a recording, or put the element in between that \
                 takes it"
            ))
        }
        Err(_) => Some(format!(
            "'{name}' is nothing that GStreamer knows, so '{element}' will not take it: name a recording"
        )),
    }
}

/// That the decoder, or the parser before it, is for another codec than that of the stream.
fn wrong_decoder(
    graph: &Graph,
    text: &Text,
    chain: &[&Link],
    file: &Path,
    stream: &Stream,
) -> Option<String> {
    let demuxer = chain.iter().position(|link| {
        let node = target(graph, link);
        node.is_some_and(|node| pads(node).iter().any(|pad| !pad.always))
    })?;
    let next = target(graph, chain.get(demuxer + 1)?)?;
    let caps = taken(next)?;
    let names: Vec<&str> = caps.iter().map(|caps| caps.name().as_str()).collect();
    if names.contains(&"video/x-raw") || names.contains(&stream.codec.as_str()) {
        return None;
    }
    let element = next.factory(text);
    Some(format!(
        "'{}' holds {}, which '{element}' does not take: write the parser and decoder of that codec, or decodebin",
        file.display(),
        stream.codec
    ))
}

/// The camera whose pictures the chain brings unchanged to an aggregator or a network.
fn camera_behind(graph: &Graph, text: &Text, chain: &[&Link]) -> Option<String> {
    for link in chain {
        let node = target(graph, link)?;
        match node.factory(text) {
            AGGREGATOR => {
                let pad = &text.description()[link.to.pad.clone()?];
                return camera(node, pad, text);
            }
            "ortinfer" => return Some(node.setting("camera", text)?.value(text).to_owned()),
            other if RESHAPING.iter().any(|part| other.contains(part)) => return None,
            _ => {}
        }
    }
    None
}
