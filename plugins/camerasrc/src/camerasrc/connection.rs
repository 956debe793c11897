// SPDX-License-Identifier: MIT OR Apache-2.0
//! One connection to a camera: a hidden pipeline from its address to decoded pictures.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use facility::{Address, AddressKind};
use gst::glib;
use gst::prelude::*;
use kit::{Credentials, lock};

use super::decoder;
use super::event::{Event, News};
use super::failure::loss_of;
use super::loss::Loss;
use super::make::make;
use super::properties::Settings;
use super::receiver::{PlayingTime, Receiver};
use super::recorder::{Encoded, Recorder};
use super::source::make_source;

/// Caps feature of NVIDIA's memory.
const NVMM: &str = "memory:NVMM";

/// What all parts of a connection know. It owns no element: their callbacks own it.
struct Context {
    number: u64,
    settings: Mutex<Settings>,
    /// What the user's pipeline takes.
    wanted: gst::Caps,
    receiver: Arc<Receiver>,
    recorder: Option<Recorder>,
    events: Sender<Event>,
    pipeline: glib::WeakRef<gst::Pipeline>,
    /// Brings all pictures to one format.
    filter: glib::WeakRef<gst::Element>,
    sink: glib::WeakRef<gst_app::AppSink>,
    /// The jitter buffers of RTSP.
    jitter_buffers: Mutex<Vec<glib::WeakRef<gst::Object>>>,
    /// A server offered a stream.
    offered: AtomicBool,
    /// A video stream was asked for.
    asked: AtomicBool,
    /// A video stream was found.
    found: AtomicBool,
}

impl Context {
    /// What `error` means for the camera. A server whose streams are all left out gives an error that blames something else.
    fn loss_of(&self, error: &gst::message::Error) -> Loss {
        if self.offered.load(Ordering::SeqCst) && !self.asked.load(Ordering::SeqCst) {
            return Loss::NoVideo;
        }
        loss_of(error)
    }

    /// From now on what waits longer than the latency is dropped. Not before: while the decoder is made everything waits, and a
    /// picture without its beginning would be the first.
    fn keep_up(&self) {
        for buffer in lock(&self.jitter_buffers).drain(..) {
            if let Some(buffer) = buffer.upgrade() {
                buffer.set_property("drop-on-latency", true);
            }
        }
    }

    /// Sends `news` of this connection to the supervisor.
    fn tell(&self, news: News) {
        // Nobody listens any more while the element stops.
        let _ = self.events.send(Event::News(self.number, news));
    }
}

/// One connection.
pub struct Connection {
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    context: Arc<Context>,
    is_rtsp: bool,
    /// It gives one picture and ends, as it should.
    pub gives_one_picture: bool,
}

impl Connection {
    /// Begins connection `number`; everything else is told as [`News`].
    pub fn open(
        number: u64,
        settings: &Settings,
        wanted: gst::Caps,
        time: &PlayingTime,
        receiver: Arc<Receiver>,
        recorder: Option<Recorder>,
        events: Sender<Event>,
    ) -> Result<Self, Loss> {
        let address = Address::parse(&settings.uri)?;
        let credentials = if settings.credentials.is_empty() {
            address.credentials.clone()
        } else {
            Some(Credentials::read(&settings.credentials).map_err(Loss::Credentials)?)
        };
        let source = make_source(&address, credentials.as_ref(), settings)?;
        let pipeline = gst::Pipeline::new();
        let sink = gst_app::AppSink::builder()
            .sync(address.kind == AddressKind::File)
            .async_(false)
            .qos(false)
            .enable_last_sample(false)
            .max_buffers(1)
            .build();
        let filter = make("capsfilter")?;
        pipeline
            .add_many([&filter, sink.upcast_ref()])
            .map_err(|error| Loss::Failed(error.to_string()))?;
        let context = Arc::new(Context {
            number,
            settings: Mutex::new(settings.clone()),
            wanted,
            receiver,
            recorder,
            events,
            pipeline: pipeline.downgrade(),
            filter: filter.downgrade(),
            sink: sink.downgrade(),
            jitter_buffers: Mutex::default(),
            offered: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            found: AtomicBool::new(false),
        });
        listen(&pipeline, &context);
        receive(&sink, &context);
        build(&pipeline, &source, &address, &context)?;
        pipeline.use_clock(Some(&time.clock));
        let connection = Self {
            pipeline,
            sink,
            context,
            is_rtsp: address.kind == AddressKind::Rtsp,
            gives_one_picture: address.kind == AddressKind::Http,
        };
        // If it fails, the reason comes as a message.
        let _ = connection.pipeline.set_state(gst::State::Playing);
        Ok(connection)
    }

