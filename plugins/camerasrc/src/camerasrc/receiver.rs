// SPDX-License-Identifier: MIT OR Apache-2.0
//! What becomes of the pictures of all connections: one timeline, one format, one way out.

use std::sync::Mutex;
use std::time::Duration;

use gst::prelude::*;
use kit::lock;
use messages::Timestamp;
use meta::FrameInfo;
use picture::Condition;

use super::counters::Counters;
use super::handover::{Handover, Taken};
use super::inspection::{Inspected, Inspection};
use super::log::CAT;
use super::max_rate::{BeforeDecoder, Every};
use super::playback::Picture as Recorded;
use super::properties::Settings;
use super::sender_clock::{self, SenderClock, Verdict};

use super::timeline::{Place, Timeline};

/// The shortest silence of an online camera that is told as a gap.
const QUIET: Duration = Duration::from_millis(500);
/// A camera that is this many of its pictures' distances late is silent.
const QUIET_PICTURES: u32 = 3;
/// The first pictures of a connection wait while its decoder is made. Those older than the jitter buffer by more than this are of
/// no use to an aggregator any more.
const STALE: Duration = Duration::from_millis(200);
/// So long after the first picture of a connection, none is left out as stale.
const SETTLING: Duration = Duration::from_secs(2);
/// How often gaps are told.
pub const GAP_INTERVAL: Duration = Duration::from_millis(100);

/// Fields of caps that make the format.
const FORMAT_FIELDS: [&str; 6] = [
    "format",
    "width",
    "height",
    "pixel-aspect-ratio",
    "colorimetry",
    "chroma-site",
];

/// The clock of the user's pipeline.
#[derive(Debug, Clone)]
pub struct PlayingTime {
    /// The clock.
    pub clock: gst::Clock,
    /// Its time at running time 0.
    pub base: gst::ClockTime,
    /// UTC at running time 0.
    pub utc_base: Timestamp,
}

impl PlayingTime {
    /// Running time now.
    pub fn now(&self) -> Duration {
        let now = self.clock.time().saturating_sub(self.base);
        now.into()
    }
}

/// A picture on its way out.
#[derive(Debug)]
pub struct Picture {
    /// Pixels and their time.
    pub buffer: gst::Buffer,
    /// Their format.
    pub caps: gst::Caps,
}

/// What a picture told besides itself.
#[derive(Debug, Default, PartialEq)]
pub struct Noticed {
    /// It is the first of its connection.
    pub first: bool,
    /// What pictures are became another.
    pub condition: Option<Condition>,
    /// The camera cannot be compared with its reference picture, and why.
    pub no_reference: Option<String>,
    /// The camera's clock went wrong: by so much, ns.
    pub clock_wrong: Option<i64>,
}

#[derive(Default)]
struct State {
    time: Option<PlayingTime>,
    /// Number of the connection whose pictures count.
    connection: u64,
    pictures_of_connection: u64,
    /// Encoded key pictures that came, and how many of them when the last decoded picture came.
    keys: u64,
    keys_before: u64,
    /// When the first picture of the connection came, until one was in time.
    settling_since: Option<Duration>,
    timeline: Timeline,
    clock: SenderClock,
    inspection: Inspection,
    before_decoder: BeforeDecoder,
    every: Every,
    /// Caps as they came last, and as they go out.
    caps: Option<(gst::Caps, gst::Caps)>,
    /// Format of the first picture, which all later ones get.
    format: Option<gst::Caps>,
    decoder: Option<String>,
    /// When the last picture came, running time.
    last_arrival: Option<Duration>,
    /// When the last one came that went on.
    last_passed: Option<Duration>,
    /// Distance of pictures, in the mean.
    distance: Duration,
    counters: Counters,
    sequence: u64,
}

/// The end of all connections of a camera.
#[derive(Default)]
pub struct Receiver {
    state: Mutex<State>,
    way: Handover<Picture>,
}

impl Receiver {
    /// Forgets everything: the element starts.
    pub fn reset(&self) {
        *lock(&self.state) = State::default();
        self.way.clear();
    }

    /// The element plays, or does not.
    pub fn set_time(&self, time: Option<PlayingTime>) {
        lock(&self.state).time = time;
    }

