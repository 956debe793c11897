// SPDX-License-Identifier: MIT OR Apache-2.0
//! Preprocessing written the slow and obvious way, pixel by pixel in double precision: what the fast way must equal.

use roundhouse_ortinfer::preprocess::{
    ChannelOrder, ColorMatrix, Colorimetry, Filter, Letterbox, Picture, PixelFormat, PixelRect,
    Plane, Preprocessing,
};

/// A picture that owns its bytes, with strides longer than its rows.
pub struct Image {
    pub format: PixelFormat,
    pub colorimetry: Colorimetry,
    pub width: usize,
    pub height: usize,
    planes: Vec<(Vec<u8>, usize)>,
}

impl Image {
    /// Noise from a small generator, the same for the same `seed`.
    pub fn noise(format: PixelFormat, width: usize, height: usize, seed: u64) -> Self {
        let mut state = seed | 1;
        let mut byte = move || {
            // xorshift64*
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8
        };
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        let sizes = match format {
            PixelFormat::I420 | PixelFormat::Yv12 => vec![
                (width, height),
                (half_width, half_height),
                (half_width, half_height),
            ],
            PixelFormat::Nv12 | PixelFormat::Nv21 => {
                vec![(width, height), (2 * half_width, half_height)]
            }
            PixelFormat::Y42b => vec![(width, height), (half_width, height), (half_width, height)],
            PixelFormat::Y444 => vec![(width, height); 3],
            PixelFormat::Gray8 => vec![(width, height)],
            PixelFormat::Packed { step, .. } => vec![(width * step as usize, height)],
        };
        let planes = sizes
            .into_iter()
            .map(|(width, height)| {
                let stride = width + 5;
                ((0..stride * height).map(|_| byte()).collect(), stride)
            })
            .collect();
        Self {
            format,
            colorimetry: Colorimetry::default(),
            width,
            height,
            planes,
        }
    }

    pub fn picture(&self) -> Picture<'_> {
        let mut planes = [Plane::default(); 3];
        for (plane, (data, stride)) in planes.iter_mut().zip(&self.planes) {
            *plane = Plane {
                data,
                stride: *stride,
            };
        }
        Picture {
            format: self.format,
            colorimetry: self.colorimetry,
            width: self.width,
            height: self.height,
            planes,
        }
    }
}

/// Feeds `picture` into `input` as `Preprocessor::feed` does.
pub fn feed(
    settings: &Preprocessing,
    picture: &Picture<'_>,
    source: PixelRect,
    input: &mut [f32],
) -> Option<Letterbox> {
    let fit = Letterbox::new(
        source,
        settings.net_width,
        settings.net_height,
        settings.keep_aspect,
        settings.symmetric,
    )?;
    for y in 0..settings.net_height {
        for x in 0..settings.net_width {
            let inside = x >= fit.target.left
                && y >= fit.target.top
                && x < fit.target.left + fit.target.width
                && y < fit.target.top + fit.target.height;
            let rgb = if inside {
                let (x, y) = (x - fit.target.left, y - fit.target.top);
                pixel(picture, &fit, settings.filter, x, y)
            } else {
                [0.0; 3]
            };
            let channels = match settings.order {
                ChannelOrder::Rgb => rgb.to_vec(),
                ChannelOrder::Bgr => vec![rgb[2], rgb[1], rgb[0]],
                ChannelOrder::Gray => {
                    vec![(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]).round()]
                }
            };
            for (k, value) in channels.into_iter().enumerate() {
                let value = if settings.scale > 0.0 {
                    f64::from(settings.scale) * (value - f64::from(settings.means[k]))
                } else {
                    value
                };
                input[(k * settings.net_height + y) * settings.net_width + x] = value as f32;
            }
        }
    }
    Some(fit)
}

