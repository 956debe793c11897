// SPDX-License-Identifier: MIT OR Apache-2.0
//! `facility.toml` -> [`Facility`].

use std::path::Path;

use messages::Side;

use crate::calibration::{CalibrationError, calibrate};
use crate::cover::{MAX_DISTANCE, View};
use crate::names::hint;
use crate::section::{Entry, Notes, Section};
use crate::{
    Calibration, Camera, CameraCover, Facility, FacilityErrors, Gates, Lens, Mark, Mask, Mistake,
    Model, Polyline, Projection, Track,
};

const DEFAULT_LOCOMOTIVE_LENGTH: [f64; 2] = [14.0, 36.0];
const DEFAULT_RATE: f64 = 5.0;
const DEFAULT_DETECTION: f64 = 0.9;
const DEFAULT_SIGMA_SYSTEMATIC: f64 = 0.15;
/// A track's length and its plan's may differ by this much, metres.
const LENGTH_TOLERANCE: f64 = 0.5;
/// A mark is worth a warning when its residual is above this share of the image's width.
const ODD_RESIDUAL_SHARE: f64 = 0.01;
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
            Err(error) => Err(FacilityErrors {
                file,
                mistakes: vec![Mistake {
                    line: 0,
                    field: String::new(),
                    problem: format!("cannot be read: {error}"),
                }],
            }),
        }
    }

    /// Reads the text of a facility file; `file` names it in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, file: &str) -> Result<Self, FacilityErrors> {
        let refuse = |mistakes| FacilityErrors {
            file: file.to_owned(),
            mistakes,
        };
        let notes = Notes::new(text);
        let document = toml_edit::Document::parse(text).map_err(|error| {
            let line = notes.line(error.span().map_or(0, |span| span.start));
            refuse(vec![Mistake {
                line,
                field: String::new(),
                problem: format!("no TOML: {}", error.message().trim()),
            }])
        })?;
        let facility = read_facility(Section::root(&notes, document.as_table()));
        let (mistakes, warnings) = notes.finish();
        match facility {
            Some(facility) if mistakes.is_empty() => Ok(Self {
                warnings,
                ..facility
            }),
            _ => Err(refuse(mistakes)),
        }
    }
}

/// `None` only if a mistake was noted.
fn read_facility(root: Section) -> Option<Facility> {
    let name = root
        .need("facility", "facility = \"NAME\" at the top")
        .and_then(|entry| entry.name());
    let lengths = root
        .get("locomotive_length")
        .map_or(Some(DEFAULT_LOCOMOTIVE_LENGTH), |entry| {
            read_lengths(&entry)
        });
    let sections = root.sections("track");
    if sections.is_empty() {
        root.mistake("there is no track; add [[track]] with id and length");
    }
    let (track_ids, tracks) = read_named(sections, "id", "track", |section, id| {
        read_track(section, id)
    });
    let (_, models) = read_named(root.sections("model"), "name", "model", |section, name| {
        let length = section
            .need("length", "length = METRES")?
            .positive("metres")?;
        Some(Model {
            name: name.to_owned(),
            length,
        })
    });
    let site = Site {
        tracks: &tracks,
        track_ids: &track_ids,
    };
    let mut position = 0;
    let (_, cameras) = read_named(root.sections("camera"), "id", "camera", |section, id| {
        let camera = site.read_camera(section, id, position);
        position += 1;
        camera
    });
    refuse_shared_sources(&root, &cameras);
    root.finish();
    let [shortest, longest] = lengths?;
    Some(Facility {
        name: name?,
        locomotive_length: (shortest, longest),
        tracks,
        cameras,
        models,
        warnings: Vec::new(),
    })
}

fn read_lengths(entry: &Entry) -> Option<[f64; 2]> {
    let lengths = entry.pair("[shortest, longest]", |length| length.positive("metres"))?;
    if lengths[0] > lengths[1] {
        entry.mistake(format!(
            "is [{}, {}], expected the shortest first",
            lengths[0], lengths[1]
        ));
    }
    Some(lengths)
}

