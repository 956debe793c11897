// SPDX-License-Identifier: MIT OR Apache-2.0
//! `for camera in FILE` … `end`: lines that are repeated for each camera of a facility file.

use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use facility::Facility;
use names::nearest;

use crate::line::{Line, Variables, written};
use crate::mistake::Mistake;

/// What a block goes through, and how its variables begin.
const KIND: &str = "camera";
/// What a text may ask of a camera.
const FIELDS: [&str; 6] = ["id", "source", "uri", "credentials", "rate", "reference"];
const FORM: &str = "write it as: for camera in FACILITY-FILE";

/// The first line of a block.
pub(crate) struct Block {
    /// The line's bytes.
    pub(crate) whole: Range<usize>,
    /// The bytes of the name of the facility file.
    pub(crate) file: Range<usize>,
}

/// The lines inside of a block, and those behind its `end`.
pub(crate) type Parted<'l> = (&'l [Rc<Line>], &'l [Rc<Line>]);

/// A camera that a block is read for.
pub(crate) struct Camera {
    /// The name of the facility file.
    facility: Rc<str>,
    /// What the file says of it; what is not given is left out.
    fields: Variables,
}

impl Block {
    /// The block that a line opens, if it does; `part` is what is written on the line.
    pub(crate) fn opened(line: &Line, part: &Range<usize>) -> Result<Option<Self>, Mistake> {
        let text = &line.text[part.clone()];
        if text == "end" {
            let sentence = "'end' without a block: it closes 'for camera in FILE'";
            return Err(line.mistake(part.clone(), sentence));
        }
        let Some(rest) = after_word(text, "for") else {
            return Ok(None);
        };
        let kind = rest.split_whitespace().next().unwrap_or(KIND);
        if kind != KIND {
            let sentence = format!("a block cannot go through '{kind}': {FORM}");
            return Err(line.mistake(part.clone(), sentence));
        }
        let name = after_word(rest, KIND).and_then(|rest| after_word(rest, "in"));
        match name.filter(|name| !name.is_empty()) {
            Some(name) => Ok(Some(Self {
                whole: part.clone(),
                file: part.end - name.len()..part.end,
            })),
            None => Err(line.mistake(part.clone(), format!("a block without its file: {FORM}"))),
        }
    }

    /// Parts the lines behind the first one: those inside of the block, and those behind its `end`.
    pub(crate) fn split<'l>(
        &self,
        line: &Line,
        after: &'l [Rc<Line>],
    ) -> Result<Parted<'l>, Mistake> {
        for (index, line) in after.iter().enumerate() {
            let part = written(line)?;
            if &line.text[part] == "end" {
                return Ok((&after[..index], &after[index + 1..]));
            }
        }
        let sentence = "the block that opens here is not closed: write 'end' on a line behind it, in the same file";
        Err(line.mistake(self.whole.clone(), sentence))
    }

    /// The cameras of the facility file that the first line of the block names.
    pub(crate) fn cameras(&self, line: &Line, file: &Path) -> Result<Vec<Camera>, Mistake> {
        let refuse = |sentence| Err(line.mistake(self.file.clone(), sentence));
        let facility = match Facility::load(file) {
            Ok(facility) => facility,
            Err(errors) if file.is_file() => {
                return refuse(format!("the cameras cannot be listed: {errors}"));
            }
            Err(errors) => {
                return refuse(format!(
                    "{errors}; names count from the folder in which the pipeline is started"
                ));
            }
        };
        if facility.cameras.is_empty() {
            return refuse(format!("{}: there is no [[camera]] in it", file.display()));
        }
        let name: Rc<str> = file.display().to_string().into();
        let cameras = facility.cameras.iter().map(|camera| Camera {
            facility: name.clone(),
            fields: fields(camera),
        });
        Ok(cameras.collect())
    }
}

