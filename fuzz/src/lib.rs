// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fuzz targets: everything that reads text or messages from outside, given any bytes.
//!
//! Each target may refuse its input with a sentence; it may not panic, hang or take much memory. Some also check that what
//! was read means the same when it is written and read again. `scripts/soak.sh fuzz` runs them with libFuzzer, which keeps
//! inputs that reach new code; a test reads the small corpora in `corpus/`, one folder per target.

mod fusion;
mod nvmsgconv;
mod spool;
mod zmtp;

pub use fusion::saved_after;

use std::path::Path;
use std::sync::{Arc, LazyLock};

use estimation::fse::{Fusion, FusionConfig};

use facility::{Address, END_HEIGHT, END_WIDTH, Facility, Projection};
use messages::Event;
use pipeline_text::Variables;
use plan::{Plan, Site};

/// A target: its name and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 13] = [
    ("address", address),
    ("facility", facility_file),
    ("plan", plan_file),
    ("alerts", alert_rules),
    ("nvinfer", nvinfer_configuration),
    ("labels", label_file),
    ("pipeline", pipeline_text),
    ("message", message),
    ("reports", fusion::reports),
    ("saved-fusion", fusion::saved),
    ("nvmsgconv", nvmsgconv::message),
    ("spool", spool::file),
    ("zmtp", zmtp::peer),
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|(known, _)| *known == name)
}

/// The hall of the demo, which some targets need.
pub(crate) static HALL: LazyLock<Option<Arc<Facility>>> = LazyLock::new(|| {
    let text = include_str!("../../tests/data/demo/facility.toml");
    Facility::parse(text, "facility.toml").ok().map(Arc::new)
});

/// The address of a camera. Nothing that is shown to people has its password.
///
/// # Panics
/// If it has.
fn address(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Address::parse(&text) {
        Ok(address) => {
            let _ = address.has_secret();
            let masked = kit::mask_passwords(&text);
            let Some(credentials) = address.credentials else {
                return;
            };
            let password = credentials.password;
            // A short one may stand elsewhere by chance; one with percent codes does not stand in the text as it is.
            let stands_once = password.len() > 3 && text.matches(&password).count() == 1;
            assert!(!stands_once || !masked.contains(&password), "{masked}");
        }
        Err(mistake) => drop(mistake.to_string()),
    }
}

/// A facility file; what accepts it must also be able to use it.
fn facility_file(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Facility::parse(&text, "facility.toml") {
        Ok(facility) => use_facility(facility),
        Err(errors) => drop(errors.to_string()),
    }
}

/// Asks a facility what elements ask.
fn use_facility(mut facility: Facility) {
    for camera in &facility.cameras {
        let ground = |projection: &Projection| projection.ground([1.0, 1.0]);
        let place = camera.projection.as_ref().and_then(ground);
        for track in place.iter().flat_map(|_| &facility.tracks) {
            let projection = camera.projection.as_ref();
            let _ = projection.and_then(|it| it.end_box(track, 1.0, END_WIDTH, END_HEIGHT));
        }
    }
    // A roster is another file.
    if let Some(numbering) = &mut facility.numbering {
        numbering.roster = None;
    }
    let numbering = facility.numbering.as_ref();
    if let Err(errors) = plates::Numbering::new(numbering, "facility.toml", Path::new("")) {
        drop(errors.to_string());
    }
    let mut fusion = Fusion::new(Arc::new(facility), FusionConfig::default());
    drop(fusion.finish());
}

/// A plan for the hall of the demo. Each entry of one that is accepted is due at its begin.
///
/// # Panics
/// If it is not.
fn plan_file(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(hall) = &*HALL else { return };
    let site = Site::new(hall.as_ref().clone(), None);
    match Plan::parse(&text, "plan.csv", &site) {
        Ok(plan) => {
            for entry in &plan.entries {
                let due = plan.due(entry.from).count();
                assert!(due > 0, "an entry is due at its begin");
            }
        }
        Err(errors) => drop(errors.to_string()),
    }
}

/// Rules of alerts.
fn alert_rules(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(errors) = alerts::Rules::parse(&text, "alerts.toml", &[]) {
        drop(errors.to_string());
    }
}

/// A configuration of nvinfer.
fn nvinfer_configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(error) = ortinfer::config::Config::parse(&text, Path::new("config_infer.txt")) {
        drop(error.to_string());
    }
}

/// The label file of a detector or classifier, and the alphabet of a plate reader.
fn label_file(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let labels = ortinfer::labels::Labels::parse(&text);
    for class in 0..4 {
        let _ = (labels.class(class), labels.value(class, class));
    }
    let _ = labels.check(Path::new("labels.txt"), 4);
    // An alphabet that is refused says why.
    let _ = plates::Alphabet::parse(&text);
}

/// A pipeline text. It includes no files: the folder that it would look in does not exist.
fn pipeline_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A file that never ends, such as a device, is none of this target's business.
    if text.contains("include") && text.contains('/') {
        return;
    }
    let settings = Variables::from([("clips".to_owned(), "tests/data/demo".to_owned())]);
    let read = pipeline_text::read_text(&text, Path::new("nowhere/a.gst"), &settings, &|_| None);
    match read {
        Ok(read) => {
            let _ = read.fit_for_shell();
            for part in pipeline_text::parts(read.description()) {
                drop(format!("{part:?}"));
            }
            for start in 0..=read.description().len() {
                drop(read.mistake(start..start + 1, "wrong").to_string());
            }
        }
        Err(mistake) => drop(mistake.to_string()),
    }
}

/// A message. What is read is written, read and written again: both texts are equal.
///
/// # Panics
/// If they are not.
fn message(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Event::parse(&text) {
        Ok(event) => {
            let written = event.to_json();
            let again = Event::parse(&written);
            let again = again.map(|event| event.to_json());
            assert_eq!(
                again.ok().as_ref(),
                Some(&written),
                "written and read again"
            );
        }
        Err(error) => drop(error.to_string()),
    }
}
