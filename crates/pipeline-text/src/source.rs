// SPDX-License-Identifier: MIT OR Apache-2.0
//! From files to one description that remembers where each part of it was written.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::block::{self, Block, Camera};
use crate::line::{Line, Variables, written};
use crate::mistake::Mistake;
use crate::quotes::Quotes;

/// A description in one line, and where it comes from.
#[derive(Debug, Default)]
pub struct Text {
    description: String,
    pieces: Vec<Piece>,
    variables: BTreeSet<String>,
    files: Vec<PathBuf>,
}

/// A part of the description that was written in one go.
#[derive(Debug)]
struct Piece {
    /// First byte in the description.
    start: usize,
    line: Rc<Line>,
    /// First byte in the line.
    from: usize,
    /// Bytes that the piece takes in the line; for a variable `${name}` as a whole.
    written: usize,
    /// The description repeats the line byte for byte.
    literal: bool,
}

/// The value of a variable in the environment of this process: what [`read`] is mostly given.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads a file and all it includes. Values come first from `settings`, then from `environment`.
pub fn read(
    file: &Path,
    settings: &Variables,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Text, Mistake> {
    let content = std::fs::read_to_string(file).map_err(|error| Mistake {
        file: file.to_owned(),
        spot: None,
        sentence: error.to_string(),
    })?;
    read_text(&content, file, settings, environment)
}

/// Like [`read`], for a text that is at hand; `file` is its name in mistakes and where `include` starts from.
pub fn read_text(
    content: &str,
    file: &Path,
    settings: &Variables,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Text, Mistake> {
    let mut reader = Reader {
        value: &|name| settings.get(name).cloned().or_else(|| environment(name)),
        open: Vec::new(),
        camera: None,
        text: Text::default(),
    };
    reader.file(file, content)?;
    Ok(reader.text)
}

impl Text {
    /// What `gst_parse_launch` understands: one line, without comments and variables.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The names of all variables that the text knows.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(String::as_str)
    }

    /// Every file that was read, the first one first.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// A mistake about a part of the description, bytes.
    pub fn mistake(&self, part: Range<usize>, sentence: impl Into<String>) -> Mistake {
        let sentence = sentence.into();
        let after = self
            .pieces
            .partition_point(|piece| piece.start <= part.start);
        let Some(piece) = after
            .checked_sub(1)
            .and_then(|index| self.pieces.get(index))
        else {
            let file = self.files.first().cloned().unwrap_or_default();
            return Mistake {
                file,
                spot: None,
                sentence,
            };
        };
        let offset = part.start - piece.start;
        let (from, width) = if piece.literal {
            let left = piece.written.saturating_sub(offset).max(1);
            (piece.from + offset.min(piece.written), part.len().min(left))
        } else {
            (piece.from, piece.written)
        };
        piece.line.mistake(from..from + width, sentence)
    }

    /// Appends a piece of a line to the description.
    fn push(&mut self, text: &str, line: &Rc<Line>, written: Range<usize>, literal: bool) {
        self.pieces.push(Piece {
            start: self.description.len(),
            line: line.clone(),
            from: written.start,
            written: written.len(),
            literal,
        });
        self.description.push_str(text);
    }
}

/// Reads files into one text.
struct Reader<'a> {
    /// The value of a variable.
    value: &'a dyn Fn(&str) -> Option<String>,
    /// The files that are being read, each included by the one before.
    open: Vec<PathBuf>,
    /// The camera that the block is read for, inside of one.
    camera: Option<Camera>,
    text: Text,
}

