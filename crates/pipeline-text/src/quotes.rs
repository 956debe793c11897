// SPDX-License-Identifier: MIT OR Apache-2.0
//! Quotes around values.

/// Tells, character by character, what stands inside of quotes.
///
/// A quote opens at the start of a word or behind `=`, and closes at the same character without a backslash before it.
#[derive(Default)]
pub(crate) struct Quotes {
    /// Where the open quote is, and which character it is.
    open: Option<(usize, char)>,
    before: Option<char>,
}

impl Quotes {
    /// Whether `character`, the next one, is a quote or stands between two; `at` is its first byte.
    pub(crate) fn holds(&mut self, at: usize, character: char) -> bool {
        let before = self.before.replace(character);
        match (character, self.open) {
            (_, Some((_, open))) => {
                if character == open && before != Some('\\') {
                    self.open = None;
                }
                true
            }
            ('"' | '\'', None)
                if before.is_none_or(|before| before == '=' || before.is_whitespace()) =>
            {
                self.open = Some((at, character));
                true
            }
            _ => false,
        }
    }

    /// First byte of the quote that is still open.
    pub(crate) fn opened_at(&self) -> Option<usize> {
        self.open.map(|(at, _)| at)
    }

    /// Whether a quote is open at the end of `text`.
    pub(crate) fn are_open(text: &str) -> bool {
        let mut quotes = Self::default();
        for (at, character) in text.char_indices() {
            quotes.holds(at, character);
        }
        quotes.open.is_some()
    }
}