    /// How long pictures take through it.
    pub fn latency(&self) -> Option<gst::ClockTime> {
        let mut query = gst::query::Latency::new();
        let (live, minimum, _) = self.sink.query(&mut query).then(|| query.result())?;
        live.then_some(minimum)
    }

    /// How long pictures will take through it, as far as that is known before the first one, ns.
    pub fn expected_latency(&self) -> u64 {
        if self.is_rtsp {
            lock(&self.context.settings).latency
        } else {
            0
        }
    }

    /// Takes over settings that need no new connection.
    pub fn configure(&self, settings: &Settings) {
        lock(&self.context.settings).clone_from(settings);
    }

    /// Spreads its latency inside it, after a change.
    pub fn spread_latency(&self) {
        // It fails only while the pipeline is being torn down.
        let _ = self.pipeline.recalculate_latency();
    }

    /// Lets it go; in a thread of its own, because network elements may take seconds for it.
    pub fn close(self, closing: &Arc<Closing>) {
        if let Some(bus) = self.pipeline.bus() {
            bus.set_flushing(true);
        }
        closing.add();
        let pipeline = self.pipeline.clone();
        let done = Arc::clone(closing);
        let close = move || {
            // A pipeline cannot refuse to stop.
            let _ = pipeline.set_state(gst::State::Null);
            done.remove();
        };
        let thread = std::thread::Builder::new().name("camera-close".to_owned());
        if thread.spawn(close).is_err() {
            let _ = self.pipeline.set_state(gst::State::Null);
            closing.remove();
        }
    }
}

/// Connections that are being let go.
#[derive(Default)]
pub struct Closing {
    count: Mutex<usize>,
    changed: Condvar,
}

impl Closing {
    /// One more is being closed.
    fn add(&self) {
        *lock(&self.count) += 1;
    }

    /// One is closed.
    fn remove(&self) {
        *lock(&self.count) -= 1;
        self.changed.notify_all();
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        *lock(&self.count)
    }

    /// Waits until all are gone, at most so long.
    pub fn wait(&self, patience: Duration) {
        let count = lock(&self.count);
        // Who is not gone by then is left to its thread.
        let _ = self
            .changed
            .wait_timeout_while(count, patience, |count| *count > 0);
    }
}

/// Turns the pipeline's messages into news. They never reach the user's bus.
fn listen(pipeline: &gst::Pipeline, context: &Arc<Context>) {
    let Some(bus) = pipeline.bus() else {
        return;
    };
    let context = Arc::clone(context);
    bus.set_sync_handler(move |_, message| {
        match message.view() {
            gst::MessageView::Error(error) => context.tell(News::Failed(context.loss_of(error))),
            gst::MessageView::Eos(_) => context.tell(News::Ended),
            gst::MessageView::Latency(_) => context.tell(News::Latency),
            _ => (),
        }
        gst::BusSyncReply::Drop
    });
}

