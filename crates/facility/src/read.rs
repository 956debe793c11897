// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facility.toml` -> [`Facility`].

mod camera;
pub mod document;
mod numbering;
mod stream;
mod uri;

use std::path::Path;

use crate::hint::hint;
use crate::section::{Entry, Notes, Read, Section};
use crate::{Facility, FacilityErrors, Gates, Model, Polyline, Track};
use camera::Site;
use document::{document, finished, read_named, whole_file};

const DEFAULT_LOCOMOTIVE_LENGTH: [f64; 2] = [14.0, 36.0];
/// A track's length and its plan's may differ by this much, metres.
const LENGTH_TOLERANCE: f64 = 0.5;
/// A longer track is a slip of the unit, metres.
const LONGEST_TRACK: f64 = 10_000.0;
const GATES: [&str; 2] = ["low", "high"];

impl Facility {
    /// Reads a facility file.
    ///
    /// # Errors
    /// The file cannot be read, or everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, FacilityErrors> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &file),
            Err(error) => Err(whole_file(&file, 0, format!("cannot be read: {error}"))),
        }
    }

    /// Reads the text of a facility file; `file` names it in errors, and the files that it names count from its folder.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, file: &str) -> Result<Self, FacilityErrors> {
        let notes = Notes::new(text);
        let document = document(&notes, text, file)?;
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let facility = read_facility(Section::root(&notes, document.as_table()), folder);
        finished(notes, facility, file).map(|(facility, warnings)| Self {
            warnings,
            ..facility
        })
    }
}

/// The whole file, which lies in `folder`.
fn read_facility(root: Section, folder: &Path) -> Read<Facility> {
    let name = root
        .need("facility", "facility = \"NAME\" at the top")
        .and_then(|entry| entry.name());
    let timezone = root.get("timezone").map(|entry| entry.name()).transpose();
    let lengths = root
        .get("locomotive_length")
        .map(|entry| read_lengths(&entry))
        .transpose();
    let sections = root.sections("track");
    if sections.is_empty() {
        root.mistake("there is no track; add [[track]] with id and length");
    }
    let (track_ids, tracks) = read_named(sections, "id", "track", read_track);
    let (_, models) = read_named(root.sections("model"), "name", "model", |section, name| {
        let length = section
            .need("length", "length = METRES")?
            .positive("metres")?;
        Ok(Model {
            name: name.to_owned(),
            length,
        })
    });
    let site = Site {
        tracks: &tracks,
        track_ids: &track_ids,
        folder,
    };
    let mut sources = Vec::new();
    let (_, cameras) = read_named(root.sections("camera"), "id", "camera", |section, id| {
        let camera = site.read_camera(section, id, sources.len() as u32);
        let source = camera
            .as_ref()
            .ok()
            .map(|camera| (camera.source, id.to_owned()));
        refuse_shared_source(section, source.as_ref(), &sources);
        sources.push(source);
        camera
    });
    let numbering = root.get("numbering").map(|entry| {
        let section = entry.section()?;
        let numbering = numbering::read_numbering(&section);
        section.finish();
        numbering
    });
    root.finish();
    let [shortest, longest] = lengths?.unwrap_or(DEFAULT_LOCOMOTIVE_LENGTH);
    Ok(Facility {
        name: name?,
        timezone: timezone?,
        locomotive_length: (shortest, longest),
        tracks,
        cameras,
        models,
        numbering: numbering.transpose()?,
        warnings: Vec::new(),
    })
}

/// Shortest and longest locomotive, metres.
fn read_lengths(entry: &Entry) -> Read<[f64; 2]> {
    let lengths = entry.pair("[shortest, longest]", |length| length.positive("metres"))?;
    if lengths[0] > lengths[1] {
        let [first, second] = lengths;
        return Err(entry.mistake(format!(
            "is [{first}, {second}], expected the shortest first"
        )));
    }
    Ok(lengths)
}

/// One track.
fn read_track(section: &Section, id: &str) -> Read<Track> {
    let plan = section
        .get("plan")
        .map(|entry| read_plan(&entry))
        .transpose();
    let given = section.get("length");
    let length = given.as_ref().map(read_length).transpose();
    let gates = section
        .get("gates")
        .map(|entry| read_gates(&entry))
        .transpose();
    let (plan, length) = (plan?, length?);
    let length = match (length, &plan) {
        (Some(length), None) => length,
        (None, Some(plan)) => plan.length(),
        (Some(length), Some(plan)) => {
            let along = plan.length();
            if let Some(entry) = given.filter(|_| (along - length).abs() > LENGTH_TOLERANCE) {
                entry.mistake(format!(
                    "is {length}, but the plan is {along:.3} m long; leave length out, or correct one"
                ));
            }
            length
        }
        (None, None) => {
            return Err(section.mistake(
                "has neither length nor plan; add length = METRES, or plan = [[x, y], [x, y]]",
            ));
        }
    };
    Ok(Track {
        id: id.to_owned(),
        length,
        gates: gates?.unwrap_or_default(),
        plan,
    })
}

/// The length of a track, metres.
fn read_length(entry: &Entry) -> Read<f64> {
    let expected = format!("metres above 0, at most {LONGEST_TRACK}");
    entry.number_where(&expected, |length| length > 0.0 && length <= LONGEST_TRACK)
}

/// The curve of a track in the plan.
fn read_plan(entry: &Entry) -> Read<Polyline> {
    let points = entry.points("a list of points [[x, y], …]")?;
    let plan = Polyline::new(points).map_err(|error| entry.mistake(error.to_string()))?;
    if plan.length() > LONGEST_TRACK {
        let length = plan.length();
        return Err(entry.mistake(format!(
            "is {length:.0} m long, expected at most {LONGEST_TRACK}; is it in metres?"
        )));
    }
    Ok(plan)
}

/// Which ends of a track are doors.
fn read_gates(entry: &Entry) -> Read<Gates> {
    let mut gates = Gates::default();
    for gate in entry.list("a list of \"low\" and \"high\"")? {
        match gate.name()?.as_str() {
            "low" => gates.low = true,
            "high" => gates.high = true,
            other => {
                gate.mistake(format!(
                    "'{other}' is no end of a track{}",
                    hint(other, GATES)
                ));
            }
        }
    }
    Ok(gates)
}

/// Two cameras with one number could not be told apart in a batch.
fn refuse_shared_source(
    section: &Section,
    source: Option<&(u32, String)>,
    earlier: &[Option<(u32, String)>],
) {
    let Some((source, _)) = source else { return };
    if let Some((_, other)) = earlier.iter().flatten().find(|(taken, _)| taken == source) {
        section.mistake(format!(
            "has source {source}, and so has camera '{other}'; give each its own, or leave source out in all of them"
        ));
    }
}
