// SPDX-License-Identifier: MIT OR Apache-2.0
//! The row `watchers`: what many who watch cost the server.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use messages::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::client::{Client, STATE, request};
use super::hall::{FLOWS, after, state};
use super::running::{Running, scratch};
use crate::bench::limit::{Limit, Line};
use crate::bench::usage::{cpu_of, resident_mb};
use crate::failure::{Failure, Outcome};

/// How many watch, and what they cost the server at most: cores and megabytes.
const WATCHERS: u64 = 500;
const MOST_CORES: f64 = 0.25;
const MOST_MB: f64 = 300.0;
/// States that they are told of, and the time between two.
const STATES: u64 = 30;
const PAUSE: Duration = Duration::from_secs(1);
/// Longest wait until all have been told of a state.
const PATIENCE: Duration = Duration::from_mins(1);
const INTERVAL: Duration = Duration::from_millis(5);

/// Measures the server while all watch.
pub fn lines(disk: &Path) -> Outcome<Vec<Line>> {
    let folder = scratch(disk)?;
    let server = Running::ours(folder.path())?;
    let client = Client::new(server.port);
    let told = Arc::new(AtomicU64::new(0));
    let send = |number: u64| {
        let state = state(FLOWS[0], number, Timestamp::now(), &after(number));
        client.send(&state.to_json())
    };
    send(1)?;
    eprintln!("bench: {WATCHERS} watch for {STATES} s");
    watch_all(server.port, Arc::clone(&told));
    wait_for(&told, WATCHERS)?;
    let (begin, cpu) = (Instant::now(), cpu_of(server.id())?);
    let mut most_mb = 0.0_f64;
    for number in 2..=STATES + 1 {
        send(number)?;
        wait_for(&told, WATCHERS * number)?;
        most_mb = most_mb.max(resident_mb(server.id())?);
        let next = PAUSE * (number - 1) as u32;
        std::thread::sleep(next.saturating_sub(begin.elapsed()));
    }
    let cores = (cpu_of(server.id())? - cpu) / begin.elapsed().as_secs_f64();
    let line = |what: &str, measured: f64, most: f64| Line {
        name: format!("{WATCHERS} watch one state a second: {what}"),
        seen: format!("{STATES} states, all told of all"),
        measured: measured.into(),
        limit: Limit::AtMost(most),
    };
    Ok(vec![
        line("the server's CPU, cores", cores, MOST_CORES),
        line("its memory, MB", most_mb, MOST_MB),
    ])
}

/// Everybody watches, in one thread; counts the states that all together were told of.
fn watch_all(port: u16, told: Arc<AtomicU64>) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            for _ in 0..WATCHERS {
                tokio::spawn(watch(port, Arc::clone(&told)));
            }
            // Until this process ends.
            std::future::pending::<std::io::Result<()>>().await
        })
    });
}

/// One who watches until the server ends.
async fn watch(port: u16, told: Arc<AtomicU64>) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(request(FLOWS[0]).as_bytes()).await?;
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).await? > 0 {
        if line == STATE {
            told.fetch_add(1, Ordering::Relaxed);
        }
        line.clear();
    }
    Ok(())
}

/// Waits until so many states have been told.
fn wait_for(told: &AtomicU64, states: u64) -> Outcome {
    let begin = Instant::now();
    while told.load(Ordering::Relaxed) < states {
        if begin.elapsed() > PATIENCE {
            let told = told.load(Ordering::Relaxed);
            return Err(Failure::new(format!("of {states} states {told} were told")));
        }
        std::thread::sleep(INTERVAL);
    }
    Ok(())
}
