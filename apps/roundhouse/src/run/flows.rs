// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flows of a pipeline while it plays: what they count, and their files, which may change.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gst::glib;
use gst::prelude::*;
use pipeline_text::{Variables, environment};

/// What a `flowbin` counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub label: String,
    /// Its content plays.
    pub runs: bool,
    pub arrived: u64,
    pub out: u64,
    pub dropped: u64,
    pub restarts: u64,
    pub reloads: u64,
    /// Time that the content holds a packet: half of them, and 99 in 100, at most; ns.
    pub latency: [u64; 2],
    pub last_error: Option<String>,
}

/// The flowbins of a pipeline, those in bins too, in the order of their names.
pub fn flowbins(pipeline: &gst::Pipeline) -> Vec<gst::Element> {
    let is_flowbin = |element: &gst::Element| {
        let factory = element.factory();
        factory.is_some_and(|factory| factory.name() == "flowbin")
    };
    let elements = pipeline.iterate_recurse().into_iter().flatten();
    let mut flowbins: Vec<_> = elements.filter(is_flowbin).collect();
    flowbins.sort_by_key(label);
    flowbins
}

/// How a flow is called: by the name that the text gives its flowbin, else by its flow.
pub fn label(flowbin: &gst::Element) -> String {
    let name = flowbin.name().to_string();
    let number = name.strip_prefix("roundhouseflowbin");
    let is_made_up = number.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    let flow = flowbin.property::<String>("flow");
    if is_made_up && !flow.is_empty() {
        flow
    } else {
        name
    }
}

/// What a flowbin has counted so far.
pub fn count(flowbin: &gst::Element) -> Count {
    let stats = flowbin.property::<gst::Structure>("stats");
    let number = |name: &str| stats.get::<u64>(name).unwrap_or_default();
    let status = flowbin.property_value("status");
    let status = glib::EnumValue::from_value(&status);
    Count {
        label: label(flowbin),
        runs: status.is_some_and(|(_, status)| status.nick() == "running"),
        arrived: number("in"),
        out: number("out"),
        dropped: number("dropped"),
        restarts: number("restarts"),
        reloads: number("reloads"),
        latency: [number("latency-p50"), number("latency-p99")],
        last_error: stats.get::<Option<String>>("last-error").ok().flatten(),
    }
}

/// A flow whose text is a file.
pub struct Watched {
    flowbin: gst::Element,
    variables: Variables,
    /// As the flow plays them.
    loaded: Vec<State>,
    /// As they were at the last look.
    seen: Vec<State>,
}

/// A file and how it is: its last change and its length, `None` where it is not there.
type State = (PathBuf, Option<(SystemTime, u64)>);

impl Watched {
    /// The flows of `pipeline` that play files, with the settings that fill these in.
    pub fn all(pipeline: &gst::Pipeline, variables: &Variables) -> Vec<Self> {
        let flowbins = flowbins(pipeline).into_iter();
        let with_file = flowbins.filter(|flowbin| location(flowbin).is_some());
        with_file
            .map(|flowbin| {
                let states = states(&flowbin, variables, &[]);
                Self {
                    flowbin,
                    variables: variables.clone(),
                    loaded: states.clone(),
                    seen: states,
                }
            })
            .collect()
    }

    /// Reloads the flow if its files are not as it plays them; whether it was told to.
    pub fn reload_if_changed(&mut self) -> bool {
        self.look();
        self.reload_seen()
    }

    /// The same for files that have stayed as they are since the last look, so that nothing half written is read.
    pub fn reload_if_settled(&mut self) -> bool {
        let before = self.seen.clone();
        self.look();
        before == self.seen && self.reload_seen()
    }

    /// Name of the flow.
    pub fn label(&self) -> String {
        label(&self.flowbin)
    }

    /// Notes the files as they are now.
    fn look(&mut self) {
        self.seen = states(&self.flowbin, &self.variables, &self.seen);
    }

    /// Reloads the flow if its files differ from those that it plays; whether it was told to.
    fn reload_seen(&mut self) -> bool {
        if self.seen == self.loaded {
            return false;
        }
        self.loaded.clone_from(&self.seen);
        self.flowbin.emit_by_name::<bool>("reload", &[])
    }
}

/// The file that a flowbin plays.
fn location(flowbin: &gst::Element) -> Option<PathBuf> {
    let location = flowbin.property::<Option<String>>("location");
    location.map(PathBuf::from)
}

/// The files of a flow as they are now; those of `before` if its text cannot be read to the end.
fn states(flowbin: &gst::Element, variables: &Variables, before: &[State]) -> Vec<State> {
    let Some(location) = location(flowbin) else {
        return Vec::new();
    };
    let files = match pipeline_text::read(&location, variables, &environment) {
        Ok(text) => text.files().to_vec(),
        Err(_) if before.is_empty() => vec![location],
        Err(_) => before.iter().map(|(file, _)| file.clone()).collect(),
    };
    let states = files.into_iter().map(|file| {
        let state = state(&file);
        (file, state)
    });
    states.collect()
}

/// When a file was changed, and its length.
fn state(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
