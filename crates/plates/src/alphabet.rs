// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signs as shapes. Letters that look alike are one shape: Cyrillic `А` and Latin `A`, the letter `O` and the digit `0`.
//! A reader sees shapes; which sign is meant follows from the numbering scheme.

use std::fmt;
use std::path::{Path, PathBuf};

/// The shapes that can make up a number, in the order of the shipped network's classes.
const SIGNS: [char; Shape::COUNT] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I',
    'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Б', 'Г', 'Д',
    'Ж', 'И', 'Й', 'Л', 'П', 'Ф', 'Ц', 'Ч', 'Ш', 'Щ', 'Ы', 'Э', 'Ю', 'Я', 'Ь',
];
/// Signs that divide a number where it is painted and are no part of it.
const SEPARATORS: [char; 2] = ['-', '/'];
/// How a labels file writes the class that says nothing.
const BLANK: &str = "<blank>";

/// One shape, as painted on a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape(u8);

impl Shape {
    /// How many shapes there are.
    pub const COUNT: usize = 53;

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// The shape of a sign, in either case; `None` for separators and for what has no shape here.
    pub fn of(sign: char) -> Option<Self> {
        let upper = sign.to_uppercase().next().unwrap_or(sign);
        let folded = match upper {
            'O' | 'О' => '0',
            'А' => 'A',
            'В' => 'B',
            'Е' | 'Ё' => 'E',
            'З' => '3',
            'К' => 'K',
            'М' => 'M',
            'Н' => 'H',
            'Р' => 'P',
            'С' => 'C',
            'Т' => 'T',
            'У' => 'Y',
            'Х' => 'X',
            other => other,
        };
        SIGNS
            .iter()
            .position(|&known| known == folded)
            .map(|index| Self(index as u8))
    }

    /// The sign that stands for all signs of this shape.
    pub const fn sign(self) -> char {
        SIGNS[self.0 as usize]
    }

    /// The digit of this shape.
    pub const fn digit(self) -> Option<u8> {
        if self.0 < 10 { Some(self.0) } else { None }
    }

    /// Its place among all shapes.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether a sign divides or adorns a number without being a part of it: blanks, dashes, dots, brackets.
pub fn is_separator(sign: char) -> bool {
    sign.is_whitespace() || SEPARATORS.contains(&sign) || ".,·()[]–".contains(sign)
}

/// The shapes of a text, separators left out. This is what makes two spellings the same number.
///
/// # Errors
/// The first sign that has no shape.
pub fn fold(text: &str) -> Result<Vec<Shape>, char> {
    text.chars()
        .filter(|&sign| !is_separator(sign))
        .map(|sign| Shape::of(sign).ok_or(sign))
        .collect()
}

/// Shapes as text.
pub fn signs(shapes: &[Shape]) -> String {
    shapes.iter().map(|shape| shape.sign()).collect()
}

/// What a class of a network means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing is said at this step.
    Blank,
    /// A dash or slash.
    Separator,
    /// A shape.
    Shape(Shape),
    /// A sign that no number has.
    Foreign,
}

/// The classes of a network's output. Several classes may have the same shape, such as `O`, `o` and `0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alphabet {
    classes: Vec<Class>,
}

impl Alphabet {
    /// The shipped network's: the blank, the shapes in their order, `-` and `/`.
    pub fn shipped() -> Self {
        let shapes = Shape::all().map(Class::Shape);
        let separators = SEPARATORS.map(|_| Class::Separator);
        Self {
            classes: std::iter::once(Class::Blank)
                .chain(shapes)
                .chain(separators)
                .collect(),
        }
    }

