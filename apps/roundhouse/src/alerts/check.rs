// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse alerts check`: whether a file of rules is right.

use alerts::in_words;

use super::files::Files;
use crate::failure::Outcome;

/// Check a file of rules, and print them. Nothing is sent.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
}

/// Prints the rules, or what is wrong.
pub fn run(arguments: &Arguments) -> Outcome {
    let (rules, _) = arguments.files.read()?;
    let everybody: Vec<String> = rules
        .targets
        .iter()
        .map(|target| target.name().to_owned())
        .collect();
    for rule in &rules.rules {
        let told = if rule.send.is_empty() {
            &everybody
        } else {
            &rule.send
        };
        let told = if told.is_empty() {
            "nobody but the page".to_owned()
        } else {
            told.join(", ")
        };
        println!(
            "{}: {} for {}, told to {told}",
            rule.name,
            rule.kind.word(),
            in_words(rule.for_ns)
        );
    }
    Ok(())
}
