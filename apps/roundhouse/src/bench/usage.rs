// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a process has used so far, as the operating system counts it.

use std::path::Path;

use nix::sys::resource::{self, UsageWho, getrusage};
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
    let usage = of(UsageWho::RUSAGE_SELF)?;
    Ok((cpu(&usage), usage.max_rss() as f64 / 1024.0))
}

/// Resident memory of a process now, megabytes.
pub fn resident_mb(process: u32) -> Outcome<f64> {
    let path = Path::new("/proc").join(process.to_string()).join("status");
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    let resident = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.map(|kib| kib / 1024.0)
        .ok_or_else(|| Failure::new("the system does not tell a process's memory"))
}

/// CPU time of a process so far, seconds, out of `/proc/PID/stat` (proc(5)), in hundredths of a second.
pub fn cpu_of(process: u32) -> Outcome<f64> {
    let path = Path::new("/proc").join(process.to_string()).join("stat");
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    // The name of the program, in parentheses, may hold anything. User and system time are 11 fields after its state.
    let (_, fields) = text.rsplit_once(')').unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}

/// CPU time of this process and of those that it started and that ended, and of everything on this machine, seconds.
pub fn of_machine() -> Outcome<(f64, f64)> {
    let own = cpu(&of(UsageWho::RUSAGE_SELF)?) + of_children()?;
    let path = Path::new("/proc/stat");
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    Ok((own, busy(&text)))
}

/// CPU time of all processes that this one has started and that have ended, seconds.
pub fn of_children() -> Outcome<f64> {
    Ok(cpu(&of(UsageWho::RUSAGE_CHILDREN)?))
}

/// How often the system has taken the processor away from the calling thread.
pub fn preemptions() -> Outcome<i64> {
    Ok(of(UsageWho::RUSAGE_THREAD)?.involuntary_context_switches())
}

/// What the system has counted for this process, for its thread or for its children.
fn of(who: UsageWho) -> Outcome<resource::Usage> {
    getrusage(who)
        .map_err(|error| Failure::new(format!("the system does not tell CPU time: {error}")))
}

/// User and system time, seconds.
fn cpu(usage: &resource::Usage) -> f64 {
    (usage.user_time() + usage.system_time()).num_microseconds() as f64 * 1e-6
}

/// Busy time of all processors since the start, seconds, out of `/proc/stat` (proc(5)): user, nice, system, then idle and waiting,
/// then interrupts and what the host took; in hundredths of a second.
fn busy(stat: &str) -> f64 {
    let line = stat.lines().next().unwrap_or_default();
    let fields = line.split_whitespace().skip(1).take(8);
    let ticks = fields
        .enumerate()
        .filter(|(index, _)| ![3, 4].contains(index));
    let ticks: f64 = ticks
        .filter_map(|(_, ticks)| ticks.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// CPU time of the calling thread, nanoseconds.
pub fn of_this_thread() -> u64 {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .map(|time| time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::busy;

    #[test]
    fn idle_time_is_not_busy() {
        let stat = "cpu  100 20 30 9999 999 4 5 41 7 8\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assert!((busy(stat) - 2.0).abs() < 1e-9);
    }
}
