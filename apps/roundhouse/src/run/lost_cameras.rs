// SPDX-License-Identifier: MIT OR Apache-2.0
//! If the source or the decoder of a camera fails, only that camera is lost; all others continue.
//!
//! A live camera whose stream ends though nobody asked for that is lost, too: `rtspsrc` gives no error when a server goes.
//!
//! An error is put down to cameras when the element that has it leads to pads of `framemux` and does not come after it.
//! A demuxer that fails before it knows its streams is not linked to anything yet: it belongs to one of the pads
//! that no source leads to. Which one does not matter as soon as there are as many such sources as such pads.

use std::collections::{BTreeMap, BTreeSet};

use gst::prelude::*;

use super::live::{is_live_source, value};

/// The cameras that were lost during a run.
#[derive(Default)]
pub struct LostCameras {
    /// What happened to each, by the element where its stream begins.
    sentences: BTreeMap<String, String>,
    /// Beginnings of streams that failed before they were linked.
    unlinked: BTreeSet<String>,
    /// Pads that no source was ever linked to and that were ended.
    given_up: Vec<gst::Pad>,
    /// The cameras that [`Self::unlinked`] must have been, where there were several.
    without_source: Vec<String>,
    /// Sources that failed since the last start of the pipeline.
    failed_sources: Vec<gst::Element>,
}

impl LostCameras {
    /// Takes the error `sentence` of the element `from`.
    ///
    /// Returns what to tell the user: `Some` once for each camera; `None` if the error is of all cameras and ends the run.
    #[allow(
        clippy::option_option,
        reason = "whether the error is a camera's, and whether it is news"
    )]
    pub fn take(
        &mut self,
        pipeline: &gst::Pipeline,
        from: &gst::Element,
        sentence: &str,
    ) -> Option<Option<String>> {
        let element = child_of(pipeline, from)?;
        let upstream = upstream(&element);
        let muxes = muxes(pipeline);
        if muxes.is_empty() || upstream.iter().any(|element| muxes.contains(element)) {
            return None;
        }
        let beginnings: Vec<gst::Element> = upstream.into_iter().filter(is_source).collect();
        let mut pads = aggregator_pads(pipeline);
        pads.retain(|pad| beginnings.iter().any(|source| before(pad).contains(source)));
        self.failed_sources.extend(beginnings.iter().cloned());
        let key = beginnings.first().unwrap_or(&element).name().to_string();
        if self.sentences.contains_key(&key) {
            return Some(None);
        }
        if pads.is_empty() {
            pads = self.pads_without_source(pipeline);
            if pads.len() == 1 {
                self.given_up.extend(pads.iter().cloned());
            } else {
                pads.clear();
                self.unlinked.insert(key.clone());
            }
        }
        pads.iter().for_each(end);
        let sentence = sentence_for(&pads, &beginnings, sentence);
        self.sentences.insert(key, sentence.clone());
        self.end_unlinked(pipeline);
        Some(Some(sentence))
    }

    /// Takes the end of the stream at a pad of an aggregator; what to tell the user if it is a loss: the source is live, was
    /// not told to end after a number of frames, and has not failed already.
    pub fn take_end(&mut self, pad: &gst::Pad) -> Option<String> {
        let beginnings: Vec<_> = before(pad).into_iter().filter(is_source).collect();
        let is_loss = |source: &gst::Element| {
            let frames = value::<i32>(source, "num-buffers");
            is_live_source(source) && frames.is_none_or(|frames| frames < 0)
        };
        let key = beginnings
            .first()
            .filter(|source| is_loss(source))?
            .name()
            .to_string();
        if self.sentences.contains_key(&key) {
            return None;
        }
        let sentence = sentence_for(std::slice::from_ref(pad), &beginnings, "its stream ended");
        self.sentences.insert(key, sentence.clone());
        Some(sentence)
    }

    /// Sources that failed since this was asked last.
    pub fn take_failed_sources(&mut self) -> Vec<gst::Element> {
        std::mem::take(&mut self.failed_sources)
    }

    /// Ends the pads of sources that failed before they were linked, as soon as it is clear which these are.
    pub fn end_unlinked(&mut self, pipeline: &gst::Pipeline) {
        if self.unlinked.is_empty() {
            return;
        }
        let pads = self.pads_without_source(pipeline);
        if pads.len() <= self.unlinked.len() {
            pads.iter().for_each(end);
            self.unlinked.clear();
            self.without_source.extend(pads.iter().filter_map(camera));
            self.given_up.extend(pads);
        }
    }

    /// The pads that no source leads to, but those that were given up.
    fn pads_without_source(&self, pipeline: &gst::Pipeline) -> Vec<gst::Pad> {
        let mut pads = aggregator_pads(pipeline);
        pads.retain(|pad| !before(pad).iter().any(is_source) && !self.given_up.contains(pad));
        pads
    }

    /// What happened, if any camera was lost.
    pub fn summary(&self) -> Option<String> {
        let mut sentences: Vec<_> = self.sentences.values().cloned().collect();
        if !self.without_source.is_empty() {
            let cameras = self.without_source.join(", ");
            sentences.push(format!(
                "the cameras that no source could be linked to are {cameras}"
            ));
        }
        (!sentences.is_empty()).then(|| sentences.join("; "))
    }
}

