// SPDX-License-Identifier: MIT OR Apache-2.0
//! With a thread per core none of them is bound to a core. This test has a process of its own, so that all threads are its own.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod scene;

use std::path::Path;

use gst::prelude::*;
use scene::{Config, init, ortinfer};

/// The cores on which the thread of this folder of /proc may run.
fn cores(thread: &Path) -> String {
    let status = std::fs::read_to_string(thread.join("status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("Cpus_allowed_list"));
    line.unwrap().to_owned()
}

#[test]
fn every_thread_may_run_on_every_core() {
    init();
    let before = std::fs::read_dir("/proc/self/task").unwrap().count();
    let config = Config::detector("");
    let element = ortinfer(&config);
    element.set_property("threads", 0u32);
    element.set_state(gst::State::Paused).unwrap();
    let threads: Vec<_> = std::fs::read_dir("/proc/self/task")
        .unwrap()
        .map(|thread| thread.unwrap().path())
        .collect();
    // One of them is the caller of a run.
    let made = num_cpus::get_physical().min(num_cpus::get()) - 1;
    assert!(
        threads.len() >= before + made,
        "{} of {made} threads were made",
        threads.len() - before
    );
    let here = cores(Path::new("/proc/thread-self"));
    for thread in &threads {
        assert_eq!(cores(thread), here, "{}", thread.display());
    }
    element.set_state(gst::State::Null).unwrap();
}
