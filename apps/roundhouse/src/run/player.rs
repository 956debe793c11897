// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plays pipelines side by side until all have ended, and obeys signals.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst::{glib, glib::ControlFlow};
use indicatif::ProgressBar;
use nix::sys::signal::Signal;

use super::dot::Dots;
use super::progress;
use super::service::Service;
use super::stage::{News, Stage};
use crate::failure::{Failure, Outcome};
use crate::metrics::Health;

/// How often the progress line is written.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// How often the files of flows are looked at.
const WATCH_INTERVAL: Duration = Duration::from_millis(500);

/// How often it is looked whether something is to be said of cameras because time has passed.
const CAMERA_INTERVAL: Duration = Duration::from_secs(1);

/// How often it is looked whether an end that was asked for takes too long.
const END_CHECK_INTERVAL: Duration = Duration::from_millis(100);
/// After this time the cameras' streams are ended in place of sources that do not end.
const SOURCE_PATIENCE: Duration = Duration::from_millis(500);
/// After this time a pipeline that was asked to end is stopped.
const END_PATIENCE: Duration = Duration::from_millis(1900);
/// How long elements may take to stop: after an end that was asked for, and else. What is left of the 3 s that users are
/// promised belongs to the end of the process on a busy machine.
const STOP_PATIENCE: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(10)];

/// The pipelines of one run.
pub struct Player {
    stages: Vec<RefCell<Stage>>,
    main_loop: glib::MainLoop,
    line: ProgressBar,
    quiet: bool,
    /// What is told to those who watch the run, if anybody does.
    service: Option<Service>,
    /// What those see who ask.
    health: Option<Arc<Health>>,
    /// When the end was asked for.
    ending: Cell<Option<Instant>>,
    /// Whether the cameras' streams were ended in place of their sources.
    cameras_ended: Cell<bool>,
    /// Where graphs go.
    pub dots: Option<Dots>,
    /// Whether flows are reloaded when their files change.
    pub watch: bool,
    /// When to end.
    pub duration: Option<Duration>,
}

impl Player {
    /// Pipelines that do not play yet.
    pub fn new(stages: Vec<Stage>, quiet: bool, health: Option<Arc<Health>>) -> Self {
        let pipelines = stages.iter().map(|stage| &stage.pipeline);
        Self {
            service: Service::of(pipelines, health.is_some()),
            health,
            stages: stages.into_iter().map(RefCell::new).collect(),
            main_loop: glib::MainLoop::new(None, false),
            line: progress::line(quiet),
            quiet,
            ending: Cell::new(None),
            cameras_ended: Cell::new(false),
            dots: None,
            watch: false,
            duration: None,
        }
    }

    /// Plays to the end.
    pub fn play(self) -> Outcome {
        let player = Rc::new(self);
        let buses = player.listen()?;
        let sources = player.set_up();
        for stage in &player.stages {
            stage.borrow().start();
        }
        player.main_loop.run();
        for source in sources {
            source.remove();
        }
        drop(buses);
        player.line.finish_and_clear();
        player.result()
    }

    /// Watches the bus of every pipeline.
    fn listen(self: &Rc<Self>) -> Outcome<Vec<gst::bus::BusWatchGuard>> {
        let unwatchable = |error: &dyn std::fmt::Display| {
            Failure::new(format!("the bus cannot be watched: {error}"))
        };
        let watch = |(index, stage): (usize, &RefCell<Stage>)| {
            let bus = stage.borrow().pipeline.bus();
            let bus = bus.ok_or_else(|| unwatchable(&"there is none"))?;
            let player = self.clone();
            bus.add_watch_local(move |_, message| {
                player.take(index, message);
                ControlFlow::Continue
            })
            .map_err(|error| unwatchable(&error))
        };
        self.stages.iter().enumerate().map(watch).collect()
    }