/// Reads sections that carry a name of their own: all names found, and what could be read.
fn read_named<'a, T>(
    sections: Vec<Section<'a>>,
    key: &'static str,
    what: &str,
    mut read: impl FnMut(&Section<'a>, &str) -> Option<T>,
) -> (Vec<String>, Vec<T>) {
    let mut named: Vec<(String, usize)> = Vec::new();
    let mut things = Vec::new();
    for section in sections {
        let entry = section.need(key, &format!("{key} = \"NAME\""));
        let name = entry.as_ref().and_then(Entry::name);
        // A nameless one is read all the same, for its other mistakes.
        let thing = read(&section, name.as_deref().unwrap_or_default());
        section.finish();
        let (Some(entry), Some(name)) = (entry, name) else {
            continue;
        };
        if let Some((_, line)) = named.iter().find(|(other, _)| *other == name) {
            entry.mistake(format!(
                "'{name}' is the {what} of line {line} already; give each its own name"
            ));
        }
        named.push((name, entry.line()));
        things.extend(thing);
    }
    (named.into_iter().map(|(name, _)| name).collect(), things)
}

fn read_track(section: &Section, id: &str) -> Option<Track> {
    let plan = section.get("plan").map(|entry| read_plan(&entry));
    let length = section
        .get("length")
        .map(|entry| (entry.positive("metres"), entry));
    let gates = section
        .get("gates")
        .map_or(Some(Gates::default()), |entry| read_gates(&entry));
    if plan.is_none() && length.is_none() {
        section.mistake(
            "has neither length nor plan; add length = METRES, or plan = [[x, y], [x, y]]",
        );
    }
    // Given but wrong is already noted.
    let plan = match plan {
        Some(plan) => Some(plan?),
        None => None,
    };
    let length = match (length, &plan) {
        (Some((length, entry)), plan) => {
            let length = length?;
            let along = plan.as_ref().map_or(length, Polyline::length);
            if (along - length).abs() > LENGTH_TOLERANCE {
                entry.mistake(format!("is {length}, but the plan is {along:.3} m long; leave length out, or correct one"));
            }
            length
        }
        (None, Some(plan)) => plan.length(),
        (None, None) => return None,
    };
    Some(Track {
        id: id.to_owned(),
        length,
        gates: gates?,
        plan,
    })
}

fn read_plan(entry: &Entry) -> Option<Polyline> {
    let points = entry.points("a list of points [[x, y], …]")?;
    Polyline::new(points)
        .map_err(|error| entry.mistake(error.to_string()))
        .ok()
}

fn read_gates(entry: &Entry) -> Option<Gates> {
    let mut gates = Gates::default();
    for gate in entry.list("a list of \"low\" and \"high\"")? {
        match gate.name()?.as_str() {
            "low" => gates.low = true,
            "high" => gates.high = true,
            other => gate.mistake(format!(
                "'{other}' is no end of a track{}",
                hint(other, GATES)
            )),
        }
    }
    Some(gates)
}

/// Two cameras with one number could not be told apart in a batch.
fn refuse_shared_sources(root: &Section, cameras: &[Camera]) {
    for (index, camera) in cameras.iter().enumerate() {
        if let Some(other) = cameras[..index]
            .iter()
            .find(|other| other.source == camera.source)
        {
            root.mistake(format!(
                "cameras '{}' and '{}' both have source {}; give each its own (default: its position in the file, from 0)",
                other.id, camera.id, camera.source
            ));
        }
    }
}

/// What cameras refer to.
struct Site<'s> {
    tracks: &'s [Track],
    /// Also of tracks with mistakes.
    track_ids: &'s [String],
}

