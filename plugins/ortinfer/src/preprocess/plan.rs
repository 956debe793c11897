// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which bytes of a picture are needed for which pixel of the network's input, worked out once per kind of picture.

use super::letterbox::{Letterbox, PixelRect};
use super::picture::{Component, Family, Picture, PixelFormat};
use super::settings::{ChannelOrder, Filter, PictureError, Preprocessing};

/// The two samples that make one: `first + (second - first) * weight`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tap {
    first: u32,
    second: u32,
    weight: f32,
}

/// How one plane is sampled.
#[derive(Debug)]
struct PlanePlan {
    plane: usize,
    /// First byte of a row that is needed.
    start: usize,
    /// Bytes of a row that are needed.
    len: usize,
    /// Rows of the plane for each target row.
    rows: Vec<Tap>,
    /// Bytes from `start` for each target column, per component that lies in this plane.
    components: Vec<(usize, Vec<Tap>)>,
}

/// How pictures of one kind are fed to one network.
#[derive(Debug)]
pub(super) struct Plan {
    pub format: PixelFormat,
    pub family: Family,
    pub letterbox: Letterbox,
    filter: Filter,
    planes: Vec<PlanePlan>,
}

impl Plan {
    /// A plan for pictures of `format`, of which the part `source` is used.
    pub fn new(
        settings: &Preprocessing,
        format: PixelFormat,
        source: PixelRect,
    ) -> Result<Self, PictureError> {
        let letterbox = Letterbox::new(
            source,
            settings.net_width,
            settings.net_height,
            settings.keep_aspect,
            settings.symmetric,
        )
        .ok_or(PictureError::Vanishes {
            width: source.width,
            height: source.height,
            net_width: settings.net_width,
            net_height: settings.net_height,
        })?;
        let family = format.family();
        let mut components = format.components();
        if family == Family::Yuv && settings.order == ChannelOrder::Gray {
            // A network that sees no colours needs no chroma.
            components.truncate(1);
        }
        let mut planes: Vec<PlanePlan> = Vec::new();
        for (index, component) in components.iter().enumerate() {
            let columns = columns(&letterbox, *component, settings.filter);
            match planes.iter_mut().find(|plan| plan.plane == component.plane) {
                Some(plan) => plan.components.push((index, columns)),
                None => planes.push(PlanePlan {
                    plane: component.plane,
                    start: (source.left >> component.shift_x) * component.step,
                    len: (source.width >> component.shift_x) * component.step,
                    rows: rows(&letterbox, *component, settings.filter),
                    components: vec![(index, columns)],
                }),
            }
        }
        Ok(Self {
            format,
            family,
            letterbox,
            filter: settings.filter,
            planes,
        })
    }

    /// Bytes of the longest row that is read at once.
    pub fn longest_span(&self) -> usize {
        self.planes.iter().map(|plan| plan.len).max().unwrap_or(0)
    }

    /// Whether every byte that the plan reads is there.
    pub fn check(&self, picture: &Picture<'_>) -> Result<(), PictureError> {
        for plan in &self.planes {
            let plane = &picture.planes[plan.plane];
            let last_row = plan.rows.iter().map(|tap| tap.second).max().unwrap_or(0);
            let expected = last_row as usize * plane.stride + plan.start + plan.len;
            if plane.data.len() < expected {
                return Err(PictureError::ShortPlane {
                    plane: plan.plane,
                    expected,
                    found: plane.data.len(),
                });
            }
        }
        Ok(())
    }

    /// Samples row `y` of the target into `components`; `row` is scratch of at least [`Self::longest_span`] values.
    pub fn sample_row(
        &self,
        picture: &Picture<'_>,
        y: usize,
        row: &mut [f32],
        components: &mut [Vec<f32>; 3],
    ) {
        for plan in &self.planes {
            let plane = &picture.planes[plan.plane];
            let tap = plan.rows[y];
            let bytes = |index: u32| {
                let start = index as usize * plane.stride + plan.start;
                &plane.data[start..start + plan.len]
            };
            if self.filter == Filter::Nearest {
                let bytes = bytes(tap.first);
                for (component, columns) in &plan.components {
                    pick(&mut components[*component], columns, bytes);
                }
                continue;
            }
            let row = &mut row[..plan.len];
            blend(row, bytes(tap.first), bytes(tap.second), tap.weight);
            for (component, columns) in &plan.components {
                interpolate(&mut components[*component], columns, row);
            }
        }
    }
}

/// The rows of a component that make each row of the target.
fn rows(fit: &Letterbox, component: Component, filter: Filter) -> Vec<Tap> {
    taps(
        fit.source.height >> component.shift_y,
        fit.target.height,
        filter,
    )
    .map(|(first, second, weight)| {
        let top = fit.source.top >> component.shift_y;
        Tap {
            first: (top + first) as u32,
            second: (top + second) as u32,
            weight,
        }
    })
    .collect()
}

/// The bytes of a row, from the source rectangle's left edge, that make each column of the target.
fn columns(fit: &Letterbox, component: Component, filter: Filter) -> Vec<Tap> {
    taps(
        fit.source.width >> component.shift_x,
        fit.target.width,
        filter,
    )
    .map(|(first, second, weight)| Tap {
        first: (first * component.step + component.offset) as u32,
        second: (second * component.step + component.offset) as u32,
        weight,
    })
    .collect()
}

/// For each of `target` samples the two of `source` samples that it lies between, and the weight of the second.
///
/// Centres of samples lie at halves: target sample `i` lies at `(i + 1/2) source / target - 1/2`. Chroma is resized as a
/// plane of its own, so its samples are taken to lie in the middle of the pixels that share them.
fn taps(source: usize, target: usize, filter: Filter) -> impl Iterator<Item = (usize, usize, f32)> {
    let last = source.saturating_sub(1);
    (0..target).map(move |i| {
        let centre = (i as f64 + 0.5) * source as f64 / target as f64;
        match filter {
            Filter::Nearest => {
                let nearest = (centre as usize).min(last);
                (nearest, nearest, 0.0)
            }
            Filter::Bilinear => {
                let position = (centre - 0.5).clamp(0.0, last as f64);
                let first = position as usize;
                (
                    first,
                    (first + 1).min(last),
                    (position - first as f64) as f32,
                )
            }
        }
    })
}

/// Nearest: for each target pixel one source pixel.
fn pick(target: &mut [f32], taps: &[Tap], bytes: &[u8]) {
    for (target, tap) in target.iter_mut().zip(taps) {
        *target = f32::from(bytes[tap.first as usize]);
    }
}

/// Vertical: the second row counts with `weight`, the first with the rest.
fn blend(target: &mut [f32], first: &[u8], second: &[u8], weight: f32) {
    for ((target, first), second) in target.iter_mut().zip(first).zip(second) {
        let (first, second) = (f32::from(*first), f32::from(*second));
        *target = first + (second - first) * weight;
    }
}

/// Horizontal: each target pixel lies between two of the row.
fn interpolate(target: &mut [f32], taps: &[Tap], row: &[f32]) {
    for (target, tap) in target.iter_mut().zip(taps) {
        let (first, second) = (row[tap.first as usize], row[tap.second as usize]);
        *target = first + (second - first) * tap.weight;
    }
}