/// Gives decoded pictures to the receiver.
fn receive(sink: &gst_app::AppSink, context: &Arc<Context>) {
    let context = Arc::clone(context);
    let take = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let base = context
            .pipeline
            .upgrade()
            .and_then(|pipeline| pipeline.base_time());
        let noticed =
            context
                .receiver
                .take(context.number, &sample, base, &lock(&context.settings));
        if let Some(condition) = noticed.condition {
            context.tell(News::Condition(condition));
        }
        if let Some(mistake) = noticed.no_reference {
            context.tell(News::NoReference(mistake));
        }
        if noticed.first {
            context.keep_up();
            // What comes after a change in the middle of the stream is brought to the same format.
            if let (Some(format), Some(filter)) =
                (context.receiver.format(), context.filter.upgrade())
            {
                filter.set_property("caps", format);
            }
            context.tell(News::Picture);
        }
        if let Some(offset) = noticed.clock_wrong {
            context.tell(News::WrongClock(offset));
        }
        Ok(gst::FlowSuccess::Ok)
    };
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(take)
            .build(),
    );
}

/// Puts the source, and what finds its streams, into the pipeline.
fn build(
    pipeline: &gst::Pipeline,
    source: &gst::Element,
    address: &Address,
    context: &Arc<Context>,
) -> Result<(), Loss> {
    // A device may give plain pictures, which need no parser.
    let finder = make(if address.kind == AddressKind::V4l2 {
        "decodebin"
    } else {
        "parsebin"
    })?;
    let internal = |error: glib::BoolError| Loss::Failed(error.to_string());
    pipeline.add_many([source, &finder]).map_err(internal)?;
    let found = Arc::clone(context);
    finder.connect_pad_added(move |_, pad| stream_found(pad, &found));
    let unknown = Arc::clone(context);
    finder.connect("unknown-type", false, move |values| {
        let caps = values.get(2)?.get::<gst::Caps>().ok()?;
        if is_video(&caps) && !unknown.found.load(Ordering::SeqCst) {
            let codec = decoder::codec_name(&caps);
            unknown.tell(News::Failed(Loss::NoDecoder(codec)));
        }
        None
    });
    let over = Arc::clone(context);
    finder.connect_no_more_pads(move |_| {
        if !over.found.load(Ordering::SeqCst) {
            over.tell(News::Failed(Loss::NoVideo));
        }
    });
    if address.kind == AddressKind::Rtsp {
        connect_rtsp(source, &finder, context);
        Ok(())
    } else {
        if let Some(pad) = source.static_pad("src") {
            watch_data(&pad, context);
        }
        source.link(&finder).map_err(internal)
    }
}

/// Tells once that data comes from `pad` of the source: packets, however broken.
fn watch_data(pad: &gst::Pad, context: &Arc<Context>) {
    let context = Arc::clone(context);
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST;
    pad.add_probe(kinds, move |_, _| {
        context.tell(News::Data);
        gst::PadProbeReturn::Remove
    });
}

/// Asks an RTSP server for its first video stream alone, and links it.
fn connect_rtsp(source: &gst::Element, finder: &gst::Element, context: &Arc<Context>) {
    let asking = Arc::clone(context);
    source.connect("select-stream", false, move |values| {
        let caps = values.get(2).and_then(|caps| caps.get::<gst::Caps>().ok());
        asking.offered.store(true, Ordering::SeqCst);
        let is_wanted =
            caps.is_some_and(|caps| is_video(&caps)) && !asking.asked.swap(true, Ordering::SeqCst);
        Some(is_wanted.to_value())
    });
    note_jitter_buffers(source, context);
    let context = Arc::clone(context);
    let finder = finder.downgrade();
    source.connect_pad_added(move |_, pad| {
        let Some(finder) = finder.upgrade() else {
            return;
        };
        if finder
            .static_pad("sink")
            .is_some_and(|sink| sink.is_linked())
        {
            return;
        }
        watch_data(pad, &context);
        if let Err(loss) = link_rtp(pad, &finder, &context) {
            context.tell(News::Failed(loss));
        }
    });
}

/// Notes the jitter buffers that `source`, an `rtspsrc`, makes.
fn note_jitter_buffers(source: &gst::Element, context: &Arc<Context>) {
    let context = Arc::clone(context);
    source.connect("new-manager", false, move |values| {
        let manager = values.get(1)?.get::<gst::Element>().ok()?;
        let context = Arc::clone(&context);
        // The manager of RealNetworks' streams has none.
        if glib::subclass::SignalId::lookup("new-jitterbuffer", manager.type_()).is_some() {
            manager.connect("new-jitterbuffer", false, move |values| {
                let buffer = values.get(1)?.get::<gst::Object>().ok()?;
                lock(&context.jitter_buffers).push(buffer.downgrade());
                None
            });
        }
        None
    });
}

