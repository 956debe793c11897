// SPDX-License-Identifier: MIT OR Apache-2.0
//! How pipelines are written: gst-launch's syntax over many lines, with comments, variables and `include`.
//!
//! ```text
//! # One camera, detected.
//! filesrc location=${clip:-tests/data/demo/C1.mp4} ! decodebin
//!   ! ortinfer config-file-path=${model}          # a comment behind a line
//! include sinks.gst                               # beside this file
//! for camera in ${facility}                       # what follows, once for each camera of that facility file
//!   camerasrc camera=${camera.id} uri=${camera.uri} ! queue ! mux.sink_${camera.source}
//! end
//! ```
//!
//! * A line end is a blank; a backslash before it is allowed and means nothing.
//! * `#` at the start of a line or after a blank begins a comment, outside of quotes.
//! * `${name}` takes its value from the settings, then from the environment; `${name:-default}` has a default, in
//!   which other variables may stand.
//! * `include FILE` on a line of its own is replaced by that file, looked for beside the file that includes it.
//! * The lines between `for camera in FILE` and `end` are repeated for each camera of a facility file. In them
//!   `${camera.id}`, `${camera.uri}` and others stand for what the file says of it.
//!
//! [`read`] gives the description that `gst_parse_launch` understands, and remembers where each part of it was
//! written, so that every [`Mistake`] names file, line and column; [`parts`] takes it apart. This crate does not know GStreamer.

mod block;
mod line;
mod mistake;
mod parts;
mod quotes;
mod shell;
mod source;

pub use line::Variables;
pub use mistake::{Mistake, Spot};
pub use parts::{Part, parts};
pub use source::{Text, environment, read, read_text};
