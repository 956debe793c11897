// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the labels of a detector mean to position estimation.

use std::collections::BTreeSet;

use estimation::lpe::BoxKind;
use names::nearest;

/// The labels that position estimation knows.
pub const KNOWN: [&str; 4] = ["head", "tail", "plate", "body"];

/// The kind of box that a detector's `label` names; `None` for a label that position estimation does not know.
///
/// Upper case, blanks around the word and a byte order mark before it change nothing.
#[must_use]
pub fn kind(label: &str) -> Option<BoxKind> {
    exact(label).or_else(|| exact(&plain(label)))
}

/// The kind of box that is named exactly so.
fn exact(label: &str) -> Option<BoxKind> {
    match label {
        "head" => Some(BoxKind::Head),
        "tail" => Some(BoxKind::Tail),
        "plate" => Some(BoxKind::Plate),
        "body" => Some(BoxKind::Body),
        _ => None,
    }
}

/// A label in lower case, without blanks around it and without a byte order mark.
fn plain(label: &str) -> String {
    label.trim_matches(is_blank).to_lowercase()
}

/// Whether a character before or behind a label is no part of it.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// The labels of one detector, beside those that position estimation knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelReview {
    /// What the known ones name.
    kinds: Vec<BoxKind>,
    /// The others.
    unknown: BTreeSet<String>,
}

impl LabelReview {
    /// Reviews the labels of all classes of a detector.
    pub fn of<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let mut review = Self::default();
        for label in labels {
            review.add(label);
        }
        review
    }

    /// Adds a label.
    pub fn add(&mut self, label: &str) {
        match kind(label) {
            Some(kind) if self.kinds.contains(&kind) => {}
            Some(kind) => self.kinds.push(kind),
            None if self.unknown.contains(label) => {}
            None => {
                self.unknown.insert(label.to_owned());
            }
        }
    }

    /// Whether a detector with these labels, and no others, finds both ends of a locomotive. What one that does not finds is
    /// no evidence that a place is empty.
    #[must_use]
    pub fn finds_both_ends(&self) -> bool {
        self.kinds.contains(&BoxKind::Head) && self.kinds.contains(&BoxKind::Tail)
    }

    /// Whether labels were seen, but none that position estimation knows.
    #[must_use]
    pub fn means_nothing(&self) -> bool {
        self.kinds.is_empty() && !self.unknown.is_empty()
    }

    /// Why a detector with these labels does not find both ends, and the remedy.
    #[must_use]
    pub fn problem(&self) -> String {
        let missing: Vec<&str> = [(BoxKind::Head, "head"), (BoxKind::Tail, "tail")]
            .iter()
            .filter(|(kind, _)| !self.kinds.contains(kind))
            .map(|(_, word)| *word)
            .collect();
        let missing = missing.join("' and '");
        let unknown: Vec<String> = self.unknown.iter().map(|label| meant(label)).collect();
        let has = if unknown.is_empty() {
            String::new()
        } else {
            format!(
                ", and position estimation does not know its labels {}",
                unknown.join(", ")
            )
        };
        format!(
            "the detector's labels lack '{missing}'{has}. Write head, tail, plate or body on the line of each class in the \
             file that labelfile-path names; until then its frames are no evidence of anything"
        )
    }

    /// The labels that were most likely meant to be known ones, and what is lost; `None` if there are none.
    #[must_use]
    pub fn misspelt(&self) -> Option<String> {
        let misspelt: Vec<String> = self
            .unknown
            .iter()
            .filter(|label| nearest(label, KNOWN).is_some())
            .map(|label| meant(label))
            .collect();
        (!misspelt.is_empty()).then(|| {
            format!(
                "position estimation does not know the label {}; detections with it are not used",
                misspelt.join(", ")
            )
        })
    }
}

/// A label that is not known, with the one that was most likely meant.
fn meant(label: &str) -> String {
    nearest(label, KNOWN).map_or_else(
        || format!("'{label}'"),
        |known| format!("'{label}' (did you mean '{known}'?)"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_that_changes_nothing_is_understood() {
        for label in ["head", "Head", " HEAD\r", "\u{feff}head"] {
            assert_eq!(kind(label), Some(BoxKind::Head), "{label:?}");
        }
        assert_eq!(kind("front"), None);
        assert_eq!(kind(""), None);
    }

    #[test]
    fn labels_that_mean_nothing_are_named_with_the_nearest_and_the_remedy() {
        let review = LabelReview::of(["front", "rear", "number"]);
        assert!(review.means_nothing() && !review.finds_both_ends());
        let said = review.problem();
        for part in [
            "'head' and 'tail'",
            "'front', 'number', 'rear'",
            "labelfile-path",
        ] {
            assert!(said.contains(part), "{part} is missing: {said}");
        }
        let said = LabelReview::of(["head", "tial"]).problem();
        assert!(said.contains("labels lack 'tail', and"), "{said}");
        assert!(said.contains("'tial' (did you mean 'tail'?)"), "{said}");
    }

    #[test]
    fn other_classes_beside_both_ends_are_no_mistake_unless_they_are_misspelt() {
        let review = LabelReview::of(["head", "tail", "person"]);
        assert!(review.finds_both_ends() && review.misspelt().is_none());
        let review = LabelReview::of(["head", "tail", "plat"]);
        assert!(review.misspelt().unwrap().contains("'plate'"));
    }
}
