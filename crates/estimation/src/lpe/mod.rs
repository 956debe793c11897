// SPDX-License-Identifier: MIT OR Apache-2.0
//! Position estimation: the boxes of one frame of one camera become ends of locomotives in metres.
//!
//! The box of a head or tail frames the vertical rectangle of the end's outermost plane, bottom edge on the rails. The place is
//! the `s` whose projected rectangle fits the four edges of the box best; the fit also tells the error and the track.

mod boxes;
mod fit;
mod place;
mod select;

use facility::{Camera, Facility, Mask, Projection, Track};
use messages::{Alternative, BodyReport, Cover, Direction, EndKind, EndReport};

pub use boxes::{BoxDetection, BoxKind, Dropped};
pub use place::Place;

use boxes::Found;
use fit::{Fit, TrackView};

/// What one frame shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Estimates {
    /// The ends, by track and place.
    pub ends: Vec<EndReport>,
    /// For each of [`Self::ends`] the index of the detection that it was estimated from.
    pub sources: Vec<usize>,
    /// The bodies; empty as long as no detector gives them.
    pub bodies: Vec<BodyReport>,
    /// Where an end would have been seen: `None` where the facility says that this camera sees, empty if nothing could be seen.
    pub covers: Option<Vec<Cover>>,
    /// What was dropped, by reason.
    pub dropped: Dropped,
}

/// Below this quality (0: dark or blurred, 1: good) a frame shows nothing and covers nothing.
pub const LEAST_QUALITY: f64 = 0.1;

/// Why a camera has no estimator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LpeError {
    /// No such camera.
    #[error(
        "camera '{camera}' is not in the facility file, which has {known}; add a [[camera]] of that id or correct the name"
    )]
    UnknownCamera {
        /// The name asked for.
        camera: String,
        /// The names that there are.
        known: String,
    },
    /// The camera is not calibrated.
    #[error(
        "camera '{camera}' has no calibration: its pixels mean no metres; give it image = [width, height] and [camera.calibration] marks"
    )]
    NotCalibrated {
        /// The camera's name.
        camera: String,
    },
    /// The camera looks at no track.
    #[error(
        "camera '{camera}' sees no track; check its marks, its list of tracks, and that the tracks have a plan"
    )]
    NoTrack {
        /// The camera's name.
        camera: String,
    },
}

/// The estimator of one camera.
#[derive(Debug, Clone)]
pub struct Lpe {
    projection: Projection,
    image: (f64, f64),
    masks: Vec<Mask>,
    track_views: Vec<TrackView>,
}

