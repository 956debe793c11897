// SPDX-License-Identifier: MIT OR Apache-2.0
//! An `fsefuse` on a bench: its clock, its inputs and its output are in the hands of the test.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gst::prelude::*;
use gst_check::TestClock;
use messages::{Event, FacilityState, Timestamp};

use super::{Site, report, state};

/// So long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// One second in nanoseconds.
pub const SECOND: i64 = 1_000_000_000;

/// UTC, as the element under test reads it for live inputs.
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_nanos(since_1970.as_nanos() as i64)
}

/// What comes out of the element.
#[derive(Debug)]
pub enum Output {
    State(Box<(Event, FacilityState)>),
    Event(gst::EventType),
}

/// An input that the test plugs in.
pub struct Source {
    pub output: gst::Pad,
    pub input: gst::Pad,
}

impl Source {
    /// Pushes the scan number `number` of `camera`, taken at `time`.
    pub fn push(
        &self,
        camera: &str,
        number: u64,
        time: Timestamp,
    ) -> Result<gst::FlowSuccess, gst::FlowError> {
        let mut event = report(camera, number);
        event.time = time;
        self.push_text(event.to_json() + "\n")
    }

    pub fn push_text(&self, text: String) -> Result<gst::FlowSuccess, gst::FlowError> {
        self.output.push(gst::Buffer::from_slice(text))
    }

    pub fn event(&self, event: gst::Event) -> bool {
        self.output.push_event(event)
    }

    /// Begins a stream of documents.
    fn begin(self) -> Self {
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        self.event(gst::event::StreamStart::new("input"));
        self.event(gst::event::Caps::new(
            &"application/x-roundhouse-report".parse().unwrap(),
        ));
        self.event(gst::event::Segment::new(&segment));
        self
    }
}

/// How the element behind `fsefuse` answers buffers.
type Answer = dyn Fn() -> Result<gst::FlowSuccess, gst::FlowError> + Send;

/// An `fsefuse` between pads of the test.
pub struct Bench {
    pub fuse: gst::Element,
    pub clock: TestClock,
    pub site: Site,
    pub sink: gst::Pad,
    bus: gst::Bus,
    live: bool,
    outputs: Receiver<Output>,
    answer: Arc<Mutex<Box<Answer>>>,
}

impl Bench {
    /// With inputs that say they are live.
    pub fn live() -> Self {
        Self::new(true)
    }

    /// With inputs that are files.
    pub fn files() -> Self {
        Self::new(false)
    }

    fn new(live: bool) -> Self {
        let site = Site::new();
        let fuse = gst::ElementFactory::make("fsefuse")
            .property("facility", site.facility())
            .property("on-change", false)
            .build()
            .unwrap();
        let bus = gst::Bus::new();
        fuse.set_bus(Some(&bus));
        let clock = TestClock::with_start_time(gst::ClockTime::ZERO);
        fuse.set_clock(Some(&clock)).unwrap();
        fuse.set_base_time(gst::ClockTime::ZERO);
        let (sender, outputs) = channel();
        let answer: Arc<Mutex<Box<Answer>>> =
            Arc::new(Mutex::new(Box::new(|| Ok(gst::FlowSuccess::Ok))));
        let sink = sink_pad(sender, answer.clone());
        sink.set_active(true).unwrap();
        fuse.static_pad("src").unwrap().link(&sink).unwrap();
        Self {
            fuse,
            clock,
            site,
            sink,
            bus,
            live,
            outputs,
            answer,
        }
    }

    /// Whether inputs plugged in from now on say that they are live.
    pub fn set_live(&mut self, live: bool) {
        self.live = live;
    }

    pub fn play(&self) {
        self.fuse.set_state(gst::State::Playing).unwrap();
    }

    /// Plugs in an input whose stream of documents begins at once.
    pub fn source(&self) -> Source {
        self.silent_source().begin()
    }

    /// Plugs in an input that delivers its data `latency` after it was taken.
    pub fn slow_source(&self, latency: gst::ClockTime) -> Source {
        self.plug_in(latency).begin()
    }

    /// Plugs in an input from which nothing comes, not even the start of a stream.
    pub fn silent_source(&self) -> Source {
        self.plug_in(gst::ClockTime::ZERO)
    }

    fn plug_in(&self, latency: gst::ClockTime) -> Source {
        let live = self.live;
        let output = gst::Pad::builder(gst::PadDirection::Src)
            .query_function(move |_, _, query| match query.view_mut() {
                gst::QueryViewMut::Latency(query) => {
                    query.set(live, latency, gst::ClockTime::NONE);
                    true
                }
                _ => false,
            })
            .event_function(|pad, _, event| follow_seek(pad, &event))
            .build();
        output.set_active(true).unwrap();
        let input = self.fuse.request_pad_simple("sink_%u").unwrap();
        output.link(&input).unwrap();
        Source { output, input }
    }

