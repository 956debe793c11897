// SPDX-License-Identifier: MIT OR Apache-2.0
//! The brightness of a picture.

/// Why bytes are no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{length} bytes hold no luma plane of {width}x{height} pixels with {stride} bytes a row")]
pub struct WrongSize {
    /// Bytes that were given.
    pub length: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// A luma plane: one byte a pixel, the Y of I420, NV12 or GRAY8.
#[derive(Debug, Clone, Copy)]
pub struct Luma<'a> {
    bytes: &'a [u8],
    width: usize,
    height: usize,
    stride: usize,
}

impl<'a> Luma<'a> {
    /// The plane in `bytes`, `width` x `height` pixels, rows `stride` bytes apart.
    ///
    /// # Errors
    /// When the bytes do not hold that many rows, or there is no pixel.
    pub fn new(
        bytes: &'a [u8],
        width: usize,
        height: usize,
        stride: usize,
    ) -> Result<Self, WrongSize> {
        let wrong = WrongSize {
            length: bytes.len(),
            width,
            height,
            stride,
        };
        let needed = height
            .checked_sub(1)
            .and_then(|rows| rows.checked_mul(stride))
            .and_then(|start| start.checked_add(width))
            .ok_or(wrong)?;
        if width == 0 || stride < width || bytes.len() < needed {
            return Err(wrong);
        }
        Ok(Self {
            bytes,
            width,
            height,
            stride,
        })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels of row `index`; empty below the picture.
    #[must_use]
    pub fn row(&self, index: usize) -> &'a [u8] {
        let start = index.saturating_mul(self.stride);
        self.bytes
            .get(start..start + self.width)
            .filter(|_| index < self.height)
            .unwrap_or_default()
    }

    /// All rows, the uppermost first.
    pub fn rows(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let plane = *self;
        (0..self.height).map(move |index| plane.row(index))
    }
}
