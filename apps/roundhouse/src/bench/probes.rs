// SPDX-License-Identifier: MIT OR Apache-2.0
//! CPU time of single elements, seen from outside by probes on their pads.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gst::prelude::*;

use super::usage::of_this_thread;

thread_local! {
    /// CPU time of this thread when the buffer that is under way entered the element.
    static ENTERED: Cell<u64> = const { Cell::new(0) };
}

/// Counts the CPU time between a buffer's arrival at `element`'s sink pad and its departure from the source pad.
///
/// Right for elements that pass each buffer on in the thread that brought it.
pub fn measure(element: &gst::Element) -> Arc<AtomicU64> {
    let spent = Arc::new(AtomicU64::new(0));
    if let (Some(sink), Some(source)) = (element.static_pad("sink"), element.static_pad("src")) {
        sink.add_probe(gst::PadProbeType::BUFFER, |_, _| {
            ENTERED.set(of_this_thread());
            gst::PadProbeReturn::Ok
        });
        let spent = spent.clone();
        source.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            spent.fetch_add(
                of_this_thread().saturating_sub(ENTERED.get()),
                Ordering::Relaxed,
            );
            gst::PadProbeReturn::Ok
        });
    }
    spent
}

/// Counts the buffers that arrive at `pad`.
pub fn count(pad: &gst::Pad) -> Arc<AtomicU64> {
    let buffers = Arc::new(AtomicU64::new(0));
    let counter = buffers.clone();
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        gst::PadProbeReturn::Ok
    });
    buffers
}

/// CPU time of this process's threads whose name starts with `prefix`, seconds.
///
/// GStreamer names a streaming thread after the pad that it serves, for instance `mux:src`.
pub fn threads_named(prefix: &str) -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    tasks
        .flatten()
        .filter(|task| {
            std::fs::read_to_string(task.path().join("comm"))
                .is_ok_and(|name| name.starts_with(prefix))
        })
        .filter_map(|task| {
            let schedule = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
            schedule.split_whitespace().next()?.parse::<f64>().ok()
        })
        .sum::<f64>()
        * 1e-9
}
