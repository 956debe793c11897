// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread that makes and replaces connections, so that no streaming thread and no state change waits for the network.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver as Events, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gst::glib;
use gst::prelude::*;
use kit::lock;
use messages::{CameraHealth, Timestamp};
use retry::chance;

use super::CameraSrc;
use super::announce;
use super::connection::{Closing, Connection};
use super::event::{Event, News};
use super::fault::Fault;
use super::loss::Loss;
use super::properties::Settings;
use super::receiver::{PlayingTime, Receiver};
use super::recorder::{Recorded, Recorder, Recording};
use super::status::Status;
use super::watchdog::{Action, Watchdog};

/// Longest wait without a look.
const IDLE: Duration = Duration::from_hours(1);
/// So many connections may be in the act of closing before a new one has to wait.
const MAX_CLOSING: usize = 4;
/// How long the element waits at its stop for connections to close.
const PATIENCE: Duration = Duration::from_secs(1);

/// How the camera is.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Its status.
    pub status: Status,
    /// Why it is not online.
    pub fault: Option<Fault>,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Report {
    /// The same as a document.
    pub fn health(&self, camera: &str) -> CameraHealth {
        let mut health = CameraHealth::new(camera, self.status.health());
        let sentence = |fault: &Fault| kit::mask_passwords(&fault.sentence(camera));
        health.reason = self.fault.as_ref().map(sentence);
        health.since = self.since;
        health
    }
}

/// What the element and its supervisor share.
#[derive(Default)]
pub struct Shared {
    /// What was set.
    pub settings: Mutex<Settings>,
    /// Where pictures go.
    pub receiver: Arc<Receiver>,
    /// How the camera is.
    pub report: Mutex<Report>,
    /// What was recorded.
    pub recorded: Arc<Recorded>,
    /// Latency of the connection, ns; 0 if there is none.
    pub latency: AtomicU64,
}

impl Shared {
    /// Whether pictures come.
    pub fn delivers(&self) -> bool {
        lock(&self.report).status.delivers()
    }
}

/// The thread, from READY to READY.
pub struct Supervisor {
    events: Sender<Event>,
    stopped: Events<()>,
}

impl Supervisor {
    /// Starts it for `element`.
    pub fn start(element: &CameraSrc, shared: &Arc<Shared>) -> Result<Self, std::io::Error> {
        let (events, received) = channel();
        let (stopping, stopped) = channel();
        let settings = lock(&shared.settings).clone();
        let supervision = Supervision {
            element: element.downgrade(),
            shared: Arc::clone(shared),
            events: events.clone(),
            watchdog: Watchdog::new(settings.limits()),
            settings,
            connection: None,
            recording: None,
            number: 0,
            time: None,
            closing: Arc::default(),
            start: Instant::now(),
        };
        std::thread::Builder::new()
            .name(element.name().to_string())
            .spawn(move || {
                supervision.run(&received);
                // Nobody waits any more: fine.
                let _ = stopping.send(());
            })?;
        Ok(Self { events, stopped })
    }

    /// Tells it something.
    pub fn tell(&self, event: Event) {
        // It hears until it is stopped.
        let _ = self.events.send(event);
    }

    /// Ends it; connections that take too long to close are left to threads of their own.
    pub fn stop(self) {
        self.tell(Event::Quit);
        let _ = self.stopped.recv_timeout(2 * PATIENCE);
    }
}

/// What the thread knows.
struct Supervision {
    element: glib::WeakRef<CameraSrc>,
    shared: Arc<Shared>,
    events: Sender<Event>,
    watchdog: Watchdog,
    /// The settings that hold.
    settings: Settings,
    connection: Option<Connection>,
    recording: Option<Recording>,
    /// Number of the last connection.
    number: u64,
    /// The clock, while the element plays.
    time: Option<PlayingTime>,
    closing: Arc<Closing>,
    start: Instant,
}

impl Supervision {
    /// Serves until it is told to quit.
    fn run(mut self, events: &Events<Event>) {
        loop {
            let deadline = self.watchdog.deadline().unwrap_or(self.now() + IDLE);
            let actions = match events.recv_timeout(deadline.saturating_sub(self.now())) {
                Ok(Event::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(event) => self.hear(event),
                Err(RecvTimeoutError::Timeout) => {
                    let last = self.last_picture();
                    self.watchdog.look(self.now(), last, chance())
                }
            };
            self.act(actions);
            self.shared.receiver.set_losses(self.watchdog.losses());
        }
        let actions = self.watchdog.stop();
        self.act(actions);
        self.closing.wait(PATIENCE);
        self.finish_recording();
    }

    /// Time on this thread's clock.
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// When the last picture came, on this thread's clock.
    fn last_picture(&self) -> Option<Duration> {
        let silence = self.shared.receiver.silence()?;
        Some(self.now().saturating_sub(silence))
    }

    /// What follows from an event.
    fn hear(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Play(time) => {
                self.shared.receiver.set_time(Some(time.clone()));
                self.time = Some(time);
                self.begin()
            }
            Event::Pause => {
                self.shared.receiver.set_time(None);
                self.time = None;
                self.watchdog.stop()
            }
            Event::Configured => self.configure(),
            Event::News(number, news) if number == self.number => self.take(news),
            Event::News(..) | Event::Quit => Vec::new(),
        }
    }

    /// Begins to connect, if the camera is wanted.
    fn begin(&mut self) -> Vec<Action> {
        if self.settings.enabled && self.time.is_some() {
            self.watchdog.start(self.now())
        } else {
            Vec::new()
        }
    }

