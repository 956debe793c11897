// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse alerts test`: whether alerts arrive.

use alerts::{Notice, Outcome as Told, Target};
use facility::toml::hint;
use messages::Timestamp;

use super::files::Files;
use crate::failure::{Failure, Outcome};

/// Send one test alert to everybody whom a file of rules names, and say what became of each.
///
/// Ends with status 1 if one was not delivered. Nothing is tried again.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Only to the one of this name.
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
}

/// Sends the test alert.
pub fn run(arguments: &Arguments) -> Outcome {
    let (rules, sites) = arguments.files.read()?;
    let facility = sites
        .first()
        .map_or("test", |site| site.facility.name.as_str());
    let notice = Notice::test(facility, Timestamp::now());
    let is_meant = |name: &str| arguments.to.as_deref().is_none_or(|to| to == name);
    let targets: Vec<_> = rules
        .targets
        .iter()
        .filter(|target| is_meant(target.name()))
        .collect();
    if targets.is_empty() {
        let file = arguments.files.rules.display();
        return Err(Failure::new(match &arguments.to {
            None => {
                format!("{file}: there is nobody to tell; add [[webhook]], [[mqtt]] or [[email]]")
            }
            Some(to) => {
                let known = hint(to, rules.targets.iter().map(Target::name));
                format!("{file}: nobody is called '{to}'{known}")
            }
        }));
    }
    let mut failed = 0;
    for target in &targets {
        match target.tell(&notice) {
            Told::Delivered => println!("{} '{}': delivered", target.kind(), target.name()),
            Told::Later(sentence) | Told::Refused(sentence) => {
                failed += 1;
                println!("{sentence}");
            }
        }
    }
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{failed} of {} were not told",
        targets.len()
    )))
}
