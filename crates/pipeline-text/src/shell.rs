// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `$(…)` makes of a description: the shell cuts it at blanks and fills in file names.

use crate::mistake::Mistake;
use crate::quotes::Quotes;
use crate::source::Text;

impl Text {
    /// Says what a shell would change in `gst-launch-1.0 $(roundhouse expand FILE)`.
    ///
    /// The shell cuts the result of `$(…)` at blanks, quotes or not, and gst-launch-1.0 joins the words with one
    /// blank each: a run of blanks inside a value is lost. Words with `*`, `?` or `[` may become names of files.
    pub fn fit_for_shell(&self) -> Result<(), Mistake> {
        let description = self.description();
        if let Some(at) = pattern(description) {
            let sentence = "a shell may put names of files in place of a word with this character: play the text with roundhouse run, or write it without";
            return Err(self.mistake(at..at + 1, sentence));
        }
        let mut quotes = Quotes::default();
        let mut before = ' ';
        for (at, character) in description.char_indices() {
            let quoted = quotes.holds(at, character);
            if quoted && (character == '\t' || (character == ' ' && before == ' ')) {
                let sentence = "a shell makes one blank of these in the value: play the text with roundhouse run, or write one blank";
                return Err(self.mistake(at..at + 1, sentence));
            }
            before = character;
        }
        Ok(())
    }
}

/// Where a word holds a pattern of file names. An address (`rtsp://[fe80::1]/s?channel=1`,
/// `recording:FOLDER?from=TIME`) is none: no file has its name.
fn pattern(description: &str) -> Option<usize> {
    let sign = |character| matches!(character, '*' | '?' | '[');
    description
        .match_indices(sign)
        .map(|(at, _)| at)
        .find(|&at| {
            let start = description[..at].rfind(char::is_whitespace).unwrap_or(0);
            let word = &description[start..at];
            !word.contains("://") && !word.contains("recording:")
        })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::{Variables, read_text};

    fn column(text: &str) -> Option<usize> {
        let text = read_text(text, Path::new("a.gst"), &Variables::new(), &|_| None).unwrap();
        let mistake = text.fit_for_shell().err()?;
        mistake.spot.map(|spot| spot.column)
    }

    #[test]
    fn what_a_shell_would_change_is_refused() {
        assert_eq!(column("a  b=\"c e\" ! video/x-raw,width=1 ! d"), None);
        assert_eq!(column("a b=*.jpg"), Some(5));
        assert_eq!(column("a b=rtsp://[::1]/s?c=* c=?"), Some(26));
        assert_eq!(column("a b=\"c  d\""), Some(8));
        assert_eq!(column("a b=\"recording:r/C1?from=2026\" c=?"), Some(34));
    }
}
