// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse alerts replay`: what would have been told of a recording.

use std::path::PathBuf;
use std::sync::Arc;

use alerts::{Engine, Notice, Status};
use messages::{Event, Timestamp};
use plan::Plan;

use super::files::Files;
use crate::failure::{Failure, Outcome};
use crate::lines::read_lines;

/// Print what rules would have told of a recording. Nothing is sent, and time is that of the recording.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// File of messages, one per line, in the order of their times; or a folder of such files.
    states: PathBuf,
    /// Plan of the first facility.
    #[arg(long, value_name = "FILE", requires = "facilities")]
    plan: Option<PathBuf>,
    /// Print JSON, one notice per line.
    #[arg(long)]
    json: bool,
}

/// Time goes on by so much where nothing is heard, ns.
const STEP_NS: i64 = 1_000_000_000;
/// A pause in the recording is gone through in so many steps at most.
const MOST_STEPS: i64 = 10_000;

/// Plays the recording.
pub fn run(arguments: &Arguments) -> Outcome {
    let (rules, sites) = arguments.files.read()?;
    let plan = match (&arguments.plan, sites.first()) {
        (Some(file), Some(site)) => {
            let plan = Plan::load(file, site).map_err(|errors| Failure::new(errors.to_string()))?;
            Some((site.facility.name.clone(), Arc::new(plan)))
        }
        _ => None,
    };
    let mut now: Option<Timestamp> = None;
    let mut sites = Some(sites);
    let mut engine: Option<Engine> = None;
    let (mut told, mut refused) = (0_u64, 0_u64);
    let mut say = |notices: Vec<Notice>, now: Timestamp| {
        for notice in notices {
            told += 1;
            if arguments.json {
                println!("{}", notice.to_json());
            } else {
                let sign = if notice.status == Status::Recovered {
                    "-"
                } else {
                    "+"
                };
                println!("{now} {sign} {}", notice.text);
            }
        }
    };
    read_lines(&arguments.states, |place, text| {
        let event = text
            .map_err(|error| error.to_string())
            .and_then(|text| Event::parse(text).map_err(|error| error.to_string()));
        let event = match event {
            Ok(event) => event,
            Err(problem) => {
                refused += 1;
                if refused == 1 {
                    eprintln!("{place}: {problem}; passed over, and further ones are counted only");
                }
                return Ok(());
            }
        };
        // Begins with the first event.
        let engine = engine.get_or_insert_with(|| {
            let mut engine = Engine::new(
                rules.rules.clone(),
                sites.take().unwrap_or_default(),
                event.time,
            );
            if let Some((facility, plan)) = &plan {
                engine.set_plan(facility, plan);
            }
            engine
        });
        let before = now.unwrap_or(event.time);
        let pause = event.time.since(before);
        let step = STEP_NS.max(pause / MOST_STEPS);
        let mut at = before.saturating_add(step);
        while at < event.time {
            say(engine.tick(at), at);
            at = at.saturating_add(step);
        }
        // Late ones are heard when they come.
        let heard = event.time.max(before);
        now = Some(heard);
        let facility = event
            .source
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or_default();
        say(engine.take(facility, &event, heard), heard);
        Ok(())
    })?;
    let open = engine.map_or(0, |engine| engine.memory().open.len());
    eprintln!("{told} notices, {open} alerts open at the end, {refused} lines passed over");
    Ok(())
}
