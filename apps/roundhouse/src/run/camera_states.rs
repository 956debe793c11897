// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which cameras of a pipeline fail, why and for how long: one sentence for each fault and one when it is over, whatever
//! number of elements speak of it.
//!
//! `camerasrc` knows most of its camera. Where there is one, what the aggregator says of silence is only kept, and told if the
//! source goes on to say that all is well.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gst::prelude::*;

/// A camera that is silent although its source says that it is online is told of after this time.
const SOURCE_PATIENCE: Duration = Duration::from_secs(10);
/// Name of the messages.
const MESSAGE: &str = "roundhouse-camera";
/// States of a camera that gives pictures of what it should show.
const WELL: [&str; 3] = ["online", "returned", "used"];
/// States that are news and change nothing of whether a camera is well.
const REMARKS: [&str; 5] = [
    "re-anchored",
    "wrong-clock",
    "no-reference",
    "recording",
    "recording-failed",
];
/// States of a camera that gives no pictures. One that goes from one of them to another has the same fault.
const NO_PICTURES: [&str; 4] = ["connecting", "silent", "stalled", "offline"];
/// Reasons for which a person has to do something, so that they are told also of a camera that is known to be away.
const NEEDS_A_PERSON: [&str; 6] = [
    "address",
    "credentials",
    "unauthorised",
    "not-found",
    "no-video",
    "no-decoder",
];

/// What is known of the cameras of one pipeline.
#[derive(Debug, Default)]
pub struct CameraStates {
    cameras: BTreeMap<String, Camera>,
    /// The end was asked for: cameras that stop from now on do so because of that.
    is_ending: bool,
}

/// What is known of one camera.
#[derive(Debug, Default)]
struct Camera {
    /// What its own source said last, if that is a `camerasrc`.
    source: Option<Account>,
    /// What the aggregator says while the camera fails.
    aggregator: Option<Account>,
    /// Why elements discard everything of it, by their names.
    discards: BTreeMap<String, Discard>,
    /// The fault that lasts.
    fault: Option<Fault>,
    /// How many faults are over of which the user was told, and how long they were in all.
    faults_over: u32,
    failed_for: Duration,
}

/// What an element says of a camera.
#[derive(Debug, Clone)]
struct Account {
    state: String,
    reason: String,
    sentence: String,
    since: Instant,
}

/// Everything of a camera is discarded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Discard {
    reason: String,
    explanation: String,
}

/// Something that is wrong with a camera.
#[derive(Debug)]
struct Fault {
    since: Instant,
    /// What the user was told of it last: state and reason.
    told: Option<(String, String)>,
}

impl CameraStates {
    /// The end was asked for.
    pub fn end(&mut self) {
        self.is_ending = true;
    }

