// SPDX-License-Identifier: MIT OR Apache-2.0
//! All checks of one camera, frame by frame. Never reads a clock: time comes with the frames.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::blocks::{Blocks, Measure};
use crate::condition::Condition;
use crate::focus::sharpness;
use crate::luma::Luma;
use crate::registration::{Reference, Shift};

const SECOND: i64 = 1_000_000_000;

/// A picture with more of its blocks grey or streaked than this is damaged. The shipped clips have at most 0.02, at a third of
/// their bit rate 0.06; when one packet in fifty is lost, the worst have 0.3.
const DAMAGED: f64 = 0.08;
/// Black: nearly all blocks are dark, and evenly so (grey levels).
const BLACK_SHARE: f64 = 0.98;
const BLACK_SPREAD: f64 = 6.0;
/// White: brighter than this in the mean, and evenly so (grey levels).
const WHITE_MEAN: f64 = 225.0;
const WHITE_SPREAD: f64 = 10.0;
/// Blurred: sharpness is below this share of the usual one.
const BLURRED: f64 = 0.5;
/// So many measurements of sharpness make the usual one, their median.
const USUAL: usize = 20;
/// A moved camera is back when its shift is below this share of what makes it moved.
const BACK: f64 = 0.75;

/// What may be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Identical pictures for so long, over two key frames, are frozen; nanoseconds.
    pub frozen_after: i64,
    /// What is wrong for so long is said, and what is well for so long is taken back; nanoseconds.
    pub confirm_after: i64,
    /// Sharpness and covering are measured so often; nanoseconds.
    pub focus_interval: i64,
    /// The picture is compared with its reference so often; nanoseconds.
    pub registration_interval: i64,
    /// A picture that cannot be compared with its reference for so long shows something else; nanoseconds.
    pub elsewhere_after: i64,
    /// A camera that moved further is moved; pixels.
    pub moved_pixels: f64,
    /// A camera that turned further is moved; degrees.
    pub moved_degrees: f64,
    /// Where the camera burns its clock into the picture: left, top, width, height in pixels.
    pub clock: Option<[usize; 4]>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            frozen_after: 10 * SECOND,
            confirm_after: 2 * SECOND,
            focus_interval: SECOND,
            registration_interval: 3 * SECOND,
            elsewhere_after: 60 * SECOND,
            moved_pixels: 4.0,
            moved_degrees: 0.3,
            clock: None,
        }
    }
}

/// What a frame was found to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// What is wrong with the camera, confirmed over time.
    pub condition: Condition,
    /// Whether this frame is damaged, or follows a damaged one so closely that it may be built on it.
    pub damaged: bool,
    /// The picture is identical to the ones before it, since this time (nanoseconds).
    pub unchanged_since: Option<i64>,
}

impl Verdict {
    /// Whether the frame shows what stands in the hall, so that seeing nothing means that nothing is there.
    #[must_use]
    pub fn is_scan(&self) -> bool {
        !self.damaged && self.condition.shows_the_hall()
    }
}

/// The checks of one camera.
pub struct Checks {
    settings: Settings,
    measure: Measure,
    reference: Option<Reference>,
    picture: Repetition,
    clock: Repetition,
    damaged: Confirmed,
    /// Since when frames have been damaged again and again.
    damaged_since: Option<i64>,
    black: Confirmed,
    white: Confirmed,
    covered: Confirmed,
    blurred: Confirmed,
    usual_sharpness: Usual,
    moved: Confirmed,
    elsewhere: Confirmed,
    shift: Option<Shift>,
    focus_due: i64,
    registration_due: i64,
}

impl Checks {
    /// The checks of a camera that should look as it does in `reference`, if that is known.
    #[must_use]
    pub fn new(settings: Settings, reference: Option<Luma<'_>>) -> Self {
        let mut usual_sharpness = Usual::default();
        if let Some(sharp) = reference.and_then(sharpness) {
            usual_sharpness.set(sharp.ratio);
        }
        Self {
            settings,
            measure: Measure::default(),
            reference: reference.and_then(Reference::new),
            picture: Repetition::default(),
            clock: Repetition::default(),
            damaged: Confirmed::default(),
            damaged_since: None,
            black: Confirmed::default(),
            white: Confirmed::default(),
            covered: Confirmed::default(),
            blurred: Confirmed::default(),
            usual_sharpness,
            moved: Confirmed::default(),
            elsewhere: Confirmed::default(),
            shift: None,
            focus_due: i64::MIN,
            registration_due: i64::MIN,
        }
    }

