// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keeps a camera's encoded stream in files, as it comes.
//!
//! A thread of its own writes, so that a slow or broken disk never holds the camera up: what it cannot take in time is left out
//! and counted, up to the next key picture.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::time::{Duration, Instant};

use gst::prelude::*;
use messages::Timestamp;

use super::decoder::parser_name;
use super::recording::{self, Bounds};

/// Encoded pictures that may wait for the disk.
const QUEUE: usize = 256;
/// A file is closed at the first key picture after so long.
const FILE_NANOS: i64 = 60_000_000_000;
/// A stream whose time steps back by more than this begins a new file.
const STEP_NANOS: i64 = 1_000_000_000;
/// After a failure the next file is tried so much later.
const RETRY: Duration = Duration::from_secs(10);
/// Longest wait for a file to be finished.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(5);

/// One encoded picture.
#[derive(Debug)]
pub struct Encoded {
    /// Its bytes.
    pub buffer: gst::Buffer,
    /// Its codec.
    pub caps: gst::Caps,
    /// Its event time.
    pub time: Timestamp,
    /// It needs no other picture.
    pub is_key: bool,
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Encoded pictures that were written.
    pub written: AtomicU64,
    /// Encoded pictures that could not be written.
    pub lost: AtomicU64,
}

/// The thread that writes.
#[derive(Debug)]
pub struct Recording {
    /// The way to it.
    pub recorder: Recorder,
    finished: Receiver<()>,
}

impl Recording {
    /// Waits, at most so long, until the last file is finished; everybody else must have let the recorder go.
    pub fn finish(self, patience: Duration) {
        drop(self.recorder);
        // A disk that takes longer is left to the thread.
        let _ = self.finished.recv_timeout(patience);
    }
}

/// The way to the thread that writes; the thread ends with the last one.
#[derive(Debug, Clone)]
pub struct Recorder {
    queue: SyncSender<Encoded>,
    counted: Arc<Recorded>,
}

impl Recorder {
    /// Starts the thread, which writes into `folder`; `tell` is told why nothing can be written, and `None` when it can again.
    pub fn start(
        folder: PathBuf,
        bounds: Bounds,
        counted: Arc<Recorded>,
        tell: impl Fn(Option<String>) + Send + 'static,
    ) -> std::io::Result<Recording> {
        let (queue, pictures) = sync_channel(QUEUE);
        let mut writer = Writer {
            folder,
            bounds,
            counted: Arc::clone(&counted),
            tell: Box::new(tell),
            file: None,
            failed: None,
        };
        let (finishing, finished) = channel();
        std::thread::Builder::new()
            .name("camera-record".to_owned())
            .spawn(move || {
                writer.run(&pictures);
                // Nobody waits any more: fine.
                let _ = finishing.send(());
            })?;
        let recorder = Self { queue, counted };
        Ok(Recording { recorder, finished })
    }