    /// Takes what `message` says of a camera, if it does. `Some` with a sentence if there is something new to say; `None` for
    /// another message.
    #[allow(
        clippy::option_option,
        reason = "whether the message is about a camera, and whether it is news"
    )]
    pub fn take(&mut self, message: &gst::Message, now: Instant) -> Option<Option<String>> {
        let gst::MessageView::Element(element) = message.view() else {
            return None;
        };
        let structure = element.structure().filter(|it| it.name() == MESSAGE)?;
        let from = message.src()?;
        let factory = from.downcast_ref::<gst::Element>()?.factory();
        let is_source = factory.is_some_and(|factory| factory.name() == "camerasrc");
        Some(self.hear(structure, &from.name(), is_source, now))
    }

    /// Takes what the element `from` says; a sentence if it is news.
    fn hear(
        &mut self,
        said: &gst::StructureRef,
        from: &str,
        is_source: bool,
        now: Instant,
    ) -> Option<String> {
        let name = said.get::<String>("camera").ok()?;
        let state = said.get::<String>("state").ok()?;
        let sentence = sentence(said, &name, &state);
        if REMARKS.contains(&state.as_str()) {
            return Some(sentence);
        }
        let is_of_discards = state == "discarded" || state == "used";
        if self.is_ending && !is_of_discards {
            return None;
        }
        let camera = self.cameras.entry(name.clone()).or_default();
        if state == "discarded" {
            camera.discards.insert(from.to_owned(), Discard::of(said));
            // A warning for people comes with it.
            return None;
        }
        if state == "used" {
            return camera.discards.remove(from).map(|_| sentence);
        }
        let account = Account {
            reason: said.get("reason").unwrap_or_default(),
            state,
            sentence,
            since: now,
        };
        if is_source {
            camera.source = Some(account.clone());
        } else {
            camera.aggregator = (!account.is_well()).then(|| account.clone());
        }
        camera.judge(&name, &account, now)
    }

    /// Sentences about cameras that have been silent for long although their sources are well.
    pub fn overdue(&mut self, now: Instant) -> Vec<String> {
        let overdue = |camera: &mut Camera| {
            let source_is_well = camera.source.as_ref().is_some_and(Account::is_well);
            let silence = camera.aggregator.as_ref().filter(|_| source_is_well)?;
            let lasts = now.saturating_duration_since(silence.since) >= SOURCE_PATIENCE;
            if !lasts || camera.fault.is_some() {
                return None;
            }
            camera.fault = Some(Fault {
                since: silence.since,
                told: Some((silence.state.clone(), silence.reason.clone())),
            });
            Some(format!(
                "{}, although its source delivers",
                silence.sentence
            ))
        };
        self.cameras.values_mut().filter_map(overdue).collect()
    }

    /// The cameras that fail, for the progress line: `C3 stalled, C5 offline (unauthorised)`.
    pub fn away(&self) -> Option<String> {
        let cameras = self.cameras.iter();
        let away: Vec<String> = cameras
            .filter_map(|(name, camera)| Some(format!("{name} {}", camera.ailment()?)))
            .collect();
        (!away.is_empty()).then(|| away.join(", "))
    }

    /// What is wrong at the end of a run: cameras that fail now, if they should deliver as long as it is `live`, and those of
    /// which everything is discarded.
    pub fn losses(&self, live: bool, now: Instant) -> Vec<String> {
        let cameras = self.cameras.iter().filter(|_| live);
        let failed = cameras.filter_map(|(name, camera)| {
            // The end of a stream is told as the loss of the camera.
            let account = camera.trouble().filter(|account| account.state != "lost")?;
            let since = camera.fault.as_ref().map_or(now, |fault| fault.since);
            Some(format!(
                "camera {name} was {} for the last {:.1} s: {}",
                account.state,
                now.saturating_duration_since(since).as_secs_f64(),
                account.sentence
            ))
        });
        failed.chain(self.discards()).collect()
    }

    /// The cameras that failed and are well again.
    pub fn summary(&self) -> Vec<String> {
        let cameras = self
            .cameras
            .iter()
            .filter(|(_, camera)| camera.faults_over > 0);
        let told = cameras.map(|(name, camera)| {
            let times = match camera.faults_over {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            let failed_for = camera.failed_for.as_secs_f64();
            format!("camera {name} failed {times}, {failed_for:.1} s in all, and came back")
        });
        told.collect()
    }

    /// A sentence for each reason for which everything of cameras is discarded.
    fn discards(&self) -> Vec<String> {
        let mut cameras: BTreeMap<&Discard, BTreeSet<&str>> = BTreeMap::new();
        for (name, camera) in &self.cameras {
            for discard in camera.discards.values() {
                cameras.entry(discard).or_default().insert(name);
            }
        }
        let told = cameras.into_iter().map(|(discard, cameras)| {
            let noun = if cameras.len() == 1 {
                "camera"
            } else {
                "cameras"
            };
            let cameras: Vec<_> = cameras.into_iter().collect();
            format!(
                "all that came of {noun} {} was discarded at the end ({}): {}",
                cameras.join(", "),
                discard.reason,
                discard.explanation
            )
        });
        told.collect()
    }
}

