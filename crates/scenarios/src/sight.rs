// SPDX-License-Identifier: MIT OR Apache-2.0
//! What one frame of one camera shows.

use messages::{BodyReport, Direction, EndKind, EndReport, PositionReport};

use crate::draw::Draw;
use crate::faults::{Fate, Obstacle, inside};
use crate::kind::Parameters;
use crate::layout::{Camera, Cover, Hall};
use crate::traffic::Traffic;

/// Ends nearer to each other than this hide each other, m.
const INNER: f64 = 2.5;
/// Half the width and the height of a locomotive, m.
const HALF_WIDTH: f64 = 1.5;
const HEIGHT: f64 = 4.3;
/// Confidences of real ends, of false ones, and of the kinds of both.
const REAL: (f64, f64) = (0.55, 0.98);
const FALSE: (f64, f64) = (0.3, 0.8);
const KIND_RIGHT: (f64, f64) = (0.7, 0.97);
const KIND_WRONG: (f64, f64) = (0.55, 0.9);
/// Probability that the side to which a locomotive extends is seen, and that it is seen right.
const DIRECTION_SEEN: f64 = 0.9;
const DIRECTION_RIGHT: f64 = 0.93;
/// Probability that a body is seen in a frame; shorter pieces are none, m; error of its borders, m.
const BODY_SEEN: f64 = 0.9;
const BODY_LEAST: f64 = 2.0;
const BODY_SIGMA: f64 = 0.3;
/// A false end so near to a real one is the same box, m.
const SAME_BOX: f64 = 1.0;

/// Everything that decides what is seen.
pub(crate) struct Scene<'a> {
    pub(crate) hall: &'a Hall,
    pub(crate) traffic: &'a Traffic,
    pub(crate) parameters: &'a Parameters,
    pub(crate) cranes: &'a [Obstacle],
}

/// One camera while it runs.
pub(crate) struct Eye<'a> {
    pub(crate) scene: &'a Scene<'a>,
    pub(crate) camera: &'a Camera,
    pub(crate) fate: &'a Fate,
    pub(crate) draw: Draw,
}

/// A locomotive that stands on a track now.
struct Present {
    locomotive: usize,
    lo: f64,
    hi: f64,
}

impl Eye<'_> {
    /// The frame taken at `t`.
    pub(crate) fn scan(&mut self, frame: u64, t: f64) -> PositionReport {
        let mut report = PositionReport {
            clock: None,
            camera: self.camera.id.clone(),
            frame,
            covers: None,
            ends: Vec::new(),
            bodies: Vec::new(),
        };
        if inside(&self.fate.blind, t) {
            return report;
        }
        for cover in &self.camera.covers {
            let present = self.scene.present(cover.track, t);
            for which in 0..present.len() {
                self.see_ends(cover, &present, which, t, &mut report);
                self.see_middle(cover, &present[which], &mut report);
                self.see_body(cover, &present[which], &mut report);
            }
        }
        self.see_ghost(&mut report);
        self.see_false_end(&mut report);
        report
            .ends
            .sort_by(|a, b| a.track.cmp(&b.track).then(a.s.total_cmp(&b.s)));
        report
    }

    /// The real ends of one locomotive.
    fn see_ends(
        &mut self,
        cover: &Cover,
        present: &[Present],
        which: usize,
        t: f64,
        report: &mut PositionReport,
    ) {
        let Present { locomotive, lo, hi } = present[which];
        for (s, low) in [(lo, true), (hi, false)] {
            if !cover.contains(s) {
                continue;
            }
            let facing = if low {
                which.checked_sub(1).map(|below| s - present[below].hi)
            } else {
                present.get(which + 1).map(|above| above.lo - s)
            };
            let mut detection = self.camera.detection;
            if facing.is_some_and(|gap| gap < INNER) {
                detection = detection.min(self.scene.parameters.inner_detection);
            }
            detection *= self.scene.visibility(self, cover.track, locomotive, s, t);
            if !self.draw.chance(detection) {
                continue;
            }
            let is_head = self.scene.traffic.locomotives[locomotive].head_low == low;
            let wrong =
                self.draw.chance(self.scene.parameters.wrong_kinds) || self.fate.wrong[locomotive];
            let kind_confidence = self
                .draw
                .within(if wrong { KIND_WRONG } else { KIND_RIGHT });
            let confidence = self.draw.within(REAL);
            let mut end = self.end(cover, s, is_head != wrong, confidence);
            end.kind_confidence = probability(kind_confidence);
            if self.scene.parameters.bodies && self.draw.chance(DIRECTION_SEEN) {
                let above = low == self.draw.chance(DIRECTION_RIGHT);
                end.body = Some(direction(above));
            }
            report.ends.push(end);
        }
    }

    /// The middle of a locomotive of two sections, taken for an end.
    fn see_middle(&mut self, cover: &Cover, present: &Present, report: &mut PositionReport) {
        let s = f64::midpoint(present.lo, present.hi);
        if cover.contains(s) && self.draw.chance(self.fate.middle[present.locomotive]) {
            let end = self.false_end(cover, s, 0.5);
            report.ends.push(end);
        }
    }

    /// What is seen of the body of a locomotive.
    fn see_body(&mut self, cover: &Cover, present: &Present, report: &mut PositionReport) {
        let (from, to) = (present.lo.max(cover.from), present.hi.min(cover.to));
        if !self.scene.parameters.bodies || to - from < BODY_LEAST || !self.draw.chance(BODY_SEEN) {
            return;
        }
        let border = |s: f64, open: bool, draw: &mut Draw| {
            millimetres(if open {
                s
            } else {
                s + cover.bias + BODY_SIGMA * draw.normal()
            })
        };
        let (open_from, open_to) = (present.lo < cover.from, present.hi > cover.to);
        report.bodies.push(BodyReport {
            track: self.scene.hall.tracks[cover.track].id.clone(),
            from: border(from, open_from, &mut self.draw),
            to: border(to, open_to, &mut self.draw),
            open_from,
            open_to,
            confidence: probability(self.draw.within(REAL)),
        });
    }

    /// Adds the false end that stays, if it is seen this time.
    fn see_ghost(&mut self, report: &mut PositionReport) {
        let Some(ghost) = &self.fate.ghost else {
            return;
        };
        let seen = self.draw.chance(ghost.detection);
        let covers = &self.camera.covers;
        let Some(cover) = covers
            .iter()
            .find(|cover| cover.track == ghost.track && cover.contains(ghost.s))
        else {
            return;
        };
        let track = &self.scene.hall.tracks[cover.track].id;
        let beside_real = report
            .ends
            .iter()
            .any(|end| &end.track == track && (end.s - ghost.s).abs() < SAME_BOX);
        if seen && !beside_real {
            let end = self.false_end(cover, ghost.s, ghost.head);
            report.ends.push(end);
        }
    }

    /// Adds a false end of this frame alone, now and then.
    fn see_false_end(&mut self, report: &mut PositionReport) {
        if !self.draw.chance(self.scene.parameters.false_ends) {
            return;
        }
        let covers = &self.camera.covers;
        let Some(cover) = covers.get(self.draw.index(covers.len())) else {
            return;
        };
        let s = self.draw.between(cover.from, cover.to);
        let end = self.false_end(cover, s, 0.5);
        report.ends.push(end);
    }

    /// Something that is no end; a head with probability `head`.
    fn false_end(&mut self, cover: &Cover, s: f64, head: f64) -> EndReport {
        let head = self.draw.chance(head);
        let confidence = self.draw.within(FALSE);
        let mut end = self.end(cover, s, head, confidence);
        end.kind_confidence = probability(self.draw.within(KIND_WRONG));
        if self.scene.parameters.bodies && self.draw.chance(DIRECTION_SEEN) {
            end.body = Some(direction(self.draw.chance(0.5)));
        }
        end
    }

    /// A box at `s` as the camera measures it.
    fn end(&mut self, cover: &Cover, s: f64, head: bool, confidence: f64) -> EndReport {
        let sigma = self.camera.sigma(s);
        EndReport {
            track: self.scene.hall.tracks[cover.track].id.clone(),
            s: millimetres(s + cover.bias + sigma * self.draw.normal()),
            sigma: millimetres(sigma),
            sigma_systematic: None,
            kind: if head { EndKind::Head } else { EndKind::Tail },
            kind_confidence: 0.5,
            confidence: probability(confidence),
            body: None,
            alternatives: Vec::new(),
        }
    }
}