/// Links the RTP of `pad` to `finder`.
///
/// H.264 and H.265 get their depayloader here, which is asked for whole pictures: it knows their ends from RTP. A parser alone
/// would have to wait for the beginning of the next picture, one picture later.
fn link_rtp(pad: &gst::Pad, finder: &gst::Element, context: &Context) -> Result<(), Loss> {
    let internal = |error: glib::BoolError| Loss::Failed(error.to_string());
    let refused = |error: gst::PadLinkError| Loss::Failed(error.to_string());
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    let encoding = caps
        .structure(0)
        .and_then(|structure| structure.get::<String>("encoding-name").ok());
    let (depayloader, format) = match encoding.as_deref() {
        Some("H264") => ("rtph264depay", "video/x-h264"),
        Some("H265") => ("rtph265depay", "video/x-h265"),
        _ => {
            let sink = finder.static_pad("sink");
            let sink = sink.ok_or_else(|| Loss::Failed("parsebin has no pad".to_owned()))?;
            return pad.link(&sink).map(drop).map_err(refused);
        }
    };
    let Some(pipeline) = context.pipeline.upgrade() else {
        return Ok(());
    };
    let depayloader = make(depayloader)?;
    pipeline.add(&depayloader).map_err(internal)?;
    let whole = gst::Caps::builder(format)
        .field("stream-format", "byte-stream")
        .field("alignment", "au")
        .build();
    depayloader
        .link_filtered(finder, &whole)
        .map_err(internal)?;
    depayloader.sync_state_with_parent().map_err(internal)?;
    let sink = depayloader.static_pad("sink");
    let sink = sink.ok_or_else(|| Loss::Failed("its depayloader has no pad".to_owned()))?;
    pad.link(&sink).map(drop).map_err(refused)
}

/// Whether a stream of `caps` shows pictures.
fn is_video(caps: &gst::CapsRef) -> bool {
    caps.structure(0).is_some_and(|structure| {
        let name = structure.name();
        name.starts_with("video/")
            || name.starts_with("image/")
            || structure.get("media") == Ok("video")
    })
}

/// A stream was found: the first one of video is decoded.
fn stream_found(pad: &gst::Pad, context: &Arc<Context>) {
    let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
    if !is_video(&caps) || context.found.swap(true, Ordering::SeqCst) {
        return;
    }
    let Some(pipeline) = context.pipeline.upgrade() else {
        return;
    };
    let decoded =
        decoder::whole_pictures(&pipeline, pad, &caps).and_then(|pad| decode(&pad, &caps, context));
    if let Err(loss) = decoded {
        context.tell(News::Failed(loss));
    }
}

/// Links `pad` through a decoder and a converter to the sink.
fn decode(pad: &gst::Pad, caps: &gst::Caps, context: &Arc<Context>) -> Result<(), Loss> {
    let (Some(pipeline), Some(filter), Some(sink)) = (
        context.pipeline.upgrade(),
        context.filter.upgrade(),
        context.sink.upgrade(),
    ) else {
        return Ok(());
    };
    let mut chain = Vec::new();
    let is_raw = caps
        .structure(0)
        .is_some_and(|structure| structure.name() == "video/x-raw");
    let mut converters: &[&str] = &["videoconvert", "videoscale"];
    if !is_raw {
        let decoder = decoder::choose(caps, lock(&context.settings).decoder)
            .ok_or_else(|| Loss::NoDecoder(decoder::codec_name(caps)))?;
        let name = decoder.factory().map(|factory| factory.name().to_string());
        let name = name.unwrap_or_default();
        context.receiver.note_decoder(&name);
        if name.starts_with("nvv4l2") {
            converters = &["nvvideoconvert"];
        }
        chain.extend(decoder::parser(caps, &decoder));
        watch_decoded(&decoder, context);
        chain.push(decoder);
    }
    for converter in converters {
        chain.push(make(converter)?);
    }
    let format = format_for(context, converters);
    filter.set_property("caps", format);
    let internal = |error: glib::BoolError| Loss::Failed(error.to_string());
    pipeline.add_many(&chain).map_err(internal)?;
    chain.push(filter);
    chain.push(sink.upcast());
    gst::Element::link_many(&chain).map_err(internal)?;
    for element in chain.iter().rev() {
        element.sync_state_with_parent().map_err(internal)?;
    }
    watch_encoded(pad, caps, context);
    let first = chain.first().and_then(|first| first.static_pad("sink"));
    let first = first.ok_or_else(|| Loss::Failed("its decoder takes no stream".to_owned()))?;
    pad.link(&first)
        .map(drop)
        .map_err(|error| Loss::Failed(format!("its stream cannot be decoded: {error}")))
}

