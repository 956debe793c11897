// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a network wants to be fed, and why a picture cannot be fed to it.

/// Order of the network's channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelOrder {
    /// Red, green, blue (`model-color-format=0`).
    #[default]
    Rgb,
    /// Blue, green, red (`model-color-format=1`).
    Bgr,
    /// One channel of luminance (`model-color-format=2`).
    Gray,
}

impl ChannelOrder {
    /// Number of channels: 3 or 1.
    #[must_use]
    pub fn channels(self) -> usize {
        if self == Self::Gray { 1 } else { 3 }
    }
}

/// How samples between pixels are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// The nearest pixel (`scaling-filter` 0 and 6, nvinfer's default).
    #[default]
    Nearest,
    /// Linear between the two nearest pixels in each direction, pixel centres at halves (`scaling-filter` 1).
    Bilinear,
}

/// What a network wants to be fed.
#[derive(Debug, Clone, PartialEq)]
pub struct Preprocessing {
    /// Width of the network's input in pixels.
    pub net_width: usize,
    /// Height of the network's input in pixels.
    pub net_height: usize,
    /// Order of its channels.
    pub order: ChannelOrder,
    /// `net-scale-factor`; at or below 0 the bytes are fed as they are and `means` are ignored.
    pub scale: f32,
    /// `offsets`, one per channel in the network's order.
    pub means: [f32; 3],
    /// `maintain-aspect-ratio`.
    pub keep_aspect: bool,
    /// `symmetric-padding`.
    pub symmetric: bool,
    /// `scaling-filter`.
    pub filter: Filter,
}

/// Why a picture cannot be fed to a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Nothing of it would remain.
    #[error(
        "a rectangle of {width}x{height} pixels leaves nothing in an input of {net_width}x{net_height}"
    )]
    Vanishes {
        /// Width of the rectangle.
        width: usize,
        /// Height of the rectangle.
        height: usize,
        /// Width of the network's input.
        net_width: usize,
        /// Height of the network's input.
        net_height: usize,
    },
    /// A plane has fewer bytes than its size and stride say.
    #[error("plane {plane} has {found} bytes where {expected} are needed")]
    ShortPlane {
        /// Index of the plane.
        plane: usize,
        /// Bytes needed.
        expected: usize,
        /// Bytes there.
        found: usize,
    },
}
