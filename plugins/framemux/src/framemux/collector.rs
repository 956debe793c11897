// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which frame goes into which packet: plain bookkeeping that knows neither `GStreamer` nor a clock.
//!
//! All times are running times in nanoseconds. Packets are made for *output running times*, the whole multiples of the
//! interval. A frame belongs to the first output running time that is not before it, so the packet of time `t` holds what
//! was seen in `(t - interval, t]`.

use std::collections::BTreeMap;

use super::camera::{Camera, Content, Presence, Timed};
use super::counters::Counters;

/// Frames that one camera may have waiting ahead of the next packet, before its stream is held back.
const MAX_PENDING: usize = 64;

/// What became of a frame that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It waits for its packet.
    Kept,
    /// It waits for its packet; an older one of the same interval was dropped for it.
    Replaced,
    /// It was dropped: a newer one of the same interval waits already.
    Outdated,
    /// Its packet has been made already.
    Late {
        /// How far it lies before the time of the last packet, nanoseconds.
        by: u64,
    },
}

/// One packet.
#[derive(Debug)]
pub struct PacketContents<F> {
    /// Its output running time.
    pub time: u64,
    /// What it holds, by camera index.
    pub slots: Vec<(u32, Content<F>)>,
    /// Cameras that went silent or returned with it.
    pub changes: Vec<(u32, Presence)>,
}

/// The frames of all cameras between arrival and packet.
#[derive(Debug)]
pub struct Collector<F> {
    interval: u64,
    next: Option<u64>,
    packets: u64,
    cameras: BTreeMap<u32, Camera<F>>,
}

impl<F: Clone> Collector<F> {
    /// A collector without cameras that makes a packet every `interval` nanoseconds (at least 1).
    pub fn new(interval: u64) -> Self {
        Self {
            interval: interval.max(1),
            next: None,
            packets: 0,
            cameras: BTreeMap::new(),
        }
    }

    /// Forgets everything but the cameras' indices, and makes a packet every `interval` nanoseconds from now on.
    pub fn restart(&mut self, interval: u64) {
        let indices: Vec<u32> = self.cameras.keys().copied().collect();
        *self = Self::new(interval);
        for index in indices {
            self.add(index);
        }
    }

    /// Adds camera `index`.
    pub fn add(&mut self, index: u32) {
        self.cameras.entry(index).or_default();
    }

    /// Forgets camera `index`. Without cameras there are no packets, so the next one chooses its time anew.
    pub fn remove(&mut self, index: u32) {
        self.cameras.remove(&index);
        if self.cameras.is_empty() {
            self.next = None;
        }
    }

    /// The interval, nanoseconds.
    pub fn interval(&self) -> u64 {
        self.interval
    }

    /// Number of packets made.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// The output running time of the next packet; `None` as long as nobody has said where to start.
    pub fn next(&self) -> Option<u64> {
        self.next
    }

    /// Makes the first output running time that is not before `time` the next one, unless one is set or there are no
    /// cameras.
    pub fn start_at(&mut self, time: u64) {
        if self.next.is_some() || self.cameras.is_empty() {
            return;
        }
        let next = output_time(time, self.interval);
        self.next = Some(next);
        for camera in self.cameras.values_mut() {
            let waiting = camera.pending.len();
            camera.pending = camera.pending.split_off(&next);
            camera.counters.late += (waiting - camera.pending.len()) as u64;
        }
    }

    /// What became of the frames of camera `index`.
    pub fn counters(&self, index: u32) -> Counters {
        self.cameras
            .get(&index)
            .map(|camera| camera.counters)
            .unwrap_or_default()
    }

    /// Counts a frame of camera `index` that could not be taken, and why.
    pub fn refuse(&mut self, index: u32, reason: impl FnOnce(&mut Counters) -> &mut u64) {
        if let Some(camera) = self.cameras.get_mut(&index) {
            camera.counters.frames += 1;
            *reason(&mut camera.counters) += 1;
        }
    }

    /// Whether camera `index` is silent.
    pub fn is_silent(&self, index: u32) -> bool {
        self.cameras.get(&index).is_some_and(|camera| camera.silent)
    }

    /// Whether the packet that a frame at `time` belongs to has been made.
    pub fn is_late(&self, time: u64) -> bool {
        self.next
            .is_some_and(|next| output_time(time, self.interval) < next)
    }