    /// Signals and timers.
    fn set_up(self: &Rc<Self>) -> Vec<glib::SourceId> {
        let on = |signal: Signal, act: fn(&Self)| {
            let player = self.clone();
            glib_unix::unix_signal_add_local(signal as i32, move || {
                act(&player);
                ControlFlow::Continue
            })
        };
        let mut sources = vec![
            on(Signal::SIGINT, Self::interrupt),
            on(Signal::SIGTERM, Self::interrupt),
            on(Signal::SIGHUP, Self::reload_changed),
        ];
        let every = |interval: Duration, act: fn(&Self)| {
            let player = self.clone();
            glib::timeout_add_local(interval, move || {
                act(&player);
                ControlFlow::Continue
            })
        };
        sources.push(every(END_CHECK_INTERVAL, Self::hurry_end));
        sources.push(every(CAMERA_INTERVAL, Self::tell_of_cameras));
        if !self.quiet {
            sources.push(every(PROGRESS_INTERVAL, Self::tick));
        }
        if let Some(service) = &self.service {
            sources.push(every(service.interval(), Self::tell_alive));
        }
        if self.watch {
            sources.push(every(WATCH_INTERVAL, Self::reload_settled));
        }
        if let Some(duration) = self.duration {
            sources.push(every(duration, Self::end_cleanly));
        }
        sources
    }

    /// Acts on a message of a pipeline.
    fn take(&self, index: usize, message: &gst::Message) {
        if self.stages[index].borrow().end.is_some() {
            return;
        }
        let news = self.stages[index].borrow_mut().take(message);
        match news {
            News::None => (),
            News::Say(sentence) => self.say(index, &sentence),
            News::Result(text) => self.line.suspend(|| println!("{text}")),
            News::Plays => {
                self.tell_started();
                self.draw(index, "playing");
            }
            News::Reloaded(sentence) => {
                self.say(index, &sentence);
                self.draw(index, "reloaded");
            }
            News::Over(outcome) => {
                if outcome.is_err() {
                    self.draw(index, "error");
                }
                self.over(index, outcome);
            }
        }
    }

    /// A pipeline has ended.
    fn over(&self, index: usize, outcome: Outcome) {
        if let Some(health) = &self.health
            && outcome.is_ok()
        {
            health.done(index);
        }
        let summary = self.stages[index]
            .borrow_mut()
            .stop(outcome, self.stop_patience());
        if !self.quiet {
            for line in &summary {
                self.say(index, line);
            }
        }
        if let Some(service) = &self.service {
            service.over(index);
        }
        if self.all_over() {
            self.main_loop.quit();
            return;
        }
        self.tell_started();
        if let Some(Err(failure)) = &self.stages[index].borrow().end {
            self.say(index, &format!("{failure}; the other pipelines play on"));
        }
    }

    /// Whether every pipeline has ended.
    fn all_over(&self) -> bool {
        self.stages.iter().all(|stage| stage.borrow().end.is_some())
    }

    /// The first time: ends cleanly. The second time: at once.
    fn interrupt(&self) {
        if self.ending.get().is_some() {
            self.main_loop.quit();
        } else {
            self.line
                .suspend(|| eprintln!("ending cleanly, Ctrl-C again to stop at once"));
            self.end_cleanly();
        }
    }

    /// Asks all pipelines to end.
    fn end_cleanly(&self) {
        if self.ending.get().is_some() {
            return;
        }
        self.ending.set(Some(Instant::now()));
        if self.service.is_some() {
            Service::ending();
        }
        for stage in &self.stages {
            let mut stage = stage.borrow_mut();
            if stage.end.is_none() {
                stage.ask_to_end();
            }
        }
    }

    /// Sees to it that an end that was asked for comes.
    fn hurry_end(&self) {
        let Some(asked) = self.ending.get() else {
            return;
        };
        let open = |index: &usize| self.stages[*index].borrow().end.is_none();
        if asked.elapsed() > SOURCE_PATIENCE && !self.cameras_ended.replace(true) {
            for index in (0..self.stages.len()).filter(open) {
                self.stages[index].borrow().end_cameras();
            }
        }
        if asked.elapsed() > END_PATIENCE {
            for index in (0..self.stages.len()).filter(open) {
                let sentence = "its end took too long and was not waited for: its last packets are missing, its files may be unfinished";
                self.over(index, Err(Failure::new(sentence)));
            }
        }
    }

    /// Says what is to be said of cameras because time has passed.
    fn tell_of_cameras(&self) {
        for (index, stage) in self.stages.iter().enumerate() {
            if stage.borrow().end.is_some() {
                continue;
            }
            let sentences = stage.borrow_mut().overdue();
            for sentence in sentences {
                self.say(index, &sentence);
            }
        }
    }