    /// Properties were set.
    fn configure(&mut self) -> Vec<Action> {
        let settings = lock(&self.shared.settings).clone();
        let before = std::mem::replace(&mut self.settings, settings);
        self.watchdog.set_limits(self.settings.limits());
        if self.settings == before || self.time.is_none() {
            return Vec::new();
        }
        let stays = self.settings.connects_as(&before) && before.enabled == self.settings.enabled;
        if stays {
            if let Some(connection) = &self.connection {
                connection.configure(&self.settings);
            }
            return Vec::new();
        }
        if !self.settings.enabled {
            return self.watchdog.stop();
        }
        self.close();
        self.finish_recording();
        let mut actions = vec![Action::Close];
        actions.extend(self.begin());
        actions
    }

    /// What follows from news of the connection.
    fn take(&mut self, news: News) -> Vec<Action> {
        let now = self.now();
        match news {
            News::Data => {
                self.watchdog.data(now);
                Vec::new()
            }
            News::Picture => {
                let actions = self.watchdog.picture(now);
                self.update_latency();
                actions
            }
            News::Condition(condition) => self.watchdog.condition(condition),
            News::NoReference(mistake) => {
                if let Some(element) = self.element.upgrade() {
                    announce::no_reference(&element, &self.camera(&element), &mistake);
                }
                Vec::new()
            }
            News::WrongClock(offset) => {
                if let Some(element) = self.element.upgrade() {
                    announce::wrong_clock(&element, &self.camera(&element), offset);
                }
                Vec::new()
            }
            News::Latency => {
                if let Some(connection) = &self.connection {
                    connection.spread_latency();
                }
                self.update_latency();
                Vec::new()
            }
            News::Ended => {
                let gives_one = |connection: &Connection| connection.gives_one_picture;
                let one = self.shared.receiver.gave_one_picture()
                    && self.connection.as_ref().is_some_and(gives_one);
                self.watchdog.ended(now, one, chance())
            }
            News::Failed(loss) => self.watchdog.fail(now, loss, chance()),
        }
    }

    /// Carries out what is to be done, and what follows from it.
    fn act(&mut self, actions: Vec<Action>) {
        let mut actions = std::collections::VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Connect => {
                    if let Err(loss) = self.connect() {
                        actions.extend(self.watchdog.fail(self.now(), loss, chance()));
                    }
                }
                Action::Close => self.close(),
                Action::Announce(status, fault) => self.announce(status, fault.as_ref()),
            }
        }
    }

    /// Starts the thread that records, if that is wanted and it does not run.
    fn start_recording(&mut self, element: &CameraSrc) {
        if self.settings.record.is_empty() || self.recording.is_some() {
            return;
        }
        let camera = self.camera(element);
        let folder = PathBuf::from(&self.settings.record).join(&camera);
        let element = self.element.clone();
        let name = camera.clone();
        let tell = move |reason: Option<String>| {
            if let Some(element) = element.upgrade() {
                announce::recording(&element, &name, reason.as_deref());
            }
        };
        let counted = Arc::clone(&self.shared.recorded);
        match Recorder::start(folder, self.settings.bounds(), counted, tell) {
            Ok(recording) => self.recording = Some(recording),
            Err(error) => {
                if let Some(element) = self.element.upgrade() {
                    announce::recording(&element, &camera, Some(&error.to_string()));
                }
            }
        }
    }

    /// Ends the thread that records.
    fn finish_recording(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.finish(PATIENCE);
        }
    }

    /// Makes a new connection.
    fn connect(&mut self) -> Result<(), Loss> {
        self.close();
        let (Some(time), Some(element)) = (self.time.clone(), self.element.upgrade()) else {
            return Ok(());
        };
        if self.closing.count() >= MAX_CLOSING {
            return Err(Loss::Failed(
                "earlier connections are still being closed".to_owned(),
            ));
        }
        self.start_recording(&element);
        self.number += 1;
        self.shared.receiver.expect(self.number);
        let wanted = element
            .static_pad("src")
            .map_or_else(gst::Caps::new_any, |pad| pad.peer_query_caps(None));
        self.connection = Some(Connection::open(
            self.number,
            &self.settings,
            wanted,
            &time,
            Arc::clone(&self.shared.receiver),
            self.recording
                .as_ref()
                .map(|recording| recording.recorder.clone()),
            self.events.clone(),
        )?);
        Ok(())
    }

    /// Lets the connection go.
    fn close(&mut self) {
        // What comes from it from now on is of no connection.
        self.number += 1;
        if let Some(connection) = self.connection.take() {
            connection.close(&self.closing);
        }
        self.update_latency();
    }

    /// Publishes the status: property, message, latency.
    fn announce(&mut self, status: Status, fault: Option<&Fault>) {
        *lock(&self.shared.report) = Report {
            status,
            fault: fault.cloned(),
            since: Some(kit::clock::now()),
        };
        self.shared.receiver.rouse();
        if let Some(element) = self.element.upgrade() {
            announce::status(&element, &self.camera(&element), status, fault);
            element.notify("status");
        }
        self.update_latency();
    }

    /// The latency of what delivers counts; that of a camera that is away must hold nobody up.
    fn update_latency(&self) {
        let status = lock(&self.shared.report).status;
        let latency = match &self.connection {
            Some(connection) if status.delivers() => {
                connection.latency().map_or(0, gst::ClockTime::nseconds)
            }
            // What follows must be ready for the first picture.
            Some(connection) if status == Status::Connecting => connection.expected_latency(),
            _ => 0,
        };
        if self.shared.latency.swap(latency, Ordering::SeqCst) != latency
            && let Some(element) = self.element.upgrade()
        {
            let message = gst::message::Latency::builder().src(&element).build();
            let _ = element.post_message(message);
        }
    }

    /// The camera's name for messages.
    fn camera(&self, element: &CameraSrc) -> String {
        self.settings.name(element)
    }
}