impl Site<'_> {
    fn read_camera(&self, section: &Section, id: &str, position: u32) -> Option<Camera> {
        let source = section
            .get("source")
            .map_or(Some(position), |entry| entry.whole(0));
        let rate = section.get("rate").map_or(Some(DEFAULT_RATE), |entry| {
            entry.positive("frames per second")
        });
        let detection = section
            .get("detection")
            .map_or(Some(DEFAULT_DETECTION), |entry| read_probability(&entry));
        let max_distance = section
            .get("max_distance")
            .map_or(Some(MAX_DISTANCE), |entry| entry.positive("metres"));
        let image = section
            .get("image")
            .map(|entry| entry.pair("[width, height] in pixels", |size| size.whole(1)));
        let masks: Vec<Mask> = section
            .sections("mask")
            .into_iter()
            .filter_map(read_mask)
            .collect();
        let lens = section
            .get("lens")
            .map_or(Some(Lens::default()), |entry| read_lens(entry.section()?));
        let asked = section.get("tracks").map(|entry| self.read_tracks(&entry));
        let given = section.get("covers").map(|entry| self.read_covers(&entry));
        let calibration = section.get("calibration");
        if given.is_none() && calibration.is_none() {
            section.warn("has neither covers nor calibration and sees nothing; add one of them");
        }
        let mut camera = Camera {
            id: id.to_owned(),
            source: source?,
            rate: rate?,
            image: None,
            covers: given.clone().unwrap_or_default(),
            projection: None,
            masks,
            calibration: None,
            tracks: self.track_ids.to_vec(),
        };
        if let Some(asked) = &asked {
            camera.tracks.clone_from(asked);
        }
        if let Some(size) = image {
            let [width, height] = size?;
            camera.image = Some((width, height));
        }
        if let Some(entry) = calibration {
            let Some(image) = camera.image else {
                entry.mistake("needs the size of the image; add image = [WIDTH, HEIGHT] in pixels to the camera");
                return None;
            };
            let (projection, fit) = read_calibration(&entry, image, lens?)?;
            camera.tracks = self.planned(&entry, camera.tracks, asked.is_some());
            if given.is_none() {
                let view = View {
                    projection: &projection,
                    image,
                    masks: &camera.masks,
                    max_distance: max_distance?,
                    detection: detection?,
                };
                camera.covers = self
                    .tracks
                    .iter()
                    .filter(|track| camera.tracks.contains(&track.id))
                    .flat_map(|track| view.covers(track))
                    .collect();
                if camera.covers.is_empty() {
                    entry.warn("shows no end of a locomotive on any track; check the marks and max_distance");
                }
            }
            camera.projection = Some(projection);
            camera.calibration = Some(fit);
        }
        Some(camera)
    }

    /// Those of `ids` whose track has a plan; a track that was asked for by name must have one.
    fn planned(&self, calibration: &Entry, ids: Vec<String>, asked: bool) -> Vec<String> {
        let is_planned = |id: &String| {
            self.tracks
                .iter()
                .find(|track| track.id == *id)
                .is_none_or(|track| track.plan.is_some())
        };
        let (planned, others): (Vec<_>, Vec<_>) = ids.into_iter().partition(is_planned);
        if !others.is_empty() && (asked || planned.is_empty()) {
            calibration.mistake(format!(
                "needs the plan of track '{}'; add plan = [[x, y], [x, y]] in metres to it",
                others.join("', '")
            ));
        }
        planned
    }

    fn read_track_id(&self, entry: &Entry) -> Option<String> {
        let id = entry.name()?;
        if self.track_ids.contains(&id) {
            return Some(id);
        }
        let known = self.track_ids.iter().map(String::as_str);
        entry.mistake(format!("there is no track '{id}'{}", hint(&id, known)));
        None
    }

    fn read_tracks(&self, entry: &Entry) -> Vec<String> {
        let list = entry.list("a list of track ids").unwrap_or_default();
        list.iter()
            .filter_map(|id| self.read_track_id(id))
            .collect()
    }

    fn read_covers(&self, entry: &Entry) -> Vec<CameraCover> {
        entry
            .sections()
            .into_iter()
            .filter_map(|section| self.read_cover(section))
            .collect()
    }

    fn read_cover(&self, section: Section) -> Option<CameraCover> {
        let track = section
            .need("track", "track = \"ID\"")
            .and_then(|entry| self.read_track_id(&entry));
        let from = section
            .need("from", "from = METRES")
            .and_then(|entry| entry.number());
        let to = section.need("to", "to = METRES");
        let end = to.as_ref().and_then(Entry::number);
        let side = section.get("side").map(|entry| read_side(&entry));
        let detection = section
            .get("detection")
            .map_or(Some(DEFAULT_DETECTION), |entry| read_probability(&entry));
        let sigma = section
            .get("sigma_systematic")
            .map_or(Some(DEFAULT_SIGMA_SYSTEMATIC), |entry| {
                entry.positive("metres")
            });
        if let (Some(from), Some(end), Some(entry)) = (from, end, &to)
            && end <= from
        {
            entry.mistake(format!("is {end}, expected more than from ({from})"));
        }
        section.finish();
        let side = match side {
            Some(side) => Some(side?),
            None => None,
        };
        Some(CameraCover {
            track: track?,
            from: from?,
            to: end?,
            side,
            detection: detection?,
            sigma_systematic: sigma?,
        })
    }
}