/// Red, green and blue of one pixel of the target, whole numbers.
fn pixel(picture: &Picture<'_>, fit: &Letterbox, filter: Filter, x: usize, y: usize) -> [f64; 3] {
    let at = |plane: usize, step: usize, offset: usize, shift_x: usize, shift_y: usize| {
        sample(
            picture,
            fit,
            filter,
            (x, y),
            (plane, step, offset),
            (shift_x, shift_y),
        )
    };
    let values = match picture.format {
        PixelFormat::Packed {
            step,
            red,
            green,
            blue,
        } => [red, green, blue].map(|place| at(0, step as usize, place as usize, 0, 0)),
        PixelFormat::Gray8 => {
            let (black, gain) = luma(picture.colorimetry);
            [(at(0, 1, 0, 0, 0) - black) * gain; 3]
        }
        PixelFormat::I420 => to_rgb(
            picture,
            [at(0, 1, 0, 0, 0), at(1, 1, 0, 1, 1), at(2, 1, 0, 1, 1)],
        ),
        PixelFormat::Yv12 => to_rgb(
            picture,
            [at(0, 1, 0, 0, 0), at(2, 1, 0, 1, 1), at(1, 1, 0, 1, 1)],
        ),
        PixelFormat::Nv12 => to_rgb(
            picture,
            [at(0, 1, 0, 0, 0), at(1, 2, 0, 1, 1), at(1, 2, 1, 1, 1)],
        ),
        PixelFormat::Nv21 => to_rgb(
            picture,
            [at(0, 1, 0, 0, 0), at(1, 2, 1, 1, 1), at(1, 2, 0, 1, 1)],
        ),
        PixelFormat::Y42b => to_rgb(
            picture,
            [at(0, 1, 0, 0, 0), at(1, 1, 0, 1, 0), at(2, 1, 0, 1, 0)],
        ),
        PixelFormat::Y444 => to_rgb(
            picture,
            [at(0, 1, 0, 0, 0), at(1, 1, 0, 0, 0), at(2, 1, 0, 0, 0)],
        ),
    };
    values.map(|value| value.clamp(0.0, 255.0).round())
}

fn luma(colorimetry: Colorimetry) -> (f64, f64) {
    if colorimetry.full_range {
        (0.0, 1.0)
    } else {
        (16.0, 255.0 / 219.0)
    }
}

/// The definition of YUV, solved for RGB.
fn to_rgb(picture: &Picture<'_>, [y, u, v]: [f64; 3]) -> [f64; 3] {
    let (kr, kb) = match picture.colorimetry.matrix {
        ColorMatrix::Bt601 => (0.299, 0.114),
        ColorMatrix::Bt709 => (0.2126, 0.0722),
        ColorMatrix::Bt2020 => (0.2627, 0.0593),
    };
    let (black, gain) = luma(picture.colorimetry);
    let chroma = if picture.colorimetry.full_range {
        1.0
    } else {
        255.0 / 224.0
    };
    let (y, cb, cr) = (
        (y - black) * gain,
        (u - 128.0) * chroma,
        (v - 128.0) * chroma,
    );
    let red = y + 2.0 * (1.0 - kr) * cr;
    let blue = y + 2.0 * (1.0 - kb) * cb;
    [red, (y - kr * red - kb * blue) / (1.0 - kr - kb), blue]
}

/// One component at one pixel of the target, between samples as the filter says.
fn sample(
    picture: &Picture<'_>,
    fit: &Letterbox,
    filter: Filter,
    (x, y): (usize, usize),
    (plane, step, offset): (usize, usize, usize),
    (shift_x, shift_y): (usize, usize),
) -> f64 {
    let plane = picture.planes[plane];
    let axis = |i: usize, target: usize, start: usize, len: usize| {
        let centre = (i as f64 + 0.5) * len as f64 / target as f64;
        match filter {
            Filter::Nearest => ((start + centre as usize), (start + centre as usize), 0.0),
            Filter::Bilinear => {
                let position = (centre - 0.5).max(0.0).min((len - 1) as f64);
                let first = position.floor();
                let second = (first + 1.0).min((len - 1) as f64);
                (
                    start + first as usize,
                    start + second as usize,
                    position - first,
                )
            }
        }
    };
    let source = fit.source;
    let (x0, x1, wx) = axis(
        x,
        fit.target.width,
        source.left >> shift_x,
        source.width >> shift_x,
    );
    let (y0, y1, wy) = axis(
        y,
        fit.target.height,
        source.top >> shift_y,
        source.height >> shift_y,
    );
    let byte = |x: usize, y: usize| f64::from(plane.data[y * plane.stride + x * step + offset]);
    let top = byte(x0, y0) * (1.0 - wx) + byte(x1, y0) * wx;
    let bottom = byte(x0, y1) * (1.0 - wx) + byte(x1, y1) * wx;
    top * (1.0 - wy) + bottom * wy
}
