// SPDX-License-Identifier: MIT OR Apache-2.0
//! The form of a number as a regular expression over the signs as painted.
//!
//! Blanks, dashes, dots and slashes in a pattern only say how the number is written: a plate may have others or none. A
//! pattern speaks of letters, a reader of shapes; [`Pattern::write`] finds the letters that the shapes stand for.

use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::HashSet;

use crate::Shape;
use crate::alphabet::is_separator;

/// More places than this no pattern needs: it repeats something a thousand times.
const MOST_NODES: usize = 20_000;
/// What can be painted and read.
const PAINTABLE: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЫЭЮЯЬ";

/// Where one can go from a place in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// On without a sign.
    Free(u32),
    /// On with this sign.
    Sign(char, Shape, u32),
    /// On without a sign; this separator is written here.
    Written(char, u32),
}

/// A pattern, ready to be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// Edges of every place in order of preference; place 0 is the start.
    pub nodes: Vec<Vec<Edge>>,
    /// The place behind a whole number.
    pub end: u32,
}

impl Pattern {
    /// Reads a regular expression; what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self, String> {
        let hir = regex_syntax::parse(text)
            .map_err(|error| format!("is no regular expression: {error}"))?;
        let mut builder = Builder {
            nodes: vec![Vec::new()],
        };
        let end = builder.add(&hir, 0)?;
        Ok(Self {
            nodes: builder.nodes,
            end,
        })
    }

    /// All places reachable from these without a sign, these included, sorted.
    pub fn closure(&self, from: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let mut open: Vec<u32> = from.into_iter().collect();
        while let Some(node) = open.pop() {
            if let Err(place) = found.binary_search(&node) {
                found.insert(place, node);
                open.extend(
                    self.nodes[node as usize]
                        .iter()
                        .filter_map(|edge| match edge {
                            Edge::Free(to) | Edge::Written(_, to) => Some(*to),
                            Edge::Sign(..) => None,
                        }),
                );
            }
        }
        found
    }

    /// The shapes as the pattern writes them, `None` where they do not fit it.
    pub fn write(&self, shapes: &[Shape]) -> Option<String> {
        let mut text = Vec::new();
        let mut failed = HashSet::new();
        self.follow(0, shapes, &mut text, &mut failed)
            .then(|| text.into_iter().collect())
    }

    /// Whether `rest` can be read from `node` to the end; `text` gets the signs as the pattern writes them.
    fn follow(
        &self,
        node: u32,
        rest: &[Shape],
        text: &mut Vec<char>,
        failed: &mut HashSet<(u32, usize)>,
    ) -> bool {
        if node == self.end && rest.is_empty() {
            return true;
        }
        if !failed.insert((node, rest.len())) {
            return false;
        }
        self.nodes[node as usize].iter().any(|edge| {
            let length = text.len();
            let fits = match (edge, rest.split_first()) {
                (Edge::Free(to), _) => self.follow(*to, rest, text, failed),
                (Edge::Written(sign, to), _) => {
                    text.push(*sign);
                    self.follow(*to, rest, text, failed)
                }
                (Edge::Sign(sign, shape, to), Some((first, behind))) if shape == first => {
                    text.push(*sign);
                    self.follow(*to, behind, text, failed)
                }
                _ => false,
            };
            if !fits {
                text.truncate(length);
            }
            fits
        })
    }
}

struct Builder {
    nodes: Vec<Vec<Edge>>,
}

impl Builder {
    /// Adds a place.
    fn node(&mut self) -> Result<u32, String> {
        if self.nodes.len() >= MOST_NODES {
            return Err("is too large; let it repeat less".to_owned());
        }
        self.nodes.push(Vec::new());
        Ok(self.nodes.len() as u32 - 1)
    }

    /// Adds an edge.
    fn link(&mut self, from: u32, edge: Edge) {
        self.nodes[from as usize].push(edge);
    }

