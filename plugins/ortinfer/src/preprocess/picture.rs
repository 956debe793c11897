// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pixels as a decoder leaves them: planes with strides, described once per format.

/// How a picture's bytes are laid out. All have 8 bits per component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Planes Y, U, V; chroma at half size in both directions.
    I420,
    /// Planes Y, V, U; chroma at half size in both directions.
    Yv12,
    /// Planes Y, V and U interleaved after it as U V; chroma at half size in both directions.
    Nv12,
    /// As [`PixelFormat::Nv12`] with V before U.
    Nv21,
    /// Planes Y, U, V; chroma at half width.
    Y42b,
    /// Planes Y, U, V at full size.
    Y444,
    /// One plane of luminance.
    Gray8,
    /// One plane of colour pixels of `step` bytes; red, green and blue lie at these places of a pixel.
    Packed {
        /// Bytes per pixel.
        step: u8,
        /// Place of the red byte.
        red: u8,
        /// Place of the green byte.
        green: u8,
        /// Place of the blue byte.
        blue: u8,
    },
}

/// Where the bytes of one component (Y, U, V or R, G, B) lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Component {
    /// Index of the plane.
    pub plane: usize,
    /// Bytes from one sample to the next.
    pub step: usize,
    /// Place of the first sample in its row.
    pub offset: usize,
    /// Binary logarithm of the horizontal subsampling.
    pub shift_x: u32,
    /// Binary logarithm of the vertical subsampling.
    pub shift_y: u32,
}

/// What the components of a picture mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Yuv,
    Rgb,
    Gray,
}

impl PixelFormat {
    /// What its components mean.
    pub(super) fn family(self) -> Family {
        match self {
            Self::Gray8 => Family::Gray,
            Self::Packed { .. } => Family::Rgb,
            _ => Family::Yuv,
        }
    }

    /// The components in the order Y, U, V or R, G, B.
    pub(super) fn components(self) -> Vec<Component> {
        let component = |plane, step, offset, shift_x, shift_y| Component {
            plane,
            step,
            offset,
            shift_x,
            shift_y,
        };
        let luma = component(0, 1, 0, 0, 0);
        match self {
            Self::I420 => vec![luma, component(1, 1, 0, 1, 1), component(2, 1, 0, 1, 1)],
            Self::Yv12 => vec![luma, component(2, 1, 0, 1, 1), component(1, 1, 0, 1, 1)],
            Self::Nv12 => vec![luma, component(1, 2, 0, 1, 1), component(1, 2, 1, 1, 1)],
            Self::Nv21 => vec![luma, component(1, 2, 1, 1, 1), component(1, 2, 0, 1, 1)],
            Self::Y42b => vec![luma, component(1, 1, 0, 1, 0), component(2, 1, 0, 1, 0)],
            Self::Y444 => vec![luma, component(1, 1, 0, 0, 0), component(2, 1, 0, 0, 0)],
            Self::Gray8 => vec![luma],
            Self::Packed {
                step,
                red,
                green,
                blue,
            } => [red, green, blue]
                .into_iter()
                .map(|place| component(0, step as usize, place as usize, 0, 0))
                .collect(),
        }
    }
}

/// The matrix between YUV and RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColorMatrix {
    /// ITU-R BT.601, also SMPTE 170M.
    #[default]
    Bt601,
    /// ITU-R BT.709.
    Bt709,
    /// ITU-R BT.2020, non-constant luminance.
    Bt2020,
}

impl ColorMatrix {
    /// Weights of red and blue in the luma, from the recommendation of that name.
    fn weights(self) -> (f32, f32) {
        match self {
            Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
            Self::Bt2020 => (0.2627, 0.0593),
        }
    }
}

/// How the numbers of a picture are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Colorimetry {
    /// Matrix of a YUV picture.
    pub matrix: ColorMatrix,
    /// Whether luma runs from 0 to 255 (else 16 to 235, and chroma 16 to 240).
    pub full_range: bool,
}

/// From YUV bytes to RGB on the scale of 0 to 255:
/// `R = luma (Y - black) + red_v (V - 128)`, and so on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Coefficients {
    pub black: f32,
    pub luma: f32,
    pub red_v: f32,
    pub green_u: f32,
    pub green_v: f32,
    pub blue_u: f32,
}

impl From<Colorimetry> for Coefficients {
    fn from(colorimetry: Colorimetry) -> Self {
        let (red, blue) = colorimetry.matrix.weights();
        let green = 1.0 - red - blue;
        let (black, luma, chroma) = if colorimetry.full_range {
            (0.0, 1.0, 1.0)
        } else {
            (16.0, 255.0 / 219.0, 255.0 / 224.0)
        };
        let red_v = 2.0 * (1.0 - red) * chroma;
        let blue_u = 2.0 * (1.0 - blue) * chroma;
        Self {
            black,
            luma,
            red_v,
            green_u: -blue_u * blue / green,
            green_v: -red_v * red / green,
            blue_u,
        }
    }
}

/// One plane of a picture.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plane<'a> {
    /// Bytes from the first row's first sample on.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// A picture to infer; borrows the pixels where they are.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Layout of the bytes.
    pub format: PixelFormat,
    /// Meaning of the numbers.
    pub colorimetry: Colorimetry,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// As many planes as the format has; the rest stays empty.
    pub planes: [Plane<'a>; 3],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_coefficients_of_bt601_and_bt709() {
        let video = Coefficients::from(Colorimetry::default());
        // ITU-R BT.601 for 8 bits, as printed in every textbook.
        for (value, expected) in [
            (video.luma, 1.164),
            (video.red_v, 1.596),
            (video.green_u, -0.392),
            (video.green_v, -0.813),
            (video.blue_u, 2.017),
        ] {
            assert!((value - expected).abs() < 1e-3, "{value} is not {expected}");
        }
        let hd = Coefficients::from(Colorimetry {
            matrix: ColorMatrix::Bt709,
            full_range: true,
        });
        for (value, expected) in [
            (hd.luma, 1.0),
            (hd.red_v, 1.5748),
            (hd.green_u, -0.1873),
            (hd.green_v, -0.4681),
            (hd.blue_u, 1.8556),
        ] {
            assert!((value - expected).abs() < 1e-4, "{value} is not {expected}");
        }
    }
}
