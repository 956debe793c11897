// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse cameras`: what each camera of a site delivers, and what to set.

mod address;
mod advice;
mod finding;
mod measured;
mod probe;
mod problem;
mod reference;
mod source;
mod table;
mod target;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::duration::parse_duration;
use crate::failure::{Failure, Outcome};
use finding::Finding;
use probe::Limits;
use target::{Target, targets};

/// Connect to each camera, measure what it delivers, and say what to set.
///
/// Shows codec, size, rate, distance of key pictures, clock (the camera's own, if it sends RTCP sender reports), time to the
/// first picture and round trip to the camera's host. Cameras come from a facility file, from the command line, or both; rtsp,
/// rtsps, http, https, file and v4l2 addresses are understood. The exit code is 1 if a camera failed.
#[derive(Args)]
pub struct Arguments {
    /// Facility file with the cameras.
    #[arg(long, value_name = "FILE")]
    facility: Option<PathBuf>,
    /// Addresses of more cameras.
    #[arg(value_name = "URI")]
    uris: Vec<String>,
    /// Where user and password of these addresses are kept: `env:NAME` or `file:PATH`, which holds USER:PASSWORD.
    #[arg(long, value_name = "REFERENCE", requires = "uris")]
    credentials: Option<String>,
    /// Wait at most so long for the first picture.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    timeout: i64,
    /// Measure for so long from the first picture on.
    #[arg(long, value_name = "TIME", default_value = "6s", value_parser = parse_duration)]
    duration: i64,
    /// Write a picture of each camera into this folder, for the key `reference` of its calibration.
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
    /// Print JSON: a list with one object for each camera.
    #[arg(long)]
    json: bool,
}

/// Probes the cameras and prints what was found.
pub fn run(arguments: &Arguments) -> Outcome {
    gst::init().map_err(|error| Failure::new(format!("GStreamer does not start: {error}")))?;
    let targets = targets(
        arguments.facility.as_deref(),
        &arguments.uris,
        arguments.credentials.as_deref(),
    )?;
    if let Some(folder) = &arguments.reference {
        std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    }
    let findings = probe_all(&targets, arguments);
    if arguments.json {
        let text = serde_json::to_string_pretty(&findings);
        println!("{}", text.map_err(|error| Failure::new(error.to_string()))?);
    } else {
        print!("{}", table::table(&findings));
    }
    let failed: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.problem.is_some())
        .map(|finding| finding.camera.as_str())
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} of {} cameras failed: {}",
        failed.len(),
        findings.len(),
        failed.join(", ")
    )))
}

/// Probes all cameras at the same time.
fn probe_all(targets: &[Target], arguments: &Arguments) -> Vec<Finding> {
    let limits = Limits {
        first_picture: Duration::from_nanos(arguments.timeout.unsigned_abs()),
        measure: Duration::from_nanos(arguments.duration.unsigned_abs()),
    };
    let folder = arguments.reference.as_deref();
    std::thread::scope(|scope| {
        let probes: Vec<_> = targets
            .iter()
            .map(|target| scope.spawn(move || probe::probe(target, limits, folder)))
            .collect();
        probes
            .into_iter()
            .zip(targets)
            .map(|(probe, target)| {
                let failed = |_| Finding::failed(target, "the probe stopped by a fault of its own");
                probe.join().unwrap_or_else(failed)
            })
            .collect()
    })
}
