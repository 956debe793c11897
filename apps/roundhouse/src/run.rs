// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse run`: plays a text pipeline.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Args;
use gst::prelude::*;
use gst::{glib, glib::ControlFlow};
use indicatif::{ProgressBar, ProgressStyle};
use pipeline_text::Variables;

use crate::failure::{Failure, Outcome};
use crate::lost_cameras::LostCameras;
use crate::settings::{Settings, read_pipeline};

/// How often the progress line is written.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// Play a pipeline that is written as text.
///
/// The text is what gst-launch-1.0 takes, over as many lines as you like, with `#` comments and variables
/// `${name}` or `${name:-default}`, which --set or the environment fill in. It plays until the end of its input;
/// Ctrl-C ends it cleanly (files are finished), a second Ctrl-C at once.
#[derive(Args)]
pub struct Arguments {
    /// The pipeline, for instance pipelines/hall.gst.
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// No progress line.
    #[arg(long)]
    quiet: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let pipeline = load(&arguments.file, &arguments.settings.variables())?;
    play(&pipeline, arguments.quiet)
}

/// Makes the pipeline that `file` describes.
pub fn load(file: &Path, variables: &Variables) -> Outcome<gst::Pipeline> {
    let text = read_pipeline(file, variables)?;
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let mut context = gst::ParseContext::new();
    let element = gst::parse::launch_full(
        text.description(),
        Some(&mut context),
        gst::ParseFlags::FATAL_ERRORS,
    )
    .map_err(|error| unbuildable(file, &error, &context.missing_elements()))?;
    element.downcast::<gst::Pipeline>().map_err(|_| {
        Failure::new(format!(
            "{}: this is one element, not a pipeline",
            file.display()
        ))
    })
}

fn unbuildable(file: &Path, error: &glib::Error, missing: &[String]) -> Failure {
    let remedy = if missing.is_empty() {
        String::new()
    } else {
        format!(
            "; not installed: {}. Run scripts/setup.sh and scripts/build.sh, then '. scripts/env.sh', and look at roundhouse doctor",
            missing.join(", ")
        )
    };
    Failure::new(format!("{}: {}{remedy}", file.display(), error.message()))
}

/// Plays `pipeline` to its end.
pub fn play(pipeline: &gst::Pipeline, quiet: bool) -> Outcome {
    let main_loop = glib::MainLoop::new(None, false);
    let failure = Rc::new(RefCell::new(None));
    let progress = if quiet {
        ProgressBar::hidden()
    } else {
        progress_line()
    };
    let bus = pipeline
        .bus()
        .ok_or_else(|| Failure::new("the pipeline has no bus"))?;
    let lost = Rc::new(RefCell::new(LostCameras::default()));
    let watch = {
        let (main_loop, failure, progress) = (main_loop.clone(), failure.clone(), progress.clone());
        let (pipeline, lost) = (pipeline.downgrade(), lost.clone());
        bus.add_watch_local(move |_, message| {
            let mut lost = lost.borrow_mut();
            if pipeline
                .upgrade()
                .is_some_and(|pipeline| goes_on(&pipeline, message, &mut lost, &progress))
            {
                return ControlFlow::Continue;
            }
            if let Some(end) = react(message, &progress) {
                *failure.borrow_mut() = end.err();
                main_loop.quit();
            }
            ControlFlow::Continue
        })
        .map_err(|error| Failure::new(format!("the pipeline's bus cannot be watched: {error}")))?
    };
    let interrupt = end_on_interrupt(pipeline, &main_loop, &progress);
    let ticker = tick(pipeline, &progress);

    let started = pipeline.set_state(gst::State::Playing);
    if started.is_ok() {
        main_loop.run();
    } else {
        // The reason is on the bus, in the words of the element that refused.
        while let Some(message) =
            bus.pop_filtered(&[gst::MessageType::Error, gst::MessageType::Warning])
        {
            if let Some(Err(reason)) = react(&message, &progress) {
                failure.borrow_mut().get_or_insert(reason);
            }
        }
        failure
            .borrow_mut()
            .get_or_insert_with(|| Failure::new("the pipeline does not start"));
    }
    progress.finish_and_clear();
    interrupt.remove();
    ticker.remove();
    drop(watch);
    // Going to NULL only frees; an error was reported already.
    let _ = pipeline.set_state(gst::State::Null);
    let lost = lost.borrow().summary();
    let without = |sentence| Failure::new(format!("played to the end, but {sentence}"));
    failure.take().or(lost.map(without)).map_or(Ok(()), Err)
}

/// Whether the run goes on after an error because only some cameras are lost.
fn goes_on(
    pipeline: &gst::Pipeline,
    message: &gst::Message,
    lost: &mut LostCameras,
    progress: &ProgressBar,
) -> bool {
    lost.end_unlinked(pipeline);
    let gst::MessageView::Error(error) = message.view() else {
        return false;
    };
    let Some(element) = message
        .src()
        .and_then(|source| source.downcast_ref::<gst::Element>())
    else {
        return false;
    };
    let sentence = format!("{}: {}", element.name(), error.error().message());
    let Some(news) = lost.take(pipeline, element, &sentence) else {
        return false;
    };
    if let Some(news) = news {
        progress.suspend(|| eprintln!("warning: {news}; the other cameras go on"));
    }
    true
}