    /// From now on the pictures of connection `number` count.
    pub fn expect(&self, number: u64) {
        let mut state = lock(&self.state);
        state.connection = number;
        state.pictures_of_connection = 0;
        state.timeline.reconnect();
        state.before_decoder = BeforeDecoder::default();
        state.caps = None;
        state.counters.attempts += 1;
    }

    /// So many connections were lost, or could not be made.
    pub fn set_losses(&self, losses: u64) {
        lock(&self.state).counters.losses = losses;
    }

    /// The decoder of the connection.
    pub fn note_decoder(&self, name: &str) {
        lock(&self.state).decoder = Some(name.to_owned());
    }

    /// An encoded picture of `connection` came: whether the decoder gets it.
    pub fn encoded(
        &self,
        connection: u64,
        buffer: &gst::BufferRef,
        alone: bool,
        settings: &Settings,
    ) -> bool {
        let mut state = lock(&self.state);
        let Some(now) = state.time.as_ref().map(PlayingTime::now) else {
            return false;
        };
        if state.connection != connection {
            return false;
        }
        let is_key = alone || !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
        state.counters.bytes += buffer.size() as u64;
        state.keys += u64::from(is_key);
        let time = buffer.dts_or_pts().map_or(now, Into::into);
        let keep = state
            .before_decoder
            .keep(time, is_key, alone, settings.distance());
        state.counters.skipped_encoded += u64::from(!keep);
        keep
    }

    /// The event time of an encoded picture: the camera's, if it tells a plausible one, else the arrival's.
    pub fn event_time(
        &self,
        buffer: &gst::BufferRef,
        segment: &gst::Segment,
        base: Option<gst::ClockTime>,
    ) -> Option<Timestamp> {
        let time = lock(&self.state).time.clone()?;
        let utc = |running: Duration| time.utc_base.saturating_add(running.as_nanos() as i64);
        let now = time.now();
        let reference = meta::reference_time(buffer);
        let is_believed =
            |reference: &Timestamp| SenderClock::is_plausible(reference.nanos(), utc(now).nanos());
        let running = || running_time(segment, buffer.pts(), base, &time).unwrap_or(now);
        Some(
            reference
                .filter(is_believed)
                .unwrap_or_else(|| utc(running())),
        )
    }

    /// Whether a decoded picture at `time` is wanted, before it costs more.
    pub fn decoded(&self, time: Option<gst::ClockTime>, settings: &Settings) -> bool {
        let (Some(time), Some(distance)) = (time, settings.distance()) else {
            return true;
        };
        let mut state = lock(&self.state);
        let keep = state.every.keep(time.into(), distance);
        state.counters.pictures += u64::from(!keep);
        state.counters.skipped += u64::from(!keep);
        keep
    }

    /// Takes a picture of `connection`, whose pipeline's time began at `base`.
    pub fn take(
        &self,
        connection: u64,
        sample: &gst::SampleRef,
        base: Option<gst::ClockTime>,
        settings: &Settings,
    ) -> Noticed {
        let mut state = lock(&self.state);
        let (Some(buffer), Some(caps), Some(time)) = (
            sample.buffer_owned(),
            sample.caps_owned(),
            state.time.clone(),
        ) else {
            return Noticed::default();
        };
        if state.connection != connection {
            return Noticed::default();
        }
        let now = time.now();
        state.counters.pictures += 1;
        state.pictures_of_connection += 1;
        let first = state.pictures_of_connection == 1;
        state.counters.connections += u64::from(first);
        if first {
            state.settling_since = Some(now);
        }
        state.note_arrival(now);
        let is_key = state.is_after_key();
        let inspected = state.inspect(&buffer, &caps, now.as_nanos() as i64, is_key, settings);
        let mut noticed = Noticed {
            first,
            condition: inspected.news,
            no_reference: inspected.mistake,
            clock_wrong: None,
        };
        if !inspected.is_scan {
            return noticed;
        }
        let segment = sample.segment();
        let running = segment.and_then(|segment| running_time(segment, buffer.pts(), base, &time));
        let Some(at) = state.place(running, now) else {
            // It came, so what follows is no gap.
            state.last_passed = Some(now);
            return noticed;
        };
        if state.is_stale(at, now, settings) {
            state.counters.stale += 1;
            return noticed;
        }
        state.last_passed = Some(now);
        let caps = state.outgoing(caps);
        let mut buffer = buffer;
        let buffer_ref = buffer.make_mut();
        buffer_ref.set_pts(gst::ClockTime::from_nseconds(at.as_nanos() as u64));
        buffer_ref.set_dts(gst::ClockTime::NONE);
        let utc = |running: Duration| time.utc_base.saturating_add(running.as_nanos() as i64);
        noticed.clock_wrong = state.judge_clock(buffer_ref, utc(now).nanos());
        if !settings.camera.is_empty() {
            let capture = meta::reference_time(buffer_ref).unwrap_or_else(|| utc(at));
            let mut info = FrameInfo::new(settings.camera.as_str(), 0, capture);
            info.sequence = state.sequence;
            info.clock = Some(state.clock.clock(settings.latency));
            info.attach(buffer_ref);
        }
        state.sequence += 1;
        if self.way.put(Picture { buffer, caps }).is_some() {
            state.counters.overrun += 1;
        }
        noticed
    }

