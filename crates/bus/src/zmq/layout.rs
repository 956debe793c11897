// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the rows of a raw picture lie: one right behind the other on the wire, with gaps in a buffer of `GStreamer`.

use bytes::Bytes;

/// Rows in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Where the first one begins.
    pub offset: usize,
    /// Bytes from the beginning of one to that of the next.
    pub stride: usize,
    /// Bytes of pixels in one.
    pub row: usize,
    /// How many there are.
    pub rows: usize,
}

impl Layout {
    /// That of a buffer of `GStreamer` which says nothing else: a row begins at a multiple of four.
    pub fn usual(row: usize, rows: usize) -> Self {
        Self {
            offset: 0,
            stride: row.next_multiple_of(4),
            row,
            rows,
        }
    }

    /// Whether there are no gaps.
    fn is_packed(&self) -> bool {
        self.offset == 0 && self.stride == self.row
    }

    /// How many bytes the rows take, with what lies before and between them; `None` if no memory holds so many.
    pub fn size(&self) -> Option<usize> {
        if self.rows == 0 || self.stride < self.row {
            return None;
        }
        let last = self.stride.checked_mul(self.rows - 1)?;
        self.offset.checked_add(last)?.checked_add(self.row)
    }

    /// The pixels of a buffer without the gaps; `None` if it is too short.
    pub fn packed(&self, buffer: &Bytes) -> Option<Bytes> {
        let buffer = buffer.get(..self.size()?).map(|_| buffer)?;
        if self.is_packed() {
            return Some(buffer.slice(..self.row * self.rows));
        }
        let mut pixels = Vec::with_capacity(self.row * self.rows);
        for row in 0..self.rows {
            let begin = self.offset + row * self.stride;
            pixels.extend_from_slice(&buffer[begin..begin + self.row]);
        }
        Some(pixels.into())
    }

    /// A buffer of these pixels with zeros in the gaps, of whole strides; `None` if there are more or fewer pixels, or if the
    /// buffer were larger than `most`.
    pub fn spread(&self, pixels: &Bytes, most: usize) -> Option<Bytes> {
        if Some(pixels.len()) != self.row.checked_mul(self.rows) || self.size().is_none() {
            return None;
        }
        if self.is_packed() {
            return Some(pixels.clone());
        }
        let whole = self
            .offset
            .checked_add(self.stride.checked_mul(self.rows)?)?;
        if whole > most {
            return None;
        }
        let mut buffer = vec![0; whole];
        for (row, pixels) in pixels.chunks(self.row.max(1)).enumerate() {
            let begin = self.offset + row * self.stride;
            buffer[begin..begin + self.row].copy_from_slice(pixels);
        }
        Some(buffer.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_taken_out_and_put_back() {
        let buffer = Bytes::from_static(b"abc.def.");
        let layout = Layout::usual(3, 2);
        let pixels = layout.packed(&buffer).unwrap();
        assert_eq!(pixels, b"abcdef"[..]);
        assert_eq!(layout.spread(&pixels, 8).unwrap(), b"abc\0def\0"[..]);
        assert_eq!(layout.packed(&buffer.slice(..6)), None);
        assert_eq!(layout.spread(&buffer, 8), None);
        assert_eq!(layout.spread(&pixels, 7), None);
    }

    #[test]
    fn what_no_memory_holds_is_no_layout() {
        assert_eq!(Layout::usual(1 << 40, 1 << 40).size(), None);
        assert_eq!(Layout::usual(3, 0).size(), None);
    }
}