impl Camera {
    /// Judges it after an element gave this `account`; a sentence if it is news.
    fn judge(&mut self, name: &str, account: &Account, now: Instant) -> Option<String> {
        let Some(trouble) = self.trouble() else {
            let fault = self.fault.take();
            let told = fault.filter(|fault| fault.told.is_some());
            let Some(fault) = told else {
                let is_switched_off = account.state == "disabled";
                return is_switched_off.then(|| account.sentence.clone());
            };
            let lasted = now.saturating_duration_since(fault.since);
            self.faults_over += 1;
            self.failed_for += lasted;
            let lasted = lasted.as_secs_f64();
            return Some(format!("camera {name} is back, after {lasted:.1} s"));
        };
        let (state, reason) = (trouble.state.clone(), trouble.reason.clone());
        let sentence = trouble.sentence.clone();
        let fault = self.fault.get_or_insert(Fault {
            since: now,
            told: None,
        });
        // A first connection is expected to come, and the end of a stream is told as the loss of the camera.
        let is_told_elsewhere = state == "connecting" || state == "lost";
        if is_told_elsewhere || !fault.is_news(&state, &reason) {
            return None;
        }
        fault.told = Some((state, reason));
        Some(sentence)
    }

    /// What is wrong with it, if anything is. An operator may have switched it off. Where its source speaks for it, silence at
    /// the aggregator is a fault only once it is told.
    fn trouble(&self) -> Option<&Account> {
        match &self.source {
            Some(source) if source.state == "disabled" => None,
            Some(source) if !source.is_well() => Some(source),
            Some(_) => {
                let is_told = |fault: &Fault| {
                    let told = fault.told.as_ref();
                    told.is_some_and(|(state, _)| state == "silent")
                };
                let silence = self.aggregator.as_ref();
                silence.filter(|_| self.fault.as_ref().is_some_and(is_told))
            }
            None => self.aggregator.as_ref(),
        }
    }

    /// What is wrong with it, in a word or two.
    fn ailment(&self) -> Option<String> {
        if let Some(account) = self.trouble() {
            let Account { state, reason, .. } = account;
            let says_more = !reason.is_empty() && reason != "none" && reason != state;
            let reason = says_more.then(|| format!(" ({reason})"));
            return Some(format!("{state}{}", reason.unwrap_or_default()));
        }
        let discard = self.discards.values().next()?;
        Some(format!("discarded ({})", discard.reason))
    }
}

impl Account {
    /// Whether the camera is well by it.
    fn is_well(&self) -> bool {
        WELL.contains(&self.state.as_str())
    }
}

impl Fault {
    /// Whether a camera that has this fault and comes to this state is worth a sentence.
    fn is_news(&self, state: &str, reason: &str) -> bool {
        let Some((told_state, told_reason)) = &self.told else {
            return true;
        };
        let gives_none = |state: &str| NO_PICTURES.contains(&state);
        if gives_none(state) && gives_none(told_state) {
            return NEEDS_A_PERSON.contains(&reason) && reason != told_reason;
        }
        state != told_state || reason != told_reason
    }
}

impl Discard {
    /// Why everything of a camera is discarded, as an element says it.
    fn of(said: &gst::StructureRef) -> Self {
        let text = |field| said.get::<String>(field).unwrap_or_default();
        Self {
            reason: text("reason"),
            explanation: text("explanation"),
        }
    }
}

