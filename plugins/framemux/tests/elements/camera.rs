// SPDX-License-Identifier: MIT OR Apache-2.0
//! A framemux on a bench: its clock, its cameras and its output in the hands of the test, which is one thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use gst::prelude::*;
use gst_check::TestClock;
use meta::{FrameInfo, Packet, SlotStatus};

/// So long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Milliseconds.
pub const fn ms(milliseconds: u64) -> gst::ClockTime {
    gst::ClockTime::from_mseconds(milliseconds)
}

mod plugin {
    fn plugin_init(plugin: &gst::Plugin) -> Result<(), gst::glib::BoolError> {
        roundhouse_framemux::register(plugin)
    }
    gst::plugin_define!(
        roundhouseframemuxtest,
        "framemux under test",
        plugin_init,
        "0",
        "MIT/X11",
        "roundhouse",
        "roundhouse",
        "https://roundhouse.example",
        "2026-01-01"
    );
}

/// GStreamer with our elements.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gst::init().unwrap();
        plugin::plugin_register_static().unwrap();
    });
}

/// A segment from `start` on, where it is `time` in the stream.
pub fn segment(start: u64, time: u64) -> gst::FormattedSegment<gst::ClockTime> {
    init();
    let mut segment = gst::FormattedSegment::new();
    segment.set_start(ms(start));
    segment.set_time(ms(time));
    segment
}

/// Caps of a small picture.
pub fn caps(width: i32, rate: i32) -> gst::Caps {
    init();
    gst_video::VideoInfo::builder(gst_video::VideoFormat::Gray8, width as u32, 16)
        .fps(gst::Fraction::new(rate, 1))
        .build()
        .unwrap()
        .to_caps()
        .unwrap()
}

/// A small picture of `width` x 16 at `time` for 200 ms.
pub fn picture(width: usize, time: impl Into<Option<gst::ClockTime>>) -> gst::Buffer {
    init();
    let mut buffer = gst::Buffer::with_size(width * 16).unwrap();
    let writable = buffer.get_mut().unwrap();
    writable.set_pts(time);
    writable.set_duration(ms(200));
    buffer
}

/// A packet in few words: `400: C1=F2 C2=200 C3=-` is the packet at 400 ms with the fresh frame of sequence number 2
/// of camera C1, a cached one of C2, 200 ms old, and none of C3.
pub fn words(buffer: &gst::BufferRef) -> String {
    let packet = Packet::of(buffer).expect("a packet");
    let slots: Vec<String> = packet
        .slots
        .iter()
        .map(|slot| {
            let camera = &slot.camera;
            let sequence = slot
                .frame
                .as_ref()
                .map(|frame| FrameInfo::of(frame).expect("a frame").sequence);
            match (slot.status, sequence) {
                (SlotStatus::Fresh, Some(sequence)) => format!("{camera}=F{sequence}"),
                (SlotStatus::Cached { age }, Some(_)) => format!("{camera}={}", age / 1_000_000),
                (SlotStatus::Missing, None) => format!("{camera}=-"),
                (status, _) => panic!("{status:?} with or without a frame"),
            }
        })
        .collect();
    let pts = buffer.pts().expect("a packet has a time").mseconds();
    format!("{pts}: {}", slots.join(" "))
}

/// A camera plugged into the bench.
pub struct Camera {
    pub output: gst::Pad,
    pub input: gst::Pad,
}

impl Camera {
    /// Pushes a picture of the bench's usual size.
    pub fn push(&self, time: u64) {
        self.push_buffer(picture(16, ms(time))).unwrap();
    }

    pub fn push_buffer(&self, buffer: gst::Buffer) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.output.push(buffer)
    }

    pub fn event(&self, event: gst::Event) -> bool {
        self.output.push_event(event)
    }

    /// The count `field` in the stats of the pad.
    pub fn count(&self, field: &str) -> u64 {
        let stats: gst::Structure = self.input.property("stats");
        stats.get(field).unwrap()
    }
}

/// A framemux between pads of the test.
pub struct Bench {
    pub mux: gst::Element,
    pub clock: TestClock,
    pub bus: gst::Bus,
    pub sink: gst::Pad,
    packets: Receiver<gst::Buffer>,
    live: bool,
}

impl Bench {
    /// With live cameras, at running time 0, interval 200 ms: the packet of tick t is due at t + 200 ms.
    pub fn live() -> Self {
        Self::new(true)
    }

    /// With cameras that are files.
    pub fn files() -> Self {
        Self::new(false)
    }

    fn new(live: bool) -> Self {
        init();
        let mux = gst::ElementFactory::make("framemux").build().unwrap();
        let bus = gst::Bus::new();
        mux.set_bus(Some(&bus));
        let clock = TestClock::with_start_time(gst::ClockTime::ZERO);
        mux.set_clock(Some(&clock)).unwrap();
        mux.set_base_time(gst::ClockTime::ZERO);
        let (sender, packets) = channel();
        let sink = gst::Pad::builder(gst::PadDirection::Sink)
            .name("sink")
            .chain_function(move |_, _, buffer| {
                sender.send(buffer).map_err(|_| gst::FlowError::Flushing)?;
                Ok(gst::FlowSuccess::Ok)
            })
            .event_function(|_, _, _| true)
            .build();
        sink.set_active(true).unwrap();
        mux.static_pad("src").unwrap().link(&sink).unwrap();
        Self {
            mux,
            clock,
            bus,
            sink,
            packets,
            live,
        }
    }

    pub fn play(&self) {
        self.mux.set_state(gst::State::Playing).unwrap();
    }

