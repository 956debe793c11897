// SPDX-License-Identifier: MIT OR Apache-2.0
//! The priority of an inner bin's threads. Linux gives each thread a niceness of its own, and a new thread that of its maker.

use std::thread::{Builder, JoinHandle, scope};

use gst::glib;
use gst::prelude::*;
use gst::subclass::TaskPoolFunction;
use gst::subclass::prelude::*;
use rustix::process::{getpid, getpriority_process, setpriority_process};

use super::debug::CAT;

/// The most that there is.
pub const MOST: u32 = 19;

/// Makes the calling thread `nice` nicer than the process, if it is not already; 0 changes nothing.
pub fn lower(nice: u32) {
    // Elsewhere it would be the whole process that gives way.
    if nice == 0 || !cfg!(target_os = "linux") {
        return;
    }
    let result = getpriority_process(Some(getpid())).and_then(|process| {
        let wanted = (process + nice as i32).min(MOST as i32);
        if getpriority_process(None)? < wanted {
            setpriority_process(None, wanted)?;
        }
        Ok(())
    });
    if let Err(error) = result {
        gst::warning!(CAT, "a thread keeps its priority: {error}");
    }
}

/// Does `work` so that every thread it makes is as nice; waits for it.
pub fn run<T: Send>(nice: u32, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    if nice == 0 {
        return Ok(work());
    }
    // Threads of GLib's pools, thus those of GStreamer's tasks, are as nice as who first made a pool.
    drop(glib::ThreadPool::shared(Some(1)));
    scope(|scope| {
        let spawned = Builder::new()
            .name("flow:state".to_owned())
            .spawn_scoped(scope, || {
                lower(nice);
                work()
            });
        let thread = spawned.map_err(|error| format!("no thread for the inner bin: {error}"))?;
        thread
            .join()
            .map_err(|_| "an element panicked as its state changed".to_owned())
    })
}

/// Gives a streaming thread that is about to be made its niceness. GStreamer's own threads return to a store that the whole
/// process shares, and none may take back what it gave up: so a thread of a nice inner bin is made for it alone.
pub fn prepare(nice: u32, message: &gst::MessageRef) {
    let gst::MessageView::StreamStatus(status) = message.view() else {
        return;
    };
    if nice == 0 || status.type_() != gst::StreamStatusType::Create {
        return;
    }
    let object = status.stream_status_object();
    if let Some(task) = object.and_then(|object| object.get::<gst::Task>().ok()) {
        let pool: NicePool = glib::Object::new();
        pool.imp()
            .0
            .store(nice, std::sync::atomic::Ordering::Relaxed);
        task.set_pool(&pool);
    }
}

glib::wrapper! {
    /// Makes a thread for each task, of the niceness that it was given.
    pub struct NicePool(ObjectSubclass<pool::NicePool>) @extends gst::TaskPool, gst::Object;
}

/// A thread of the pool.
pub struct Thread(JoinHandle<()>);

impl gst::TaskHandle for Thread {
    fn join(self) {
        // A task that panicked is at its end, too.
        let _ = self.0.join();
    }
}

mod pool {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A pool whose threads have the nice value that it holds.
    #[derive(Default)]
    pub struct NicePool(pub AtomicU32);

    #[glib::object_subclass]
    impl ObjectSubclass for NicePool {
        const NAME: &'static str = "RoundhouseNicePool";
        type Type = super::NicePool;
        type ParentType = gst::TaskPool;
    }

    impl ObjectImpl for NicePool {}

    impl GstObjectImpl for NicePool {}

    impl TaskPoolImpl for NicePool {
        type Handle = Thread;

        fn push(&self, function: TaskPoolFunction) -> Result<Option<Thread>, glib::Error> {
            let nice = self.0.load(Ordering::Relaxed);
            let spawned = Builder::new().spawn(move || {
                lower(nice);
                function.call();
            });
            spawned
                .map(|thread| Some(Thread(thread)))
                .map_err(|error| glib::Error::new(gst::CoreError::Thread, &error.to_string()))
        }
    }
}
