// SPDX-License-Identifier: MIT OR Apache-2.0
//! The property `state-file`: the fusion outlives its process.
//!
//! The fusing thread makes the text of a snapshot, a thread of its own writes it. A file that cannot be written or used never
//! stops the stream.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use gst::subclass::prelude::*;

use super::imp::{CAT, FseFuse};
use crate::saver::Saver;

impl FseFuse {
    /// Starts the thread that writes the file `path`.
    pub(super) fn start_saver(&self, path: PathBuf) -> Result<Saver, gst::ErrorMessage> {
        let element = self.obj().downgrade();
        let name = path.display().to_string();
        let report = move |written| {
            if let Some(element) = element.upgrade() {
                element.imp().report_save(&name, written);
            }
        };
        self.save_fails.store(false, Ordering::Relaxed);
        Saver::new(path, report).map_err(|error| {
            gst::error_msg!(
                gst::CoreError::Thread,
                ("Property 'state-file': no thread can be started: {error}")
            )
        })
    }

    /// Counts a failed save. The first one is said to the user; so is, in the debug log, the first one that succeeds again.
    fn report_save(&self, path: &str, written: io::Result<()>) {
        let failed = written.is_err();
        let failed_before = self.save_fails.swap(failed, Ordering::Relaxed);
        match written {
            Ok(()) if failed_before => gst::info!(CAT, imp = self, "{path} can be written again"),
            Ok(()) => gst::debug!(CAT, imp = self, "saved the fusion to {path}"),
            Err(error) => {
                self.queue.count(|counters| counters.save_errors += 1);
                gst::warning!(CAT, imp = self, "not saved: {path}: {error}");
                if !failed_before {
                    gst::element_imp_warning!(
                        self,
                        gst::ResourceError::Write,
                        ("Property 'state-file': {path} cannot be written: {error}; the fusion goes on, and a restart \
                             would know less")
                    );
                }
            }
        }
    }

    /// Says that the fusion was not restored, and why.
    pub(super) fn warn_of_state_file(&self, reason: &str) {
        gst::element_imp_warning!(
            self,
            gst::ResourceError::Settings,
            ("Property 'state-file': {reason}; the fusion begins anew")
        );
    }
}