/// What to say of a camera: the element's own words, with the time.
fn sentence(said: &gst::StructureRef, camera: &str, state: &str) -> String {
    let sentence = match (said.get::<String>("message"), state) {
        (Ok(sentence), _) => sentence,
        (Err(_), "used") => format!("camera {camera} is used again"),
        (Err(_), state) => format!("camera {camera}: {state}"),
    };
    let time = said.get::<gst::ClockTime>("running-time").ok();
    let time = time.map(|time| format!(" (at {:.1} s)", time.mseconds() as f64 / 1000.0));
    format!("{sentence}{}", time.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said after each of these: second, whether its source says it, state.
    fn told(states: &mut CameraStates, said: &[(u64, bool, &str)]) -> Vec<Option<String>> {
        let start = Instant::now();
        let mut told = Vec::new();
        for &(second, is_source, state) in said {
            let structure = gst::Structure::builder(MESSAGE)
                .field("camera", "C3")
                .field("state", state)
                .field("message", format!("camera C3 is {state}"))
                .build();
            let from = if is_source { "camerasrc3" } else { "mux" };
            let now = start + Duration::from_secs(second);
            told.push(states.hear(&structure, from, is_source, now));
        }
        told
    }

    fn init() -> CameraStates {
        gst::init().unwrap();
        CameraStates::default()
    }

    #[test]
    fn a_camera_that_both_elements_miss_is_told_of_once_and_once_when_it_is_back() {
        let mut states = init();
        let said = [
            (0, true, "connecting"),
            (1, true, "online"),
            (12, false, "silent"),
            (15, true, "stalled"),
            (16, true, "offline"),
            (30, true, "online"),
            (31, false, "returned"),
        ];
        let told = told(&mut states, &said);
        let told: Vec<_> = told.into_iter().flatten().collect();
        assert_eq!(
            told,
            ["camera C3 is stalled", "camera C3 is back, after 15.0 s"]
        );
        assert_eq!(states.away(), None);
        assert_eq!(
            states.summary(),
            ["camera C3 failed once, 15.0 s in all, and came back"]
        );
    }

    #[test]
    fn a_camera_without_pictures_that_comes_to_need_a_person_is_told_of_again() {
        let mut states = init();
        let mut say = |state: &str, reason: &str| {
            let structure = gst::Structure::builder(MESSAGE)
                .field("camera", "C3")
                .field("state", state)
                .field("reason", reason)
                .build();
            states
                .hear(&structure, "camerasrc3", true, Instant::now())
                .is_some()
        };
        assert!(say("stalled", "stalled"));
        assert!(!say("offline", "unreachable"));
        assert!(say("offline", "unauthorised"));
        assert!(!say("offline", "unauthorised"));
        assert_eq!(states.away().unwrap(), "C3 offline (unauthorised)");
    }

    #[test]
    fn what_only_the_aggregator_misses_is_told_with_patience() {
        let mut states = init();
        let said = [(0, true, "online"), (2, false, "silent")];
        assert_eq!(told(&mut states, &said), [None, None]);
        let now = Instant::now();
        assert!(states.overdue(now).is_empty());
        let overdue = states.overdue(now + Duration::from_secs(20));
        assert_eq!(
            overdue,
            ["camera C3 is silent, although its source delivers"]
        );
        assert!(states.overdue(now + Duration::from_secs(30)).is_empty());
        assert_eq!(states.away().unwrap(), "C3 silent");
        let back = told(&mut states, &[(40, false, "returned")]);
        assert!(back[0].as_ref().is_some_and(|it| it.contains("is back")));
    }

    #[test]
    fn without_a_source_of_its_own_the_aggregator_is_heard() {
        let mut states = init();
        let said = [
            (2, false, "silent"),
            (9, false, "returned"),
            (12, false, "silent"),
        ];
        let told = told(&mut states, &said);
        assert_eq!(told[0].as_deref(), Some("camera C3 is silent"));
        assert_eq!(told[1].as_deref(), Some("camera C3 is back, after 7.0 s"));
        assert!(told[2].is_some());
        let losses = states.losses(true, Instant::now());
        assert!(
            losses[0].contains("camera C3 was silent for the last"),
            "{losses:?}"
        );
        assert!(states.losses(false, Instant::now()).is_empty());
    }

    #[test]
    fn cameras_that_come_at_once_or_are_switched_off_are_no_loss() {
        let mut states = init();
        let said = [
            (0, true, "connecting"),
            (1, true, "online"),
            (9, true, "disabled"),
        ];
        let told = told(&mut states, &said);
        assert_eq!(told.iter().flatten().count(), 1, "{told:?}");
        assert!(states.losses(true, Instant::now()).is_empty());
        assert!(states.summary().is_empty());
    }

    #[test]
    fn what_is_discarded_is_named_with_all_its_cameras() {
        let mut states = init();
        let mut say = |camera: &str, state: &str| {
            let structure = gst::Structure::builder(MESSAGE)
                .field("camera", camera)
                .field("state", state)
                .field("reason", "unknown labels")
                .field("explanation", "they mean nothing")
                .build();
            states.hear(&structure, "locoposition0", false, Instant::now())
        };
        assert_eq!(say("C1", "discarded"), None);
        assert_eq!(say("C2", "discarded"), None);
        assert_eq!(say("C4", "used"), None);
        assert_eq!(
            states.losses(false, Instant::now()),
            [
                "all that came of cameras C1, C2 was discarded at the end (unknown labels): they mean nothing"
            ]
        );
        assert_eq!(
            states.away().unwrap(),
            "C1 discarded (unknown labels), C2 discarded (unknown labels)"
        );
    }
}