fn progress_line() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    ProgressBar::new_spinner().with_style(style)
}

/// What a message means for the run: `None` = go on, `Some` = it ended so.
fn react(message: &gst::Message, progress: &ProgressBar) -> Option<Outcome> {
    let from = message
        .src()
        .map_or_else(|| "pipeline".into(), gst::Object::name);
    match message.view() {
        gst::MessageView::Eos(_) => Some(Ok(())),
        gst::MessageView::Error(error) => {
            let debug = error
                .debug()
                .map(|debug| format!("\n  ({debug})"))
                .unwrap_or_default();
            Some(Err(Failure::new(format!(
                "{from}: {}{debug}",
                error.error().message()
            ))))
        }
        gst::MessageView::Warning(warning) => {
            progress.suspend(|| eprintln!("warning: {from}: {}", warning.error().message()));
            None
        }
        gst::MessageView::Element(element) => {
            let structure = element.structure();
            if let Some(sentence) = structure.and_then(camera_sentence) {
                progress.suspend(|| eprintln!("{from}: {sentence}"));
            }
            if let Some(sentence) = structure.and_then(flow_sentence) {
                progress.suspend(|| eprintln!("{sentence}"));
            }
            if let Some(summary) = structure.and_then(comparison) {
                progress.suspend(|| println!("{summary}"));
            }
            None
        }
        _ => None,
    }
}

fn camera_sentence(structure: &gst::StructureRef) -> Option<String> {
    if structure.name() != "roundhouse-camera" {
        return None;
    }
    let camera = structure.get::<String>("camera").ok()?;
    let state = structure.get::<String>("state").ok()?;
    let time = structure.get::<gst::ClockTime>("running-time").ok();
    let time = time
        .map(|time| format!(" at {:.1} s", time.mseconds() as f64 / 1000.0))
        .unwrap_or_default();
    Some(match state.as_str() {
        "silent" => format!("camera {camera} is silent{time}"),
        "returned" => format!("camera {camera} is back{time}"),
        other => format!("camera {camera}: {other}{time}"),
    })
}

/// What `flowbin` says of a flow; the reason of a failure comes as a warning as well.
fn flow_sentence(structure: &gst::StructureRef) -> Option<String> {
    if structure.name() != "roundhouse-flow" {
        return None;
    }
    let flow = structure.get::<String>("flow").ok()?;
    let sentence = match structure.get::<&str>("event").ok()? {
        "restarting" => {
            let delay = structure.get::<u64>("delay").unwrap_or_default();
            format!("begins anew in {:.1} s", delay as f64 / 1e9)
        }
        "reloaded" => "plays its new text".to_owned(),
        "stopped" => "is off".to_owned(),
        "reload-failed" => format!(
            "goes on with its old text: {}",
            structure.get::<String>("reason").unwrap_or_default()
        ),
        _ => return None,
    };
    Some(format!("flow {flow} {sentence}"))
}

/// The verdict of `flowcompare`.
fn comparison(structure: &gst::StructureRef) -> Option<String> {
    let is_verdict = structure.name() == "roundhouse-comparison";
    is_verdict.then(|| structure.get::<String>("summary").ok())?
}

fn end_on_interrupt(
    pipeline: &gst::Pipeline,
    main_loop: &glib::MainLoop,
    progress: &ProgressBar,
) -> glib::SourceId {
    let (pipeline, main_loop, progress) = (pipeline.clone(), main_loop.clone(), progress.clone());
    let asked = Cell::new(false);
    glib_unix::unix_signal_add_local(SIGINT, move || {
        if asked.replace(true) {
            main_loop.quit();
        } else {
            progress.suspend(|| eprintln!("ending cleanly, Ctrl-C again to stop at once"));
            pipeline.send_event(gst::event::Eos::new());
        }
        ControlFlow::Continue
    })
}

/// The interrupt of Ctrl-C, as POSIX numbers it.
const SIGINT: i32 = 2;

fn tick(pipeline: &gst::Pipeline, progress: &ProgressBar) -> glib::SourceId {
    let (pipeline, progress) = (pipeline.downgrade(), progress.clone());
    let start = Instant::now();
    glib::timeout_add_local(PROGRESS_INTERVAL, move || {
        let Some(pipeline) = pipeline.upgrade() else {
            return ControlFlow::Break;
        };
        if let Some(position) = pipeline.query_position::<gst::ClockTime>() {
            let played = position.mseconds() as f64 / 1000.0;
            let speed = played / start.elapsed().as_secs_f64();
            let total = pipeline.query_duration::<gst::ClockTime>();
            let total = total
                .map(|total| format!(" of {} s", total.seconds()))
                .unwrap_or_default();
            progress.set_message(format!("{played:.1} s{total}, {speed:.1} x real time"));
            progress.tick();
        }
        ControlFlow::Continue
    })
}
