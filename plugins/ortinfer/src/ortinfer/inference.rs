// SPDX-License-Identifier: MIT OR Apache-2.0
//! The frames of one buffer go through the engine, in batches as large as the network takes.

use std::time::Instant;

use gst_video::{VideoFrame, VideoFrameRef};
use meta::FrameInfo;

use super::convert::Converters;
use super::frames;
use super::plan::{Memory, plan};
use super::result::{Frame, InferenceResult};
use super::stats::{Account, Failure, Outcome};
use crate::engine::Engine;
use crate::network::RunError;

/// The inference of one buffer while it is under way.
struct Run<'a> {
    engine: &'a mut Engine,
    memory: &'a mut Memory,
    converters: &'a mut Converters,
    account: &'a mut Account,
    /// One result per usable frame, with the frame's description.
    results: Vec<(InferenceResult, &'a FrameInfo)>,
    /// For each picture that is staged in the engine: index of its result, and its object.
    staged: Vec<(usize, Option<usize>)>,
}

/// Infers `frames`. A frame that cannot be inferred is left out, and `account` says why; the others are not affected.
///
/// # Errors
/// When the network itself fails.
pub fn infer<'a>(
    engine: &'a mut Engine,
    memory: &'a mut Memory,
    converters: &'a mut Converters,
    frames: &[Frame<'a>],
    account: &'a mut Account,
) -> Result<Vec<InferenceResult>, RunError> {
    let mut run = Run {
        engine,
        memory,
        converters,
        account,
        results: Vec::with_capacity(frames.len()),
        staged: Vec::new(),
    };
    for frame in frames {
        let failure = run.add(frame)?.err();
        let described = FrameInfo::of(frame.buffer);
        run.account.outcomes.push(Outcome {
            frame: described.map(|it| (it.camera.clone(), it.capture_time)),
            failure,
        });
    }
    run.flush()?;
    run.account.counters.inferred += run.results.len() as u64;
    let history = &mut run.memory.history;
    let remember = |(result, frame): (InferenceResult, &FrameInfo)| {
        result.remember(frame, history);
        result
    };
    Ok(run.results.into_iter().map(remember).collect())
}

impl<'a> Run<'a> {
    /// Stages what is to be inferred in one frame; runs the network whenever a batch is full.
    ///
    /// # Errors
    /// When the network fails. Inside: why this frame cannot be inferred.
    fn add(&mut self, frame: &Frame<'a>) -> Result<Result<(), (Failure, String)>, RunError> {
        let Some(described) = FrameInfo::of(frame.buffer) else {
            let problem = "it carries no description (camera, time)".to_owned();
            return Ok(Err((Failure::Undescribed, problem)));
        };
        let begin = Instant::now();
        let Ok(mapped) = VideoFrameRef::from_buffer_ref_readable(frame.buffer, frame.info) else {
            return Ok(Err((Failure::Unreadable, unreadable(frame))));
        };
        let converted = if frames::is_read(frame.info.format()) {
            None
        } else {
            let Some(converted) = self.converters.convert(&mapped) else {
                return Ok(Err((Failure::Format, unknown_format(frame))));
            };
            self.account.counters.converted += 1;
            Some(converted)
        };
        let readable = converted.as_ref().map(VideoFrame::as_video_frame_ref);
        let picture = match frames::picture(readable.as_ref().unwrap_or(&mapped)) {
            Ok(picture) => picture,
            Err(failure) => return Ok(Err((failure, unreadable(frame)))),
        };
        self.account.counters.preprocess_time += nanos_since(begin);
        let size = (frame.info.width(), frame.info.height());
        let plan = plan(&self.engine.config.subject, self.memory, described, size);
        self.account.counters.rested += plan.repeated.len() as u64;
        let result = InferenceResult::new(frame, plan.ids, plan.repeated);
        self.results.push((result, described));
        let mut outcome = Ok(());
        for (object, rectangle) in plan.subjects {
            let begin = Instant::now();
            match self.engine.stage(&picture, rectangle) {
                Ok(()) => self.staged.push((self.results.len() - 1, object)),
                // An object that is too small to see has no findings; the frame has been inferred all the same.
                Err(_) if object.is_some() => {}
                Err(problem) => {
                    outcome = Err((Failure::Size, problem.to_string()));
                    self.results.pop();
                }
            }
            self.account.counters.preprocess_time += nanos_since(begin);
            if self.engine.is_full() {
                self.flush()?;
            }
        }
        Ok(outcome)
    }

    /// Runs the network on what is staged and hands the findings to their results.
    fn flush(&mut self) -> Result<(), RunError> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let begin = Instant::now();
        let found = self.engine.infer()?;
        let counters = &mut self.account.counters;
        counters.inference_time += nanos_since(begin);
        for ((index, object), findings) in self.staged.drain(..).zip(found) {
            counters.boxes += findings.detections.len() as u64;
            counters.objects += u64::from(object.is_some());
            self.results[index].0.add(object, findings);
        }
        Ok(())
    }
}

/// That nobody reads the format of `frame`, and the remedy.
fn unknown_format(frame: &Frame<'_>) -> String {
    format!(
        "its format {} cannot be read; put 'videoconvert ! video/x-raw,format=I420' behind its decoder",
        frame.info.format()
    )
}

/// Why the pixels of `frame` cannot be mapped.
fn unreadable(frame: &Frame<'_>) -> String {
    format!(
        "its {} bytes are no {} picture of {}x{}",
        frame.buffer.size(),
        frame.info.format(),
        frame.info.width(),
        frame.info.height()
    )
}

/// Nanoseconds since `begin`.
fn nanos_since(begin: Instant) -> u64 {
    begin.elapsed().as_nanos() as u64
}
