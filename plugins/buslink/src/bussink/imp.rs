// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `GStreamer` calls: properties, start, buffers, events, stop.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use bus::{Endpoint, Options, Outbox, OutboxSettings, Transport};
use gst::glib;
use gst::prelude::*;
use gst::subclass::prelude::*;
use gst_base::prelude::*;
use gst_base::subclass::prelude::*;
use kit::lock;
use messages::Timestamp;

use super::properties::{PROPERTIES, Settings};
use super::stats::{Counters, structure};
use super::stream::{Item, Stream, Taken};
use super::worker::{Gate, Worker};
use crate::news::teller;
use crate::wire::{Disassembly, Origin, Outgoing};

static CAT: LazyLock<gst::DebugCategory> = LazyLock::new(|| {
    gst::DebugCategory::new(
        "bussink",
        gst::DebugColorFlags::empty(),
        Some("Streams to another process"),
    )
});

/// A stream that waits for its receiver waits so long for one message, before the connection counts as dead: networks load, people pause.
const SLOWEST: Duration = Duration::from_mins(10);

/// Frames or packets that may wait to be encoded.
const FRAMES_WAITING: usize = 4;

/// The element's state. No lock is taken while another one is held, and nothing is posted or waited for with one.
#[derive(Default)]
pub struct BusSink {
    settings: Mutex<Settings>,
    /// Where messages go and as whose; `None` in READY and below.
    place: Mutex<Option<(Endpoint, Origin)>>,
    /// The stream; `None` before its caps.
    stream: Mutex<Option<Stream>>,
    /// What sends; there from the first caps on.
    outbox: Mutex<Option<Arc<Outbox>>>,
    /// The thread that makes messages and gives them to the outbox, if that is not to hold the stream up.
    maker: Mutex<Option<Arc<Worker<Item>>>>,
    /// Whether the stream waits for the receiver.
    waits: Mutex<bool>,
    flushing: Mutex<bool>,
    counters: Mutex<Counters>,
}

/// How the messages of a stream are to be sent.
#[derive(Clone, Copy)]
struct Order {
    /// Only the newest count.
    fresh: bool,
    /// They are those of a recording.
    recorded: bool,
    /// The stream waits for the receiver.
    waits: bool,
}

#[glib::object_subclass]
impl ObjectSubclass for BusSink {
    const NAME: &'static str = "RoundhouseBusSink";
    type Type = super::BusSink;
    type ParentType = gst_base::BaseSink;
}

impl ObjectImpl for BusSink {
    fn properties() -> &'static [glib::ParamSpec] {
        &PROPERTIES
    }

    fn set_property(&self, _id: usize, value: &glib::Value, pspec: &glib::ParamSpec) {
        lock(&self.settings).set(pspec.name(), value);
    }

    fn property(&self, _id: usize, pspec: &glib::ParamSpec) -> glib::Value {
        match pspec.name() {
            "stats" => {
                let counters = *lock(&self.counters);
                let outbox = lock(&self.outbox).clone();
                let stats = outbox.map(|outbox| outbox.stats()).unwrap_or_default();
                structure(counters, &stats).to_value()
            }
            name => lock(&self.settings).get(name),
        }
    }

    fn constructed(&self) {
        self.parent_constructed();
        let obj = self.obj();
        // Messages are sent as they come; a branch that has nothing to send must not hold up the start.
        obj.set_sync(false);
        obj.set_async(false);
        obj.set_enable_last_sample(false);
    }
}

impl GstObjectImpl for BusSink {}

impl ElementImpl for BusSink {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: LazyLock<gst::subclass::ElementMetadata> = LazyLock::new(|| {
            gst::subclass::ElementMetadata::new(
                "Bus sink",
                "Sink/Network",
                "Sends frames, packets and documents to another process, by ZeroMQ or through a broker; bussrc takes them there",
                env!("CARGO_PKG_AUTHORS"),
            )
        });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: LazyLock<Vec<gst::PadTemplate>> = LazyLock::new(|| {
            let (direction, presence) = (gst::PadDirection::Sink, gst::PadPresence::Always);
            gst::PadTemplate::new("sink", direction, presence, &crate::wire::caps())
                .into_iter()
                .collect()
        });
        &TEMPLATES
    }
}

