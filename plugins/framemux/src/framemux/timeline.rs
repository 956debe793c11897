// SPDX-License-Identifier: MIT OR Apache-2.0
//! The time line of one camera: whether the time that a frame brings can be right, and what to do if it cannot. Plain
//! arithmetic that knows neither `GStreamer` nor a clock; all times are running times in nanoseconds.
//!
//! A frame *fits* if it does not lie before the camera's last frame by more than an interval, and
//!
//! * live: not more than [`AHEAD`] after its arrival, nor so long before it that its packet has been made, unless the frames of
//!   this camera always take that long;
//! * in a recording: not more than [`MAX_GAP`] after the last frame (or announced gap).
//!
//! A frame that does not fit is not used. When frames that do not fit agree with each other for [`CONFIRM`] and are at least
//! [`CONFIRM_FRAMES`], the camera's clock has stepped: the time line is *re-anchored*, so that the last of them lies where it
//! should: live by its arrival, in a recording behind the last frame that fitted, as if there had been no step. So a single
//! frame with a wrong time never moves anything, and no gap is made of a step. (A recording that steps back by less than
//! [`CONFIRM`] only loses the frames of the time that it has had before.)

/// Live: so far a frame may lie after its arrival, nanoseconds. Sources without a clock of their own run ahead a little.
const AHEAD: i128 = 1_000_000_000;
/// In a recording: so long a camera may be away, nanoseconds. Further ahead is a step of its clock.
const MAX_GAP: i128 = 3_600_000_000_000;
/// So long frames must agree on a step, nanoseconds; live of arrival, in a recording of the new time.
const CONFIRM: i128 = 1_000_000_000;
/// So many frames must agree on a step.
const CONFIRM_FRAMES: u32 = 3;
/// Live: so far the steps that frames show may differ, nanoseconds: a drift of 10 % for the time of [`CONFIRM`], and as much
/// again for the network.
const LIVE_TOLERANCE: i128 = 200_000_000;
/// In a recording: so far apart two frames that agree may lie, nanoseconds, or three times the usual distance.
const RECORDING_TOLERANCE: i128 = 3_000_000_000;
/// So many of its frame distances without a frame, and a camera is not waited for.
const ONLINE_FRAMES: u64 = 3;

/// The circumstances under which the time of a frame is judged.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// Time from packet to packet.
    pub interval: u64,
    /// Live: now.
    pub arrival: Option<u64>,
    /// Live: how long the source says that its frames may take.
    pub announced: u64,
    /// Live: how much longer the packets wait.
    pub patience: u64,
    /// In a recording: the time of the next packet, where a camera without any frame yet should begin.
    pub next: Option<u64>,
}

/// A step of a camera's clock that was made good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How far the camera's times are moved from now on, against those before, nanoseconds.
    pub by: i64,
    /// Where the frame that confirmed it lies.
    pub time: u64,
}

/// Frames that do not fit but agree with each other.
#[derive(Debug, Clone, Copy)]
struct Suspects {
    /// Arrival of the first one; in a recording its time.
    since: i128,
    /// The shift that would make the first one fit.
    shift: i128,
    /// The time that the last one brought.
    last: i128,
    /// How many they are.
    frames: u32,
}

/// The time line of one camera.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// What is added to the times that frames bring.
    shift: i128,
    /// Time of the newest frame that fitted.
    last: Option<u64>,
    /// End of the newest gap that the source announced.
    gap_end: u64,
    /// Distance of the last two frames.
    period: u64,
    /// Live: the shortest time that a frame took to arrive since the time line was anchored.
    delay: Option<u64>,
    /// Live: arrival of the newest frame that fitted.
    arrived: Option<u64>,
    /// Frames that do not fit.
    suspects: Option<Suspects>,
}

impl Timeline {
    /// Where the frame that brings `stamp` lies, whether that can be right or not.
    pub fn time(&self, stamp: u64) -> u64 {
        to_time(i128::from(stamp) + self.shift)
    }