    /// The next picture; waits for it at most until there is a gap to tell, if a camera that `delivers` is late.
    pub fn wait(&self, delivers: bool) -> Taken<Picture> {
        let patience = {
            let state = lock(&self.state);
            match (state.time.as_ref().map(PlayingTime::now), state.last_passed) {
                (Some(now), Some(last)) if delivers => {
                    (last + state.quiet()).saturating_sub(now).max(GAP_INTERVAL)
                }
                _ => GAP_INTERVAL,
            }
        };
        self.way.take(patience)
    }

    /// The time without pictures that is to be told now: start and length.
    pub fn gap(&self, delivers: bool) -> Option<(Duration, Duration)> {
        let mut state = lock(&self.state);
        let now = state.time.as_ref()?.now();
        let is_quiet = state
            .last_passed
            .is_none_or(|last| now.saturating_sub(last) >= state.quiet());
        if delivers && !is_quiet {
            return None;
        }
        let gap = state.timeline.gap(now);
        state.counters.gaps += u64::from(gap.is_some());
        gap
    }

    /// A picture left the element.
    pub fn count_out(&self) {
        lock(&self.state).counters.out += 1;
    }

    /// Looks at a picture of a recording, which is left out if it does not show the hall.
    pub fn inspect_recorded(&self, picture: &Recorded, settings: &Settings) -> Inspected {
        let mut state = lock(&self.state);
        state.counters.pictures += 1;
        let Recorded { buffer, caps, .. } = picture;
        let time = picture.time.nanos();
        let inspected = state.inspect(buffer, caps, time, picture.is_key, settings);
        state.counters.out += u64::from(inspected.is_scan);
        inspected
    }

    /// Wakes the element's thread, because the camera's status changed.
    pub fn rouse(&self) {
        self.way.rouse();
    }

    /// How long ago the last picture came.
    pub fn silence(&self) -> Option<Duration> {
        let state = lock(&self.state);
        Some(
            state
                .time
                .as_ref()?
                .now()
                .saturating_sub(state.last_arrival?),
        )
    }

    /// Whether the connection gave one picture so far.
    pub fn gave_one_picture(&self) -> bool {
        lock(&self.state).pictures_of_connection == 1
    }

    /// Whether the element's thread is to let go.
    pub fn is_flushing(&self) -> bool {
        self.way.is_flushing()
    }

    /// Sets whether the element's thread is to let go.
    pub fn set_flushing(&self, flushing: bool) {
        self.way.set_flushing(flushing);
    }

    /// The format that all pictures get, as soon as it is known.
    pub fn format(&self) -> Option<gst::Caps> {
        lock(&self.state).format.clone()
    }

    /// What was counted.
    pub fn counters(&self) -> Counters {
        lock(&self.state).counters
    }

    /// Where times come from, and how far the camera's clock was from the arrival, ns.
    pub fn clock(&self) -> (sender_clock::Source, Option<i64>) {
        let state = lock(&self.state);
        (state.clock.source, state.clock.offset)
    }

    /// The decoder of the last connection.
    pub fn decoder(&self) -> Option<String> {
        lock(&self.state).decoder.clone()
    }
}

impl State {
    /// Looks at a picture; what does not show the hall is counted.
    fn inspect(
        &mut self,
        buffer: &gst::BufferRef,
        caps: &gst::CapsRef,
        time: i64,
        is_key: bool,
        settings: &Settings,
    ) -> Inspected {
        let inspected = self.inspection.look(buffer, caps, time, is_key, settings);
        self.counters.blind += u64::from(!inspected.is_scan);
        inspected
    }