    /// Whether there is a reference picture that can be compared with.
    #[must_use]
    pub fn has_reference(&self) -> bool {
        self.reference.is_some()
    }

    /// Looks at the next frame: `time` in nanoseconds, never decreasing; `is_key`: whether it was encoded without
    /// reference to others (true for formats without such references).
    pub fn check(&mut self, picture: Luma<'_>, time: i64, is_key: bool) -> Verdict {
        self.picture.add(whole(picture), time, is_key);
        if let Some(area) = self.settings.clock {
            // Every frame counts as a key frame: a clock changes its digits whatever the codec does.
            self.clock.add(part(picture, area), time, true);
        }
        let blocks = self.measure.blocks(picture);
        let is_damaged = blocks.grey > DAMAGED || blocks.streaked > DAMAGED;
        let settings = self.settings;
        self.damaged
            .at_once(is_damaged, time, settings.confirm_after);
        self.damaged_since = self
            .damaged
            .active
            .then(|| self.damaged_since.unwrap_or(time));
        self.expose(&blocks, time);
        if !is_damaged && !self.is_dark_or_bright() {
            self.look_closer(picture, time);
        }
        Verdict {
            condition: self.condition(time),
            damaged: self.damaged.active,
            unchanged_since: self.picture.since(),
        }
    }

    /// Whether the picture is black or white: then nothing else can be judged.
    fn is_dark_or_bright(&self) -> bool {
        self.black.active || self.white.active
    }

    /// Black and white.
    fn expose(&mut self, blocks: &Blocks, time: i64) {
        let after = self.settings.confirm_after;
        let is_black = blocks.dark >= BLACK_SHARE && blocks.spread < BLACK_SPREAD;
        let is_white = blocks.mean > WHITE_MEAN && blocks.spread < WHITE_SPREAD;
        self.black.later(is_black, time, after);
        self.white.later(is_white, time, after);
    }

    /// What is too dear for every frame.
    fn look_closer(&mut self, picture: Luma<'_>, time: i64) {
        let settings = self.settings;
        if time >= self.focus_due {
            self.focus_due = time.saturating_add(settings.focus_interval);
            let sharp = sharpness(picture);
            self.covered
                .later(sharp.is_none(), time, settings.confirm_after);
            if let Some(sharp) = sharp {
                let usual = self.usual_sharpness.learn(sharp.ratio);
                let is_blurred = usual.is_some_and(|usual| sharp.ratio < BLURRED * usual);
                self.blurred.later(is_blurred, time, settings.confirm_after);
            }
        }
        if time >= self.registration_due
            && let Some(reference) = &self.reference
        {
            self.registration_due = time.saturating_add(settings.registration_interval);
            let shift = reference.shift(picture);
            let after = if shift.is_none() {
                settings.elsewhere_after
            } else {
                settings.confirm_after
            };
            self.elsewhere.later(shift.is_none(), time, after);
            // A picture that cannot be compared says neither that the camera moved nor that it is back.
            if let Some(shift) = shift {
                let share = if self.moved.active { BACK } else { 1.0 };
                let is_moved = shift.length() > share * settings.moved_pixels
                    || shift.rotation.abs() > share * settings.moved_degrees;
                self.moved.later(is_moved, time, settings.confirm_after);
                self.shift = Some(shift);
            }
        }
    }

    /// The gravest thing that is confirmed.
    fn condition(&self, time: i64) -> Condition {
        let frozen_after = self.settings.frozen_after;
        // A single loss costs a few frames; it is no condition of the camera.
        let goes_on = 2 * self.settings.confirm_after;
        if self
            .damaged_since
            .is_some_and(|since| time.saturating_sub(since) >= goes_on)
        {
            Condition::Damaged
        } else if self.picture.is_frozen(time, frozen_after)
            || self.clock.is_frozen(time, frozen_after)
        {
            Condition::Frozen
        } else if self.black.active {
            Condition::Black
        } else if self.white.active {
            Condition::White
        } else if self.covered.active {
            Condition::Covered
        } else if self.elsewhere.active {
            Condition::Elsewhere
        } else if let (true, Some(shift)) = (self.moved.active, self.shift) {
            Condition::Moved(shift)
        } else if self.blurred.active {
            Condition::OutOfFocus
        } else {
            Condition::Good
        }
    }
}

