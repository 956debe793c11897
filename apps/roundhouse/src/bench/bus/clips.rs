// SPDX-License-Identifier: MIT OR Apache-2.0
//! The beginning of each clip of a folder, so that a run does not take long.

use std::path::Path;

use crate::bench::stage::clip_files;
use crate::failure::{Failure, Outcome};
use crate::run::play;

/// Copies the first pictures of all clips of `from`, and its facility file, into the folder `to`.
pub fn shorten(from: &Path, to: &Path, pictures: u32) -> Outcome {
    let name = "facility.toml";
    let copied = std::fs::copy(from.join(name), to.join(name));
    copied.map_err(|error| Failure::file(&from.join(name), &error))?;
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!(
            "{}: its clips cannot be shortened: {error}",
            from.display()
        ))
    };
    gst::init().map_err(|error| failed(&error))?;
    let branch = |clip: &String| {
        let file = Path::new(clip).file_name().unwrap_or_default();
        format!(
            "filesrc location=\"{clip}\" ! qtdemux ! h264parse ! identity eos-after={} ! mp4mux ! filesink location=\"{}\" ",
            pictures + 1,
            to.join(file).display()
        )
    };
    let description: String = clip_files(from)?.iter().map(branch).collect();
    let pipeline = gst::parse::launch(&description).map_err(|error| failed(&error))?;
    let pipeline = gst::prelude::Cast::downcast::<gst::Pipeline>(pipeline);
    play(&pipeline.map_err(|_| failed(&"no pipeline"))?, true)
}
