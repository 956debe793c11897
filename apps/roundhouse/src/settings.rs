// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--set NAME=VALUE`, and the text of a pipeline with its variables filled in.

use std::path::Path;

use clap::Args;
use pipeline_text::{Text, Variables, nearest};

use crate::failure::{Failure, Outcome};

/// Values for the variables of a pipeline.
#[derive(Args)]
pub struct Settings {
    /// Give the variable NAME a value; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_setting)]
    set: Vec<(String, String)>,
}

impl Settings {
    /// The values by name.
    pub fn variables(&self) -> Variables {
        self.set.iter().cloned().collect()
    }
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Reads a pipeline; its variables come from `variables`, then from the environment.
pub fn read_pipeline(file: &Path, variables: &Variables) -> Outcome<Text> {
    let text = pipeline_text::read(file, variables, &|name| std::env::var(name).ok())
        .map_err(|mistake| Failure::new(mistake.to_string()))?;
    if let Some(name) = text.unused(variables).first() {
        let meant = nearest(name, text.variables())
            .map(|name| format!(", did you mean '{name}'"))
            .unwrap_or_default();
        return Err(Failure::new(format!(
            "{}: the file has no variable '{name}'{meant}: look at its head for the names it knows",
            file.display()
        )));
    }
    Ok(text)
}
