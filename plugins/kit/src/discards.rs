// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cameras of which everything is discarded: the user is told once that it is so, since when, why and what to do, and once
//! that it is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use gst::prelude::*;
use messages::Timestamp;

/// A camera of which everything has been discarded for so long is told of; nanoseconds of event time.
const PATIENCE: i64 = 10_000_000_000;

/// Why something of a camera is discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It arrives too late.
    Late,
    /// The pixels have a format that nobody here reads.
    Format,
    /// The pixels are not what their format promises.
    Pixels,
    /// The picture is too small for the network.
    Size,
    /// The detector's labels mean nothing to position estimation.
    Labels,
    /// The facility file does not describe the camera well enough.
    Camera,
    /// The picture has another shape than the one that the camera is calibrated for.
    Aspect,
    /// A value is impossible.
    Value,
    /// It has no time.
    Untimed,
    /// Its times fit neither each other nor its arrival.
    Time,
    /// It was there before.
    Repeated,
}

impl Reason {
    /// The reason in a few words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Format => "unreadable format",
            Self::Pixels => "unreadable pixels",
            Self::Size => "picture too small",
            Self::Labels => "unknown labels",
            Self::Camera => "unknown camera",
            Self::Aspect => "wrong image aspect",
            Self::Value => "impossible value",
            Self::Untimed => "no time",
            Self::Time => "impossible times",
            Self::Repeated => "repeated",
        }
    }

    /// Whether it holds for a whole stream, so that there is nothing to wait for.
    fn is_lasting(self) -> bool {
        matches!(
            self,
            Self::Format | Self::Labels | Self::Camera | Self::Aspect | Self::Untimed
        )
    }

    /// Whether it concerns all cameras alike, of which its element tells once for all of them.
    fn is_of_all_cameras(self) -> bool {
        self == Self::Labels
    }
}

/// What becomes of the cameras of one element.
#[derive(Debug, Default)]
pub struct DiscardWatch {
    cameras: BTreeMap<Arc<str>, Camera>,
}

/// One camera.
#[derive(Debug, Default)]
struct Camera {
    /// What has been discarded since the last thing that was used.
    streak: Option<Streak>,
    /// Whether the user has ever been told of it.
    was_told: bool,
    /// Whether anything of it was ever used.
    was_used: bool,
}

/// Discarded one after the other.
#[derive(Debug)]
struct Streak {
    since: Timestamp,
    /// How often each reason came, with its first explanation.
    reasons: Vec<(Reason, u64, String)>,
    is_told: bool,
}

/// What the user is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Everything of a camera is discarded.
    Discarded {
        /// The camera.
        camera: Arc<str>,
        /// Event time of the first thing that was discarded.
        since: Timestamp,
        /// The most frequent reason.
        reason: Reason,
        /// What it means in this case, with the remedy.
        explanation: String,
        /// How much has been discarded since.
        count: u64,
    },
    /// A camera is used again.
    Used {
        /// The camera.
        camera: Arc<str>,
        /// Event time of what is used.
        time: Timestamp,
    },
}

impl DiscardWatch {
    /// Something of `camera` at event time `time` is used.
    pub fn used(&mut self, camera: &Arc<str>, time: Timestamp) -> Option<Change> {
        let known = self.cameras.entry(Arc::clone(camera)).or_default();
        known.was_used = true;
        let streak = known.streak.take()?;
        streak.is_told.then(|| Change::Used {
            camera: Arc::clone(camera),
            time,
        })
    }

    /// Something of `camera` at event time `time` is discarded, which `explain` explains with the remedy.
    pub fn discarded(
        &mut self,
        camera: &Arc<str>,
        time: Timestamp,
        reason: Reason,
        explain: impl FnOnce() -> String,
    ) -> Option<Change> {
        let known = self.cameras.entry(Arc::clone(camera)).or_default();
        let streak = known.streak.get_or_insert_with(|| Streak {
            since: time,
            reasons: Vec::new(),
            is_told: false,
        });
        // Time began anew.
        streak.since = streak.since.min(time);
        match streak
            .reasons
            .iter_mut()
            .find(|(known, ..)| *known == reason)
        {
            Some((_, count, _)) => *count += 1,
            None => streak.reasons.push((reason, 1, explain())),
        }
        let at_once = reason.is_lasting() && !known.was_told;
        let is_due = at_once || time.since(streak.since) >= PATIENCE;
        if streak.is_told || !is_due {
            return None;
        }
        known.was_told = true;
        streak.tell(camera)
    }

    /// The stream ends: cameras of which nothing was ever used, though the stream was too short to be told of before.
    pub fn ended(&mut self) -> Vec<Change> {
        let untold = |(camera, known): (&Arc<str>, &mut Camera)| {
            let streak = known.streak.as_mut().filter(|_| !known.was_used)?;
            (!streak.is_told).then(|| streak.tell(camera))?
        };
        self.cameras.iter_mut().filter_map(untold).collect()
    }

    /// Whether the last that came of `camera` was discarded.
    #[must_use]
    pub fn is_discarding(&self, camera: &str) -> bool {
        let known = self.cameras.get(camera);
        known.is_some_and(|known| known.streak.is_some())
    }

    /// Whether the user knows that all of `camera` is discarded.
    #[must_use]
    pub fn is_told(&self, camera: &str) -> bool {
        let streak = self.cameras.get(camera).and_then(|it| it.streak.as_ref());
        streak.is_some_and(|streak| streak.is_told)
    }

    /// Forgets all cameras: the stream begins anew.
    pub fn clear(&mut self) {
        self.cameras.clear();
    }