    /// Whether a key picture came since the last decoded picture.
    fn is_after_key(&mut self) -> bool {
        std::mem::replace(&mut self.keys_before, self.keys) != self.keys
    }

    /// The longest usual distance of pictures.
    fn quiet(&self) -> Duration {
        QUIET.max(self.distance * QUIET_PICTURES)
    }

    /// Notes that a picture came, and how far apart pictures are.
    fn note_arrival(&mut self, now: Duration) {
        if let Some(last) = self
            .last_arrival
            .filter(|_| self.pictures_of_connection > 1)
        {
            let distance = now.saturating_sub(last);
            self.distance = if self.distance.is_zero() {
                distance
            } else {
                self.distance.mul_f64(0.8) + distance.mul_f64(0.2)
            };
        }
        self.last_arrival = Some(now);
    }

    /// The running time that a picture gets; `None` if it goes nowhere.
    fn place(&mut self, running: Option<Duration>, now: Duration) -> Option<Duration> {
        match self.timeline.place(running, now) {
            Place::At(at) => Some(at),
            Place::Anchored(at) => {
                gst::info!(
                    CAT,
                    "a picture of {running:?} came at {now:?}: its time is not plausible, it gets {at:?}"
                );
                self.counters.reanchored += 1;
                Some(at)
            }
            Place::InGap => {
                gst::debug!(
                    CAT,
                    "a picture of {running:?} lies in a gap that was told: dropped"
                );
                self.counters.in_gap += 1;
                None
            }
        }
    }

    /// Whether a picture at `at` waited too long for the beginning of its connection.
    fn is_stale(&mut self, at: Duration, now: Duration, settings: &Settings) -> bool {
        let Some(since) = self.settling_since else {
            return false;
        };
        let limit = Duration::from_nanos(settings.latency) + STALE;
        let is_stale = now.saturating_sub(at) > limit && now.saturating_sub(since) < SETTLING;
        if !is_stale {
            self.settling_since = None;
        }
        is_stale
    }

    /// Takes an implausible time of the camera's off; by how much it is wrong, if that is news.
    fn judge_clock(&mut self, buffer: &mut gst::BufferRef, arrival: i64) -> Option<i64> {
        let reference = meta::reference_time(buffer).map(Timestamp::nanos);
        let Verdict::Refused { news } = self.clock.judge(reference, arrival) else {
            return None;
        };
        self.counters.clock_refused += 1;
        while let Some(meta) = buffer.meta_mut::<gst::ReferenceTimestampMeta>() {
            if meta.remove().is_err() {
                break;
            }
        }
        self.clock.offset.filter(|_| news)
    }

    /// The caps that pictures of `caps` go out with: their rate is not promised, because the next connection may have another.
    fn outgoing(&mut self, caps: gst::Caps) -> gst::Caps {
        if let Some((came, goes)) = &self.caps
            && *came == caps
        {
            return goes.clone();
        }
        let format = format_of(&caps);
        let mut goes = format.clone();
        goes.make_mut().set("framerate", gst::Fraction::new(0, 1));
        self.format.get_or_insert(format);
        self.caps = Some((caps, goes.clone()));
        goes
    }
}

/// What of `caps` a converter can bring about for every stream, so that it is the same for ever.
fn format_of(caps: &gst::Caps) -> gst::Caps {
    let mut format = caps.clone();
    for structure in format.make_mut().iter_mut() {
        structure.filter_map_in_place(|name, value| {
            let is_format = FORMAT_FIELDS.iter().any(|field| name.as_str() == *field);
            is_format.then_some(value)
        });
    }
    format
}

/// The running time of a picture at `pts` in the user's pipeline, by its connection, whose running time 0 was at `base`.
fn running_time(
    segment: &gst::Segment,
    pts: Option<gst::ClockTime>,
    base: Option<gst::ClockTime>,
    time: &PlayingTime,
) -> Option<Duration> {
    let segment = segment.downcast_ref::<gst::ClockTime>()?;
    let running = segment.to_running_time(pts?)?;
    let at = (running + base?).checked_sub(time.base)?;
    Some(at.into())
}
