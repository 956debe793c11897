// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[[camera]]` -> [`Camera`].

use std::path::Path;

use messages::Side;

use super::stream::read_stream;
use crate::calibration::{CalibrationError, calibrate};
use crate::cover::{MAX_DISTANCE, View};
use crate::hint::hint;
use crate::section::{Entry, Read, Section};
use crate::{Calibration, Camera, CameraCover, Lens, Mark, Mask, Projection, Track};

const DEFAULT_RATE: f64 = 5.0;
const DEFAULT_DETECTION: f64 = 0.9;
const DEFAULT_SIGMA_SYSTEMATIC: f64 = 0.15;
/// A mark is worth a warning when its residual is above this share of the image's width.
const ODD_RESIDUAL_SHARE: f64 = 0.01;

/// What cameras refer to.
pub(super) struct Site<'s> {
    pub(super) tracks: &'s [Track],
    /// Also of tracks with mistakes.
    pub(super) track_ids: &'s [String],
    /// The folder of the facility file, from which its files count.
    pub(super) folder: &'s Path,
}

impl Site<'_> {
    /// `position` is the camera's place in the file, from 0.
    pub(super) fn read_camera(&self, section: &Section, id: &str, position: u32) -> Read<Camera> {
        // Everything is read before the first `?`, so that all mistakes are noted.
        let source = section
            .get("source")
            .map(|entry| entry.whole(0))
            .transpose();
        let rate = section
            .get("rate")
            .map(|entry| entry.positive("frames per second"))
            .transpose();
        let image = section
            .get("image")
            .map(|entry| read_image(&entry))
            .transpose();
        let stream = read_stream(section, self.folder);
        let masks = section
            .sections("mask")
            .into_iter()
            .filter_map(|mask| read_mask(mask).ok())
            .collect();
        let tracks = section.get("tracks").map(|entry| self.read_tracks(&entry));
        let covers = section.get("covers").map(|entry| self.read_covers(&entry));
        let optics = Optics::read(section);
        let calibration = section.get("calibration");
        if covers.is_none() && calibration.is_none() {
            section.warn("has neither covers nor calibration and sees nothing; add one of them");
        }
        let asked = tracks.is_some();
        let covers_given = covers.is_some();
        let (uri, credentials) = stream?;
        let mut camera = Camera {
            id: id.to_owned(),
            uri,
            credentials,
            source: source?.unwrap_or(position),
            rate: rate?.unwrap_or(DEFAULT_RATE),
            image: image?,
            covers: covers.unwrap_or_default(),
            projection: None,
            masks,
            calibration: None,
            reference: None,
            tracks: tracks.unwrap_or_else(|| self.track_ids.to_vec()),
        };
        if let Some(entry) = calibration {
            let Some(image) = camera.image else {
                return Err(entry.mistake(
                    "needs the size of the image; add image = [WIDTH, HEIGHT] in pixels to the camera",
                ));
            };
            let optics = optics?;
            let (projection, fit, reference) = read_calibration(&entry, image, optics.lens)?;
            camera.reference = reference.map(|name| self.folder.join(name));
            camera.tracks = self.planned(&entry, camera.tracks, asked);
            if !covers_given {
                camera.covers = self.compute_covers(&entry, &camera, &projection, image, &optics);
            }
            camera.projection = Some(projection);
            camera.calibration = Some(fit);
        }
        Ok(camera)
    }

    /// Where a calibrated camera sees ends, from its calibration.
    fn compute_covers(
        &self,
        calibration: &Entry,
        camera: &Camera,
        projection: &Projection,
        image: (u32, u32),
        optics: &Optics,
    ) -> Vec<CameraCover> {
        let Optics {
            max_distance,
            detection,
            ..
        } = *optics;
        let view = View {
            projection,
            image,
            masks: &camera.masks,
            max_distance,
            detection,
        };
        let tracks = self
            .tracks
            .iter()
            .filter(|track| camera.tracks.contains(&track.id));
        let covers: Vec<_> = tracks.flat_map(|track| view.covers(track)).collect();
        if covers.is_empty() {
            calibration.warn(
                "shows no end of a locomotive on any track; check the marks and max_distance",
            );
        }
        covers
    }

    /// Those of `ids` whose track has a plan; a track that was asked for by name must have one.
    fn planned(&self, calibration: &Entry, ids: Vec<String>, asked: bool) -> Vec<String> {
        let is_planned = |id: &String| {
            let track = self.tracks.iter().find(|track| track.id == *id);
            track.is_none_or(|track| track.plan.is_some())
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

    /// The ids of tracks that there are.
    fn read_tracks(&self, entry: &Entry) -> Vec<String> {
        let list = entry.list("a list of track ids").unwrap_or_default();
        list.iter()
            .filter_map(|id| self.read_track_id(id).ok())
            .collect()
    }

    /// The id of a track that there is.
    fn read_track_id(&self, entry: &Entry) -> Read<String> {
        let id = entry.name()?;
        if self.track_ids.contains(&id) {
            return Ok(id);
        }
        let known = self.track_ids.iter().map(String::as_str);
        Err(entry.mistake(format!("there is no track '{id}'{}", hint(&id, known))))
    }

    /// The covers that the file gives.
    fn read_covers(&self, entry: &Entry) -> Vec<CameraCover> {
        entry
            .sections()
            .into_iter()
            .filter_map(|section| self.read_cover(section).ok())
            .collect()
    }

    /// One cover.
    fn read_cover(&self, section: Section) -> Read<CameraCover> {
        let track = section
            .need("track", "track = \"ID\"")
            .and_then(|entry| self.read_track_id(&entry));
        let from = section
            .need("from", "from = METRES")
            .and_then(|entry| entry.number());
        let to = section
            .need("to", "to = METRES")
            .and_then(|entry| read_end(&entry, from));
        let side = section
            .get("side")
            .map(|entry| read_side(&entry))
            .transpose();
        let detection = section
            .get("detection")
            .map(|entry| read_probability(&entry))
            .transpose();
        let sigma = section
            .get("sigma_systematic")
            .map(|entry| entry.positive("metres"))
            .transpose();
        section.finish();
        Ok(CameraCover {
            track: track?,
            from: from?,
            to: to?,
            side: side?,
            detection: detection?.unwrap_or(DEFAULT_DETECTION),
            sigma_systematic: sigma?.unwrap_or(DEFAULT_SIGMA_SYSTEMATIC),
        })
    }
}

/// The end of a stretch that starts at `from`.
fn read_end(entry: &Entry, from: Read<f64>) -> Read<f64> {
    let end = entry.number()?;
    match from {
        Ok(from) if end <= from => {
            Err(entry.mistake(format!("is {end}, expected more than from ({from})")))
        }
        _ => Ok(end),
    }
}

/// A probability above 0.
fn read_probability(entry: &Entry) -> Read<f64> {
    entry.number_where("a probability above 0, at most 1", |p| p > 0.0 && p <= 1.0)
}

/// The side of an end.
fn read_side(entry: &Entry) -> Read<Side> {
    let word = entry.name()?;
    Side::from_word(&word).ok_or_else(|| {
        entry.mistake(format!(
            "'{word}' is no side{}",
            hint(&word, Side::WORDS.iter().copied())
        ))
    })
}

/// Width and height, pixels.
fn read_image(entry: &Entry) -> Read<(u32, u32)> {
    entry
        .pair("[width, height] in pixels", |size| size.whole(1))
        .map(Into::into)
}

/// A mask: a polygon.
fn read_mask(section: Section) -> Read<Mask> {
    let entry = section.need("polygon", "polygon = [[u, v], …] in pixels");
    section.finish();
    let entry = entry?;
    let polygon = entry.points("a list of pixels [[u, v], …]")?;
    if polygon.len() < 3 {
        return Err(entry.mistake(format!(
            "has {} corners, expected at least 3",
            polygon.len()
        )));
    }
    Ok(Mask { polygon })
}

/// What computing a cover needs beside the marks.
struct Optics {
    lens: Lens,
    max_distance: f64,
    detection: f64,
}

impl Optics {
    /// Reads the keys that only a calibrated camera has.
    fn read(section: &Section) -> Read<Self> {
        let lens = section
            .get("lens")
            .map(|entry| read_lens(entry.section()?))
            .transpose();
        let max_distance = section
            .get("max_distance")
            .map(|entry| entry.positive("metres"))
            .transpose();
        let detection = section
            .get("detection")
            .map(|entry| read_probability(&entry))
            .transpose();
        Ok(Self {
            lens: lens?.unwrap_or_default(),
            max_distance: max_distance?.unwrap_or(MAX_DISTANCE),
            detection: detection?.unwrap_or(DEFAULT_DETECTION),
        })
    }
}

/// The coefficients of a lens; those that are not given are 0.
fn read_lens(section: Section) -> Read<Lens> {
    let coefficient = |key| section.get(key).map_or(Ok(0.0), |entry| entry.number());
    let [k1, k2, p1, p2, k3] = ["k1", "k2", "p1", "p2", "k3"].map(coefficient);
    section.finish();
    Ok(Lens {
        k1: k1?,
        k2: k2?,
        p1: p1?,
        p2: p2?,
        k3: k3?,
    })
}

/// The projection that fits the marks, how well it fits, and the name of the reference picture.
fn read_calibration(
    entry: &Entry,
    image: (u32, u32),
    lens: Lens,
) -> Read<(Projection, Calibration, Option<String>)> {
    let section = entry.section()?;
    let reference = section
        .get("reference")
        .map(|picture| picture.name())
        .transpose();
    let focal = section
        .get("focal_px")
        .map(|focal| focal.positive("pixels"))
        .transpose();
    let list = section.need("marks", "marks = [{ px = [u, v], plan = [x, y] }, …]");
    section.finish();
    let list = list?;
    let sections = list.sections();
    let lines: Vec<usize> = sections.iter().map(Section::line).collect();
    // All are read before the first refusal counts.
    let marks: Vec<Read<Mark>> = sections
        .into_iter()
        .map(|section| read_mark(section, image))
        .collect();
    let marks: Vec<Mark> = marks.into_iter().collect::<Read<_>>()?;
    let (projection, fit) = calibrate(marks, image, lens, focal?).map_err(|error| match error {
        CalibrationError::TooFarOff { worst, .. } => {
            list.mistake(format!("{error} (line {})", lines[worst]))
        }
        _ => list.mistake(error.to_string()),
    })?;
    let (worst, residual) = (fit.worst, fit.residuals[fit.worst]);
    if residual > ODD_RESIDUAL_SHARE * f64::from(image.0) {
        let line = lines[worst];
        list.warn(format!(
            "marks[{worst}] (line {line}) is off by {residual:.1} px; check its px and plan"
        ));
    }
    Ok((projection, fit, reference?))
}

/// One mark: pixel and place.
fn read_mark(section: Section, (width, height): (u32, u32)) -> Read<Mark> {
    let px = section.need("px", "px = [u, v]").and_then(|entry| {
        let [u, v] = entry.pair("[u, v] in pixels", Entry::number)?;
        let inside =
            (0.0..=f64::from(width)).contains(&u) && (0.0..=f64::from(height)).contains(&v);
        let outside = || {
            entry.mistake(format!(
                "[{u}, {v}] lies outside the image of {width} x {height} pixels"
            ))
        };
        if inside { Ok([u, v]) } else { Err(outside()) }
    });
    let plan = section
        .need("plan", "plan = [x, y] in metres")
        .and_then(|entry| entry.pair("[x, y] in metres", Entry::number));
    let z = section.get("z").map(|entry| entry.number()).transpose();
    section.finish();
    Ok(Mark {
        px: px?,
        plan: plan?,
        z: z?.unwrap_or_default(),
    })
}
