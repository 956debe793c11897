// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pipelines of the hall, in one process and in three.

use std::path::{Path, PathBuf};

use crate::bench::beside::{Beside, finish_all, free_port};
use crate::bench::child::itself;
use crate::failure::Outcome;

/// Where the pipelines are, and what they play.
pub struct Hall {
    /// Folder of the pipelines.
    pub pipelines: PathBuf,
    /// Folder of the clips, with `facility.toml`.
    pub clips: PathBuf,
}

impl Hall {
    /// Plays recordings in one process; the states go to `states`.
    pub fn play_in_one(&self, states: &Path) -> Outcome {
        let settings = [clips(self), variable("states", states)];
        self.start("hall.gst", &settings)?.finish()
    }

    /// Plays recordings in three processes; the states go to `states`.
    pub fn play_in_three(&self, states: &Path) -> Outcome {
        let [frames_to, frames_from] = link("frames")?;
        let [reports_to, reports_from] = link("reports")?;
        let recorded = "live=false".to_owned();
        let (fusion, states) = ([reports_from, clips(self)], variable("states", states));
        let fusion = [&fusion[..], &[states, recorded.clone()]].concat();
        let estimator = [frames_from, reports_to, clips(self), recorded];
        let fusion = self.start("bus/fusion.gst", &fusion)?;
        let estimator = self.start("bus/estimator.gst", &estimator)?;
        let aggregator = [frames_to, clips(self)];
        let aggregator = self.start("bus/aggregator.gst", &aggregator)?;
        finish_all(vec![aggregator, estimator, fusion])
    }

    /// Begins to play live cameras in one process; what reaches the fusion is noted in `record`.
    pub fn watch_in_one(&self, record: &Path) -> Outcome<Vec<Beside>> {
        let facility = variable("facility", &self.clips.join("facility.toml"));
        let settings = [facility, nowhere(), variable("record", record)];
        Ok(vec![self.start("live.gst", &settings)?])
    }

    /// Begins to play live cameras in three processes.
    pub fn watch_in_three(&self, record: &Path) -> Outcome<Vec<Beside>> {
        let [frames_to, frames_from] = link("frames")?;
        let [reports_to, reports_from] = link("reports")?;
        let record = variable("record", record);
        let fusion = [reports_from, clips(self), nowhere(), record];
        // As in one process: the newest frames win.
        let leaky = "leaky=downstream".to_owned();
        let estimator = [frames_from, reports_to, clips(self), leaky];
        let facility = variable("facility", &self.clips.join("facility.toml"));
        Ok(vec![
            self.start("bus/fusion.gst", &fusion)?,
            self.start("bus/estimator.gst", &estimator)?,
            self.start("bus/live-aggregator.gst", &[frames_to, facility])?,
        ])
    }

    /// Plays one pipeline with these variables.
    fn start(&self, file: &str, settings: &[String]) -> Outcome<Beside> {
        let mut command = itself()?;
        command
            .args(["run", "--quiet"])
            .arg(self.pipelines.join(file));
        for setting in settings {
            command.args(["--set", setting]);
        }
        Beside::start(&mut command)
    }
}

/// The variables of both ends of a cut.
fn link(what: &str) -> Outcome<[String; 2]> {
    let port = free_port()?;
    Ok([
        format!("{what}_to=zmq+push://127.0.0.1:{port}"),
        format!("{what}_from=zmq+pull://127.0.0.1:{port}"),
    ])
}

/// The variable of the folder of clips.
fn clips(hall: &Hall) -> String {
    variable("clips", &hall.clips)
}

/// States that nobody wants.
fn nowhere() -> String {
    "states=/dev/null".to_owned()
}

/// A variable that is a path.
fn variable(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}