    /// Reads a labels file: one class a line, `<blank>` for the one that says nothing.
    ///
    /// # Errors
    /// The file cannot be read, is no text, or is no alphabet.
    pub fn load(path: &Path) -> Result<Self, AlphabetError> {
        let wrong = |problem: String| AlphabetError {
            file: path.to_owned(),
            problem,
        };
        let bytes =
            std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            wrong(format!(
                "byte {} is no UTF-8; save the file as UTF-8",
                error.utf8_error().valid_up_to()
            ))
        })?;
        Self::parse(&text).map_err(wrong)
    }

    /// Reads the text of a labels file.
    ///
    /// # Errors
    /// What is wrong with it: no class is the blank, several are, or none has a shape.
    pub fn parse(text: &str) -> Result<Self, String> {
        let classes: Vec<_> = text.lines().map(class).collect();
        let blanks = classes
            .iter()
            .filter(|class| **class == Class::Blank)
            .count();
        if blanks != 1 {
            return Err(format!(
                "{blanks} lines read {BLANK}; exactly one must, the class that says nothing"
            ));
        }
        if !classes.iter().any(|class| matches!(class, Class::Shape(_))) {
            return Err("no line is a letter or digit; write one class a line".to_owned());
        }
        Ok(Self { classes })
    }

    /// How many classes the network must have.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Never: an alphabet has a blank.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// What each class of the network means, in its order.
    pub(crate) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Shapes that no class can say.
    pub(crate) fn unsaid(&self) -> impl Iterator<Item = Shape> {
        Shape::all().filter(|&shape| !self.says(shape))
    }

    /// Whether some class can say this shape.
    pub fn says(&self, shape: Shape) -> bool {
        self.classes.contains(&Class::Shape(shape))
    }
}

/// What the class of this label means.
fn class(label: &str) -> Class {
    let mut signs = label.chars();
    match (signs.next(), signs.next()) {
        _ if label == BLANK => Class::Blank,
        (Some(sign), None) if is_separator(sign) => Class::Separator,
        (Some(sign), None) => Shape::of(sign).map_or(Class::Foreign, Class::Shape),
        // An empty line: what the blank at the end of a class list becomes in some editors.
        (None, _) => Class::Separator,
        _ => Class::Foreign,
    }
}

/// A labels file that is no alphabet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlphabetError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong and what to do about it.
    pub problem: String,
}

impl std::error::Error for AlphabetError {}

impl fmt::Display for AlphabetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.problem)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;

    #[test]
    fn look_alikes_are_one_shape() {
        assert_eq!(fold("ВЛ80С-1234"), fold("BЛ80C 1234"));
        assert_eq!(fold("ЗОРУНХ"), fold("30PYHX"));
        assert_eq!(signs(&fold("ТЭМ18ДМ-0450").unwrap()), "TЭM18ДM0450");
        assert_eq!(fold("№ 5"), Err('№'));
    }

    #[test]
    fn the_shipped_alphabet_has_56_classes() {
        let alphabet = Alphabet::shipped();
        assert_eq!(alphabet.len(), 56);
        assert!(
            Shape::all()
                .all(|shape| Shape::of(shape.sign()) == Some(shape) && alphabet.says(shape))
        );
    }

    #[test]
    fn labels_must_name_the_blank_once() {
        assert_eq!(Alphabet::parse("<blank>\n0\nO\n中\n ").unwrap().len(), 5);
        assert!(Alphabet::parse("0\n1").unwrap_err().contains("exactly one"));
        assert!(
            Alphabet::parse("<blank>\n<blank>\n1")
                .unwrap_err()
                .contains("2 lines")
        );
        assert!(
            Alphabet::parse("<blank>\n中")
                .unwrap_err()
                .contains("letter or digit")
        );
    }

    #[test]
    fn labels_that_are_no_text_are_refused() {
        let path =
            std::env::temp_dir().join(format!("roundhouse-labels-{}.txt", std::process::id()));
        std::fs::write(&path, b"<blank>\n0\n\xff\n").unwrap();
        let error = Alphabet::load(&path).unwrap_err().to_string();
        std::fs::remove_file(&path).unwrap();
        assert!(error.contains("byte 10 is no UTF-8"), "{error}");
    }
}
