// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of a camera's connection, and what is to be done next. Knows no clock: every call brings its time.

use std::time::Duration;

use picture::Condition;
use retry::{GOOD_RUN, Retry};

use super::fault::Fault;
use super::loss::Loss;
use super::status::Status;

/// How long a connection that brings data may take to its first picture: cameras send key pictures up to ten seconds apart.
const FIRST_PICTURE: Duration = Duration::from_secs(15);

/// Times that decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest wait for the first data of a connection.
    pub connect: Duration,
    /// Longest time without a picture.
    pub stall: Duration,
    /// Longest wait between attempts.
    pub retry: Duration,
    /// Time from one fetched picture to the next, for addresses that give one at a time.
    pub snapshot: Duration,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Make a connection.
    Connect,
    /// Let the connection go.
    Close,
    /// Say how the camera is, and why.
    Announce(Status, Option<Fault>),
}

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// None is wanted.
    Idle,
    /// The next one is made then.
    Waiting { until: Duration },
    /// No data yet.
    Connecting { since: Duration },
    /// Data, but no picture yet.
    Connected { since: Duration },
    /// Pictures come.
    Online { since: Duration },
    /// One picture was fetched, the next is fetched then.
    Between { since: Duration, until: Duration },
}

/// The supervision of one camera.
#[derive(Debug)]
pub struct Watchdog {
    limits: Limits,
    phase: Phase,
    status: Status,
    /// Why the camera is not online.
    fault: Option<Fault>,
    /// What its pictures are.
    condition: Condition,
    /// When the last picture came.
    last_picture: Duration,
    retry: Retry,
    losses: u64,
}