impl Lpe {
    /// The estimator of the camera of this name.
    ///
    /// # Errors
    /// A camera that is unknown, not calibrated or that sees no track.
    pub fn new(facility: &Facility, camera_id: &str) -> Result<Self, LpeError> {
        let camera = facility
            .camera(camera_id)
            .ok_or_else(|| LpeError::UnknownCamera {
                camera: camera_id.to_owned(),
                known: facility
                    .cameras
                    .iter()
                    .map(|camera| format!("'{}'", camera.id))
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
        let uncalibrated = || LpeError::NotCalibrated {
            camera: camera_id.to_owned(),
        };
        let projection = camera.projection.clone().ok_or_else(uncalibrated)?;
        let (width, height) = camera.image.ok_or_else(uncalibrated)?;
        let image = (f64::from(width), f64::from(height));
        let track_views: Vec<TrackView> = tracks(facility, camera)
            .filter_map(|track| TrackView::new(track, &projection, image))
            .collect();
        if track_views.is_empty() {
            return Err(LpeError::NoTrack {
                camera: camera_id.to_owned(),
            });
        }
        Ok(Self {
            projection,
            image,
            masks: camera.masks.clone(),
            track_views,
        })
    }

    /// Estimates the ends of locomotives from the detections on one frame. `quality`: from 0 (nothing can be seen: dark,
    /// blurred) to 1.
    pub fn estimate(&self, detections: &[BoxDetection], quality: f64) -> Estimates {
        let mut estimates = Estimates::default();
        if quality < LEAST_QUALITY {
            estimates.covers = Some(Vec::new());
            return estimates;
        }
        let dropped = &mut estimates.dropped;
        let mut found: Vec<Found> = detections
            .iter()
            .enumerate()
            .filter(|(_, d)| matches!(d.kind, BoxKind::Head | BoxKind::Tail))
            .filter_map(|(source, d)| self.find(source, *d, dropped))
            .collect();
        select::drop_nested(&mut found, dropped);
        select::drop_duplicates(&mut found, dropped);
        let mut ends: Vec<(EndReport, usize)> = found
            .iter()
            .map(|found| (self.report(found), found.source))
            .collect();
        ends.sort_by(|(a, _), (b, _)| a.track.cmp(&b.track).then(a.s.total_cmp(&b.s)));
        (estimates.ends, estimates.sources) = ends.into_iter().unzip();
        estimates
    }

    /// The end that a box frames.
    fn find(&self, source: usize, detection: BoxDetection, dropped: &mut Dropped) -> Option<Found> {
        let edges = [
            detection.x,
            detection.y,
            detection.x + detection.w,
            detection.y + detection.h,
        ];
        let outside = edges[2] <= 0.0
            || edges[3] <= 0.0
            || edges[0] >= self.image.0
            || edges[1] >= self.image.1;
        let sized = edges.iter().all(|e| e.is_finite()) && detection.w >= 1.0 && detection.h >= 1.0;
        if !sized || outside || !(0.0..=1.0).contains(&detection.confidence) {
            dropped.unusable += 1;
            return None;
        }
        let foot = [
            f64::midpoint(edges[0], edges[2]),
            f64::midpoint(edges[1], edges[3]),
        ];
        if self.masks.iter().any(|mask| mask.contains(foot)) {
            dropped.masked += 1;
            return None;
        }
        let fits: Vec<Fit> = self
            .track_views
            .iter()
            .enumerate()
            .filter_map(|(index, track_view)| {
                track_view.fit(index, &self.projection, edges, detection.confidence)
            })
            .collect();
        let fits = fit::weigh(fits);
        let Some((best, _)) = fits.first() else {
            dropped.off_track += 1;
            return None;
        };
        if best.visible < fit::LEAST_VISIBLE {
            dropped.cut += 1;
            return None;
        }
        Some(Found {
            source,
            detection,
            fits,
            kind_confidence: select::KIND_CONFIDENCE,
        })
    }

    /// The end as it is reported: on its best track, with the other tracks that are likely enough.
    fn report(&self, found: &Found) -> EndReport {
        let (fit, _) = found.fits[0];
        let track_view = &self.track_views[fit.track_view];
        let alternatives = found.fits[1..]
            .iter()
            .filter(|(_, p)| *p > fit::LEAST_ALTERNATIVE)
            .map(|(fit, p)| Alternative {
                track: self.track_views[fit.track_view].track.id.clone(),
                s: fit.s,
                p: *p,
            })
            .collect();
        EndReport {
            track: track_view.track.id.clone(),
            s: fit.s,
            sigma: fit.variance.sqrt(),
            sigma_systematic: track_view.systematic(&self.projection, fit.s),
            kind: if found.detection.kind == BoxKind::Head {
                EndKind::Head
            } else {
                EndKind::Tail
            },
            kind_confidence: found.kind_confidence,
            confidence: found.detection.confidence,
            body: track_view.body(&self.projection, fit.s),
            alternatives,
        }
    }
}

/// The tracks that a camera may report on.
fn tracks<'a>(facility: &'a Facility, camera: &'a Camera) -> impl Iterator<Item = &'a Track> {
    facility
        .tracks
        .iter()
        .filter(|track| camera.tracks.is_empty() || camera.tracks.contains(&track.id))
        .filter(|track| track.plan.is_some())
}

impl TrackView {
    /// To which side the locomotive of an end at `s` extends: away from the camera, unless it is seen from the side.
    fn body(&self, projection: &Projection, s: f64) -> Option<Direction> {
        let [cx, cy, _] = projection.centre();
        let ([x, y], [tx, ty]) = (self.track.point(s), self.track.tangent(s));
        let (dx, dy) = (x - cx, y - cy);
        let along = (dx * tx + dy * ty) / dx.hypot(dy).max(1e-6);
        if along > fit::FACING {
            Some(Direction::Above)
        } else if along < -fit::FACING {
            Some(Direction::Below)
        } else {
            None
        }
    }
}
