// SPDX-License-Identifier: MIT OR Apache-2.0
//! The threads on which all connections to brokers are served, and waiting for them from a thread of one's own.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::{Fault, FaultKind};

/// They only move bytes; what is done with messages is done elsewhere.
const THREADS: usize = 2;

static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

/// The runtime, made at its first use.
fn runtime() -> Result<&'static Runtime, Fault> {
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("bus")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|error| {
        let sentence = format!("the threads of the bus cannot be started: {error}");
        Fault::new(FaultKind::Local, sentence)
    })
}

/// Waits for `future`, no longer than `patience`; `None` if that was not enough. Not to be called from within a runtime.
pub fn wait<F: Future>(patience: Duration, future: F) -> Result<Option<F::Output>, Fault> {
    complete(async { tokio::time::timeout(patience, future).await.ok() })
}

/// Waits for a future that ends by itself. Not to be called from within a runtime.
pub fn complete<F: Future>(future: F) -> Result<F::Output, Fault> {
    Ok(runtime()?.block_on(future))
}