    /// Gives a picture to the thread; never waits.
    pub fn put(&self, picture: Encoded) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(picture) {
            self.counted.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A file that is being written.
struct File {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    caps: gst::Caps,
    start: Timestamp,
    last: Timestamp,
}

/// The thread that writes.
struct Writer {
    folder: PathBuf,
    bounds: Bounds,
    counted: Arc<Recorded>,
    tell: Box<dyn Fn(Option<String>) + Send>,
    file: Option<File>,
    /// When writing failed, if it has not succeeded since.
    failed: Option<Instant>,
}

impl Writer {
    /// Writes until nobody gives pictures any more.
    fn run(&mut self, pictures: &Receiver<Encoded>) {
        while let Ok(picture) = pictures.recv() {
            let result = self.write(picture);
            self.count(&result);
            if let Err(reason) = result {
                self.fail(reason);
            }
        }
        if let Some(file) = self.file.take()
            && let Err(reason) = file.finish()
        {
            self.fail(reason);
        }
    }

    /// Counts what became of a picture.
    fn count(&self, result: &Result<bool, String>) {
        let counter = if *result == Ok(true) {
            &self.counted.written
        } else {
            &self.counted.lost
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Says once why nothing can be written.
    fn fail(&mut self, reason: String) {
        self.file = None;
        if self.failed.replace(Instant::now()).is_none() {
            (self.tell)(Some(reason));
        }
    }

    /// Writes a picture, in a new file if it is time for one; whether it was written.
    fn write(&mut self, picture: Encoded) -> Result<bool, String> {
        if self
            .file
            .as_ref()
            .is_some_and(|file| file.is_over(&picture))
            && let Some(file) = self.file.take()
        {
            file.finish()?;
            self.prune()?;
        }
        if self.file.is_none() {
            let is_too_early = self.failed.is_some_and(|failed| failed.elapsed() < RETRY);
            if !picture.is_key || is_too_early {
                return Ok(false);
            }
            self.file = Some(File::create(&self.folder, &picture)?);
        }
        let Some(file) = &mut self.file else {
            return Ok(false);
        };
        file.write(picture)?;
        if self.failed.take().is_some() {
            (self.tell)(None);
        }
        Ok(true)
    }

    /// Removes the oldest files, so that the rest keeps the bounds.
    fn prune(&self) -> Result<(), String> {
        let named = |path: &Path, error: &std::io::Error| format!("{}: {error}", path.display());
        let files = recording::list(&self.folder).map_err(|error| named(&self.folder, &error))?;
        let surplus = recording::surplus(&files, self.bounds, kit::clock::now());
        for file in files.iter().take(surplus) {
            std::fs::remove_file(&file.path).map_err(|error| named(&file.path, &error))?;
        }
        Ok(())
    }
}

impl File {
    /// Creates the file in `folder` that begins with `picture`.
    fn create(folder: &Path, picture: &Encoded) -> Result<Self, String> {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("the folder {}: {error}", folder.display()))?;
        let path = folder.join(recording::name(picture.time));
        let make = |factory: &str| {
            gst::ElementFactory::make(factory)
                .build()
                .map_err(|_| format!("GStreamer has no element {factory}: install its plugin"))
        };
        let source = gst_app::AppSrc::builder()
            .caps(&picture.caps)
            .format(gst::Format::Time)
            .block(true)
            .build();
        let mut chain = vec![source.clone().upcast()];
        if let Some(parser) = parser_name(&picture.caps) {
            chain.push(make(parser)?);
        }
        chain.push(make("matroskamux")?);
        let sink = make("filesink")?;
        sink.set_property("location", path.display().to_string());
        sink.set_property("async", false);
        chain.push(sink);
        let pipeline = gst::Pipeline::new();
        let internal = |error: gst::glib::BoolError| error.to_string();
        pipeline.add_many(&chain).map_err(internal)?;
        gst::Element::link_many(&chain).map_err(internal)?;
        let file = Self {
            pipeline,
            source,
            caps: picture.caps.clone(),
            start: picture.time,
            last: picture.time,
        };
        match file.pipeline.set_state(gst::State::Playing) {
            Ok(_) => Ok(file),
            Err(_) => Err(file.reason(&path.display().to_string())),
        }
    }

    /// Whether `picture` belongs into a new file.
    fn is_over(&self, picture: &Encoded) -> bool {
        let since = |time: Timestamp| picture.time.nanos().saturating_sub(time.nanos());
        let is_full = picture.is_key && since(self.start) >= FILE_NANOS;
        is_full || since(self.last) < -STEP_NANOS || picture.caps != self.caps
    }

    /// Writes a picture.
    fn write(&mut self, picture: Encoded) -> Result<(), String> {
        let since = picture.time.nanos().saturating_sub(self.start.nanos());
        let mut buffer = picture.buffer;
        let changed = buffer.make_mut();
        changed.set_pts(gst::ClockTime::from_nseconds(
            u64::try_from(since).unwrap_or(0),
        ));
        changed.set_dts(gst::ClockTime::NONE);
        self.last = picture.time;
        self.source
            .push_buffer(buffer)
            .map(drop)
            .map_err(|_| self.reason("the file"))
    }

    /// Why the pipeline failed.
    fn reason(&self, what: &str) -> String {
        let bus = self.pipeline.bus();
        let message = bus.and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => error.error().message().to_owned(),
            _ => format!("{what} cannot be written"),
        }
    }

    /// Ends the file, so that it can be searched.
    fn finish(self) -> Result<(), String> {
        // If it does not take the end, the bus says why.
        let _ = self.source.end_of_stream();
        let Some(bus) = self.pipeline.bus() else {
            return Ok(());
        };
        let ends = [gst::MessageType::Eos, gst::MessageType::Error];
        match bus.timed_pop_filtered(PATIENCE, &ends) {
            Some(end) if end.type_() == gst::MessageType::Eos => Ok(()),
            Some(end) => match end.view() {
                gst::MessageView::Error(error) => Err(error.error().message().to_owned()),
                _ => Ok(()),
            },
            None => Err("the disk does not take the end of the file in time".to_owned()),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // A pipeline cannot refuse to stop.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}
