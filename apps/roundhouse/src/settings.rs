// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--set NAME=VALUE`, and the text of a pipeline with its variables filled in.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;
use names::nearest;
use pipeline_text::{Text, Variables, environment};

use crate::failure::{Failure, Outcome};
use crate::flow_files::flow_files;

/// Values for the variables of a pipeline.
#[derive(Args)]
pub struct Settings {
    /// Set the variable NAME of the pipeline and of the flows in it; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_setting)]
    set: Vec<(String, String)>,
}

impl Settings {
    /// The values by name.
    pub fn variables(&self) -> Variables {
        self.set.iter().cloned().collect()
    }
}

/// `NAME=VALUE` in its two parts.
fn parse_setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Reads a pipeline; its variables come from `variables`, then from the environment.
pub fn read_pipeline(file: &Path, variables: &Variables) -> Outcome<Text> {
    let text = read(file, variables)?;
    refuse_unknown(&[(file, &text)], variables)?;
    Ok(text)
}

/// Reads a text; some of `variables` may be for others.
pub fn read(file: &Path, variables: &Variables) -> Outcome<Text> {
    pipeline_text::read(file, variables, &environment)
        .map_err(|mistake| Failure::new(mistake.to_string()))
}

/// Refuses a setting that none of the texts and none of their flows has a variable for: most likely it is misspelt.
pub fn refuse_unknown(texts: &[(&Path, &Text)], variables: &Variables) -> Outcome {
    let mut names = BTreeSet::new();
    for (_, text) in texts {
        names.extend(text.variables().map(str::to_owned));
        for flow in flow_files(text) {
            // A flow that cannot be read says so when it plays; what it knows cannot be told.
            let Ok(text) = pipeline_text::read(&flow.location, variables, &environment) else {
                return Ok(());
            };
            names.extend(text.variables().map(str::to_owned));
        }
    }
    let Some(name) = variables.keys().find(|name| !names.contains(*name)) else {
        return Ok(());
    };
    let meant = nearest(name, names.iter().map(String::as_str))
        .map(|name| format!(", did you mean '{name}'"))
        .unwrap_or_default();
    let files: Vec<_> = texts
        .iter()
        .map(|(file, _)| file.display().to_string())
        .collect();
    let (files, has) = match files.as_slice() {
        [file] => (file.clone(), "the file has"),
        files => (files.join(", "), "the files have"),
    };
    Err(Failure::new(format!(
        "{files}: {has} no variable '{name}'{meant}: look at the head for the known names"
    )))
}
