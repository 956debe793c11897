// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readers of plates: whether those of a pipeline know the signs of the facility's numbers, and whether another reads them better.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use facility::Facility;
use pipeline_text::{Mistake, Part, Text};
use platereader::networks::Network;
use plates::{Numbering, Shape};

/// The reader that knows Cyrillic letters.
const OWN: &str = "models/trt/platereader";
/// The reader that has seen real plates.
const PPOCR: &str = "models/trt/platereader-ppocr";

/// What speaks for other readers in the `platereader` elements among these parts.
pub fn warnings(text: &Text, parts: &[Part]) -> Vec<Mistake> {
    let word = |at: &Range<usize>| &text.description()[at.clone()];
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let Part::Element(name) = part else { continue };
        if word(name) != "platereader" {
            continue;
        }
        let own = parts[index + 1..]
            .iter()
            .take_while(|part| !matches!(part, Part::Element(_)));
        let mut settings = ["", "", ""];
        for part in own {
            if let Part::Property { name, value } = part {
                let names = ["facility", "schemes", "readers"];
                if let Some(place) = names.iter().position(|known| *known == word(name)) {
                    settings[place] = word(value).trim_matches('"');
                }
            }
        }
        let [facility, schemes, readers] = settings;
        let advice = advice(Path::new(facility), schemes, readers);
        found.extend(advice.map(|sentence| text.mistake(name.clone(), sentence)));
    }
    found
}

/// Which reader the facility's numbers want; none if its files cannot be read, which others say.
fn advice(facility: &Path, schemes: &str, readers: &str) -> Option<String> {
    let numbering = numbering(facility, schemes)?;
    let networks = Network::load_all(readers).ok()?;
    if networks.is_empty() {
        return None;
    }
    let said = |shape: &Shape| networks.iter().any(|network| network.says(*shape));
    let mut unread = BTreeSet::new();
    let mut of = Vec::new();
    for scheme in numbering.schemes() {
        let signs = scheme.shapes();
        if signs.iter().all(said) {
            continue;
        }
        unread.extend(signs.into_iter().filter(|shape| !said(shape)));
        of.push(format!("'{}'", scheme.id));
    }
    if !unread.is_empty() {
        let signs: String = unread.iter().map(|shape| shape.sign()).collect();
        return Some(format!(
            "no reader here knows {signs}, which numbers of {} have: {}",
            of.join(", "),
            remedy(OWN)
        ));
    }
    let cyrillic = |shape: &Shape| !shape.sign().is_ascii();
    let alone = Path::new(readers.trim())
        .parent()
        .is_some_and(|folder| folder.ends_with("platereader"));
    let latin = |scheme: &plates::Scheme| !scheme.shapes().iter().any(cyrillic);
    (alone && numbering.schemes().iter().all(latin)).then(|| {
        format!(
            "the facility's numbers have Latin letters and digits alone, which {PPOCR} reads better on real plates: {}",
            remedy(PPOCR)
        )
    })
}

/// How to add the reader of this folder.
fn remedy(folder: &str) -> String {
    format!("add an ortinfer with {folder}/config_infer.txt, and that file to 'readers'")
}

/// The numbering of a facility file, with the schemes of the property.
fn numbering(file: &Path, schemes: &str) -> Option<Numbering> {
    let facility = Facility::load(file).ok()?;
    platereader::numbering(&facility, file, schemes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    /// The advice for a site with these schemes, read by these folders of the shipped networks.
    fn of(schemes: &str, readers: &[&str]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("facility.toml");
        let text = format!(
            "facility = 'a'\n[[track]]\nid = 'T1'\nlength = 60\n[numbering]\nschemes = [{schemes}]\n"
        );
        std::fs::write(&file, text).unwrap();
        let models = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/trt");
        let readers: Vec<String> = readers
            .iter()
            .map(|name| format!("{models}/{name}/config_infer.txt"))
            .collect();
        advice(&file, "", &readers.join(";"))
    }

    #[test]
    fn a_scheme_with_signs_that_no_reader_knows_wants_another_reader() {
        let said = of("'cis8', 'cis_series'", &["platereader-ppocr"]).unwrap();
        let remedy = "'cis_series' have: add an ortinfer with models/trt/platereader/";
        assert!(said.contains(remedy), "{said}");
        assert!(said.contains("knows БДЧЭ,"), "{said}");
        assert!(!said.contains("'cis8'"), "{said}");
        let both = ["platereader", "platereader-ppocr"];
        assert_eq!(of("'cis8', 'cis_series'", &both), None);
        assert_eq!(of("'cis_series'", &["platereader"]), None);
    }

    #[test]
    fn digits_and_latin_letters_want_the_reader_that_has_seen_real_plates() {
        let said = of("'cis8', 'aar'", &["platereader"]).unwrap();
        assert!(
            said.contains("add an ortinfer with models/trt/platereader-ppocr/"),
            "{said}"
        );
        assert_eq!(of("'cis8'", &["platereader-ppocr"]), None);
        assert_eq!(of("'cis8'", &["platereader", "platereader-ppocr"]), None);
    }

    #[test]
    fn what_cannot_be_read_is_left_to_others() {
        assert_eq!(advice(Path::new("missing.toml"), "", "missing.txt"), None);
        assert_eq!(of("'cis8'", &["missing"]), None);
        assert_eq!(of("'cis8'", &[]), None);
    }
}
