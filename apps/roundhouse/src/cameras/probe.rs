// SPDX-License-Identifier: MIT OR Apache-2.0
//! Connects to one camera and measures what it sends.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use facility::{Address, AddressKind, Credentials};
use gst::prelude::*;
use kit::lock;

use super::address::{parse, round_trip};
use super::advice;
use super::finding::Finding;
use super::measured::{Measured, Picture};
use super::problem;
use super::reference::Branch;
use super::source::{depayloader, source};
use super::target::Target;

/// Seconds from 1900, where the time of RTCP starts, to 1970.
const NTP_EPOCH: i64 = 2_208_988_800;
/// How often the probe looks whether it is done.
const LOOK: gst::ClockTime = gst::ClockTime::from_mseconds(50);

/// How long a probe takes.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Longest wait for the first picture.
    pub first_picture: Duration,
    /// Time to measure from then on.
    pub measure: Duration,
}

/// What is seen of the streams while they play.
#[derive(Default)]
struct Seen {
    streams: Vec<String>,
    /// The caps of the video that is measured.
    caps: Option<gst::Caps>,
    first: Option<Instant>,
    measured: Measured,
    /// Why the streams cannot be looked at.
    broken: Option<String>,
}

/// A pipeline that plays one camera.
struct Playing {
    pipeline: gst::Pipeline,
    seen: Arc<Mutex<Seen>>,
    branch: Arc<Branch>,
    started: Instant,
}

/// Probes a camera; its picture is written into `folder`.
pub fn probe(target: &Target, limits: Limits, folder: Option<&Path>) -> Finding {
    let mut finding = Finding::of(target);
    if let Err(problem) = examine(target, limits, folder, &mut finding) {
        finding.problem = Some(kit::mask_passwords(&problem));
    }
    finding.advice = advice::advice(&finding, target.site.as_ref());
    finding
}

/// Fills in the finding until something goes wrong.
fn examine(
    target: &Target,
    limits: Limits,
    folder: Option<&Path>,
    finding: &mut Finding,
) -> Result<(), String> {
    let Some(uri) = &target.uri else {
        return Err(
            "it has no address: add uri = \"rtsp://HOST/PATH\" to its [[camera]]".to_owned(),
        );
    };
    let mut address = parse(uri).map_err(|error| error.to_string())?;
    if let Some(reference) = &target.credentials {
        let credentials = Credentials::read(reference)
            .map_err(|problem| format!("its credentials are missing: {problem}"))?;
        address.credentials = Some(credentials);
    }
    let round_trip = round_trip(&address)?;
    finding.take_times(round_trip, None);
    let playing = Playing::start(&address)?;
    let ended = playing.watch(limits);
    let seen = lock(&playing.seen);
    let first = seen.first.map(|first| first - playing.started);
    finding.take_times(round_trip, first);
    finding.measure(&seen.measured, address.kind == AddressKind::File);
    finding.streams.clone_from(&seen.streams);
    if let Some(caps) = &seen.caps {
        describe(caps, finding);
    }
    ended?;
    drop(seen);
    if !playing.branch.has_decoded() {
        return Err("its pictures cannot be decoded here: set the camera to H.264, H.265 or MJPEG, or install gstreamer1.0-libav".to_owned());
    }
    if let Some(folder) = folder {
        let written = playing.branch.write(folder, &target.name);
        finding.reference =
            written.map_err(|error| format!("its picture cannot be written: {error}"))?;
    }
    Ok(())
}

/// Takes codec and size from the caps.
fn describe(caps: &gst::Caps, finding: &mut Finding) {
    let Some(structure) = caps.structure(0) else {
        return;
    };
    finding.codec = Some(codec(structure.name()).to_owned());
    let number = |name| structure.get::<i32>(name).ok();
    finding.size = number("width").zip(number("height"));
}

/// What people call the codec of a media type.
fn codec(name: &str) -> &str {
    match name {
        "video/x-h264" => "H.264",
        "video/x-h265" => "H.265",
        "image/jpeg" => "JPEG",
        "video/mpeg" => "MPEG-4",
        "video/x-raw" => "raw",
        other => other,
    }
}