    /// How far a frame at `time` lies before the last packet, nanoseconds.
    pub fn lateness(&self, time: u64) -> u64 {
        let next = self.next.unwrap_or_default();
        next.saturating_sub(self.interval).saturating_sub(time)
    }

    /// Notes that the stream of camera `index` ended; if it is `lost`, the camera is silent from now on.
    pub fn end(&mut self, index: u32, lost: bool) {
        if let Some(camera) = self.cameras.get_mut(&index) {
            camera.ended = true;
            camera.silent |= lost;
        }
    }

    /// Whether the stream of camera `index` ended and nothing came since.
    pub fn has_ended(&self, index: u32) -> bool {
        self.cameras.get(&index).is_some_and(|camera| camera.ended)
    }

    /// Whether the streams of all cameras have ended.
    pub fn have_all_ended(&self) -> bool {
        self.cameras.values().all(|camera| camera.ended)
    }

    /// Whether a frame of camera `index` at `time` has to wait outside, because too many are ahead of the next packet.
    pub fn is_full(&self, index: u32, time: u64) -> bool {
        self.cameras.get(&index).is_some_and(|camera| {
            camera.pending.len() >= MAX_PENDING
                && !camera
                    .pending
                    .contains_key(&output_time(time, self.interval))
        })
    }

    /// Takes a frame that camera `index` saw from `time` to `end`.
    pub fn take(&mut self, index: u32, time: u64, end: u64, frame: F) -> Taken {
        let interval = self.interval;
        let Some(camera) = self.cameras.get_mut(&index) else {
            return Taken::Kept;
        };
        camera.counters.frames += 1;
        camera.ended = false;
        camera.covered = camera.covered.max(end);
        camera.seen = camera.seen.max(Some(time));
        let output = output_time(time, interval);
        if let Some(next) = self.next.filter(|next| output < *next) {
            camera.counters.late += 1;
            return Taken::Late {
                by: next.saturating_sub(interval).saturating_sub(time),
            };
        }
        let arrived = Timed { time, frame };
        let Some(waiting) = camera.pending.get_mut(&output) else {
            camera.pending.insert(output, arrived);
            return Taken::Kept;
        };
        camera.counters.dropped_newer += 1;
        if waiting.time <= time {
            *waiting = arrived;
            Taken::Replaced
        } else {
            Taken::Outdated
        }
    }

    /// Notes that camera `index` has nothing up to `end`.
    pub fn gap(&mut self, index: u32, end: u64) {
        if let Some(camera) = self.cameras.get_mut(&index) {
            camera.covered = camera.covered.max(end);
        }
    }

    /// Whether nothing of camera `index` for the next packet can still come, going by the times of its frames.
    pub fn is_covered(&self, index: u32) -> bool {
        self.cameras.get(&index).is_some_and(|camera| {
            self.next.is_some_and(|next| {
                camera.covered > next || camera.seen.is_some_and(|seen| seen > next)
            })
        })
    }

    /// Whether nothing for the next packet can still come: every camera has ended or is covered.
    pub fn is_complete(&self) -> bool {
        self.cameras
            .iter()
            .all(|(&index, camera)| camera.ended || self.is_covered(index))
    }

    /// Whether any frame waits for its packet.
    pub fn has_pending(&self) -> bool {
        self.cameras
            .values()
            .any(|camera| !camera.pending.is_empty())
    }

    /// Drops what waits and what is cached of camera `index`: what comes next has nothing to do with it.
    pub fn flush(&mut self, index: u32) {
        if let Some(camera) = self.cameras.get_mut(&index) {
            camera.flush();
        }
    }

    /// Flushes every camera; time starts anew.
    pub fn flush_all(&mut self) {
        self.next = None;
        for camera in self.cameras.values_mut() {
            camera.flush();
            camera.joined = None;
        }
    }