impl BaseSinkImpl for BusSink {
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        let settings = lock(&self.settings).clone();
        let endpoint = settings
            .link
            .endpoint()
            .map_err(|sentence| gst::error_msg!(gst::ResourceError::Settings, ("{sentence}")))?;
        kit::facility::check_flow(&settings.flow)?;
        let facility = match &settings.facility {
            Some(path) => kit::facility::load(&*self.obj(), *CAT, Some(path))?.name,
            None => String::new(),
        };
        let origin = Origin {
            facility,
            flow: settings.flow,
        };
        *lock(&self.counters) = Counters::default();
        *lock(&self.flushing) = false;
        *lock(&self.place) = Some((endpoint, origin));
        Ok(())
    }

    fn stop(&self) -> Result<(), gst::ErrorMessage> {
        if let Some(outbox) = lock(&self.outbox).clone() {
            outbox.interrupt();
        }
        // Their threads end without a lock held here; what still waits goes into the outbox, and so into its spool.
        let maker = lock(&self.maker).take();
        drop(maker);
        let outbox = lock(&self.outbox).take();
        *lock(&self.place) = None;
        *lock(&self.stream) = None;
        let stats = outbox.map(|outbox| outbox.stats()).unwrap_or_default();
        if stats.waiting > 0 && stats.spool.is_none() {
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Write,
                (
                    "Stopped: {} messages that were not sent yet are lost",
                    stats.waiting
                )
            );
        }
        Ok(())
    }

    fn set_caps(&self, caps: &gst::Caps) -> Result<(), gst::LoggableError> {
        let Some((endpoint, origin)) = lock(&self.place).clone() else {
            return Err(gst::loggable_error!(CAT, "caps before the start"));
        };
        let obj = self.obj();
        let live = meta::input_is_live(obj.sink_pad()) == Some(true);
        let zero = if live {
            kit::clock::utc_base(&*obj)
        } else {
            Timestamp::from_nanos(0)
        };
        let (camera, jpeg_quality) = {
            let settings = lock(&self.settings);
            (settings.camera.clone(), settings.jpeg_quality)
        };
        let has_facility = !origin.facility.is_empty();
        let mut disassembly = Disassembly::new(caps, live, origin, camera, zero)
            .map_err(|sentence| self.refuse(gst::StreamError::WrongType, &sentence))?;
        if jpeg_quality > 0 {
            disassembly.set_jpeg_quality(jpeg_quality);
        }
        if disassembly.has_frames() && !has_facility {
            let sentence =
                "Property 'facility' is not set; frames are routed by the id of their facility";
            return Err(self.refuse(gst::StreamError::Failed, sentence));
        }
        let waits = lock(&self.settings).leaky.waits(live);
        *lock(&self.waits) = waits;
        let order = Order {
            fresh: live && disassembly.has_frames(),
            recorded: !live,
            waits,
        };
        self.connect(endpoint, order)?;
        if jpeg_quality > 0 {
            self.start_maker(FRAMES_WAITING)?;
        } else if !waits && !disassembly.has_frames() {
            let most = lock(&self.settings).link.max_size_messages;
            self.start_maker(most as usize)?;
        }
        *lock(&self.stream) = Some(Stream::new(disassembly, live));
        Ok(())
    }

    fn render(&self, buffer: &gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        let running = self.running_time(buffer.pts());
        self.take(Item::Buffer(buffer.clone(), running))?;
        Ok(gst::FlowSuccess::Ok)
    }

    fn event(&self, event: gst::Event) -> bool {
        match event.view() {
            gst::EventView::Gap(gap) => {
                let running = self.running_time(Some(gap.get().0));
                self.tell(Item::Gap(running));
            }
            gst::EventView::Eos(_) => {
                self.tell(Item::End);
                self.drain();
            }
            _ => {
                if let Some((health, time)) = meta::health_of(&event) {
                    self.tell(Item::Health(health, time));
                }
            }
        }
        self.parent_event(event)
    }

    fn unlock(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.flushing) = true;
        if let Some(maker) = lock(&self.maker).clone() {
            maker.interrupt();
        }
        if let Some(outbox) = lock(&self.outbox).clone() {
            outbox.interrupt();
        }
        Ok(())
    }

    fn unlock_stop(&self) -> Result<(), gst::ErrorMessage> {
        *lock(&self.flushing) = false;
        if let Some(outbox) = lock(&self.outbox).clone() {
            outbox.resume();
        }
        if let Some(maker) = lock(&self.maker).clone() {
            maker.resume();
        }
        Ok(())
    }
}

