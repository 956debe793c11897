// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a process has used so far, as the operating system counts it.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

/// What a stage cost.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Frames it worked on.
    pub frames: u64,
    /// CPU time of all threads, user and system, seconds.
    pub cpu_s: f64,
    /// Time on the wall, seconds.
    pub wall_s: f64,
    /// Largest resident memory, megabytes.
    pub peak_mb: f64,
    /// CPU time of preprocessing inside `ortinfer`, seconds.
    pub preprocess_s: f64,
    /// CPU time of our other elements, seconds.
    pub own_s: f64,
    /// Length of what was played, seconds.
    pub footage_s: f64,
}

/// CPU time of this process, seconds, and its largest resident memory, megabytes.
pub fn of_this_process() -> Outcome<(f64, f64)> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)
        .map_err(|error| Failure::new(format!("the system does not tell CPU time: {error}")))?;
    let cpu = usage.user_time() + usage.system_time();
    Ok((
        cpu.num_microseconds() as f64 * 1e-6,
        usage.max_rss() as f64 / 1024.0,
    ))
}

/// CPU time of the calling thread, nanoseconds.
pub fn of_this_thread() -> u64 {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .map(|time| time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
        .unwrap_or_default()
}