impl Reader<'_> {
    /// Reads a file.
    fn file(&mut self, file: &Path, content: &str) -> Result<(), Mistake> {
        self.open.push(file.to_owned());
        self.text.files.push(file.to_owned());
        let name: Rc<Path> = file.into();
        let lines = (1..).zip(content.lines()).map(|(number, text)| Line {
            file: name.clone(),
            number,
            text: text.to_owned(),
        });
        let lines: Vec<Rc<Line>> = lines.map(Rc::new).collect();
        self.lines(&lines)?;
        self.open.pop();
        Ok(())
    }

    /// Reads lines, those of a block once for each camera.
    fn lines(&mut self, lines: &[Rc<Line>]) -> Result<(), Mistake> {
        let mut rest = lines;
        while let [line, after @ ..] = rest {
            rest = after;
            let part = written(line)?;
            match Block::opened(line, &part)? {
                Some(block) => rest = self.block(line, &block, after)?,
                None => self.line(line, part)?,
            }
        }
        Ok(())
    }

    /// Reads the block that `line` opens, once for each camera; gives the lines behind it.
    fn block<'l>(
        &mut self,
        line: &Rc<Line>,
        block: &Block,
        after: &'l [Rc<Line>],
    ) -> Result<&'l [Rc<Line>], Mistake> {
        if self.camera.is_some() {
            let sentence =
                "a block cannot stand in another one: close the other one with 'end' before it";
            return Err(line.mistake(block.whole.clone(), sentence));
        }
        let (inside, behind) = block.split(line, after)?;
        let file = PathBuf::from(self.filled(line, block.file.clone())?);
        for camera in block.cameras(line, &file)? {
            self.camera = Some(camera);
            self.lines(inside)?;
        }
        self.camera = None;
        self.text.files.push(file);
        Ok(behind)
    }

    /// Reads a line: an include, or a part of the description.
    fn line(&mut self, line: &Rc<Line>, part: Range<usize>) -> Result<(), Mistake> {
        if part.is_empty() {
            return Ok(());
        }
        if let Some(name) = included(line, &part) {
            return self.include(line, name);
        }
        if !self.text.description.is_empty() {
            self.text.description.push(' ');
        }
        self.fill(line, part, true)
    }

    /// A file name of a line, its variables filled in.
    fn filled(&mut self, line: &Rc<Line>, name: Range<usize>) -> Result<String, Mistake> {
        let before = self.text.description.len();
        let pieces = self.text.pieces.len();
        self.fill(line, name, true)?;
        self.text.pieces.truncate(pieces);
        let filled = self.text.description.split_off(before);
        Ok(filled.trim().trim_matches('"').to_owned())
    }

    /// Adds a part of a line, its variables filled in. `literal` is false inside of a default.
    fn fill(&mut self, line: &Rc<Line>, part: Range<usize>, literal: bool) -> Result<(), Mistake> {
        let mut at = part.start;
        while let Some(found) = line.text[at..part.end].find("${") {
            let start = at + found;
            self.text
                .push(&line.text[at..start], line, at..start, literal);
            let end = closing(&line.text[..part.end], start + 2).ok_or_else(|| {
                line.mistake(
                    start..start + 2,
                    "'${' without '}': write ${name} or ${name:-default}",
                )
            })?;
            self.variable(line, start, end)?;
            at = end + 1;
        }
        self.text
            .push(&line.text[at..part.end], line, at..part.end, literal);
        Ok(())
    }

    /// Adds the value of the variable whose `${` is at `start` and whose `}` is at `end`.
    fn variable(&mut self, line: &Rc<Line>, start: usize, end: usize) -> Result<(), Mistake> {
        let inside = &line.text[start + 2..end];
        let (name, default) = match inside.find(":-") {
            Some(at) => (&inside[..at], Some(start + 2 + at + 2..end)),
            None => (inside, None),
        };
        if let Some(field) = block::field(name) {
            return self.field(line, start..end + 1, field, default);
        }
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        {
            let sentence = format!(
                "'{name}' is no name for a variable: write ${{name}} or ${{name:-default}} with letters, digits, '_' and '-' in the name"
            );
            return Err(line.mistake(start..end + 1, sentence));
        }
        self.text.variables.insert(name.to_owned());
        match ((self.value)(name), default) {
            (Some(value), _) => self.text.push(&value, line, start..end + 1, false),
            (None, Some(default)) => self.fill(line, default, true)?,
            (None, None) => {
                let sentence = format!(
                    "the variable '{name}' has no value: give it with --set {name}=…, in the environment, or a default as ${{{name}:-default}}"
                );
                return Err(line.mistake(start..end + 1, sentence));
            }
        }
        Ok(())
    }

    /// Adds what the facility says of the camera; `whole` is the variable, `field` what is asked for.
    fn field(
        &mut self,
        line: &Rc<Line>,
        whole: Range<usize>,
        field: &str,
        default: Option<Range<usize>>,
    ) -> Result<(), Mistake> {
        let value = block::value(self.camera.as_ref(), field);
        match (
            value.map_err(|sentence| line.mistake(whole.clone(), sentence))?,
            default,
        ) {
            (Some(value), _) => {
                let quoted = Quotes::are_open(&line.text[..whole.start]);
                block::check_value(field, &value, quoted)
                    .map_err(|sentence| line.mistake(whole.clone(), sentence))?;
                self.text.push(&value, line, whole, false);
                Ok(())
            }
            (None, Some(default)) => self.fill(line, default, true),
            (None, None) => {
                let camera = self.camera.as_ref();
                let sentence = camera.map(|camera| camera.lacks(field)).unwrap_or_default();
                Err(line.mistake(whole, sentence))
            }
        }
    }

    /// Reads the file that a line includes.
    fn include(&mut self, line: &Rc<Line>, name: Range<usize>) -> Result<(), Mistake> {
        let path = self.filled(line, name.clone())?;
        let includer = self.open.last().and_then(|file| file.parent());
        let file = includer.unwrap_or(Path::new("")).join(path);
        if self.open.contains(&file) {
            let sentence = format!(
                "'{}' includes itself; take one 'include' out",
                file.display()
            );
            return Err(line.mistake(name, sentence));
        }
        let content = std::fs::read_to_string(&file).map_err(|error| {
            let sentence = format!(
                "'{}' cannot be included: {error}; the name is taken from the folder of this file",
                file.display()
            );
            line.mistake(name, sentence)
        })?;
        self.file(&file, &content)
    }
}

