// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `stopped-subscriber`: memory of a publisher while a subscriber takes nothing.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::bench::beside::{Beside, free_port};
use crate::bench::limit::{Limit, Line};
use crate::bench::usage::resident_mb;
use crate::failure::Outcome;

/// Memory that it costs, at most, MB.
const MOST_MB: f64 = 32.0;
/// Messages a second, and their size: eight cameras of five raw pictures a second, 960x540.
const MESSAGES: [&str; 2] = ["40", "777600"];
/// Time for the publisher to warm up.
const WARM_UP: Duration = Duration::from_secs(3);
/// How often memory is read.
const INTERVAL: Duration = Duration::from_millis(100);

/// Stops a subscriber for so long.
pub fn lines(stopped: Duration) -> Outcome<Vec<Line>> {
    eprintln!("bench: a subscriber stops for {} s", stopped.as_secs());
    let port = free_port()?;
    let publisher = format!("zmq+pub://127.0.0.1:{port}");
    let [rate, size] = MESSAGES;
    let publisher = Beside::part(&["publish", &publisher, rate, size])?;
    let mut subscriber = Beside::part(&["subscribe", &format!("zmq+sub://127.0.0.1:{port}")])?;
    subscriber.number()?;
    let before = most_mb(publisher.id(), WARM_UP)?;
    subscriber.signal(Signal::SIGSTOP)?;
    let most = most_mb(publisher.id(), stopped);
    subscriber.signal(Signal::SIGCONT)?;
    let most = most?;
    Ok(vec![Line {
        name: format!(
            "stopped-subscriber, {} s: memory of the publisher, MB",
            stopped.as_secs()
        ),
        seen: format!("from {before:.0} to {most:.0} MB"),
        measured: (most - before).into(),
        limit: Limit::AtMost(MOST_MB),
    }])
}

/// The largest resident memory of a process meanwhile, MB.
fn most_mb(process: u32, time: Duration) -> Outcome<f64> {
    let begin = Instant::now();
    let mut most = 0.0_f64;
    while begin.elapsed() < time {
        most = most.max(resident_mb(process)?);
        std::thread::sleep(INTERVAL);
    }
    Ok(most)
}