fn read_probability(entry: &Entry) -> Option<f64> {
    entry.number_where("a probability above 0, at most 1", |p| p > 0.0 && p <= 1.0)
}

fn read_side(entry: &Entry) -> Option<Side> {
    let word = entry.name()?;
    let side = Side::from_word(&word);
    if side.is_none() {
        entry.mistake(format!(
            "'{word}' is no side{}",
            hint(&word, Side::WORDS.iter().copied())
        ));
    }
    side
}

fn read_mask(section: Section) -> Option<Mask> {
    let entry = section.need("polygon", "polygon = [[u, v], …] in pixels");
    section.finish();
    let entry = entry?;
    let polygon = entry.points("a list of pixels [[u, v], …]")?;
    if polygon.len() < 3 {
        entry.mistake(format!(
            "has {} corners, expected at least 3",
            polygon.len()
        ));
    }
    Some(Mask { polygon })
}

fn read_lens(section: Section) -> Option<Lens> {
    let coefficient = |key| {
        section
            .get(key)
            .map_or(Some(0.0), |entry: Entry| entry.number())
    };
    let [k1, k2, p1, p2, k3] = ["k1", "k2", "p1", "p2", "k3"].map(coefficient);
    section.finish();
    Some(Lens {
        k1: k1?,
        k2: k2?,
        p1: p1?,
        p2: p2?,
        k3: k3?,
    })
}

fn read_calibration(
    entry: &Entry,
    image: (u32, u32),
    lens: Lens,
) -> Option<(Projection, Calibration)> {
    let section = entry.section()?;
    let focal = section
        .get("focal_px")
        .map(|focal| focal.positive("pixels"));
    let list = section.need("marks", "marks = [{ px = [u, v], plan = [x, y] }, …]");
    section.finish();
    let list = list?;
    let sections = list.sections();
    let lines: Vec<usize> = sections.iter().map(Section::line).collect();
    let marks: Vec<Option<Mark>> = sections
        .into_iter()
        .map(|section| read_mark(section, image))
        .collect();
    let marks: Vec<Mark> = marks.into_iter().collect::<Option<_>>()?;
    let focal = match focal {
        Some(focal) => Some(focal?),
        None => None,
    };
    match calibrate(marks, image, lens, focal) {
        Ok((projection, fit)) => {
            let residual = fit.residuals[fit.worst];
            if residual > ODD_RESIDUAL_SHARE * f64::from(image.0) {
                let (worst, line) = (fit.worst, lines[fit.worst]);
                list.warn(format!(
                    "marks[{worst}] (line {line}) is off by {residual:.1} px; check its px and plan"
                ));
            }
            Some((projection, fit))
        }
        Err(error @ CalibrationError::TooFarOff { worst, .. }) => {
            list.mistake(format!("{error} (line {})", lines[worst]));
            None
        }
        Err(error) => {
            list.mistake(error.to_string());
            None
        }
    }
}

fn read_mark(section: Section, (width, height): (u32, u32)) -> Option<Mark> {
    let pixel = section.need("px", "px = [u, v]");
    let px = pixel
        .as_ref()
        .and_then(|entry| entry.pair("[u, v] in pixels", Entry::number));
    let plan = section
        .need("plan", "plan = [x, y] in metres")
        .and_then(|entry| entry.pair("[x, y] in metres", Entry::number));
    let z = section.get("z").map_or(Some(0.0), |entry| entry.number());
    section.finish();
    if let (Some(entry), Some([u, v])) = (pixel, px)
        && !(0.0..=f64::from(width)).contains(&u) | !(0.0..=f64::from(height)).contains(&v)
    {
        entry.mistake(format!(
            "[{u}, {v}] lies outside the image of {width} x {height} pixels"
        ));
    }
    Some(Mark {
        px: px?,
        plan: plan?,
        z: z?,
    })
}
