// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a description is made of: elements, their properties, caps, and names of elements that stand elsewhere.

use std::ops::Range;

/// A part of a description, with the bytes it takes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// `videotestsrc`: an element of this factory.
    Element(Range<usize>),
    /// `name=value`, of the element before.
    Property {
        /// The name.
        name: Range<usize>,
        /// The value, without quotes around it.
        value: Range<usize>,
    },
    /// `mux.` or `mux.sink_0`: the name of an element.
    Reference(Range<usize>),
}

/// The parts of `description`, in their order; links, brackets and caps are left out.
pub fn parts(description: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for word in words(description) {
        let text = &description[word.clone()];
        let name_length = text
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_-:".contains(c)))
            .unwrap_or(text.len());
        let name = word.start..word.start + name_length;
        match text[name_length..].chars().next() {
            _ if name_length == 0 => (),
            None => parts.push(Part::Element(word)),
            Some('=') => {
                let value = unquoted(description, name.end + 1..word.end);
                parts.push(Part::Property { name, value });
            }
            Some('.') if !text.contains('(') => parts.push(Part::Reference(name)),
            // Caps, or a bin of its own.
            Some(_) => (),
        }
    }
    parts
}

/// Cuts at blanks outside of quotes.
fn words(description: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut before = ' ';
    for (at, character) in description.char_indices() {
        match (character, quote) {
            ('"' | '\'', None) if before == '=' || before.is_whitespace() => {
                quote = Some(character);
                start = start.or(Some(at));
            }
            (_, Some(open)) if character == open && before != '\\' => quote = None,
            (_, None) if character.is_whitespace() => words.extend(start.take().map(|s| s..at)),
            _ => start = start.or(Some(at)),
        }
        before = character;
    }
    words.extend(start.map(|start| start..description.len()));
    words
}

fn unquoted(description: &str, value: Range<usize>) -> Range<usize> {
    let text = &description[value.clone()];
    let quoted = ['"', '\'']
        .iter()
        .any(|&quote| text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote));
    if quoted {
        value.start + 1..value.end - 1
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(description: &str) -> Vec<String> {
        let text = |range: &Range<usize>| &description[range.clone()];
        parts(description)
            .iter()
            .map(|part| match part {
                Part::Element(name) => format!("<{}>", text(name)),
                Part::Property { name, value } => format!("{}={}", text(name), text(value)),
                Part::Reference(name) => format!("{}.", text(name)),
            })
            .collect()
    }

    #[test]
    fn elements_properties_and_references() {
        let text = "a b=1 c=\"d ! e=f\" ! video/x-raw(memory:NVMM),width=2 ! g sink_0::h='i j' ! k.sink_0 k. ! l";
        assert_eq!(
            shown(text),
            [
                "<a>",
                "b=1",
                "c=d ! e=f",
                "<g>",
                "sink_0::h=i j",
                "k.",
                "k.",
                "<l>"
            ]
        );
    }

    #[test]
    fn what_is_no_name_is_left_out() {
        assert_eq!(
            shown("( a ! \"video/x-raw, width=1\" ! b ) bin.( c )"),
            ["<a>", "<b>", "<c>"]
        );
        assert_eq!(shown("a=\"\" b=' x="), ["a=", "b=' x="]);
    }
}