impl Playing {
    /// Builds and starts the pipeline.
    fn start(address: &Address) -> Result<Self, String> {
        let pipeline = gst::Pipeline::new();
        let source = source(address)?;
        let failed = |error: gst::glib::BoolError| format!("the probe cannot be built: {error}");
        let branch = Arc::new(Branch::new(&pipeline).map_err(failed)?);
        pipeline.add(&source).map_err(failed)?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let from = |pad: &gst::Pad, view: &View| {
            if let Err(error) = view.parse(pad) {
                lock(&view.seen).broken = Some(error.to_string());
            }
        };
        let view = View {
            pipeline: pipeline.clone(),
            seen: Arc::clone(&seen),
            branch: Arc::clone(&branch),
            started: Instant::now(),
        };
        match source.static_pad("src") {
            Some(pad) => from(&pad, &view),
            None => {
                source.connect_pad_added(move |_, pad| from(pad, &view));
            }
        }
        let started = Instant::now();
        // A failure is told on the bus.
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self {
            pipeline,
            seen,
            branch,
            started,
        })
    }

    /// Waits until enough was seen.
    fn watch(&self, limits: Limits) -> Result<(), String> {
        let bus = self.pipeline.bus().ok_or("the probe has no bus")?;
        loop {
            let message =
                bus.timed_pop_filtered(LOOK, &[gst::MessageType::Error, gst::MessageType::Eos]);
            match message.as_ref().map(|message| message.view()) {
                Some(gst::MessageView::Error(error)) => {
                    return self.failed(&problem::sentence(error));
                }
                Some(gst::MessageView::Eos(_)) => return self.ended(),
                _ => (),
            }
            if let Some(done) = self.is_done(limits) {
                return done;
            }
        }
    }

    /// Whether the time is over.
    fn is_done(&self, limits: Limits) -> Option<Result<(), String>> {
        let seen = lock(&self.seen);
        if let Some(broken) = &seen.broken {
            return Some(Err(format!("its stream cannot be looked at: {broken}")));
        }
        match seen.first {
            Some(first) => (first.elapsed() >= limits.measure).then_some(Ok(())),
            None if self.started.elapsed() < limits.first_picture => None,
            None => Some(Err(format!(
                "no picture within {} s{}",
                limits.first_picture.as_secs_f64(),
                if seen.streams.is_empty() {
                    ": it is silent, or slower than --timeout"
                } else {
                    ": its streams hold no video, or their codec is not known here"
                }
            ))),
        }
    }

    /// An error: before the first picture, or later.
    fn failed(&self, sentence: &str) -> Result<(), String> {
        match lock(&self.seen).first {
            Some(first) => Err(format!(
                "was lost {:.1} s after its first picture: {sentence}",
                first.elapsed().as_secs_f64()
            )),
            None => Err(sentence.to_owned()),
        }
    }

    /// The end of all streams: right for a file or a single picture.
    fn ended(&self) -> Result<(), String> {
        match lock(&self.seen).first {
            Some(_) => Ok(()),
            None => Err("it ended without a picture: is there video at this address?".to_owned()),
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        // It is thrown away, whatever it says.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// What the callbacks of the pipeline work with.
#[derive(Clone)]
struct View {
    pipeline: gst::Pipeline,
    seen: Arc<Mutex<Seen>>,
    branch: Arc<Branch>,
    started: Instant,
}

impl View {
    /// Parses what a pad of the source gives.
    fn parse(&self, pad: &gst::Pad) -> Result<(), gst::glib::BoolError> {
        let parser = gst::ElementFactory::make("parsebin").build()?;
        let view = self.clone();
        parser.connect_pad_added(move |_, pad| {
            if let Err(error) = view.stream(pad) {
                lock(&view.seen).broken = Some(error.to_string());
            }
        });
        let chain = [depayloader(pad)?, vec![parser]].concat();
        self.pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;
        let sink = chain.first().and_then(|first| first.static_pad("sink"));
        let sink = sink.ok_or_else(|| gst::glib::bool_error!("parsebin has no input"))?;
        pad.link(&sink)
            .map_err(|error| gst::glib::bool_error!("{error}"))?;
        chain
            .iter()
            .rev()
            .try_for_each(ElementExt::sync_state_with_parent)
    }

    /// Takes a stream: the first video is measured, all others are dropped.
    fn stream(&self, pad: &gst::Pad) -> Result<(), gst::glib::BoolError> {
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let name = caps.structure(0).map_or("", |structure| structure.name());
        let is_video = {
            let mut seen = lock(&self.seen);
            seen.streams.push(name.to_owned());
            let is_video =
                seen.caps.is_none() && (name.starts_with("video/") || name == "image/jpeg");
            if is_video {
                seen.caps = Some(caps.clone());
            }
            is_video
        };
        let end = gst::ElementFactory::make("fakesink")
            .property("sync", false)
            .property("async", false)
            .build()?;
        self.pipeline.add(&end)?;
        let entry = if is_video {
            self.measure(pad);
            let fork = gst::ElementFactory::make("tee").build()?;
            self.pipeline.add(&fork)?;
            fork.link(&end)?;
            let to_decoder = fork
                .request_pad_simple("src_%u")
                .ok_or_else(|| gst::glib::bool_error!("tee has no output"))?;
            self.branch.feed(&to_decoder)?;
            fork.sync_state_with_parent()?;
            fork
        } else {
            end.clone()
        };
        end.sync_state_with_parent()?;
        let sink = entry
            .static_pad("sink")
            .ok_or_else(|| gst::glib::bool_error!("no input"))?;
        pad.link(&sink)
            .map_err(|error| gst::glib::bool_error!("{error}"))?;
        Ok(())
    }

    /// Measures the encoded pictures of a pad.
    fn measure(&self, pad: &gst::Pad) {
        let view = self.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            if let Some(buffer) = info.buffer() {
                view.count(buffer);
            }
            gst::PadProbeReturn::Ok
        });
        let seen = Arc::clone(&self.seen);
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
            if let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view()) {
                lock(&seen).caps = Some(caps.caps_owned());
            }
            gst::PadProbeReturn::Ok
        });
    }

    /// Counts one encoded picture.
    fn count(&self, buffer: &gst::BufferRef) {
        let now = Instant::now();
        let mut seen = lock(&self.seen);
        seen.first.get_or_insert(now);
        seen.measured.add(&Picture {
            time: buffer.pts().map_or(now - self.started, Duration::from),
            is_key: !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
            bytes: buffer.size(),
            clock: sender_time(buffer).map(|time| time - kit::clock::now().nanos()),
        });
    }
}

/// The time that the camera gave a picture in its RTCP sender reports, UTC ns.
fn sender_time(buffer: &gst::BufferRef) -> Option<i64> {
    let mut metas = buffer.iter_meta::<gst::ReferenceTimestampMeta>();
    let meta = metas.find(|meta| {
        let structure = meta.reference().structure(0);
        structure.is_some_and(|structure| structure.name() == "timestamp/x-ntp")
    })?;
    let nanos = i64::try_from(meta.timestamp().nseconds()).ok()?;
    nanos.checked_sub(NTP_EPOCH * 1_000_000_000)
}