impl Scene<'_> {
    /// The locomotives of a track, in its order.
    fn present(&self, track: usize, t: f64) -> Vec<Present> {
        let mut present: Vec<Present> = self
            .traffic
            .on_track(track, t)
            .map(|stay| {
                let (lo, hi) = stay.span(t);
                Present {
                    locomotive: stay.locomotive,
                    lo,
                    hi,
                }
            })
            .collect();
        present.sort_by(|a, b| a.lo.total_cmp(&b.lo));
        present
    }

    /// Factor on the detection of an end of `locomotive` because of what stands before it.
    fn visibility(&self, eye: &Eye, track: usize, locomotive: usize, s: f64, t: f64) -> f64 {
        let Some(hiding) = &self.parameters.hiding else {
            return 1.0;
        };
        let mut obstacles = self.cranes.iter().chain(&eye.fate.obstacles);
        if obstacles.any(|obstacle| obstacle.hides(track, s, t)) {
            return 0.0;
        }
        if self.behind_locomotive(eye.camera, track, locomotive, s, t) {
            return hiding.behind_locomotive;
        }
        1.0
    }

    /// Whether another locomotive stands on the line of sight to a place.
    fn behind_locomotive(
        &self,
        camera: &Camera,
        track: usize,
        locomotive: usize,
        s: f64,
        t: f64,
    ) -> bool {
        let across = self.hall.tracks[track].y - camera.y;
        // Share of the line of sight to the middle of an end at which it is no longer over the roofs.
        let under_roofs = (camera.z - HEIGHT) / (camera.z - HEIGHT / 2.0);
        self.hall.tracks.iter().enumerate().any(|(other, plan)| {
            // Shares at which it enters and leaves the way of the locomotives of a track.
            let (a, b) = (
                (plan.y - HALF_WIDTH - camera.y) / across,
                (plan.y + HALF_WIDTH - camera.y) / across,
            );
            let (first, last) = (a.min(b).max(under_roofs), a.max(b).min(1.0));
            if last <= first {
                return false;
            }
            let (from, to) = (
                camera.x + (s - camera.x) * first,
                camera.x + (s - camera.x) * last,
            );
            let (from, to) = (from.min(to), from.max(to));
            self.traffic.on_track(other, t).any(|stay| {
                let (lo, hi) = stay.span(t);
                stay.locomotive != locomotive && lo < to && hi > from
            })
        })
    }
}

/// On which side of the end its body lies.
fn direction(above: bool) -> Direction {
    if above {
        Direction::Above
    } else {
        Direction::Below
    }
}

/// As documents write metres: what is made here is the same in memory and in a file.
pub(crate) fn millimetres(value: f64) -> f64 {
    (value * 1e3).round() / 1e3 + 0.0
}

/// As documents write probabilities.
fn probability(value: f64) -> f64 {
    (value * 1e4).round() / 1e4 + 0.0
}