    /// How many cameras the user knows to be discarded now.
    #[must_use]
    pub fn discarded_cameras(&self) -> u64 {
        let streaks = self.cameras.values().filter_map(|it| it.streak.as_ref());
        streaks.filter(|streak| streak.is_told).count() as u64
    }
}

impl Streak {
    /// The change to tell of, which is told from now on.
    fn tell(&mut self, camera: &Arc<str>) -> Option<Change> {
        self.is_told = true;
        let count = self.reasons.iter().map(|(_, count, _)| count).sum();
        let (reason, _, explanation) = self.reasons.iter().max_by_key(|(_, count, _)| count)?;
        Some(Change::Discarded {
            camera: Arc::clone(camera),
            since: self.since,
            reason: *reason,
            explanation: explanation.clone(),
            count,
        })
    }
}

impl Change {
    /// Tells it on the bus of `element`, which handles `things` ("frames", "reports"): an element message `roundhouse-camera`
    /// for programs, and a warning for people when everything of a camera is discarded.
    pub fn post(&self, element: &impl IsA<gst::Element>, things: &str) {
        self.announce(element);
        if let Some(sentence) = self.warning(things) {
            gst::element_warning!(element.as_ref(), gst::StreamError::Failed, ("{sentence}"));
        }
    }

    /// Tells it on the bus of `element` for programs only: people know already.
    pub fn announce(&self, element: &impl IsA<gst::Element>) {
        let structure = gst::Structure::builder("roundhouse-camera");
        let structure = match self {
            Self::Discarded {
                camera,
                since,
                reason,
                explanation,
                count,
            } => structure
                .field("camera", &**camera)
                .field("state", "discarded")
                .field("since", since.to_string())
                .field("reason", reason.as_str())
                .field("explanation", explanation)
                .field("count", *count),
            Self::Used { camera, time } => structure
                .field("camera", &**camera)
                .field("state", "used")
                .field("time", time.to_string()),
        };
        let message = gst::message::Element::builder(structure.build())
            .src(element.as_ref())
            .build();
        // An element without a bus has nobody to tell.
        let _ = element.post_message(message);
    }

    /// The warning for people, if there is one.
    fn warning(&self, things: &str) -> Option<String> {
        let Self::Discarded {
            camera,
            since,
            reason,
            explanation,
            count,
        } = self
        else {
            return None;
        };
        if reason.is_of_all_cameras() {
            return None;
        }
        let so_far = match count {
            1 => String::new(),
            count => format!(" ({count} so far)"),
        };
        Some(format!(
            "All {things} of camera {camera} since {since}{so_far} are discarded: {explanation}; the other cameras are not \
             affected"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Second `t` of event time.
    fn at(t: i64) -> Timestamp {
        Timestamp::from_nanos(t * 1_000_000_000)
    }

    fn late(watch: &mut DiscardWatch, t: i64) -> Option<Change> {
        watch.discarded(&"C1".into(), at(t), Reason::Late, || "raise latency".into())
    }

    #[test]
    fn a_camera_is_told_of_once_after_ten_seconds_and_once_when_it_is_back() {
        let mut watch = DiscardWatch::default();
        let told: Vec<i64> = (0..30).filter(|&t| late(&mut watch, t).is_some()).collect();
        assert_eq!(told, [10]);
        assert_eq!(watch.discarded_cameras(), 1);
        let camera = Arc::from("C1");
        let back = Change::Used {
            camera: Arc::clone(&camera),
            time: at(30),
        };
        assert_eq!(watch.used(&camera, at(30)), Some(back));
        assert_eq!(watch.used(&camera, at(31)), None);
        assert_eq!(watch.discarded_cameras(), 0);
        let told: Vec<i64> = (32..50)
            .filter(|&t| late(&mut watch, t).is_some())
            .collect();
        assert_eq!(told, [42]);
    }

    #[test]
    fn a_camera_that_is_used_in_between_is_not_told_of() {
        let mut watch = DiscardWatch::default();
        for t in 0..60 {
            assert_eq!(late(&mut watch, t), None);
            if t % 9 == 8 {
                assert_eq!(watch.used(&"C1".into(), at(t)), None);
            }
        }
    }

    #[test]
    fn what_holds_for_a_whole_stream_is_told_at_once_and_then_with_patience() {
        let mut watch = DiscardWatch::default();
        let camera = Arc::from("C1");
        let discard = |watch: &mut DiscardWatch, t| {
            watch.discarded(&camera, at(t), Reason::Aspect, || "calibrate".into())
        };
        assert!(discard(&mut watch, 0).is_some());
        assert!(watch.used(&"C1".into(), at(1)).is_some());
        assert_eq!(discard(&mut watch, 2), None);
        assert!(watch.used(&"C1".into(), at(3)).is_none());
    }

    #[test]
    fn a_few_bad_frames_at_the_end_of_a_good_stream_are_not_told_of() {
        let mut watch = DiscardWatch::default();
        assert_eq!(watch.used(&"C1".into(), at(0)), None);
        late(&mut watch, 1);
        assert!(watch.ended().is_empty());
    }

    #[test]
    fn the_most_frequent_reason_is_given_and_short_streams_are_told_of_at_their_end() {
        let mut watch = DiscardWatch::default();
        watch.discarded(&"C1".into(), at(0), Reason::Pixels, || "decoder".into());
        late(&mut watch, 1);
        late(&mut watch, 2);
        let changes = watch.ended();
        let [change] = changes.as_slice() else {
            panic!("{changes:?}");
        };
        assert_eq!(
            change.warning("frames").unwrap(),
            "All frames of camera C1 since 1970-01-01T00:00:00Z (3 so far) are discarded: raise latency; the other cameras \
             are not affected"
        );
        assert!(watch.ended().is_empty());
    }
}