/// A hash of all pixels.
fn whole(picture: Luma<'_>) -> u64 {
    let mut hash = Xxh3::new();
    for row in picture.rows() {
        hash.update(row);
    }
    hash.digest()
}

/// A hash of the pixels in `area`: left, top, width, height.
fn part(picture: Luma<'_>, [left, top, width, height]: [usize; 4]) -> u64 {
    let rows = (top..top.saturating_add(height).min(picture.height())).flat_map(|index| {
        let row = picture.row(index);
        let end = left.saturating_add(width).min(row.len());
        row.get(left..end).unwrap_or_default().iter().copied()
    });
    xxh3_64(&rows.collect::<Vec<u8>>())
}

/// How long the same thing has been seen.
#[derive(Debug, Default)]
struct Repetition {
    last: Option<u64>,
    /// When it was seen first.
    first: i64,
    /// Frames like it, itself left out.
    repeats: u64,
    /// Key frames among those.
    keys: u64,
}

impl Repetition {
    /// Counts the next picture, given by the hash of its data.
    fn add(&mut self, hash: u64, time: i64, is_key: bool) {
        if self.last == Some(hash) {
            self.repeats += 1;
            self.keys += u64::from(is_key);
        } else {
            *self = Self {
                last: Some(hash),
                first: time,
                repeats: 0,
                keys: 0,
            };
        }
    }

    /// Since when it is repeated, if it is.
    fn since(&self) -> Option<i64> {
        (self.repeats > 0).then_some(self.first)
    }

    /// Repeated for `after` nanoseconds, over two key frames.
    fn is_frozen(&self, time: i64, after: i64) -> bool {
        self.keys >= 2 && time.saturating_sub(self.first) >= after
    }
}

/// Something that counts only when it lasts.
#[derive(Debug, Default)]
struct Confirmed {
    active: bool,
    /// Since when the frames say the opposite of `active`.
    opposed_since: Option<i64>,
}

impl Confirmed {
    /// What lasts for `after` becomes active; what is gone for `after` ends.
    fn later(&mut self, is_so: bool, time: i64, after: i64) {
        if is_so == self.active {
            self.opposed_since = None;
            return;
        }
        let since = *self.opposed_since.get_or_insert(time);
        if time.saturating_sub(since) >= after {
            (self.active, self.opposed_since) = (is_so, None);
        }
    }

    /// Active at once, ends when it is gone for `after`.
    fn at_once(&mut self, is_so: bool, time: i64, after: i64) {
        if is_so {
            (self.active, self.opposed_since) = (true, None);
        } else {
            self.later(false, time, after);
        }
    }
}

/// The usual value of something: the median of the first ones.
#[derive(Debug, Default)]
struct Usual {
    seen: Vec<f64>,
    value: Option<f64>,
}

impl Usual {
    /// Sets the usual value, so that it need not be learned.
    fn set(&mut self, value: f64) {
        self.value = Some(value);
    }

    /// Learns from `value` as long as that is needed; the usual value, once it is known.
    fn learn(&mut self, value: f64) -> Option<f64> {
        if self.value.is_none() {
            self.seen.push(value);
            if self.seen.len() == USUAL {
                self.seen.sort_by(f64::total_cmp);
                self.value = self.seen.get(USUAL / 2).copied();
                self.seen = Vec::new();
            }
        }
        self.value
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    const WIDTH: usize = 960;
    const HEIGHT: usize = 540;

    /// The scene `scene` of patches of many greys, `dx` pixels further right, with the noise of a sensor.
    fn seen(scene: u64, dx: usize, noise: u64) -> Vec<u8> {
        let mut patches = Pcg64Mcg::seed_from_u64(scene);
        let patches: Vec<u8> = (0..100 * 100)
            .map(|_| patches.random_range(40..200))
            .collect();
        let mut noise = Pcg64Mcg::seed_from_u64(noise);
        (0..WIDTH * HEIGHT)
            .map(|index| {
                let (x, y) = (index % WIDTH + 200 - dx, index / WIDTH);
                patches[x / 15 + y / 12 * 100] + noise.random_range(0..6)
            })
            .collect()
    }

    fn luma(bytes: &[u8]) -> Luma<'_> {
        Luma::new(bytes, WIDTH, HEIGHT, WIDTH).unwrap()
    }