impl Watchdog {
    /// A camera that is not wanted yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            phase: Phase::Idle,
            status: Status::Disabled,
            fault: None,
            condition: Condition::Good,
            last_picture: Duration::ZERO,
            retry: Retry::default(),
            losses: 0,
        }
    }

    /// Connections that were lost, and attempts that failed.
    pub fn losses(&self) -> u64 {
        self.losses
    }

    /// Other times from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The camera is wanted: a first attempt, at once.
    pub fn start(&mut self, now: Duration) -> Vec<Action> {
        self.retry.reset();
        self.phase = Phase::Connecting { since: now };
        let mut actions = self.announce(Status::Connecting, None);
        actions.insert(0, Action::Connect);
        actions
    }

    /// The camera is not wanted any more.
    pub fn stop(&mut self) -> Vec<Action> {
        self.phase = Phase::Idle;
        let mut actions = self.announce(Status::Disabled, None);
        actions.insert(0, Action::Close);
        actions
    }

    /// Data came.
    pub fn data(&mut self, now: Duration) {
        if let Phase::Connecting { .. } = self.phase {
            self.phase = Phase::Connected { since: now };
        }
    }

    /// A first picture of the connection came.
    pub fn picture(&mut self, now: Duration) -> Vec<Action> {
        self.last_picture = now;
        match self.phase {
            Phase::Connecting { .. } | Phase::Connected { .. } => {
                self.phase = Phase::Online { since: now };
                self.announce_condition()
            }
            _ => Vec::new(),
        }
    }

    /// What pictures are became another `condition`.
    pub fn condition(&mut self, condition: Condition) -> Vec<Action> {
        self.condition = condition;
        match self.phase {
            Phase::Online { .. } | Phase::Between { .. } => self.announce_condition(),
            _ => Vec::new(),
        }
    }

    /// The stream ended. With `one_picture` it was meant to: such an address is asked again.
    pub fn ended(&mut self, now: Duration, one_picture: bool, chance: f64) -> Vec<Action> {
        match self.phase {
            Phase::Online { since } if one_picture => {
                self.phase = Phase::Between {
                    since,
                    until: now + self.limits.snapshot,
                };
                vec![Action::Close]
            }
            _ => self.fail(now, Loss::Ended, chance),
        }
    }

    /// The connection failed, or cannot be made.
    pub fn fail(&mut self, now: Duration, loss: Loss, chance: f64) -> Vec<Action> {
        let online_since = match self.phase {
            Phase::Idle | Phase::Waiting { .. } => return Vec::new(),
            Phase::Online { since } | Phase::Between { since, .. } => Some(since),
            Phase::Connecting { .. } | Phase::Connected { .. } => None,
        };
        self.losses += 1;
        if online_since.is_some_and(|since| now.saturating_sub(since) >= GOOD_RUN) {
            self.retry.reset();
        }
        let wait = self.retry.next(self.limits.retry, loss.patience(), chance);
        self.phase = Phase::Waiting { until: now + wait };
        let status = match loss {
            Loss::Stalled(_) => Status::Stalled,
            _ => Status::Offline,
        };
        let mut actions = self.announce(status, Some(Fault::Loss(loss)));
        actions.insert(0, Action::Close);
        actions
    }

    /// Looks at the time, and at when the last picture came.
    pub fn look(
        &mut self,
        now: Duration,
        last_picture: Option<Duration>,
        chance: f64,
    ) -> Vec<Action> {
        self.last_picture = self.last_picture.max(last_picture.unwrap_or_default());
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        match self.phase {
            Phase::Waiting { .. } => {
                self.phase = Phase::Connecting { since: now };
                vec![Action::Connect]
            }
            Phase::Between { since, .. } => {
                self.phase = Phase::Online { since };
                self.last_picture = now;
                vec![Action::Connect]
            }
            Phase::Connecting { .. } => self.fail(now, Loss::NoAnswer(self.limits.connect), chance),
            Phase::Connected { since } => {
                self.fail(now, Loss::NoPicture(now.saturating_sub(since)), chance)
            }
            Phase::Online { .. } => {
                let silence = now.saturating_sub(self.last_picture);
                self.fail(now, Loss::Stalled(silence), chance)
            }
            Phase::Idle => Vec::new(),
        }
    }

    /// When to look again.
    pub fn deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::Idle => None,
            Phase::Waiting { until } | Phase::Between { until, .. } => Some(until),
            Phase::Connecting { since } => Some(since + self.limits.connect),
            Phase::Connected { since } => Some(since + self.limits.stall.max(FIRST_PICTURE)),
            Phase::Online { .. } => Some(self.last_picture + self.limits.stall),
        }
    }

    /// What is new of a camera whose pictures come.
    fn announce_condition(&mut self) -> Vec<Action> {
        self.announce(Status::of(self.condition), Fault::of(self.condition))
    }

    /// What is new, if anything: another status, or another reason that needs a person.
    fn announce(&mut self, status: Status, fault: Option<Fault>) -> Vec<Action> {
        let word = |fault: &Option<Fault>| fault.as_ref().map(Fault::word);
        let is_new_task =
            word(&fault) != word(&self.fault) && fault.as_ref().is_some_and(Fault::is_news);
        if status == self.status && !is_new_task {
            return Vec::new();
        }
        self.status = status;
        self.fault.clone_from(&fault);
        vec![Action::Announce(status, fault)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        connect: Duration::from_secs(5),
        stall: Duration::from_secs(3),
        retry: Duration::from_secs(5),
        snapshot: Duration::from_secs(1),
    };

    fn s(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn statuses(actions: &[Action]) -> Vec<Status> {
        let status = |action: &Action| match action {
            Action::Announce(status, _) => Some(*status),
            _ => None,
        };
        actions.iter().filter_map(status).collect()
    }

    /// A camera that is online since second 1.
    fn online() -> Watchdog {
        let mut dog = Watchdog::new(LIMITS);
        assert_eq!(statuses(&dog.start(s(0.0))), [Status::Connecting]);
        dog.data(s(0.5));
        assert_eq!(statuses(&dog.picture(s(1.0))), [Status::Online]);
        dog
    }

    #[test]
    fn attempts_go_on_for_ever_and_are_said_once() {
        let mut dog = Watchdog::new(LIMITS);
        assert_eq!(dog.start(s(0.0))[0], Action::Connect);
        let (mut now, mut attempts, mut said) = (0.0, 1, 0);
        while now < 100_000.0 {
            said += statuses(&dog.fail(s(now), Loss::Unreachable("refused".into()), 0.3)).len();
            now = dog.deadline().unwrap().as_secs_f64();
            attempts += dog.look(s(now), None, 0.3).len();
        }
        assert_eq!(said, 1);
        assert!(attempts > 20_000, "{attempts}");
    }

    #[test]
    fn silence_is_a_stall_then_a_new_connection() {
        let mut dog = online();
        assert!(dog.look(s(3.0), Some(s(2.9)), 0.0).is_empty());
        assert_eq!(dog.deadline(), Some(s(5.9)));
        let actions = dog.look(s(5.9), Some(s(2.9)), 0.0);
        assert_eq!(actions[0], Action::Close);
        assert_eq!(statuses(&actions), [Status::Stalled]);
        assert_eq!(dog.look(s(6.4), None, 0.0), [Action::Connect]);
        let actions = dog.look(s(11.4), None, 0.0);
        assert_eq!(statuses(&actions), [Status::Offline]);
        assert_eq!(dog.look(s(13.0), None, 0.0), [Action::Connect]);
        dog.data(s(13.1));
        assert_eq!(statuses(&dog.picture(s(13.2))), [Status::Online]);
    }

    #[test]
    fn data_without_pictures_is_given_time_for_a_key_picture() {
        let mut dog = Watchdog::new(LIMITS);
        dog.start(s(0.0));
        dog.data(s(1.0));
        assert!(dog.look(s(15.9), None, 0.0).is_empty());
        assert_eq!(statuses(&dog.look(s(16.0), None, 0.0)), [Status::Offline]);
    }

    #[test]
    fn a_wrong_password_waits_a_minute() {
        let mut dog = Watchdog::new(LIMITS);
        dog.start(s(0.0));
        dog.fail(s(1.0), Loss::Unauthorised, 0.0);
        assert!(dog.deadline().unwrap() >= s(61.0));
    }

    #[test]
    fn a_reason_that_needs_a_person_is_said_again() {
        let mut dog = online();
        assert_eq!(statuses(&dog.ended(s(2.0), false, 0.0)), [Status::Offline]);
        dog.look(s(9.0), None, 0.0);
        let actions = dog.fail(s(9.1), Loss::Unreachable("refused".into()), 0.0);
        assert!(statuses(&actions).is_empty());
        dog.look(s(20.0), None, 0.0);
        let actions = dog.fail(s(20.1), Loss::Unauthorised, 0.0);
        assert_eq!(statuses(&actions), [Status::Offline]);
    }

    #[test]
    fn a_good_run_makes_the_next_failure_a_first_one() {
        let mut dog = online();
        for second in [2.0, 3.0, 5.0] {
            dog.ended(s(second), false, 0.0);
            let next = dog.deadline().unwrap();
            dog.look(next, None, 0.0);
            dog.picture(next);
        }
        dog.ended(s(30.0), false, 0.0);
        assert_eq!(dog.deadline(), Some(s(30.5)));
    }

    #[test]
    fn one_picture_at_a_time_is_no_loss() {
        let mut dog = online();
        assert_eq!(dog.ended(s(1.1), true, 0.0), [Action::Close]);
        assert_eq!(dog.look(s(2.1), None, 0.0), [Action::Connect]);
        assert!(dog.picture(s(2.2)).is_empty());
        assert_eq!(statuses(&dog.look(s(5.2), None, 0.0)), [Status::Stalled]);
    }

    #[test]
    fn a_camera_that_is_switched_off_is_left_alone() {
        let mut dog = online();
        assert_eq!(dog.stop()[0], Action::Close);
        assert_eq!(dog.deadline(), None);
        assert!(dog.fail(s(2.0), Loss::Ended, 0.0).is_empty());
        assert!(dog.look(s(99.0), None, 0.0).is_empty());
        assert_eq!(dog.start(s(100.0))[0], Action::Connect);
    }

    #[test]
    fn frozen_pictures_are_a_status_of_a_standing_connection() {
        let mut dog = online();
        let frozen = Condition::Frozen;
        assert_eq!(statuses(&dog.condition(frozen)), [Status::Frozen]);
        assert!(dog.condition(frozen).is_empty());
        assert_eq!(statuses(&dog.condition(Condition::Good)), [Status::Online]);
        dog.ended(s(2.0), false, 0.0);
        assert!(dog.condition(frozen).is_empty());
        dog.look(s(9.0), None, 0.0);
        assert_eq!(statuses(&dog.picture(s(9.5))), [Status::Frozen]);
    }

    #[test]
    fn another_reason_for_seeing_nothing_is_said() {
        let mut dog = online();
        for condition in [Condition::Black, Condition::Covered] {
            assert_eq!(
                dog.condition(condition),
                [Action::Announce(
                    Status::Blind,
                    Some(Fault::Picture(condition))
                )]
            );
        }
    }
}
