// SPDX-License-Identifier: MIT OR Apache-2.0
//! One of the pipelines that play.

use gst::prelude::*;
use pipeline_text::Variables;

use super::flows::Watched;
use super::lost_cameras::LostCameras;
use super::progress::{Meter, flows_off};
use super::sentences;
use crate::failure::{Failure, Outcome};

/// A pipeline, and what is known of how it goes.
pub struct Stage {
    /// Its file's name.
    pub name: String,
    pub pipeline: gst::Pipeline,
    /// Its flows that play files.
    pub flows: Vec<Watched>,
    meter: Meter,
    lost: LostCameras,
    /// How it ended, once it has.
    pub end: Option<Outcome>,
}

/// What follows from a message.
pub enum News {
    /// Something to say on standard error.
    Say(String),
    /// Something that was asked for: for standard output.
    Result(String),
    /// It plays now.
    Plays,
    /// A flow plays its new text.
    Reloaded(String),
    /// It is over.
    Over(Outcome),
    /// Nothing.
    None,
}

impl Stage {
    /// A pipeline that does not play yet; the settings are for the files of its flows.
    pub fn new(name: String, pipeline: gst::Pipeline, variables: &Variables) -> Self {
        Self {
            name,
            flows: Watched::all(&pipeline, variables),
            meter: Meter::new(&pipeline),
            lost: LostCameras::default(),
            end: None,
            pipeline,
        }
    }

    /// Starts it; the reason if it does not, in the words of the element that refused.
    pub fn start(&mut self) -> Outcome {
        if self.pipeline.set_state(gst::State::Playing).is_ok() {
            return Ok(());
        }
        let kinds = [gst::MessageType::Error];
        let message = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&kinds));
        match message.map(|message| react(&message)) {
            Some(News::Over(outcome)) => outcome,
            _ => Err(Failure::new("the pipeline does not start")),
        }
    }

    /// What a message means.
    pub fn take(&mut self, message: &gst::Message) -> News {
        self.lost.end_unlinked(&self.pipeline);
        if let Some(news) = self.lost_camera(message) {
            return news;
        }
        if let gst::MessageView::StateChanged(change) = message.view()
            && message.src() == Some(self.pipeline.upcast_ref())
            && change.current() == gst::State::Playing
        {
            return News::Plays;
        }
        react(message)
    }

    /// What an error means that only costs cameras.
    fn lost_camera(&mut self, message: &gst::Message) -> Option<News> {
        let gst::MessageView::Error(error) = message.view() else {
            return None;
        };
        let element = message.src()?.downcast_ref::<gst::Element>()?;
        let sentence = format!("{}: {}", element.name(), error.error().message());
        let news = self.lost.take(&self.pipeline, element, &sentence)?;
        Some(news.map_or(News::None, |news| {
            News::Say(format!("warning: {news}; the other cameras go on"))
        }))
    }

    /// How far it is.
    pub fn progress(&mut self) -> String {
        self.meter.progress(&self.pipeline)
    }

    /// Stops it, with the result `outcome`, which what was lost on the way makes worse; the figures of the run.
    pub fn stop(&mut self, outcome: Outcome) -> Vec<String> {
        let summary = self.meter.summary(&self.pipeline);
        let mut losses: Vec<String> = self.lost.summary().into_iter().collect();
        losses.extend(flows_off(&self.pipeline));
        let without = |losses: &[String]| {
            Failure::new(format!("played to the end, but {}", losses.join("; ")))
        };
        self.end = Some(outcome.and_then(|()| {
            if losses.is_empty() {
                Ok(())
            } else {
                Err(without(&losses))
            }
        }));
        // From the sinks on, each element at once: so nothing that is held up by another one holds up the stop. Going to
        // NULL only frees; an error was reported already.
        for element in self.pipeline.iterate_sorted().into_iter().flatten() {
            let _ = element.set_state(gst::State::Null);
        }
        let _ = self.pipeline.set_state(gst::State::Null);
        summary
    }
}

/// What a message of the pipeline means for the player.
fn react(message: &gst::Message) -> News {
    let from = message
        .src()
        .map_or_else(|| "pipeline".into(), gst::Object::name);
    match message.view() {
        gst::MessageView::Eos(_) => News::Over(Ok(())),
        gst::MessageView::Error(error) => {
            let debug = error
                .debug()
                .map(|debug| format!("\n  ({debug})"))
                .unwrap_or_default();
            News::Over(Err(Failure::new(format!(
                "{from}: {}{debug}",
                error.error().message()
            ))))
        }
        gst::MessageView::Warning(warning) => {
            News::Say(format!("warning: {from}: {}", warning.error().message()))
        }
        gst::MessageView::Element(element) => element.structure().map_or(News::None, |structure| {
            let flowbin = message.src().and_then(|source| source.downcast_ref());
            of_element(&from, structure, flowbin)
        }),
        _ => News::None,
    }
}

/// What a message of an element means.
fn of_element(from: &str, structure: &gst::StructureRef, element: Option<&gst::Element>) -> News {
    if let Some(sentence) = sentences::of_camera(structure) {
        return News::Say(format!("{from}: {sentence}"));
    }
    if let Some(summary) = sentences::of_comparison(structure) {
        return News::Result(summary);
    }
    let sentence = element.and_then(|flowbin| sentences::of_flow(structure, flowbin));
    match (sentence, sentences::flow_event(structure)) {
        (Some(sentence), Some("reloaded")) => News::Reloaded(sentence),
        (Some(sentence), _) => News::Say(sentence),
        _ => News::None,
    }
}