    /// Adds an expression behind a place; returns the place behind it.
    fn add(&mut self, hir: &Hir, from: u32) -> Result<u32, String> {
        match hir.kind() {
            // Anchors say nothing: a pattern always means the whole number.
            HirKind::Empty | HirKind::Look(_) => Ok(from),
            HirKind::Literal(literal) => {
                let text = str::from_utf8(&literal.0)
                    .map_err(|_| "has bytes that are no UTF-8".to_owned())?;
                text.chars()
                    .try_fold(from, |from, sign| self.sign(&[sign], from))
            }
            HirKind::Class(class) => {
                let signs: Vec<char> = PAINTABLE
                    .chars()
                    .chain(['-', ' ', '/', '.'])
                    .filter(|sign| contains(class, *sign))
                    .collect();
                self.sign(&signs, from)
            }
            HirKind::Capture(capture) => self.add(&capture.sub, from),
            HirKind::Concat(parts) => parts
                .iter()
                .try_fold(from, |from, part| self.add(part, from)),
            HirKind::Alternation(parts) => {
                let end = self.node()?;
                for part in parts {
                    let start = self.node()?;
                    self.link(from, Edge::Free(start));
                    let last = self.add(part, start)?;
                    self.link(last, Edge::Free(end));
                }
                Ok(end)
            }
            HirKind::Repetition(repetition) => {
                let most = repetition
                    .max
                    .ok_or("may go on for ever; say how often at most, as in \\d{1,6}")?;
                self.repeat(&repetition.sub, repetition.min, most, from)
            }
        }
    }

    /// Adds an expression `least` to `most` times behind a place; returns the place behind it.
    fn repeat(&mut self, part: &Hir, least: u32, most: u32, from: u32) -> Result<u32, String> {
        let mut last = from;
        for _ in 0..least {
            last = self.add(part, last)?;
        }
        let end = self.node()?;
        for _ in least..most {
            let start = self.node()?;
            self.link(last, Edge::Free(start));
            self.link(last, Edge::Free(end));
            last = self.add(part, start)?;
        }
        self.link(last, Edge::Free(end));
        Ok(end)
    }

    /// One of these signs; where only separators are meant, the first of them, written or not.
    fn sign(&mut self, signs: &[char], from: u32) -> Result<u32, String> {
        let to = self.node()?;
        let mut read: Vec<_> = signs
            .iter()
            .flat_map(|sign| sign.to_uppercase())
            .filter(|sign| !is_separator(*sign))
            .map(|sign| {
                let shape = Shape::of(sign)
                    .ok_or_else(|| format!("has '{sign}', which cannot be read from a plate"))?;
                Ok((sign, shape))
            })
            .collect::<Result<_, String>>()?;
        // A shape that is a sign itself is meant as that sign, if the pattern allows both.
        read.sort_by_key(|(sign, shape)| *sign != shape.sign());
        match (read.is_empty(), signs.first()) {
            (true, Some(separator)) => self.link(from, Edge::Written(*separator, to)),
            (true, None) => return Err("has a class without any letter or digit".to_owned()),
            (false, _) => {
                for (sign, shape) in read {
                    self.link(from, Edge::Sign(sign, shape, to));
                }
            }
        }
        Ok(to)
    }
}

/// Whether a class of signs holds this one.
fn contains(class: &Class, sign: char) -> bool {
    match class {
        Class::Unicode(class) => class
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&sign)),
        Class::Bytes(class) => u8::try_from(sign).is_ok_and(|byte| {
            class
                .iter()
                .any(|range| (range.start()..=range.end()).contains(&byte))
        }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
    use super::*;
    use crate::fold;

    fn written(pattern: &str, text: &str) -> Option<String> {
        Pattern::parse(pattern).unwrap().write(&fold(text).unwrap())
    }

    #[test]
    fn shapes_become_the_letters_that_the_pattern_wants() {
        assert_eq!(
            written(r"\d{3} \d{3}-\d", "1851234").as_deref(),
            Some("185 123-4")
        );
        assert_eq!(
            written(r"(ВЛ80С|ВЛ10)-\d{3,4}[АБ]?", "BЛ80C 1234").as_deref(),
            Some("ВЛ80С-1234")
        );
        assert_eq!(
            written(r"(ВЛ80С|ВЛ10)-\d{3,4}[АБ]?", "ВЛ101234Б").as_deref(),
            Some("ВЛ10-1234Б")
        );
        assert_eq!(written(r"[A-Z]{2}[- ]?\d", "C03").as_deref(), Some("CO-3"));
        assert_eq!(written(r"[A-Z0-9]{2}", "O0").as_deref(), Some("00"));
        assert_eq!(written(r"\d{3}", "12"), None);
    }

    #[test]
    fn patterns_that_cannot_be_followed_are_refused() {
        for (pattern, problem) in [
            (r"\d{3", "is no regular expression"),
            (r"\d+", "for ever"),
            (r"№\d", "'№'"),
            (r"[€£]", "without any letter"),
            (r"(\d{100}){300}", "too large"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(problem), "{pattern}: {error}");
        }
    }
}