    /// How long elements may take to stop.
    fn stop_patience(&self) -> Duration {
        STOP_PATIENCE[usize::from(self.ending.get().is_none())]
    }

    /// Reloads the flows whose files have changed, and says so if none has.
    fn reload_changed(&self) {
        let mut any = false;
        self.for_each_flow(|flow| {
            let told = flow.reload_if_changed();
            any |= told;
            told
        });
        if !any {
            self.line
                .suspend(|| eprintln!("no file of a flow has changed: nothing to reload"));
        }
    }

    /// Reloads the flows whose files have changed and then stayed as they are.
    fn reload_settled(&self) {
        self.for_each_flow(super::flows::Watched::reload_if_settled);
    }

    /// Says which flows `act` told to reload.
    fn for_each_flow(&self, mut act: impl FnMut(&mut super::flows::Watched) -> bool) {
        for (index, stage) in self.stages.iter().enumerate() {
            let mut told = Vec::new();
            {
                let mut stage = stage.borrow_mut();
                let flows = stage.flows.iter_mut();
                told.extend(flows.filter_map(|flow| act(flow).then(|| flow.label())));
            }
            for flow in told {
                self.say(index, &format!("flow {flow}: its file has changed"));
            }
        }
    }

    /// Tells systemd that the run has started, once every pipeline plays or is over.
    fn tell_started(&self) {
        let has_started = |stage: &RefCell<Stage>| {
            let stage = stage.borrow();
            stage.plays || stage.end.is_some()
        };
        if let Some(service) = &self.service
            && self.stages.iter().all(has_started)
        {
            service.started();
        }
    }

    /// Tells systemd how far the run is, and that it is alive unless a pipeline is stuck.
    fn tell_alive(&self) {
        let Some(service) = &self.service else {
            return;
        };
        for (index, look) in service.alive(&self.progress()).into_iter().enumerate() {
            if let Some(health) = &self.health {
                health.stuck(index, look.stuck);
            }
            if look.newly {
                self.say(
                    index,
                    "warning: frames come in and nothing gets through; if that stays so, whoever watches the run restarts it: systemd, or who asks for /healthz",
                );
            }
        }
    }

    /// Writes the progress line anew.
    fn tick(&self) {
        self.line.set_message(self.progress());
        self.line.tick();
    }

    /// How far the pipelines are.
    fn progress(&self) -> String {
        let mut lines = Vec::new();
        for stage in &self.stages {
            let mut stage = stage.borrow_mut();
            if stage.end.is_none() {
                lines.push(format!("{}{}", self.prefix(&stage.name), stage.progress()));
            }
        }
        lines.join(" | ")
    }

    /// Writes the graph of a pipeline, if graphs are asked for.
    fn draw(&self, index: usize, moment: &str) {
        let Some(dots) = &self.dots else {
            return;
        };
        let problem = {
            let stage = self.stages[index].borrow();
            dots.write(&stage.pipeline, &stage.name, moment)
        };
        if let Some(problem) = problem {
            self.say(index, &format!("warning: no graph: {problem}"));
        }
    }

    /// Prints a sentence about a pipeline above the progress line.
    fn say(&self, index: usize, sentence: &str) {
        let prefix = self.prefix(&self.stages[index].borrow().name);
        let sentence = kit::mask_passwords(sentence);
        self.line.suspend(|| eprintln!("{prefix}{sentence}"));
    }

    /// Which pipeline is meant, where there are several.
    fn prefix(&self, name: &str) -> String {
        if self.stages.len() == 1 {
            String::new()
        } else {
            format!("{name}: ")
        }
    }

    /// Stops what still plays; how all of it went.
    fn result(&self) -> Outcome {
        let mut failures = Vec::new();
        for stage in &self.stages {
            let mut stage = stage.borrow_mut();
            if stage.end.is_none() {
                let stopped = "stopped at once: its files may be unfinished";
                stage.stop(Err(Failure::new(stopped)), self.stop_patience());
            }
            if let Some(Err(failure)) = stage.end.take() {
                failures.push(format!("{}{failure}", self.prefix(&stage.name)));
            }
        }
        if failures.is_empty() {
            Ok(())
        } else {
            Err(Failure::new(failures.join("\n")))
        }
    }
}