impl BusSink {
    /// Posts an error and returns the reason for `set_caps`.
    fn refuse(&self, kind: gst::StreamError, sentence: &str) -> gst::LoggableError {
        gst::element_imp_error!(self, kind, ("{sentence}"));
        gst::loggable_error!(CAT, "{sentence}")
    }

    /// Begins to send, if it has not begun.
    fn connect(&self, endpoint: Endpoint, order: Order) -> Result<(), gst::LoggableError> {
        if lock(&self.outbox).is_some() {
            return Ok(());
        }
        let tell = teller(&*self.obj(), &endpoint);
        let (link, spool) = {
            let settings = lock(&self.settings);
            (settings.link.clone(), settings.spool.settings())
        };
        let image_store = link
            .store()
            .map_err(|sentence| self.refuse(gst::StreamError::Failed, &sentence))?;
        let settings = OutboxSettings {
            endpoint,
            options: Options {
                live: order.fresh,
                recorded: order.recorded,
                patience: if order.waits {
                    SLOWEST
                } else {
                    Options::default().patience
                },
                ..Options::default()
            },
            queue: link.max_size_messages as usize,
            queue_bytes: usize::try_from(link.max_size_bytes).unwrap_or(usize::MAX),
            spool,
            image_store,
            sender: self.obj().name().to_string(),
        };
        let outbox = Outbox::start(settings, tell)
            .map_err(|fault| self.refuse(gst::StreamError::Failed, &fault.to_string()))?;
        *lock(&self.outbox) = Some(Arc::new(outbox));
        Ok(())
    }