/// The name in `include NAME`.
fn included(line: &Line, part: &Range<usize>) -> Option<Range<usize>> {
    let rest = line.text[part.clone()].strip_prefix("include")?;
    let name = rest.trim_start();
    // `include .src` is an element and its pad, `include ../file` is none.
    let is_pad = name.starts_with('.') && !name.starts_with("./") && !name.starts_with("../");
    let is_word = name.len() < rest.len() && !is_pad && !name.starts_with(['=', '!', ':']);
    (is_word && !name.is_empty()).then(|| part.end - name.len()..part.end)
}

/// Where the `}` is that closes the `${` before `from`; variables may stand inside.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut depth = 1;
    let bytes = text.as_bytes();
    for index in from..bytes.len() {
        match bytes[index] {
            b'}' => depth -= 1,
            b'{' if bytes[index - 1] == b'$' => depth += 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Result<Text, Mistake> {
        read_text(text, Path::new("a.gst"), &Variables::new(), &|_| None)
    }

    fn described(text: &str) -> String {
        plain(text).unwrap().description().to_owned()
    }

    fn place(mistake: &Mistake) -> (usize, usize, usize) {
        let spot = mistake.spot.as_ref().unwrap();
        (spot.line, spot.column, spot.width)
    }

    #[test]
    fn comments_and_line_ends_vanish() {
        let text = "# a camera\nvideotestsrc \\\n  ! fakesink # the end\n";
        assert_eq!(described(text), "videotestsrc ! fakesink");
    }

    #[test]
    fn a_hash_inside_a_word_or_quotes_is_no_comment() {
        let text = "a b=c#1 d=\"x # y\" e='# z' f=it's # no";
        assert_eq!(described(text), "a b=c#1 d=\"x # y\" e='# z' f=it's");
    }

    #[test]
    fn a_quote_ends_on_its_line() {
        assert_eq!(place(&plain("a\n  b=\"c ! d").unwrap_err()), (2, 5, 1));
    }

    #[test]
    fn variables_come_from_settings_then_environment_then_default() {
        let settings = Variables::from([("a".to_owned(), "1".to_owned())]);
        let environment = |name: &str| (name == "b").then(|| "2".to_owned());
        let text = read_text(
            "${a:-9} ${b:-9} ${c:-9} ${d:-x${a}${e:-}y}",
            Path::new("a.gst"),
            &settings,
            &environment,
        );
        assert_eq!(text.unwrap().description(), "1 2 9 x1y");
    }

    #[test]
    fn mistakes_name_line_and_column() {
        assert_eq!(place(&plain("a\nb=${missing}").unwrap_err()), (2, 3, 10));
        assert_eq!(place(&plain("ä a=${open").unwrap_err()), (1, 5, 2));
        assert_eq!(place(&plain("a=${}").unwrap_err()), (1, 3, 3));
    }

    #[test]
    fn the_description_knows_where_it_was_written() {
        let text = plain("a # first\n  bb=${x:-long} cc").unwrap();
        assert_eq!(text.description(), "a bb=long cc");
        let part = |word: &str| {
            let start = text.description().find(word).unwrap();
            place(&text.mistake(start..start + word.len(), ""))
        };
        assert_eq!(part("a"), (1, 1, 1));
        assert_eq!(part("bb"), (2, 3, 2));
        assert_eq!(part("long"), (2, 11, 4));
        assert_eq!(part("cc"), (2, 17, 2));
    }

    #[test]
    fn a_file_is_included_from_beside() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let main = file("main.gst", "a\ninclude ${part:-part.gst} # b\nc");
        let part = file("part.gst", "b");
        let text = read(&main, &Variables::new(), &|_| None).unwrap();
        assert_eq!(text.description(), "a b c");
        assert_eq!(text.files(), [main, part.clone()]);
        assert_eq!(text.mistake(2..3, "").file, part);
    }

    #[test]
    fn a_file_is_included_from_the_folder_above() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("below");
        std::fs::create_dir(&below).unwrap();
        std::fs::write(folder.path().join("part.gst"), "p").unwrap();
        let main = below.join("main.gst");
        std::fs::write(&main, "a\ninclude ../part.gst\nb .src").unwrap();
        let text = read(&main, &Variables::new(), &|_| None).unwrap();
        assert_eq!(text.description(), "a p b .src");
    }

    #[test]
    fn a_file_that_includes_itself_or_nothing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("main.gst");
        std::fs::write(&main, "a\n include main.gst").unwrap();
        let error = read(&main, &Variables::new(), &|_| None).unwrap_err();
        assert_eq!(place(&error), (2, 10, 8));
        std::fs::write(&main, "include gone.gst").unwrap();
        let error = read(&main, &Variables::new(), &|_| None).unwrap_err();
        assert!(error.sentence.contains("gone.gst"), "{error}");
    }

    #[test]
    fn a_mistake_shows_its_line() {
        let shown = plain("\ta=${b}").unwrap_err().to_string();
        assert!(shown.starts_with("a.gst:1:4: the variable 'b'"), "{shown}");
        assert!(shown.ends_with("\n 1 | \ta=${b}\n   | \t  ^^^^"), "{shown}");
    }
}
