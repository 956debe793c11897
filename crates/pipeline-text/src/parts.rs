// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a description is made of: elements, their properties, links, caps, and names of elements that stand elsewhere.

use std::ops::Range;

use crate::quotes::Quotes;

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
    /// `name=` with a blank behind it: what is meant as the next word would be taken for the value.
    NoValue(Range<usize>),
    /// `mux.` or `mux.sink_0`: an element by its name.
    Reference {
        /// The name of the element.
        name: Range<usize>,
        /// The name of its pad, if one is given.
        pad: Option<Range<usize>>,
    },
    /// `!`: what stands before is linked to what stands behind.
    Link(Range<usize>),
    /// `video/x-raw,width=960`: what may pass here; without quotes around it.
    Caps(Range<usize>),
    /// Anything else: a bin in brackets, a URI.
    Other(Range<usize>),
}

/// The parts of `description`, in their order.
pub fn parts(description: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut words = words(description).into_iter().peekable();
    while let Some(word) = words.next() {
        let bare = unquoted(description, word.clone());
        if !is_caps(&description[bare.clone()]) {
            parts.push(part(description, word));
            continue;
        }
        // Caps may have blanks behind their commas.
        let mut caps = bare;
        while let Some(more) = words.next_if(|next| &description[next.clone()] != "!") {
            caps.end = more.end;
        }
        parts.push(Part::Caps(caps));
    }
    parts
}

/// The part that one word makes, no caps.
fn part(description: &str, word: Range<usize>) -> Part {
    let text = &description[word.clone()];
    if text == "!" {
        return Part::Link(word);
    }
    let name_length = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "_-:".contains(c)))
        .unwrap_or(text.len());
    let name = word.start..word.start + name_length;
    match text[name_length..].chars().next() {
        _ if name_length == 0 => Part::Other(word),
        None => Part::Element(word),
        Some('=') if name.end + 1 == word.end => Part::NoValue(word),
        Some('=') => {
            let value = unquoted(description, name.end + 1..word.end);
            Part::Property { name, value }
        }
        Some('.') if !text.contains(['(', ',']) => {
            let pad = name.end + 1..word.end;
            let pad = (!pad.is_empty()).then_some(pad);
            Part::Reference { name, pad }
        }
        Some(_) => Part::Other(word),
    }
}

/// Whether a word begins as caps do: `media/type`, but not `scheme://place`.
fn is_caps(word: &str) -> bool {
    let is_name = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
    word.split_once('/').is_some_and(|(media, kind)| {
        is_name(media) && is_name(kind) && media.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// Cuts at blanks outside of quotes.
fn words(description: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quotes = Quotes::default();
    for (at, character) in description.char_indices() {
        if quotes.holds(at, character) || !character.is_whitespace() {
            start = start.or(Some(at));
        } else {
            words.extend(start.take().map(|start| start..at));
        }
    }
    words.extend(start.map(|start| start..description.len()));
    words
}

/// A value without the quotes around it.
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
                Part::NoValue(word) => format!("none {}", text(word)),
                Part::Reference { name, pad } => {
                    format!("{}.{}", text(name), pad.as_ref().map_or("", text))
                }
                Part::Link(_) => "!".to_owned(),
                Part::Caps(caps) => format!("caps {}", text(caps)),
                Part::Other(word) => format!("other {}", text(word)),
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
                "!",
                "caps video/x-raw(memory:NVMM),width=2",
                "!",
                "<g>",
                "sink_0::h=i j",
                "!",
                "k.sink_0",
                "k.",
                "!",
                "<l>"
            ]
        );
    }

    #[test]
    fn caps_may_have_blanks_and_quotes() {
        assert_eq!(
            shown("a ! video/x-raw, width=1, height=2 ! b ! \"video/x-raw, width=1\" ! c"),
            [
                "<a>",
                "!",
                "caps video/x-raw, width=1, height=2",
                "!",
                "<b>",
                "!",
                "caps video/x-raw, width=1",
                "!",
                "<c>"
            ]
        );
    }

    #[test]
    fn what_is_no_element_is_told_apart() {
        assert_eq!(
            shown("( a ) bin.( c file:///x k.a,b"),
            [
                "other (",
                "<a>",
                "other )",
                "other bin.(",
                "<c>",
                "other file:///x",
                "other k.a,b"
            ]
        );
    }

    #[test]
    fn a_missing_value_is_no_empty_one() {
        assert_eq!(shown("a=\"\" b=' x="), ["a=", "b=' x="]);
        assert_eq!(shown("a b= ! c"), ["<a>", "none b=", "!", "<c>"]);
    }
}
