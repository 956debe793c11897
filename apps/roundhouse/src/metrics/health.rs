// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether pipelines are well, as their player sees it.

use std::sync::atomic::{AtomicBool, Ordering};

use gst::glib;
use gst::prelude::*;

/// The pipelines of a run.
#[derive(Debug)]
pub struct Health(Vec<Pipeline>);

/// One of them.
#[derive(Debug)]
struct Pipeline {
    name: String,
    played: glib::WeakRef<gst::Pipeline>,
    /// It has played to the end that was asked for.
    done: AtomicBool,
    /// Frames come in and nothing gets through.
    stuck: AtomicBool,
}

impl Health {
    /// Of these pipelines, each with its name.
    pub fn of<'a>(pipelines: impl Iterator<Item = (&'a str, &'a gst::Pipeline)>) -> Self {
        let pipelines = pipelines.map(|(name, pipeline)| Pipeline {
            name: name.to_owned(),
            played: pipeline.downgrade(),
            done: AtomicBool::default(),
            stuck: AtomicBool::default(),
        });
        Self(pipelines.collect())
    }

    /// A pipeline has come to its end.
    pub fn done(&self, index: usize) {
        if let Some(pipeline) = self.0.get(index) {
            pipeline.done.store(true, Ordering::Relaxed);
        }
    }

    /// Whether frames that come into a pipeline do not get through.
    pub fn stuck(&self, index: usize, stuck: bool) {
        if let Some(pipeline) = self.0.get(index) {
            pipeline.stuck.store(stuck, Ordering::Relaxed);
        }
    }

    /// The pipelines that are still there.
    pub fn pipelines(&self) -> impl Iterator<Item = (&str, gst::Pipeline)> {
        self.0.iter().filter_map(|one| {
            let pipeline = one.played.upgrade()?;
            Some((one.name.as_str(), pipeline))
        })
    }

    /// What is wrong with each pipeline, `None` if nothing is.
    pub fn problems(&self) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        self.0.iter().map(|one| (one.name.as_str(), one.problem()))
    }
}

impl Pipeline {
    /// What is wrong with it.
    fn problem(&self) -> Option<&'static str> {
        if self.done.load(Ordering::Relaxed) {
            return None;
        }
        let pipeline = self.played.upgrade();
        if pipeline.is_none_or(|pipeline| pipeline.current_state() != gst::State::Playing) {
            return Some("does not play");
        }
        let stuck = self.stuck.load(Ordering::Relaxed);
        stuck.then_some("frames come in and nothing gets through")
    }
}
