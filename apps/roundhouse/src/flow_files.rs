// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flows of a pipeline that are texts of their own: which files they are, and how settings reach them.

use std::ops::Range;
use std::path::PathBuf;

use pipeline_text::{Part, Text, Variables, environment, parts};

/// A `flowbin` that plays a file.
pub struct FlowFile {
    /// Its word in the description.
    pub element: Range<usize>,
    /// The file.
    pub location: PathBuf,
    /// The text gives its variables already.
    has_variables: bool,
}

/// The flowbins of `text` that play files.
pub fn flow_files(text: &Text) -> Vec<FlowFile> {
    let description = text.description();
    let mut files = Vec::new();
    let mut open: Option<(Range<usize>, Option<PathBuf>, bool)> = None;
    let mut close = |open: &mut Option<(Range<usize>, Option<PathBuf>, bool)>| {
        if let Some((element, Some(location), has_variables)) = open.take() {
            files.push(FlowFile {
                element,
                location,
                has_variables,
            });
        }
    };
    for part in parts(description) {
        match part {
            Part::Element(name) => {
                close(&mut open);
                open = (&description[name.clone()] == "flowbin").then_some((name, None, false));
            }
            Part::Property { name, value } => {
                if let Some((_, location, has_variables)) = &mut open {
                    match &description[name] {
                        "location" => *location = Some(PathBuf::from(&description[value])),
                        "variables" => *has_variables = true,
                        _ => (),
                    }
                }
            }
            _ => (),
        }
    }
    close(&mut open);
    files
}

/// The description, in which each flowbin that plays a file has those of `settings` that the file has variables for.
pub fn with_settings(text: &Text, settings: &Variables) -> String {
    let mut description = text.description().to_owned();
    for flow in flow_files(text).into_iter().rev() {
        let variables = known(&flow, settings);
        if !flow.has_variables && !variables.is_empty() {
            let property = format!(" variables={}", written(&variables));
            description.insert_str(flow.element.end, &property);
        }
    }
    description
}

/// What of the settings is for this flow; all, if its file cannot be read now.
fn known(flow: &FlowFile, settings: &Variables) -> Variables {
    let Ok(text) = pipeline_text::read(&flow.location, settings, &environment) else {
        return settings.clone();
    };
    let names: Vec<&str> = text.variables().collect();
    let is_known = |(name, _): &(&String, &String)| names.contains(&name.as_str());
    let known = settings.iter().filter(is_known);
    known
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// As a structure in quotes, as `gst-launch-1.0` reads it.
fn written(variables: &Variables) -> String {
    let mut structure = String::from("variables");
    for (name, value) in variables {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        structure.push_str(&format!(",{name}=(string)\"{value}\""));
    }
    let quoted = structure.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{quoted}\"")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pipeline_text::read_text;

    use super::*;

    fn set(names: &[(&str, &str)]) -> Variables {
        let pairs = names.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn settings_go_to_the_flows_that_know_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flow.gst");
        std::fs::write(&file, "identity name=${who:-a} ! fakesink").unwrap();
        let file = file.display();
        let description = format!(
            "fakesrc ! tee name=t t. ! flowbin location={file} t. ! flowbin name=x location={file} variables=v,who=b t. ! flowbin description=fakesink"
        );
        let text = read_text(&description, Path::new("a.gst"), &Variables::new(), &|_| {
            None
        });
        let filled = with_settings(
            &text.unwrap(),
            &set(&[("who", "my \"own\""), ("other", "c")]),
        );
        let added = r#" variables="variables,who=(string)\"my \\\"own\\\"\"""#;
        assert_eq!(
            filled,
            description.replacen("flowbin", &format!("flowbin{added}"), 1)
        );
    }
}
