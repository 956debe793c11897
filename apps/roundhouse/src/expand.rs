// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse expand`: a pipeline in one line, for gst-launch-1.0.

use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;

use clap::Args;

use crate::failure::{Failure, Outcome};
use crate::settings::{Settings, read_pipeline};

/// Print a pipeline in one line, for gst-launch-1.0.
///
/// `gst-launch-1.0 $(roundhouse expand FILE)` plays it on any server that has the elements. What a shell would change
/// on the way (file name patterns, runs of blanks inside a value) is refused.
#[derive(Args)]
pub struct Arguments {
    /// The pipeline, for instance pipelines/hall.gst.
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// Print it also when a shell would change it.
    #[arg(long)]
    not_for_shell: bool,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let text = read_pipeline(&arguments.file, &arguments.settings.variables())?;
    if !arguments.not_for_shell {
        text.fit_for_shell()
            .map_err(|mistake| Failure::new(mistake.to_string()))?;
    }
    match writeln!(stdout(), "{}", text.description()) {
        // Who reads has enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::new(format!("standard output: {error}"))),
    }
}
