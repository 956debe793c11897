// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse expand`: a pipeline in one line, for gst-launch-1.0.

use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;

use clap::Args;

use crate::failure::{Failure, Outcome};
use crate::flow_files::with_settings;
use crate::settings::{Settings, read_pipeline};

/// Print a pipeline as one line for gst-launch-1.0.
///
/// `gst-launch-1.0 $(roundhouse expand FILE)` plays it on any computer that has the elements. Refuses text that a shell
/// would change on the way: file name patterns, and several spaces in a row inside a value.
#[derive(Args)]
pub struct Arguments {
    /// Pipeline to print, for instance pipelines/hall.gst.
    file: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// Print it even if a shell would change it.
    #[arg(long)]
    not_for_shell: bool,
}

/// Prints the description in one line.
pub fn run(arguments: &Arguments) -> Outcome {
    let variables = arguments.settings.variables();
    let text = read_pipeline(&arguments.file, &variables)?;
    if !arguments.not_for_shell {
        text.fit_for_shell()
            .map_err(|mistake| Failure::new(mistake.to_string()))?;
        variables
            .iter()
            .try_for_each(|(name, value)| fit_for_shell(name, value))?;
    }
    match writeln!(stdout(), "{}", with_settings(&text, &variables)) {
        // Who reads has enough, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| Failure::new(format!("standard output: {error}"))),
    }
}

/// The same for a setting that goes on to a flow and does not stand in the text.
fn fit_for_shell(name: &str, value: &str) -> Outcome {
    if value.contains(['*', '?', '[', '\t']) || value.contains("  ") {
        return Err(Failure::new(format!(
            "--set {name}: a shell would change this value: play the text with roundhouse run, or write it without '*', '?', '[' and runs of blanks"
        )));
    }
    Ok(())
}