    /// Makes the next packet: `finish` is shown each fresh frame with its time before it is put in and cached.
    ///
    /// A frame older than `max_age` is not shown again; a camera without a frame for longer than `silence` is silent.
    /// `None` as long as nobody has said where to start.
    pub fn finish_packet(
        &mut self,
        max_age: u64,
        silence: u64,
        mut finish: impl FnMut(u32, u64, F) -> F,
    ) -> Option<PacketContents<F>> {
        let time = self.next?;
        let mut slots = Vec::with_capacity(self.cameras.len());
        let mut changes = Vec::new();
        for (&index, camera) in &mut self.cameras {
            slots.push((
                index,
                camera.content(time, max_age, |at, frame| finish(index, at, frame)),
            ));
            if let Some(change) = camera.watch(time, silence) {
                changes.push((index, change));
            }
        }
        self.next = Some(time.saturating_add(self.interval));
        self.packets += 1;
        Some(PacketContents {
            time,
            slots,
            changes,
        })
    }
}

/// The output running time of the packet that a frame at `time` belongs to.
fn output_time(time: u64, interval: u64) -> u64 {
    time.div_ceil(interval).saturating_mul(interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INTERVAL: u64 = 200;
    const MAX_AGE: u64 = 1_000;
    const SILENCE: u64 = 2_000;

    fn collector(cameras: u32) -> Collector<u64> {
        let mut collector = Collector::new(INTERVAL);
        (0..cameras).for_each(|index| collector.add(index));
        collector
    }

    fn packet(collector: &mut Collector<u64>) -> PacketContents<u64> {
        collector
            .finish_packet(MAX_AGE, SILENCE, |_, _, frame| frame)
            .unwrap()
    }

    fn content(collector: &mut Collector<u64>) -> Content<u64> {
        packet(collector).slots.remove(0).1
    }

    #[test]
    fn a_packet_holds_what_came_after_the_last_one() {
        for (time, expected) in [(0, 0), (1, 200), (200, 200), (201, 400)] {
            assert_eq!(output_time(time, INTERVAL), expected);
        }
        assert_eq!(output_time(u64::MAX, INTERVAL), u64::MAX);
    }

    #[test]
    fn no_packet_before_somebody_says_where_to_start() {
        let mut collector = collector(1);
        collector.take(0, 5, 6, 0);
        assert!(
            collector
                .finish_packet(MAX_AGE, SILENCE, |_, _, frame| frame)
                .is_none()
        );
    }

    #[test]
    fn a_frame_is_fresh_once_then_cached_then_missing() {
        let mut collector = collector(1);
        collector.start_at(0);
        collector.take(0, 0, 0, 7);
        assert_eq!(content(&mut collector), Content::Fresh(7));
        for age in (INTERVAL..=MAX_AGE).step_by(INTERVAL as usize) {
            assert_eq!(content(&mut collector), Content::Cached { frame: 7, age });
        }
        assert_eq!(content(&mut collector), Content::Missing);
        assert_eq!(content(&mut collector), Content::Missing);
        let counters = collector.counters(0);
        assert_eq!(
            (counters.fresh, counters.cached, counters.missing),
            (1, 5, 2)
        );
    }

    #[test]
    fn the_newest_of_an_interval_wins_whatever_the_order() {
        for order in [[210, 300, 390], [390, 210, 300], [300, 390, 210]] {
            let mut collector = collector(1);
            collector.start_at(400);
            for time in order {
                let taken = collector.take(0, time, time, time);
                assert!(!matches!(taken, Taken::Late { .. }));
            }
            assert_eq!(content(&mut collector), Content::Fresh(390));
            assert_eq!(collector.counters(0).dropped_newer, 2);
        }
    }

    #[test]
    fn a_late_frame_is_counted_and_says_by_how_much() {
        let mut collector = collector(1);
        collector.start_at(400);
        packet(&mut collector);
        assert_eq!(collector.take(0, 350, 360, 1), Taken::Late { by: 50 });
        assert_eq!(collector.take(0, 401, 410, 2), Taken::Kept);
        assert_eq!(collector.counters(0).late, 1);
    }

    #[test]
    fn what_waits_from_before_the_start_is_late() {
        let mut collector = collector(1);
        collector.take(0, 100, 100, 1);
        collector.take(0, 500, 500, 2);
        collector.start_at(450);
        assert_eq!(collector.counters(0).late, 1);
        assert_eq!(collector.next(), Some(600));
        assert_eq!(content(&mut collector), Content::Fresh(2));
    }

    #[test]
    fn silence_is_told_once_and_so_is_the_return() {
        let mut collector = collector(2);
        collector.start_at(0);
        let mut changes = Vec::new();
        for time in (0..=4_000).step_by(INTERVAL as usize) {
            collector.take(0, time, time, time);
            if !(1_000..3_400).contains(&time) {
                collector.take(1, time, time, time);
            }
            let packet = packet(&mut collector);
            changes.extend(
                packet
                    .changes
                    .into_iter()
                    .map(|change| (packet.time, change)),
            );
        }
        // The last frame before was at 800; 2800 is not yet longer than the time-out.
        let expected = [
            (3_000, (1, Presence::Silent)),
            (3_400, (1, Presence::Returned)),
        ];
        assert_eq!(changes, expected);
    }

    #[test]
    fn a_camera_that_never_came_is_silent_too() {
        let mut collector = collector(1);
        collector.start_at(10_000);
        let silent = (0..20).find(|_| !packet(&mut collector).changes.is_empty());
        assert_eq!(silent, Some(11));
        assert!(collector.is_silent(0));
    }

    #[test]
    fn covered_is_what_a_duration_or_a_later_frame_or_a_gap_proves() {
        let mut collector = collector(1);
        collector.start_at(400);
        assert!(!collector.is_covered(0));
        collector.take(0, 400, 400, 1);
        assert!(!collector.is_covered(0), "another could have the same time");
        collector.gap(0, 500);
        assert!(collector.is_covered(0));
        packet(&mut collector);
        assert!(!collector.is_covered(0));
        collector.take(0, 601, 601, 2);
        assert!(collector.is_covered(0));
    }

    #[test]
    fn a_stream_far_ahead_has_to_wait() {
        let mut collector = collector(1);
        for step in 1..=MAX_PENDING as u64 {
            assert!(!collector.is_full(0, step * INTERVAL));
            collector.take(0, step * INTERVAL, step * INTERVAL, step);
        }
        assert!(collector.is_full(0, (MAX_PENDING as u64 + 1) * INTERVAL));
        assert!(
            !collector.is_full(0, INTERVAL),
            "a frame of an interval that is there replaces"
        );
    }

    #[test]
    fn a_flush_forgets_and_counts() {
        let mut collector = collector(1);
        collector.start_at(0);
        collector.take(0, 0, 0, 1);
        packet(&mut collector);
        collector.take(0, 200, 200, 2);
        collector.flush(0);
        assert_eq!(content(&mut collector), Content::Missing);
        assert_eq!(collector.counters(0).flushed, 1);
    }

    proptest! {
        /// Whatever comes in whatever order: packets lie at consecutive times, and each frame is in exactly one packet as
        /// a fresh one, or was counted.
        #[test]
        fn every_frame_is_accounted_for(
            interval in 1_u64..50,
            frames in prop::collection::vec((0_u32..3, 0_u64..500), 0..60),
            packets in prop::collection::vec(0_usize..4, 0..60),
        ) {
            let mut collector: Collector<u64> = Collector::new(interval);
            (0..3).for_each(|index| collector.add(index));
            collector.start_at(0);
            let mut packets = packets.into_iter();
            let mut times = Vec::new();
            let mut shown = Vec::new();
            let mut see = |collector: &mut Collector<u64>| {
                let packet = collector.finish_packet(100, 200, |_, _, frame| frame).unwrap();
                times.push(packet.time);
                for (index, content) in packet.slots {
                    if let Content::Fresh(time) = content {
                        shown.push((index, time, packet.time));
                    }
                }
            };
            for &(index, time) in &frames {
                collector.take(index, time, time, time);
                (0..packets.next().unwrap_or(0)).for_each(|_| see(&mut collector));
            }
            while collector.has_pending() {
                see(&mut collector);
            }
            prop_assert!(times.iter().zip(0..).all(|(time, number)| *time == number * interval));
            for &(index, time, output) in &shown {
                prop_assert!(frames.contains(&(index, time)));
                prop_assert!(time <= output && output - time < interval);
            }
            for index in 0..3 {
                let counters = collector.counters(index);
                let arrived = frames.iter().filter(|(of, _)| *of == index).count() as u64;
                prop_assert_eq!(counters.frames, arrived);
                prop_assert_eq!(counters.frames, counters.fresh + counters.dropped_newer + counters.late);
                prop_assert_eq!(
                    counters.fresh + counters.cached + counters.missing,
                    collector.packets()
                );
            }
        }
    }
}