    /// Plugs in a camera whose stream begins at once.
    pub fn camera(&self) -> Camera {
        begin(self.dead_camera())
    }

    /// The same, of a camera that delivers after `min` and can hold back its frames until `max`.
    pub fn slow_camera(&self, min: gst::ClockTime, max: gst::ClockTime) -> Camera {
        begin(self.plug_in(min, Some(max)))
    }

    /// Plugs in a camera from which nothing comes, not even the start of a stream.
    pub fn dead_camera(&self) -> Camera {
        self.plug_in(gst::ClockTime::ZERO, None)
    }

    /// Plugs in a camera that answers no query until `connected` is set.
    pub fn unconnected_camera(&self, connected: Arc<AtomicBool>) -> Camera {
        self.plug_in_when(connected, gst::ClockTime::ZERO, None)
    }

    fn plug_in(&self, min: gst::ClockTime, max: Option<gst::ClockTime>) -> Camera {
        self.plug_in_when(Arc::new(AtomicBool::new(true)), min, max)
    }

    fn plug_in_when(
        &self,
        connected: Arc<AtomicBool>,
        min: gst::ClockTime,
        max: Option<gst::ClockTime>,
    ) -> Camera {
        let live = self.live;
        let output = gst::Pad::builder(gst::PadDirection::Src)
            .query_function(move |_, _, query| match query.view_mut() {
                gst::QueryViewMut::Latency(latency) if connected.load(Ordering::SeqCst) => {
                    latency.set(live, min, max);
                    true
                }
                _ => false,
            })
            .event_function(|_, _, event| event.type_() != gst::EventType::Qos)
            .build();
        output.set_active(true).unwrap();
        let input = self.mux.request_pad_simple("sink_%u").unwrap();
        output.link(&input).unwrap();
        Camera { output, input }
    }

    pub fn unplug(&self, camera: &Camera) {
        camera.output.unlink(&camera.input).unwrap();
        self.mux.release_request_pad(&camera.input);
    }

    /// The next packet, for which the clock need not run.
    pub fn at_once(&self) -> String {
        words(&self.buffer_at_once())
    }

    pub fn buffer_at_once(&self) -> gst::Buffer {
        self.wait_for(|| self.packets.try_recv().ok())
    }

    /// The error that comes without a step of the clock.
    pub fn error(&self) -> String {
        let error = self.wait_for(|| self.bus.pop_filtered(&[gst::MessageType::Error]));
        format!("{error:?}")
    }

    /// The next packet, which must come while the clock runs no further than to `limit`.
    pub fn within(&self, limit: gst::ClockTime) -> String {
        words(&self.wait_until(limit, || self.packets.try_recv().ok()))
    }

    /// Waits until `camera` has had `count` frames taken; the clock stands.
    pub fn taken(&self, camera: &Camera, count: u64) {
        self.wait_until(self.clock.time(), || {
            (camera.count("frames") >= count).then_some(())
        });
    }

    fn wait_for<T>(&self, come: impl Fn() -> Option<T>) -> T {
        self.wait_until(ms(200), come)
    }

    fn wait_until<T>(&self, limit: gst::ClockTime, come: impl Fn() -> Option<T>) -> T {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(it) = come() {
                return it;
            }
            // A test clock lets nobody pass on its own, not even at a time that is over.
            // The first packet has to wait for the latency of the pipeline, as everything does.
            if let Some(time) = self.clock.next_entry_time()
                && time <= self.clock.time().max(limit)
            {
                self.clock.set_time(time.max(self.clock.time()));
                self.clock.process_next_clock_id();
            }
            std::thread::yield_now();
        }
        panic!("it does not come without a step of the clock");
    }

    /// Lets the clock run to where framemux waits for it, and gives the packet that is due then.
    pub fn due(&self) -> String {
        assert!(self.clock.crank());
        words(&self.packets.recv_timeout(PATIENCE).expect("a packet"))
    }

    /// No packet is there.
    pub fn nothing(&self) -> bool {
        self.packets.try_recv().is_err()
    }

    /// The messages on the bus of type `kind`; the others are lost.
    pub fn messages(&self, kind: gst::MessageType) -> Vec<gst::Message> {
        std::iter::from_fn(|| self.bus.pop_filtered(&[kind])).collect()
    }

    /// What was said about cameras: `C2 silent 3000`.
    pub fn presence(&self) -> Vec<String> {
        let messages = self.messages(gst::MessageType::Element);
        messages.iter().map(presence).collect()
    }
}

/// Begins the stream of `camera`.
pub fn begin(camera: Camera) -> Camera {
    camera.event(gst::event::StreamStart::new("camera"));
    camera.event(gst::event::Caps::new(&caps(16, 5)));
    camera.event(gst::event::Segment::new(&segment(0, 0)));
    camera
}

/// What a message says about a camera.
pub fn presence(message: &gst::Message) -> String {
    let structure = message.structure().unwrap();
    assert_eq!(structure.name(), "roundhouse-camera");
    let camera: String = structure.get("camera").unwrap();
    let state: String = structure.get("state").unwrap();
    match structure.get::<gst::ClockTime>("running-time") {
        Ok(time) => format!("{camera} {state} {}", time.mseconds()),
        Err(_) => format!("{camera} {state}"),
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Also when a check has failed: an element that is dropped while it plays hides the reason.
        let _ = self.mux.set_state(gst::State::Null);
        // Messages on the bus hold the element that holds the bus.
        self.bus.set_flushing(true);
    }
}
