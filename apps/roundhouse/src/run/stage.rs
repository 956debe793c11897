// SPDX-License-Identifier: MIT OR Apache-2.0
//! One of the pipelines that play.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gst::prelude::*;
use kit::{error_text, lock};
use pipeline_text::Variables;

use super::camera_states::CameraStates;
use super::flows::Watched;
use super::live::{is_live, start_without_preroll};
use super::lost_cameras::{LostCameras, aggregator_pads, end};
use super::progress::{Meter, flows_off};
use super::{arrival_age, camera_ends, sentences};
use crate::failure::{Failure, Outcome};

/// Name of the message that the pipeline did not start.
const NOT_STARTED: &str = "roundhouse-not-started";

/// A pipeline, and what is known of how it goes.
pub struct Stage {
    /// Its file's name.
    pub name: String,
    pub pipeline: gst::Pipeline,
    /// Its flows that play files.
    pub flows: Vec<Watched>,
    /// Whether a source of it is live.
    live: bool,
    /// Whether it has played.
    pub plays: bool,
    meter: Meter,
    lost: LostCameras,
    cameras: CameraStates,
    /// Whether its end was asked for.
    ending: bool,
    /// Whether it was stopped; locked while it starts, so that a late start does not wake it again.
    stopped: Arc<Mutex<bool>>,
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
        let live = is_live(&pipeline);
        if live {
            start_without_preroll(&pipeline);
            arrival_age::watch(&pipeline);
        }
        camera_ends::watch(&aggregator_pads(&pipeline));
        Self {
            name,
            flows: Watched::all(&pipeline, variables),
            live,
            plays: false,
            meter: Meter::new(&pipeline),
            lost: LostCameras::default(),
            cameras: CameraStates::default(),
            ending: false,
            stopped: Arc::default(),
            end: None,
            pipeline,
        }
    }

    /// Starts it, on a thread of its own: networks take their time to load, and signals must be obeyed meanwhile. What goes
    /// wrong comes as a message.
    pub fn start(&self) {
        let stopped = self.stopped.clone();
        self.pipeline.call_async(move |pipeline| {
            let stopped = lock(&stopped);
            if !*stopped && pipeline.set_state(gst::State::Playing).is_err() {
                let structure = gst::Structure::new_empty(NOT_STARTED);
                let message = gst::message::Application::builder(structure)
                    .src(pipeline)
                    .build();
                // Without a bus nobody wants to know.
                let _ = pipeline.post_message(message);
            }
        });
    }

    /// What a message means.
    pub fn take(&mut self, message: &gst::Message) -> News {
        self.lost.end_unlinked(&self.pipeline);
        if let Some(news) = self.lost_camera(message) {
            return news;
        }
        if let Some(news) = self.camera_state(message) {
            return news;
        }
        match message.view() {
            gst::MessageView::StateChanged(change)
                if message.src() == Some(self.pipeline.upcast_ref())
                    && change.current() == gst::State::Playing =>
            {
                self.plays = true;
                News::Plays
            }
            gst::MessageView::Application(application)
                if application
                    .structure()
                    .is_some_and(|it| it.name() == NOT_STARTED) =>
            {
                self.start_without_failed_sources()
            }
            gst::MessageView::Application(_) => self.camera_ended(message),
            gst::MessageView::Latency(_) => {
                // Sinks that cannot be told keep the latency that they have.
                let _ = self.pipeline.recalculate_latency();
                News::None
            }
            _ => react(message),
        }
    }

    /// The pipeline did not start: does so without the cameras whose sources refused, if that was the reason.
    fn start_without_failed_sources(&mut self) -> News {
        let failed = self.lost.take_failed_sources();
        if failed.is_empty() {
            return News::Over(Err(Failure::new("the pipeline does not start")));
        }
        for source in failed {
            source.set_locked_state(true);
            // Freed only; why it failed was told.
            let _ = source.set_state(gst::State::Null);
        }
        self.start();
        News::None
    }

    /// The stream of a camera has ended, which nobody asked for.
    fn camera_ended(&mut self, message: &gst::Message) -> News {
        let pad = camera_ends::ended_pad(message).filter(|_| self.live && !self.ending);
        let sentence = pad.and_then(|pad| self.lost.take_end(&pad));
        sentence.map_or(News::None, |sentence| {
            News::Say(format!("warning: {sentence}; the other cameras go on"))
        })
    }

    /// What an error means that only costs cameras.
    fn lost_camera(&mut self, message: &gst::Message) -> Option<News> {
        let gst::MessageView::Error(error) = message.view() else {
            return None;
        };
        let element = message.src()?.downcast_ref::<gst::Element>()?;
        let sentence = format!(
            "{}: {}",
            element.name(),
            error_text(&error.error(), error.debug().as_deref())
        );
        let news = self.lost.take(&self.pipeline, element, &sentence)?;
        // An error on the way to PLAYING stops the pipeline where it is.
        self.start();
        Some(news.map_or(News::None, |news| {
            News::Say(format!("warning: {news}; the other cameras go on"))
        }))
    }

    /// What an element says of a camera, if `message` does.
    fn camera_state(&mut self, message: &gst::Message) -> Option<News> {
        let news = self.cameras.take(message, Instant::now())?;
        Some(news.map_or(News::None, News::Say))
    }

    /// What is to be said of cameras because time has passed.
    pub fn overdue(&mut self) -> Vec<String> {
        self.cameras.overdue(Instant::now())
    }

    /// How far it is, and which cameras fail.
    pub fn progress(&mut self) -> String {
        let mut line = self.meter.progress(&self.pipeline);
        if let Some(away) = self.cameras.away() {
            line.push_str("; ");
            line.push_str(&away);
        }
        line
    }

    /// Asks it to end: every source is told so, each on a thread of its own, because a source takes it only when the stream
    /// lets go.
    pub fn ask_to_end(&mut self) {
        self.ending = true;
        self.cameras.end();
        for source in self.pipeline.iterate_sources().into_iter().flatten() {
            source.call_async(|source| {
                source.send_event(gst::event::Eos::new());
            });
        }
        // An error may have stopped it on its way to PLAYING; only then do its sinks tell that they are at the end.
        self.start();
    }

    /// Ends the streams of cameras in place of sources that do not: one that never connected has nobody to tell.
    pub fn end_cameras(&self) {
        for pad in aggregator_pads(&self.pipeline) {
            end(&pad);
        }
    }

    /// Stops it, with the result `outcome`, which what was lost on the way makes worse; the figures of the run. Waits for
    /// elements that do not let go at most for `limit`.
    pub fn stop(&mut self, outcome: Outcome, limit: Duration) -> Vec<String> {
        let mut summary = self.meter.summary(&self.pipeline);
        summary.extend(self.cameras.summary());
        let mut losses: Vec<String> = self.lost.summary().into_iter().collect();
        losses.extend(self.cameras.losses(self.live, Instant::now()));
        losses.extend(flows_off(&self.pipeline));
        let losses = losses.join("; ");
        self.end = Some(match outcome {
            outcome if losses.is_empty() => outcome,
            Ok(()) => Err(Failure::new(format!("played to the end, but {losses}"))),
            Err(failure) => Err(Failure::new(format!("{failure}; {losses}"))),
        });
        if !self.shut_down(limit) {
            summary.push("warning: an element does not stop; the run ends without it".to_owned());
        }
        summary
    }

    /// Brings it to NULL on a thread of its own; whether that was done within `limit`.
    fn shut_down(&self, limit: Duration) -> bool {
        let (pipeline, stopped) = (self.pipeline.clone(), self.stopped.clone());
        let (done, ended) = channel();
        std::thread::spawn(move || {
            *lock(&stopped) = true;
            // From the sinks on, each element at once: so nothing that is held up by another one holds up the stop. Going to
            // NULL only frees; an error was reported already.
            for element in pipeline.iterate_sorted().into_iter().flatten() {
                let _ = element.set_state(gst::State::Null);
            }
            let _ = pipeline.set_state(gst::State::Null);
            drop(pipeline);
            // Nobody may wait any more.
            let _ = done.send(());
        });
        ended.recv_timeout(limit).is_ok()
    }
}

/// What a message means that is not about cameras.
fn react(message: &gst::Message) -> News {
    let from = message
        .src()
        .map_or_else(|| "pipeline".into(), gst::Object::name);
    match message.view() {
        gst::MessageView::Eos(_) => News::Over(Ok(())),
        gst::MessageView::Error(error) => {
            let text = error_text(&error.error(), error.debug().as_deref());
            News::Over(Err(Failure::new(format!("{from}: {text}"))))
        }
        gst::MessageView::Warning(warning) => {
            let text = error_text(&warning.error(), warning.debug().as_deref());
            News::Say(format!("warning: {from}: {text}"))
        }
        gst::MessageView::Element(element) => element.structure().map_or(News::None, |structure| {
            let flowbin = message.src().and_then(|source| source.downcast_ref());
            of_element(&from, structure, flowbin)
        }),
        _ => News::None,
    }
}

/// What an element message means.
fn of_element(from: &str, structure: &gst::StructureRef, element: Option<&gst::Element>) -> News {
    if let Some(sentence) = sentences::of_arrival(structure) {
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
