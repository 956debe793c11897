// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lines of a file that is still being written.

use std::io::{self, BufRead};

/// The whole lines of an input, one by one. A line whose end is not written yet is kept until it is.
pub struct GrowingLines<R> {
    input: R,
    line: Vec<u8>,
}

impl<R: BufRead> GrowingLines<R> {
    /// The lines of `input`.
    pub const fn new(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
        }
    }

    /// The next line with its line feed; `None` if there is none yet.
    ///
    /// # Errors
    /// The input cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.input.read_until(b'\n', &mut self.line)?;
        let is_whole = self.line.ends_with(b"\n");
        Ok(is_whole.then(|| std::mem::take(&mut self.line)))
    }

    /// Whether the begin of a line is there, and its end is not.
    #[must_use]
    pub const fn is_within_line(&self) -> bool {
        !self.line.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_line_that_is_being_written_is_taken_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("states.jsonl");
        let mut file = std::fs::File::create(&path).unwrap();
        let input = std::fs::File::open(&path).unwrap();
        let mut lines = GrowingLines::new(io::BufReader::new(input));
        assert_eq!(lines.next_line().unwrap(), None);
        file.write_all(b"one\ntw").unwrap();
        assert_eq!(lines.next_line().unwrap(), Some(b"one\n".to_vec()));
        assert_eq!(lines.next_line().unwrap(), None);
        assert!(lines.is_within_line());
        file.write_all(b"o\n").unwrap();
        assert_eq!(lines.next_line().unwrap(), Some(b"two\n".to_vec()));
        assert_eq!(lines.next_line().unwrap(), None);
        assert!(!lines.is_within_line());
    }
}