    /// How far a time of the camera is moved, nanoseconds.
    pub fn shift(&self) -> i64 {
        i64::try_from(self.shift).unwrap_or(if self.shift < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether a frame that brings `stamp` fits; `late` if its packet has been made.
    pub fn fits(&self, stamp: u64, late: bool, circumstances: &Circumstances) -> bool {
        let time = i128::from(stamp) + self.shift;
        let interval = i128::from(circumstances.interval);
        if time < 0
            || self
                .last
                .is_some_and(|last| time + interval < i128::from(last))
        {
            return false;
        }
        if let Some(arrival) = circumstances.arrival {
            let delay = i128::from(arrival) - time;
            let allowed = i128::from(self.delay.unwrap_or(u64::MAX).min(circumstances.announced))
                + i128::from(circumstances.patience);
            delay >= -AHEAD && !(late && delay > allowed)
        } else {
            let known = self.last.max(Some(self.gap_end).filter(|end| *end > 0));
            let expected = known.or(circumstances.next);
            expected.is_none_or(|expected| time <= i128::from(expected) + MAX_GAP)
        }
    }

    /// Takes over a frame at `time` that fits.
    pub fn accept(&mut self, time: u64, circumstances: &Circumstances) {
        if let Some(distance) = self.last.and_then(|last| time.checked_sub(last))
            && distance > 0
        {
            self.period = distance;
        }
        self.last = self.last.max(Some(time));
        if let Some(arrival) = circumstances.arrival {
            let delay = arrival.saturating_sub(time);
            self.delay = Some(self.delay.map_or(delay, |shortest| shortest.min(delay)));
            self.arrived = Some(arrival);
        }
        self.suspects = None;
    }

    /// Notes that the source announced nothing up to `end`.
    pub fn gap(&mut self, end: u64) {
        self.gap_end = self.gap_end.max(end);
    }

    /// Notes a frame that brings `stamp` and does not fit; the step, if this frame confirms one.
    pub fn suspect(&mut self, stamp: u64, circumstances: &Circumstances) -> Option<Step> {
        let stamp = i128::from(stamp);
        let (now, shift) = match circumstances.arrival {
            Some(arrival) => {
                let delay = i128::from(self.usual_delay(circumstances.announced));
                (i128::from(arrival), i128::from(arrival) - delay - stamp)
            }
            None => (stamp, i128::from(self.expected(circumstances)) - stamp),
        };
        let suspects = match self.suspects {
            Some(before) if self.agrees(&before, stamp, shift, circumstances) => Suspects {
                last: stamp,
                frames: before.frames + 1,
                ..before
            },
            _ => Suspects {
                since: now,
                shift,
                last: stamp,
                frames: 1,
            },
        };
        self.suspects = Some(suspects);
        let confirmed = suspects.frames >= CONFIRM_FRAMES && now - suspects.since >= CONFIRM;
        // Live each frame knows its arrival; in a recording the first one decides.
        let shift = circumstances.arrival.map_or(suspects.shift, |_| shift);
        let time = stamp + shift;
        let goes_on = self.last.is_none_or(|last| time > i128::from(last));
        (confirmed && goes_on && time >= 0).then(|| self.anchor(shift, to_time(time)))
    }

    /// Live: how long packets wait for this camera `now`: as long as its frames usually take, if it delivers.
    pub fn wait(&self, now: u64, circumstances_announced: u64, interval: u64) -> u64 {
        let patience = ONLINE_FRAMES.saturating_mul(self.period.max(interval));
        let online = self
            .arrived
            .is_some_and(|arrived| now.saturating_sub(arrived) <= patience);
        if online {
            self.usual_delay(circumstances_announced)
        } else {
            0
        }
    }

    /// The time that the camera's frames take, at most what its source announces.
    fn usual_delay(&self, announced: u64) -> u64 {
        self.delay.unwrap_or(0).min(announced)
    }

    /// In a recording: where the next frame should lie.
    fn expected(&self, circumstances: &Circumstances) -> u64 {
        self.last.map_or(circumstances.next.unwrap_or(0), |last| {
            last.saturating_add(self.period.max(1))
        })
    }

    /// Whether a frame that brings `stamp` shows the same step as the frames `before`.
    fn agrees(
        &self,
        before: &Suspects,
        stamp: i128,
        shift: i128,
        circumstances: &Circumstances,
    ) -> bool {
        if circumstances.arrival.is_some() {
            (shift - before.shift).abs() <= LIVE_TOLERANCE
        } else {
            let tolerance = RECORDING_TOLERANCE.max(3 * i128::from(self.period));
            (before.last..=before.last + tolerance).contains(&stamp)
        }
    }

    /// Moves the camera's times so that a frame lies at `time`.
    fn anchor(&mut self, shift: i128, time: u64) -> Step {
        let by = shift - self.shift;
        self.shift = shift;
        self.suspects = None;
        let by = i64::try_from(by).unwrap_or(if by < 0 { i64::MIN } else { i64::MAX });
        Step { by, time }
    }
}

/// `time` within the range of running time.
fn to_time(time: i128) -> u64 {
    u64::try_from(time.max(0)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: u64 = 1_000_000;
    const S: u64 = 1_000 * MS;
    const INTERVAL: u64 = 200 * MS;

    /// What a clock that steps makes of a time, seconds.
    type Change = fn(f64) -> f64;

    /// A camera whose frames are judged one after the other.
    struct Camera {
        timeline: Timeline,
        /// Arrival counts.
        live: bool,
        /// Times of the frames that fitted.
        times: Vec<u64>,
        /// Where steps were confirmed, by index of the frame.
        steps: Vec<(usize, Step)>,
        frames: usize,
    }

    impl Camera {
        fn new(live: bool) -> Self {
            Self {
                timeline: Timeline::default(),
                live,
                times: Vec::new(),
                steps: Vec::new(),
                frames: 0,
            }
        }

        /// A frame that brings `stamp` and arrives at `arrival`, at once given to a packet of its time.
        fn frame(&mut self, stamp: u64, arrival: u64) {
            let circumstances = Circumstances {
                interval: INTERVAL,
                arrival: Some(arrival).filter(|_| self.live),
                announced: 0,
                patience: INTERVAL,
                next: Some(0),
            };
            let late = |timeline: &Timeline| self.live && timeline.time(stamp) + INTERVAL < arrival;
            let fits = self
                .timeline
                .fits(stamp, late(&self.timeline), &circumstances);
            let step = if fits {
                None
            } else {
                self.timeline.suspect(stamp, &circumstances)
            };
            if let Some(step) = step {
                self.steps.push((self.frames, step));
                assert!(
                    self.timeline
                        .fits(stamp, late(&self.timeline), &circumstances),
                    "what confirms a step fits after it"
                );
            }
            if fits || step.is_some() {
                let time = self.timeline.time(stamp);
                self.timeline.accept(time, &circumstances);
                self.times.push(time);
            }
            self.frames += 1;
        }

        /// Frames for twelve seconds, five a second, whose times are those of arrival changed by `change` (seconds).
        fn play(live: bool, change: impl Fn(f64, usize) -> f64) -> Self {
            let mut camera = Self::new(live);
            for index in 0..60 {
                let arrival = index as u64 * INTERVAL;
                let stamp = change(arrival as f64 / S as f64, index).max(0.0);
                camera.frame((stamp * S as f64).round() as u64, arrival);
            }
            camera
        }
    }

    #[test]
    fn a_step_of_the_clock_is_made_good_within_two_seconds() {
        let steps: [(&str, Change); 6] = [
            ("back by 1 s", |time| time - 1.0),
            ("back by an hour and more", |time| time - 4_000.0),
            ("back to zero", |time| time - 6.0),
            ("ahead by 5 s", |time| time + 5.0),
            ("ahead by 10 h", |time| time + 36_000.0),
            ("to the epoch", |time| time + 1.7e9),
        ];
        for (name, step) in steps {
            let camera = Camera::play(true, |time, _| {
                let time = time + 5_000.0;
                if time < 5_006.0 { time } else { step(time) }
            });
            // The camera of the test joins 5000 s late, which is a step of its own.
            let steps: Vec<usize> = camera.steps.iter().map(|(frame, _)| *frame).collect();
            assert_eq!(steps.len(), 2, "{name}: {steps:?}");
            assert!((30..40).contains(&steps[1]), "{name}: {steps:?}");
            let last = camera.times.last().copied().unwrap();
            assert!(last.abs_diff(59 * INTERVAL) <= INTERVAL, "{name}: {last}");
        }
    }

    #[test]
    fn a_step_in_a_recording_is_made_good_and_time_goes_on() {
        let steps: [(&str, Change); 4] = [
            ("back by 3 s", |time| time - 3.0),
            ("back to zero", |time| time - 6.0),
            ("ahead by 10 h", |time| time + 36_000.0),
            ("to the epoch", |time| time + 1.7e9),
        ];
        for (name, step) in steps {
            let camera = Camera::play(false, |time, _| if time < 6.0 { time } else { step(time) });
            assert_eq!(camera.steps.len(), 1, "{name}");
            assert!((30..40).contains(&camera.steps[0].0), "{name}");
            let last = camera.times.last().copied().unwrap();
            assert!(last.abs_diff(59 * INTERVAL) <= INTERVAL, "{name}: {last}");
        }
    }

    #[test]
    fn single_frames_with_a_wrong_time_move_nothing() {
        for live in [true, false] {
            for wrong in [37_600.0, -9_800.0] {
                let camera = Camera::play(live, |time, index| {
                    let time = time + if live { 0.0 } else { 1.0 };
                    if index % 10 == 9 { time + wrong } else { time }
                });
                assert!(camera.steps.is_empty(), "live {live}, {wrong}");
                assert_eq!(camera.times.len(), 54, "live {live}, {wrong}");
            }
        }
    }

    #[test]
    fn a_drift_of_ten_percent_is_made_good_again_and_again() {
        for rate in [0.9, 1.1] {
            let camera = Camera::play(true, |time, _| time * rate);
            let last = camera.times.last().copied().unwrap();
            assert!(last.abs_diff(59 * INTERVAL) <= 1_400 * MS, "{rate}: {last}");
            assert!(camera.times.len() >= 35, "{rate}: {}", camera.times.len());
        }
    }

    #[test]
    fn times_that_stand_still_are_no_step() {
        let camera = Camera::play(true, |_, _| 0.0);
        assert!(camera.steps.is_empty());
    }

    #[test]
    fn what_a_stalled_connection_delivers_at_once_is_no_step() {
        let mut camera = Camera::new(true);
        for index in 0..20 {
            camera.frame(index * INTERVAL, index * INTERVAL);
        }
        // Ten seconds of frames come within half a second.
        for index in 20..70 {
            camera.frame(index * INTERVAL, 70 * INTERVAL + (index - 20) * 10 * MS);
        }
        for index in 73..90 {
            camera.frame(index * INTERVAL, index * INTERVAL);
        }
        assert!(camera.steps.is_empty());
        assert_eq!(camera.timeline.shift(), 0);
    }

    #[test]
    fn a_camera_is_waited_for_as_long_as_its_frames_take_and_only_while_it_delivers() {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.wait(0, 2 * S, INTERVAL), 0, "it has not delivered");
        let circumstances = |arrival| Circumstances {
            interval: INTERVAL,
            arrival: Some(arrival),
            announced: 2 * S,
            patience: INTERVAL,
            next: None,
        };
        timeline.accept(0, &circumstances(300 * MS));
        timeline.accept(INTERVAL, &circumstances(250 * MS));
        timeline.accept(2 * INTERVAL, &circumstances(900 * MS));
        assert_eq!(
            timeline.wait(900 * MS, 2 * S, INTERVAL),
            50 * MS,
            "the shortest"
        );
        assert_eq!(
            timeline.wait(900 * MS, 10 * MS, INTERVAL),
            10 * MS,
            "as announced"
        );
        assert_eq!(timeline.wait(1_501 * MS, 2 * S, INTERVAL), 0, "it has gone");
    }

    #[test]
    fn an_announced_gap_is_no_step() {
        let mut camera = Camera::new(false);
        camera.frame(0, 0);
        camera.timeline.gap(7_200 * S);
        camera.frame(7_200 * S, 0);
        assert_eq!(camera.times, [0, 7_200 * S]);
    }

    proptest! {
        /// Whatever times come: those that are used do not go back by more than an interval, and live they lie near the
        /// arrival.
        #[test]
        fn used_times_go_on(
            live in any::<bool>(),
            frames in prop::collection::vec((any::<bool>(), any::<u64>(), 0_u64..3 * S), 0..80),
        ) {
            let mut camera = Camera::new(live);
            let (mut arrival, mut offset) = (0, 0);
            for (steps, step, passed) in frames {
                arrival += passed;
                offset = if steps { step } else { offset };
                camera.frame(arrival.saturating_add(offset), arrival);
                let used = camera.times.last();
                if live && let Some(time) = used {
                    prop_assert!(*time <= arrival + S + INTERVAL);
                }
            }
            for pair in camera.times.windows(2) {
                prop_assert!(pair[1] + INTERVAL >= pair[0]);
            }
        }
    }
}