    /// From now on the element behind `fsefuse` answers buffers like this.
    pub fn answer_with(
        &self,
        answer: impl Fn() -> Result<gst::FlowSuccess, gst::FlowError> + Send + 'static,
    ) {
        *self.answer.lock().unwrap() = Box::new(answer);
    }

    /// Lets the clock run to the instant for which the element waits.
    pub fn crank(&self) {
        assert!(self.clock.crank());
    }

    /// The next thing that comes out.
    pub fn next(&self) -> Output {
        self.outputs
            .recv_timeout(PATIENCE)
            .expect("something comes out")
    }

    /// The next state; the events before it are passed over.
    pub fn next_state(&self) -> (Event, FacilityState) {
        loop {
            if let Output::State(state) = self.next() {
                return *state;
            }
        }
    }

    /// Lets the clock run until a state comes out.
    pub fn state_after_cranks(&self) -> (Event, FacilityState) {
        for _ in 0..3 {
            self.crank();
            let deadline = Instant::now() + Duration::from_millis(200);
            while let Ok(output) = self
                .outputs
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                if let Output::State(state) = output {
                    return *state;
                }
            }
        }
        panic!("no state after three steps of the clock");
    }

    /// What has come out until the end of the stream.
    pub fn until_eos(&self) -> Vec<Output> {
        let mut outputs = vec![self.next()];
        while !matches!(
            outputs.last(),
            Some(Output::Event(gst::EventType::Eos)) | None
        ) {
            outputs.push(self.next());
        }
        outputs
    }

    /// The value of the counter `name`.
    pub fn count(&self, name: &str) -> u64 {
        let stats: gst::Structure = self.fuse.property("stats");
        stats.get(name).unwrap()
    }

    /// Waits until the counter `name` has reached `value`.
    pub fn wait_for_count(&self, name: &str, value: u64) {
        let begin = Instant::now();
        while self.count(name) < value {
            assert!(begin.elapsed() < PATIENCE, "{name} is {}", self.count(name));
            std::thread::yield_now();
        }
    }

    /// The first messages about cameras, so many: camera, state and reason.
    pub fn said_of_cameras(&self, count: usize) -> Vec<String> {
        let next = || {
            let patience = gst::ClockTime::try_from(PATIENCE).unwrap();
            let message = self
                .bus
                .timed_pop_filtered(patience, &[gst::MessageType::Element]);
            let message = message.expect("a message about a camera");
            let structure = message.structure().unwrap();
            let text = |field| structure.get::<String>(field).unwrap_or_default();
            format!("{} {} {}", text("camera"), text("state"), text("reason"))
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    /// The texts of the error messages so far.
    pub fn errors(&self) -> Vec<String> {
        self.texts(gst::MessageType::Error)
    }

    /// The texts of the warnings so far.
    pub fn warnings(&self) -> Vec<String> {
        self.texts(gst::MessageType::Warning)
    }

    fn texts(&self, kind: gst::MessageType) -> Vec<String> {
        std::iter::from_fn(|| self.bus.pop_filtered(&[kind]))
            .filter_map(|message| match message.view() {
                gst::MessageView::Error(error) => Some(error.error().to_string()),
                gst::MessageView::Warning(warning) => Some(warning.error().to_string()),
                _ => None,
            })
            .collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Also when a check has failed: an element that is dropped while it plays hides the reason.
        let _ = self.fuse.set_state(gst::State::Null);
        // Messages on the bus hold the element that holds the bus.
        self.bus.set_flushing(true);
    }
}

/// The pad behind `fsefuse`: passes on to the test what it gets.
fn sink_pad(sender: Sender<Output>, answer: Arc<Mutex<Box<Answer>>>) -> gst::Pad {
    let events = sender.clone();
    gst::Pad::builder(gst::PadDirection::Sink)
        .name("sink")
        .chain_function(move |_, _, buffer| {
            let text = String::from_utf8(buffer.map_readable().unwrap().to_vec()).unwrap();
            let _ = sender.send(Output::State(Box::new(state(&text))));
            (answer.lock().unwrap())()
        })
        .event_function(move |_, _, event| events.send(Output::Event(event.type_())).is_ok())
        .build()
}

/// A seek flushes the input, as a source would do.
fn follow_seek(pad: &gst::Pad, event: &gst::Event) -> bool {
    if event.type_() != gst::EventType::Seek {
        return false;
    }
    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
    pad.push_event(
        gst::event::FlushStart::builder()
            .seqnum(event.seqnum())
            .build(),
    );
    pad.push_event(
        gst::event::FlushStop::builder(true)
            .seqnum(event.seqnum())
            .build(),
    );
    pad.push_event(gst::event::Segment::new(&segment))
}