impl Camera {
    /// The sentence that the camera has no `field`.
    pub(crate) fn lacks(&self, field: &str) -> String {
        let id = self.fields.get("id").map_or("", String::as_str);
        format!(
            "camera '{id}' of {} has no {field}: add it there, or give a default as ${{{KIND}.{field}:-default}}",
            self.facility
        )
    }
}

/// What follows `word` and blanks at the start of `text`, if that word stands there.
fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(word)?;
    let is_whole = rest.is_empty() || rest.starts_with(char::is_whitespace);
    is_whole.then(|| rest.trim_start())
}

/// What a text may ask of `camera`.
fn fields(camera: &facility::Camera) -> Variables {
    let reference = camera.reference.as_ref();
    let values = [
        ("id", Some(camera.id.clone())),
        ("source", Some(camera.source.to_string())),
        ("uri", camera.uri.clone()),
        ("credentials", camera.credentials.clone()),
        ("rate", Some(camera.rate.to_string())),
        (
            "reference",
            reference.map(|path| path.display().to_string()),
        ),
    ];
    let given = values.into_iter();
    given
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// The field that a variable asks of the camera, if it does.
pub(crate) fn field(variable: &str) -> Option<&str> {
    variable.strip_prefix(KIND)?.strip_prefix('.')
}

/// What the camera of a block has as `field`; a sentence where that cannot be asked.
pub(crate) fn value(camera: Option<&Camera>, field: &str) -> Result<Option<String>, String> {
    let Some(camera) = camera else {
        return Err(format!(
            "'{KIND}.{field}' outside of a block: it stands between 'for {KIND} in FILE' and 'end'"
        ));
    };
    if !FIELDS.contains(&field) {
        let meant = nearest(field, FIELDS)
            .map(|name| format!(", did you mean '{KIND}.{name}'"))
            .unwrap_or_default();
        return Err(format!(
            "a {KIND} has no '{field}'{meant}; it has {}",
            FIELDS.join(", ")
        ));
    }
    Ok(camera.fields.get(field).cloned())
}

/// Whether a value can stand in a text, inside of quotes or not.
pub(crate) fn check_value(field: &str, value: &str, quoted: bool) -> Result<(), String> {
    if let Some(sign) = value
        .chars()
        .find(|&sign| "\"'\\".contains(sign) || sign.is_control())
    {
        return Err(format!(
            "the {field} {value:?} holds {sign:?}, which no value in a text can hold: change it in the facility file"
        ));
    }
    if !quoted && value.contains(char::is_whitespace) {
        return Err(format!(
            "the {field} '{value}' has a blank: write it in quotes, \"${{{KIND}.{field}}}\""
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{Text, read};

    const CAMERAS: &str = r#"facility = "hall"
[[track]]
id = "T1"
length = 60
[[camera]]
id = "C1"
uri = "rtsp://[::1]:554/s?channel=1"
credentials = "env:CAMERA_1"
[[camera]]
id = "north gate"
source = 7
uri = "rtsp://camera-2/s"
rate = 2.5
"#;

    /// A folder with a facility file and a text.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new(facility: &str, text: &str) -> Self {
            let folder = Self(tempfile::tempdir().unwrap());
            folder.write("hall.toml", facility);
            folder.write("a.gst", text);
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.path(name), text).unwrap();
        }

        fn read(&self) -> Result<Text, Mistake> {
            let facility = self.path("hall.toml").display().to_string();
            let settings = Variables::from([("facility".to_owned(), facility)]);
            read(&self.path("a.gst"), &settings, &|_| None)
        }
    }

    fn described(text: &str) -> String {
        let text = Folder::new(CAMERAS, text).read().unwrap();
        text.description().to_owned()
    }

    /// Line, column and sentence of the mistake in `text`.
    fn mistake(text: &str) -> (usize, usize, String) {
        let mistake = Folder::new(CAMERAS, text).read().unwrap_err();
        let spot = mistake.spot.as_ref().unwrap();
        (spot.line, spot.column, mistake.sentence)
    }

    #[test]
    fn a_block_is_repeated_for_each_camera() {
        let text = "mux\nfor camera in ${facility} # all\n  a id=\"${camera.id}\" \\\n    ! m.sink_${camera.source}\nend\nz";
        assert_eq!(
            described(text),
            "mux a id=\"C1\" ! m.sink_0 a id=\"north gate\" ! m.sink_7 z"
        );
    }

    #[test]
    fn what_a_camera_lacks_has_a_default() {
        let text = "for camera in ${facility}\na u=${camera.uri} c=${camera.credentials:-} r=${camera.rate}\nend";
        assert_eq!(
            described(text),
            "a u=rtsp://[::1]:554/s?channel=1 c=env:CAMERA_1 r=5 a u=rtsp://camera-2/s c= r=2.5"
        );
    }

    #[test]
    fn what_cannot_be_filled_in_is_refused_with_its_place() {
        let within = |line: &str| mistake(&format!("for camera in ${{facility}}\n{line}\nend"));
        let (line, column, sentence) = within("a c=${camera.credentials}");
        assert_eq!((line, column), (2, 5));
        assert!(
            sentence.starts_with("camera 'north gate' of ")
                && sentence.contains("has no credentials"),
            "{sentence}"
        );
        let (_, _, sentence) = within("a c=${camera.url}");
        assert!(sentence.contains("did you mean 'camera.uri'"), "{sentence}");
        let (_, _, sentence) = within("a c=${camera.id}");
        assert!(sentence.contains("in quotes"), "{sentence}");
        let (line, column, sentence) = mistake("\na b=${camera.id}");
        assert_eq!((line, column), (2, 5));
        assert!(sentence.contains("outside of a block"), "{sentence}");
    }

    #[test]
    fn blocks_that_are_written_wrongly_are_refused_with_their_place() {
        for (text, place, said) in [
            ("a\nend", (2, 1), "without a block"),
            ("for camera in ${facility}\na", (1, 1), "not closed"),
            ("for camera\nend", (1, 1), "without its file"),
            ("for c in ${facility}\nend", (1, 1), "go through 'c'"),
            ("for camera in gone.toml\nend", (1, 15), "gone.toml"),
            (
                "for camera in ${facility}\nfor camera in x\nend",
                (2, 1),
                "in another",
            ),
        ] {
            let (line, column, sentence) = mistake(text);
            assert_eq!((line, column), place, "{text}");
            assert!(sentence.contains(said), "{sentence}");
        }
    }

    #[test]
    fn mistakes_of_the_facility_are_those_of_the_line_that_names_it() {
        let facility = CAMERAS.replace("rtsp://camera-2", "rtsp://me:hidden@camera-2");
        let folder = Folder::new(&facility, "for camera in ${facility}\nend");
        let sentence = folder.read().unwrap_err().sentence;
        assert!(
            sentence.contains("hall.toml:12: camera[1].uri"),
            "{sentence}"
        );
        assert!(!sentence.contains("hidden"), "{sentence}");
        let bare = CAMERAS.split("[[camera]]").next().unwrap();
        let folder = Folder::new(bare, "for camera in ${facility}\nend");
        assert!(
            folder
                .read()
                .unwrap_err()
                .sentence
                .contains("no [[camera]]")
        );
    }

    #[test]
    fn a_block_may_include_and_its_facility_counts_as_read() {
        let folder = Folder::new(CAMERAS, "for camera in ${facility}\ninclude one.gst\nend");
        folder.write("one.gst", "b s=${camera.source}");
        let text = folder.read().unwrap();
        assert_eq!(text.description(), "b s=0 b s=7");
        assert!(text.files().contains(&folder.path("hall.toml")));
        let place = text.mistake(6..11, "").spot.unwrap();
        assert_eq!((place.line, place.column), (1, 1));
    }
}
