// SPDX-License-Identifier: MIT OR Apache-2.0
//! The run as a service: whether what comes in gets through, for whoever watches it. systemd is told that it has started, how far it is,
//! that it ends, and that it is alive (`Type=notify` and `WatchdogSec=` of a unit). Without systemd nothing is told.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use sd_notify::NotifyState;

use super::throughput::{Look, Throughput};

/// How often the status is told where no watchdog asks for more.
const STATUS_INTERVAL: Duration = Duration::from_secs(10);
/// So many times the watchdog is told in the time that it allows: one may be late.
const PINGS: u32 = 3;

/// A run that is watched.
pub struct Service {
    interval: Duration,
    started: Cell<bool>,
    throughputs: RefCell<Vec<Throughput>>,
}

impl Service {
    /// The run of these pipelines; `None` if nobody watches it: not systemd, and nobody else, who would be `asked` for.
    pub fn of<'a>(pipelines: impl Iterator<Item = &'a gst::Pipeline>, asked: bool) -> Option<Self> {
        if !asked && std::env::var_os("NOTIFY_SOCKET").is_none() {
            return None;
        }
        let mut micros = 0;
        let has_watchdog = sd_notify::watchdog_enabled(false, &mut micros);
        let allowed = has_watchdog.then(|| Duration::from_micros(micros) / PINGS);
        Some(Self {
            interval: allowed.map_or(STATUS_INTERVAL, |allowed| allowed.min(STATUS_INTERVAL)),
            started: Cell::new(false),
            throughputs: RefCell::new(pipelines.map(Throughput::new).collect()),
        })
    }

    /// How often [`Self::alive`] is called.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// All pipelines play.
    pub fn started(&self) {
        if !self.started.replace(true) {
            tell(&[NotifyState::Ready]);
        }
    }

    /// Tells how far the run is, and that it is alive, unless a pipeline is stuck; how each pipeline is.
    pub fn alive(&self, status: &str) -> Vec<Look> {
        let mut throughputs = self.throughputs.borrow_mut();
        let looks: Vec<_> = throughputs.iter_mut().map(Throughput::look).collect();
        let mut states = vec![NotifyState::Status(status)];
        if !looks.iter().any(|look| look.stuck) {
            states.push(NotifyState::Watchdog);
        }
        tell(&states);
        looks
    }

    /// A pipeline is over: it is not waited for any more.
    pub fn over(&self, index: usize) {
        if let Some(throughput) = self.throughputs.borrow_mut().get_mut(index) {
            throughput.close();
        }
    }

    /// The run ends because somebody asked for it.
    pub fn ending() {
        tell(&[NotifyState::Stopping]);
    }
}

/// Tells systemd. A socket that is gone is no reason to stop: systemd then restarts the service by itself.
fn tell(states: &[NotifyState]) {
    let _ = sd_notify::notify(false, states);
}
