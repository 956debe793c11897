// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse run`: plays text pipelines.

mod arrival_age;
mod camera_ends;
mod camera_states;
mod dot;
mod flows;
mod live;
mod load;
mod lost_cameras;
mod player;
mod progress;
mod sentences;
mod service;
mod stage;
mod throughput;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use pipeline_text::{Text, Variables};

use crate::duration::parse_duration;
use crate::failure::{Failure, Outcome};
use crate::flow_files::with_settings;
use crate::metrics::{self, Health};
use crate::settings::{Settings, read, refuse_unknown};
use dot::Dots;
use player::Player;
use stage::Stage;

pub use load::load;

/// Play pipelines that are written as text.
///
/// The text is what gst-launch-1.0 takes, over as many lines as you like, with `#` comments and variables
/// `${name}` or `${name:-default}`, which --set or the environment fill in. Several files play side by side; one that
/// fails leaves the others playing. They play until the end of their input.
///
/// Signals: SIGINT (Ctrl-C) or SIGTERM ends cleanly within 3 s (files are finished), the second one at once; SIGHUP reloads
/// the flows whose files have changed. As a service of systemd with Type=notify, its start, its end and, if the unit has
/// `WatchdogSec`, its life are reported (docs/operations.md). The exit code is 0 if everything went well to the end that was asked for, else 1.
#[derive(Args)]
pub struct Arguments {
    /// The pipelines, for instance pipelines/hall.gst.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// End cleanly after this time, such as 10s, 5min or 8h.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<i64>,
    /// Reload a flow when its file changes.
    #[arg(long)]
    watch: bool,
    /// Write graphs of all elements into this folder, for Graphviz: once it plays, after a reload, at an error.
    #[arg(long, value_name = "DIR")]
    dot: Option<PathBuf>,
    /// Answer GET /metrics at this address, such as 127.0.0.1:9464, with what all elements count, as Prometheus reads it, and
    /// GET /healthz with 200 while all pipelines are well. Whoever reaches the address may ask.
    #[arg(long, value_name = "HOST:PORT")]
    metrics: Option<String>,
    /// No progress line and no figures at the end.
    #[arg(long)]
    quiet: bool,
}

/// Plays the pipelines until they end.
pub fn run(arguments: &Arguments) -> Outcome {
    let variables = arguments.settings.variables();
    let dots = arguments.dot.as_deref().map(Dots::new).transpose()?;
    let stages = stages(&arguments.files, &variables)?;
    let health = arguments.metrics.as_deref();
    let health = health.map(|address| watched(address, &stages, arguments.quiet));
    let mut player = Player::new(stages, arguments.quiet, health.transpose()?);
    player.dots = dots;
    player.watch = arguments.watch;
    player.duration = arguments
        .duration
        .map(|nanos| Duration::from_nanos(nanos.unsigned_abs()));
    player.play()
}

/// Plays `pipeline` to its end.
pub fn play(pipeline: &gst::Pipeline, quiet: bool) -> Outcome {
    let stage = Stage::new("pipeline".to_owned(), pipeline.clone(), &Variables::new());
    Player::new(vec![stage], quiet, None).play()
}

/// Lets everybody who asks at `address` see how the pipelines are.
fn watched(address: &str, stages: &[Stage], quiet: bool) -> Outcome<Arc<Health>> {
    let pipelines = stages.iter();
    let pipelines = pipelines.map(|stage| (stage.name.as_str(), &stage.pipeline));
    let health = Arc::new(Health::of(pipelines));
    let place = metrics::serve(address, Arc::clone(&health))?;
    if !quiet {
        eprintln!("metrics: http://{place}/metrics");
    }
    Ok(health)
}

/// Reads all files before anything is made.
fn stages(files: &[PathBuf], variables: &Variables) -> Outcome<Vec<Stage>> {
    let texts: Vec<(&Path, Text)> = files
        .iter()
        .map(|file| Ok((file.as_path(), read(file, variables)?)))
        .collect::<Outcome<_>>()?;
    let borrowed: Vec<_> = texts.iter().map(|(file, text)| (*file, text)).collect();
    refuse_unknown(&borrowed, variables)?;
    let names = names(files)?;
    let made = names.into_iter().zip(&texts).map(|(name, (file, text))| {
        let pipeline = load::build(file, &with_settings(text, variables))?;
        Ok(Stage::new(name, pipeline, variables))
    });
    made.collect()
}

/// What each pipeline is called: its file without folder and ending.
fn names(files: &[PathBuf]) -> Outcome<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if names.contains(&name.to_string()) {
            return Err(Failure::new(format!(
                "{}: two pipelines called '{name}' cannot be told apart: rename one of the files",
                file.display()
            )));
        }
        names.push(name.into_owned());
    }
    Ok(names)
}