    /// Counts a buffer, and what did not cross with it; says if it could not be sent.
    fn count(&self, taken: &Taken) {
        let errors = {
            let mut counters = lock(&self.counters);
            counters.buffers += 1;
            counters.errors += u64::from(taken.refused.is_some());
            counters.tensors_left_behind = taken.tensors;
            counters.errors
        };
        if let Some(sentence) = taken.refused.as_ref().filter(|_| errors.is_power_of_two()) {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Failed,
                ("A buffer is not sent: {sentence}")
            );
        }
    }

    /// The running time of a time stamp of the stream.
    fn running_time(&self, time: Option<gst::ClockTime>) -> Option<gst::ClockTime> {
        let segment = self.obj().segment();
        segment
            .downcast_ref::<gst::ClockTime>()?
            .to_running_time(time?)
    }

    /// Starts the thread that makes messages, if there is none; what it has begun with another stream is done before. At most `most`
    /// buffers wait for it.
    fn start_maker(&self, most: usize) -> Result<(), gst::LoggableError> {
        if let Some(maker) = lock(&self.maker).clone() {
            maker.finish();
            return Ok(());
        }
        let element = self.obj().downgrade();
        let work = move |item, gate: &Gate<Item>| {
            let Some(element) = element.upgrade() else {
                return;
            };
            let go_on = || {
                let passed = gate.pass().then_some(());
                passed.ok_or(gst::FlowError::Flushing)
            };
            // The element stops: nobody waits for it any more.
            let _ = element.imp().send(item, &go_on);
        };
        let maker = Worker::start("bussink", most, work).map_err(|error| {
            self.refuse(gst::StreamError::Failed, &format!("no thread: {error}"))
        })?;
        *lock(&self.maker) = Some(Arc::new(maker));
        Ok(())
    }

    /// Sends what the stream is told beside its buffers, if there is a stream.
    fn tell(&self, item: Item) {
        // Flushing: nobody waits for it any more.
        let _ = self.take(item);
    }

    /// Sends what reaches the element, in the thread that makes messages if there is one.
    fn take(&self, item: Item) -> Result<(), gst::FlowError> {
        let go_on = || {
            if self.obj().wait_preroll()? == gst::FlowSuccess::Ok {
                gst::trace!(CAT, imp = self, "goes on waiting");
            }
            Ok(())
        };
        let Some(maker) = lock(&self.maker).clone() else {
            return self.send(item, &go_on);
        };
        let waits = *lock(&self.waits);
        while waits && !maker.wait_for_room() {
            go_on()?;
        }
        let dropped = maker.put(item, Item::is_buffer);
        if dropped > 0 {
            self.count_dropped(dropped);
        }
        Ok(())
    }

    /// Counts buffers that gave way to newer ones before they became messages.
    fn count_dropped(&self, dropped: u64) {
        let (before, after) = {
            let mut counters = lock(&self.counters);
            counters.dropped_unmade += dropped;
            let after = counters.dropped_unmade;
            (after - dropped, after)
        };
        // The 1st, 2nd, 4th, 8th ...
        if before.checked_ilog2() != after.checked_ilog2() {
            gst::element_imp_warning!(
                self,
                gst::StreamError::Encode,
                ("Making messages is slower than the stream: {after} buffers were dropped; send smaller or fewer frames, or raw ones with jpeg-quality=0")
            );
        }
    }

    /// Gives what is to be sent of an item to the outbox. Where that waits and is interrupted, `go_on` says when it may wait again.
    fn send(
        &self,
        item: Item,
        go_on: &dyn Fn() -> Result<(), gst::FlowError>,
    ) -> Result<(), gst::FlowError> {
        let is_buffer = item.is_buffer();
        let taken = {
            let mut stream = lock(&self.stream);
            let stream = stream.as_mut().ok_or(gst::FlowError::NotNegotiated)?;
            stream.take(item)
        };
        if is_buffer {
            self.count(&taken);
        }
        let waits = *lock(&self.waits);
        let outbox = lock(&self.outbox).clone().ok_or(gst::FlowError::Flushing)?;
        let pictures_only = self.sends_pictures_only();
        let is_sent = |message: &Outgoing| !pictures_only || !message.payload.is_empty();
        for message in taken.messages.into_iter().filter(is_sent) {
            while waits && !outbox.wait_for_room() {
                go_on()?;
            }
            if let Err(refusal) = outbox.offer_draft(&message.draft, message.payload) {
                gst::debug!(CAT, imp = self, "refused: {refusal}");
            }
        }
        Ok(())
    }

    /// Whether the other side knows nothing but pictures, as hubs of imagezmq do.
    fn sends_pictures_only(&self) -> bool {
        let place = lock(&self.place);
        place
            .as_ref()
            .is_some_and(|(endpoint, _)| matches!(endpoint.transport, Transport::ImageZmq(_)))
    }

    /// Waits until everything is sent, at the end of the stream, for as long as it goes on.
    fn drain(&self) {
        let Some(outbox) = lock(&self.outbox).clone() else {
            return;
        };
        if let Some(maker) = lock(&self.maker).clone() {
            maker.finish();
        }
        let patience = Duration::from_nanos(lock(&self.settings).drain_timeout);
        let settled = || outbox.stats().counters.settled;
        let mut before = settled();
        let mut drained = outbox.drain(patience);
        while !drained && settled() > before && !*lock(&self.flushing) {
            before = settled();
            drained = outbox.drain(patience);
        }
        if !drained && !*lock(&self.flushing) {
            let waiting = outbox.stats().waiting;
            gst::element_imp_warning!(
                self,
                gst::ResourceError::Write,
                (
                    "The stream has ended, and of {waiting} messages none could be sent for {:.1} s: they are lost",
                    patience.as_secs_f64()
                )
            );
        }
    }
}
