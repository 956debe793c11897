// SPDX-License-Identifier: MIT OR Apache-2.0
//! Label files: one line per class of a detector, one line per output of a classifier, words separated by semicolons.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a label file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// The file cannot be read.
    #[error("{}: {cause}; labelfile-path must name a text file, relative to the configuration", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file names fewer classes than there are.
    #[error("{}: {found} labels for {expected} classes; write one line per class", file.display())]
    TooFew {
        /// The file.
        file: PathBuf,
        /// Labels in the file.
        found: usize,
        /// Classes of the network.
        expected: usize,
    },
}

/// The words of a label file; no words without a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(Vec<Vec<Arc<str>>>);

impl Labels {
    /// Reads `file`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(file: &Path) -> Result<Self, LabelError> {
        let text = std::fs::read(file).map_err(|cause| LabelError::Unreadable {
            file: file.to_owned(),
            cause,
        })?;
        Ok(Self::parse(&String::from_utf8_lossy(&text)))
    }

    /// Reads `text`; empty lines, blanks around words and a byte order mark do not count.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let line = |line: &str| line.split(';').map(|word| word.trim().into()).collect();
        let text = text.trim_start_matches('\u{feff}');
        Self(
            text.lines()
                .filter(|text| !text.trim().is_empty())
                .map(line)
                .collect(),
        )
    }

    /// Whether there are enough lines for `expected` classes; `file` is for the message.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn check(&self, file: &Path, expected: usize) -> Result<(), LabelError> {
        if self.0.len() < expected {
            return Err(LabelError::TooFew {
                file: file.to_owned(),
                found: self.0.len(),
                expected,
            });
        }
        Ok(())
    }

    /// Name of a detector's class, empty when there is none.
    #[must_use]
    pub fn class(&self, class: usize) -> Arc<str> {
        self.value(class, 0).unwrap_or_else(|| "".into())
    }

    /// The names of all classes of a detector that has `count` of them; none without a file.
    #[must_use]
    pub fn classes(&self, count: usize) -> Arc<[Arc<str>]> {
        (0..count.min(self.0.len()))
            .map(|class| self.class(class))
            .collect()
    }

    /// Name of value `value` of a classifier's output `output`.
    #[must_use]
    pub fn value(&self, output: usize, value: usize) -> Option<Arc<str>> {
        let label = self.0.get(output)?.get(value)?;
        (!label.is_empty()).then(|| label.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_the_first_word_of_its_line() {
        let labels = Labels::parse("head\r\ntail;x\n\nplate");
        assert_eq!(
            [0, 1, 2, 3].map(|class| labels.class(class)),
            ["head", "tail", "plate", ""].map(Arc::from)
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_label() {
        let labels = Labels::parse("\u{feff}head\r\ntail\r\n");
        assert_eq!(*labels.classes(2), ["head", "tail"].map(Arc::from));
    }

    #[test]
    fn a_value_is_a_word_of_its_output() {
        let labels = Labels::parse("red;green;blue\nsmall; large ;\n");
        assert_eq!(labels.value(0, 2).as_deref(), Some("blue"));
        assert_eq!(labels.value(1, 1).as_deref(), Some("large"));
        assert_eq!(labels.value(1, 2), None);
        assert_eq!(labels.value(2, 0), None);
    }

    #[test]
    fn too_few_labels_name_file_and_numbers() {
        let labels = Labels::parse("head\n");
        assert!(labels.check(Path::new("l.txt"), 1).is_ok());
        let said = labels.check(Path::new("l.txt"), 3).unwrap_err().to_string();
        assert_eq!(
            said,
            "l.txt: 1 labels for 3 classes; write one line per class"
        );
    }
}