    /// Shows pictures, one a second; when each condition began.
    fn watch(
        checks: &mut Checks,
        pictures: &[Vec<u8>],
        seconds: std::ops::Range<i64>,
    ) -> Vec<(i64, String)> {
        let mut found: Vec<(i64, String)> = Vec::new();
        for second in seconds {
            let picture = &pictures[second as usize % pictures.len()];
            let word = checks
                .check(luma(picture), second * SECOND, true)
                .condition
                .word();
            if found.last().is_none_or(|(_, last)| last != word) {
                found.push((second, word.to_owned()));
            }
        }
        found
    }

    #[test]
    fn a_moved_camera_is_said_within_ten_seconds_and_is_back_as_soon() {
        let reference = seen(1, 0, 1);
        let mut checks = Checks::new(Settings::default(), Some(luma(&reference)));
        let still = [seen(1, 0, 2), seen(1, 0, 3)];
        let moved = [seen(1, 12, 4), seen(1, 12, 5)];
        assert_eq!(watch(&mut checks, &still, 0..30), [(0, "good".to_owned())]);
        let found = watch(&mut checks, &moved, 30..60);
        assert!(found[1].0 <= 40 && found[1].1 == "moved", "{found:?}");
        let Condition::Moved(shift) = checks.condition(60 * SECOND) else {
            panic!("{:?}", checks.condition(60 * SECOND));
        };
        assert!(
            (shift.x - 12.0).abs() < 2.0 && shift.y.abs() < 2.0,
            "{shift:?}"
        );
        let found = watch(&mut checks, &still, 60..90);
        assert!(found[1].0 <= 70 && found[1].1 == "good", "{found:?}");
    }

    #[test]
    fn a_camera_that_was_turned_far_away_is_said() {
        let reference = seen(1, 0, 1);
        let mut checks = Checks::new(Settings::default(), Some(luma(&reference)));
        let other = [seen(2, 0, 2), seen(2, 0, 3)];
        let found = watch(&mut checks, &other, 0..90);
        assert_eq!(found[0].1, "good");
        assert!(
            (60..=70).contains(&found[1].0) && found[1].1 == "elsewhere",
            "{found:?}"
        );
        let still = [seen(1, 0, 2), seen(1, 0, 3)];
        let found = watch(&mut checks, &still, 90..120);
        assert_eq!(found.last().unwrap().1, "good");
    }

    #[test]
    fn a_single_loss_costs_frames_and_is_no_condition_until_it_goes_on() {
        let good = [seen(1, 0, 2), seen(1, 0, 3)];
        let mut torn = good[0].clone();
        torn[WIDTH * HEIGHT / 2..].fill(128);
        let mut checks = Checks::new(Settings::default(), None);
        let verdict = checks.check(luma(&torn), 0, true);
        assert_eq!(
            (verdict.is_scan(), verdict.condition),
            (false, Condition::Good)
        );
        assert!(!checks.check(luma(&good[1]), SECOND, true).is_scan());
        let found = watch(&mut checks, &good, 2..10);
        assert_eq!(found, [(2, "good".to_owned())]);
        assert!(checks.check(luma(&good[0]), 10 * SECOND, true).is_scan());
        let again = [torn.clone(), good[1].clone()];
        let found = watch(&mut checks, &again, 20..40);
        assert!(found[1].0 <= 25 && found[1].1 == "damaged", "{found:?}");
        assert!(!checks.check(luma(&good[1]), 40 * SECOND, true).is_scan());
    }

    #[test]
    fn a_picture_is_frozen_only_over_key_pictures() {
        let picture = seen(1, 0, 1);
        let mut checks = Checks::new(Settings::default(), None);
        for second in 0..60 {
            let verdict = checks.check(luma(&picture), second * SECOND, second == 20);
            assert_eq!(verdict.condition, Condition::Good, "{second}");
            assert_eq!(verdict.unchanged_since, (second > 0).then_some(0));
        }
        let verdict = checks.check(luma(&picture), 60 * SECOND, true);
        assert_eq!(verdict.condition, Condition::Frozen);
        assert!(!verdict.is_scan());
        let other = seen(1, 0, 2);
        assert!(checks.check(luma(&other), 61 * SECOND, false).is_scan());
    }
}