/// The pads of the pipeline's aggregators, one for each camera.
pub fn aggregator_pads(pipeline: &gst::Pipeline) -> Vec<gst::Pad> {
    let muxes = muxes(pipeline);
    muxes.iter().flat_map(gst::Element::sink_pads).collect()
}

/// What to tell of cameras that were lost.
fn sentence_for(pads: &[gst::Pad], beginnings: &[gst::Element], sentence: &str) -> String {
    let cameras: Vec<String> = pads.iter().filter_map(camera).collect();
    let name = match cameras.as_slice() {
        [] => "a camera".to_owned(),
        cameras => format!("camera {}", cameras.join(", ")),
    };
    let place: String = beginnings
        .iter()
        .filter_map(place)
        .map(|place| format!(" ({place})"))
        .collect();
    format!("{name}{place} is lost: {sentence}")
}

/// The camera of a pad.
fn camera(pad: &gst::Pad) -> Option<String> {
    pad.find_property("camera")?;
    pad.property::<Option<String>>("camera")
}

/// The file or address that a source reads.
fn place(source: &gst::Element) -> Option<String> {
    ["location", "uri"].into_iter().find_map(|name| {
        source.find_property(name)?;
        source.property_value(name).get::<Option<String>>().ok()?
    })
}

/// The aggregators of the pipeline.
fn muxes(pipeline: &gst::Pipeline) -> Vec<gst::Element> {
    let is_mux = |element: &gst::Element| {
        element
            .factory()
            .is_some_and(|factory| factory.name() == "framemux")
    };
    pipeline.children().into_iter().filter(is_mux).collect()
}

/// `element`, or the bin of the pipeline that it is inside of.
fn child_of(pipeline: &gst::Pipeline, element: &gst::Element) -> Option<gst::Element> {
    let mut element = element.clone();
    loop {
        let parent = element.parent().and_downcast::<gst::Element>()?;
        if &parent == pipeline.upcast_ref::<gst::Element>() {
            return Some(element);
        }
        element = parent;
    }
}

/// `element` and everything that leads to it.
fn upstream(element: &gst::Element) -> Vec<gst::Element> {
    let mut found = vec![element.clone()];
    let mut next = 0;
    while let Some(element) = found.get(next).cloned() {
        next += 1;
        let more = element
            .sink_pads()
            .iter()
            .filter_map(peer)
            .collect::<Vec<_>>();
        for element in more {
            if !found.contains(&element) {
                found.push(element);
            }
        }
    }
    found
}

/// Everything that leads to `pad`.
fn before(pad: &gst::Pad) -> Vec<gst::Element> {
    peer(pad).map_or_else(Vec::new, |element| upstream(&element))
}

/// What leads to `pad` directly.
fn peer(pad: &gst::Pad) -> Option<gst::Element> {
    pad.peer()?.parent_element()
}

/// Whether a stream begins at `element`.
fn is_source(element: &gst::Element) -> bool {
    element.sink_pads().is_empty()
}

/// Tells `pad` that nothing more comes; from a thread of the element, because the pad may have to wait its turn.
pub fn end(pad: &gst::Pad) {
    let Some(mux) = pad.parent_element() else {
        return;
    };
    let pad = pad.clone();
    mux.call_async(move |_| {
        if pad.sticky_event::<gst::event::StreamStart>(0).is_none() {
            pad.send_event(gst::event::StreamStart::new("lost"));
        }
        // Refused only if the stream has ended already.
        pad.send_event(gst::event::Eos::new());
    });
}
