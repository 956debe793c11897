// SPDX-License-Identifier: MIT OR Apache-2.0
//! Documents out of buffers: usually one document and one line feed each, but any cut of a file of lines will do.

use messages::{Event, ParseError};

/// A document longer than this is none.
const LONGEST: usize = 1 << 20;

/// A document that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDocument {
    /// Its number in the stream, from 1.
    pub number: u64,
    /// Which field, what is wrong and what is expected.
    pub problem: String,
}

/// Cuts a stream of bytes into documents.
#[derive(Debug, Default)]
pub struct Documents {
    /// The beginning of a document whose end has not come yet.
    begun: Vec<u8>,
    number: u64,
}

impl Documents {
    /// The documents that `bytes` completes.
    ///
    /// A last line without line feed counts as complete if it is a whole JSON object.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Result<Event, BadDocument>> {
        let mut documents = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.begun.extend_from_slice(piece);
            let ends = piece.ends_with(b"\n") || is_whole(&self.begun);
            if ends || self.begun.len() > LONGEST {
                documents.extend(self.finish());
            }
        }
        documents
    }

    /// The document that was begun, now that nothing more comes.
    pub fn finish(&mut self) -> Option<Result<Event, BadDocument>> {
        let line = std::mem::take(&mut self.begun);
        let line = line.trim_ascii();
        if line.is_empty() {
            return None;
        }
        self.number += 1;
        Some(parse(line).map_err(|problem| BadDocument {
            number: self.number,
            problem,
        }))
    }
}

/// Whether a text without line feed at its end is a document already. The cheap test comes first.
fn is_whole(text: &[u8]) -> bool {
    text.trim_ascii_end().ends_with(b"}") && parse(text).is_ok()
}

/// The event in a line without its line feed.
fn parse(line: &[u8]) -> Result<Event, String> {
    if line.len() > LONGEST {
        return Err(format!(
            "is longer than {LONGEST} bytes; put one line feed after each document"
        ));
    }
    let text = std::str::from_utf8(line).map_err(|error| format!("is no UTF-8 text: {error}"))?;
    Event::parse(text)
        .and_then(|event| event.canonical())
        .map_err(|error: ParseError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(id: u32) -> String {
        format!(
            r#"{{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/a/b/c","id":"1-{id}","time":"2026-03-01T06:00:00Z","data":{{}}}}"#
        )
    }

    fn ids(documents: Vec<Result<Event, BadDocument>>) -> Vec<String> {
        documents
            .into_iter()
            .map(|document| document.unwrap().id)
            .collect()
    }

    #[test]
    fn any_cut_gives_the_same_documents() {
        let text: String = (1..=3).map(|id| tick(id) + "\r\n\n").collect();
        for size in 1..text.len() {
            let mut documents = Documents::default();
            let found: Vec<_> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|piece| documents.read(piece))
                .collect();
            assert_eq!(ids(found), ["1-1", "1-2", "1-3"], "pieces of {size} bytes");
        }
    }

    #[test]
    fn a_document_without_line_feed_is_complete() {
        let mut documents = Documents::default();
        assert_eq!(ids(documents.read(tick(1).as_bytes())), ["1-1"]);
        assert_eq!(ids(documents.read(tick(2).as_bytes())), ["1-2"]);
        assert_eq!(documents.finish(), None);
    }

    #[test]
    fn a_bad_document_is_named_and_the_next_one_read() {
        let mut documents = Documents::default();
        let text = format!(
            "{}\n{{\"specversion\":\"1.0\"}}\n\u{fffd}\n{}\n",
            tick(1),
            tick(2)
        );
        let found = documents.read(text.as_bytes());
        let bad: Vec<_> = found
            .iter()
            .filter_map(|document| document.as_ref().err())
            .collect();
        assert_eq!(found.len(), 4);
        assert_eq!(bad.iter().map(|bad| bad.number).collect::<Vec<_>>(), [2, 3]);
        assert!(bad[0].problem.contains("field 'id'"), "{}", bad[0].problem);
    }

    #[test]
    fn an_endless_document_is_given_up() {
        let mut documents = Documents::default();
        let refused: usize = (0..40)
            .map(|_| documents.read(&vec![b'x'; 1 << 16]).len())
            .sum();
        assert_eq!(refused, 2);
        assert!(documents.begun.len() <= LONGEST);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let mut documents = Documents::default();
        let found = documents.read(b"\xff\xfe\n");
        assert!(
            found[0]
                .as_ref()
                .is_err_and(|bad| bad.problem.contains("UTF-8"))
        );
    }
}