/// The caps that pictures are converted to: those of the first picture ever, until then what the user's pipeline takes.
fn format_for(context: &Context, converters: &[&str]) -> gst::Caps {
    if let Some(format) = context.receiver.format() {
        return format;
    }
    let is_nvidia = converters == ["nvvideoconvert"];
    let in_nvmm = |features: Option<&gst::CapsFeaturesRef>| {
        features.is_some_and(|features| features.contains(NVMM))
    };
    let mut wanted = gst::Caps::new_empty();
    let caps = wanted.make_mut();
    for (structure, features) in context.wanted.iter_with_features() {
        if in_nvmm(Some(features)) == is_nvidia {
            let mut structure = structure.to_owned();
            structure.remove_fields(["framerate", "max-framerate"]);
            caps.append_structure_full(structure, Some(features.to_owned()));
        }
    }
    if wanted.is_empty() {
        gst::Caps::new_empty_simple("video/x-raw")
    } else {
        wanted
    }
}

/// Counts encoded pictures, and keeps those that `max-rate` leaves out from the decoder.
fn watch_encoded(pad: &gst::Pad, caps: &gst::Caps, context: &Arc<Context>) {
    let alone = caps.structure(0).is_some_and(|structure| {
        structure.name() == "image/jpeg" || structure.name() == "video/x-raw"
    });
    let context = Arc::clone(context);
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let Some(buffer) = info.buffer() else {
            return gst::PadProbeReturn::Ok;
        };
        record(pad, buffer, alone, &context);
        let settings = lock(&context.settings);
        if context
            .receiver
            .encoded(context.number, buffer, alone, &settings)
        {
            gst::PadProbeReturn::Ok
        } else {
            gst::PadProbeReturn::Drop
        }
    });
}

/// Gives an encoded picture to the recorder, if there is one.
fn record(pad: &gst::Pad, buffer: &gst::Buffer, alone: bool, context: &Context) {
    let (Some(recorder), Some(caps), Some(segment)) = (
        &context.recorder,
        pad.current_caps(),
        pad.sticky_event::<gst::event::Segment>(0),
    ) else {
        return;
    };
    let pipeline = context.pipeline.upgrade();
    let base = pipeline.and_then(|pipeline| pipeline.base_time());
    let time = context.receiver.event_time(buffer, segment.segment(), base);
    if let Some(time) = time {
        recorder.put(Encoded {
            buffer: buffer.clone(),
            caps,
            time,
            is_key: alone || !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
        });
    }
}

/// Leaves out decoded pictures beyond `max-rate`, before they are converted.
fn watch_decoded(decoder: &gst::Element, context: &Arc<Context>) {
    let Some(pad) = decoder.static_pad("src") else {
        return;
    };
    let context = Arc::clone(context);
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let Some(buffer) = info.buffer() else {
            return gst::PadProbeReturn::Ok;
        };
        if context
            .receiver
            .decoded(buffer.pts(), &lock(&context.settings))
        {
            gst::PadProbeReturn::Ok
        } else {
            gst::PadProbeReturn::Drop
        }
    });
}
