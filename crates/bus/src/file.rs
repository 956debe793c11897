// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of a folder as a place to send to: JSON Lines that rotate, as `jsonlsink` writes them and `roundhouse replay` reads them.

use std::io;
use std::path::Path;

use jsonl::{Files, Limits};
use messages::Timestamp;

use crate::{
    Endpoint, EndpointError, Fault, FaultKind, Message, Published, Publisher, Refusal,
    RefusalReason,
};

/// Bytes after which a file is not continued.
const FILE_SIZE: u64 = 64 << 20;
/// So many files are kept.
const FILES: u32 = 200;
/// Nanoseconds of a day.
const DAY: u64 = 86_400_000_000_000;

/// Writes events into files, each with its stamp.
pub struct FilePublisher {
    files: Files,
    place: String,
}

impl FilePublisher {
    /// Opens the folder of an address. Parameters: `max-file-size` in bytes, `max-files`, `max-age` in days; 0: no limit.
    ///
    /// # Errors
    /// Nothing can be written there.
    pub fn new(endpoint: &Endpoint) -> Result<Self, Fault> {
        let place = endpoint.to_string();
        let limits = limits(endpoint).map_err(|error| endpoint.local(error))?;
        let mut files = Files::new(Path::new(&endpoint.path), limits);
        files
            .open(Timestamp::now())
            .map_err(|error| endpoint.local(error))?;
        Ok(Self { files, place })
    }

    /// Writes one event.
    fn write(&mut self, message: &Message) -> io::Result<Result<(), Refusal>> {
        if !message.payload.is_empty() {
            let sentence = "a file of lines holds no pictures; give the sender an image store";
            return Ok(Err(Refusal::new(RefusalReason::WrongParts, sentence)));
        }
        if message.event.contains(&b'\n') {
            let sentence = "the event has a line break, which a file of lines cannot hold";
            return Ok(Err(Refusal::new(RefusalReason::NoEvent, sentence)));
        }
        self.files.write(&message.event, Timestamp::now()).map(Ok)
    }
}

impl Publisher for FilePublisher {
    fn publish(&mut self, batch: &[Message]) -> Published {
        let mut published = Published::default();
        let mut failed = None;
        for (at, message) in batch.iter().enumerate() {
            match self.write(message) {
                Ok(written) => {
                    published
                        .refused
                        .extend(written.err().map(|refusal| (at, refusal)));
                    published.settled += 1;
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        // What is not on the disk is not settled.
        if let Err(error) = self.files.sync() {
            published.settled = 0;
            failed = Some(error);
        }
        published.fault = failed.map(|error| fault(&self.place, &error));
        published
    }
}

/// When files are rotated and removed.
fn limits(endpoint: &Endpoint) -> Result<Limits, EndpointError> {
    endpoint.allow(&["max-file-size", "max-files", "max-age"])?;
    let file_size = match endpoint.number("max-file-size", FILE_SIZE)? {
        0 => u64::MAX,
        size => size,
    };
    Ok(Limits {
        file_size,
        files: endpoint.number("max-files", FILES)?,
        age: endpoint.number("max-age", 0_u64)?.saturating_mul(DAY),
        sync_interval: None,
    })
}

/// The fault of a folder.
fn fault(place: &str, error: &io::Error) -> Fault {
    Fault::new(FaultKind::Local, format!("{place}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use bytes::Bytes;

    use super::*;
    use crate::{Options, Stamp, publisher};

    /// A message.
    fn message(sequence: u64, document: &str, payload: &'static [u8]) -> Message {
        let sender = "s".to_owned();
        let stamp = Stamp { sender, sequence };
        Message::new(document, Bytes::from_static(payload), stamp).unwrap()
    }

    #[test]
    fn events_are_lines_that_are_read_as_reports() {
        let folder = tempfile::tempdir().unwrap();
        let tick = messages::Event::parse(TICK).unwrap();
        let document = tick.to_json();
        let address = format!("file://{}?max-files=3", folder.path().display());
        let endpoint = Endpoint::parse(&address).unwrap();
        let batch = [
            message(1, &document, b""),
            message(2, &document, b"picture"),
            message(3, &document.replacen(',', ",\n", 1), b""),
            message(4, &document, b""),
        ];
        let mut files = publisher(&endpoint, &Options::default()).unwrap();
        let published = files.publish(&batch);
        assert_eq!((published.settled, published.fault), (4, None));
        let refused: Vec<_> = published
            .refused
            .iter()
            .map(|(at, r)| (*at, r.reason))
            .collect();
        let (parts, event) = (RefusalReason::WrongParts, RefusalReason::NoEvent);
        assert_eq!(refused, [(1, parts), (2, event)]);
        let file = fs::read_dir(folder.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        let read = |line| messages::Event::parse(line).unwrap();
        let events: Vec<messages::Event> = text.lines().map(read).collect();
        assert_eq!(events, [tick.clone(), tick]);
    }

    #[test]
    fn flows_with_folders_of_their_own_do_not_mix() {
        const COUNT: u64 = 10_000;
        let folder = tempfile::tempdir().unwrap();
        let flow = |number: u64| {
            if number.is_multiple_of(3) {
                "dev"
            } else {
                "prod"
            }
        };
        let event = |number| {
            let document = TICK.replace("1-1", &format!("1-{number}"));
            let document = document.replacen('{', &format!(r#"{{"flow":"{}","#, flow(number)), 1);
            message(number, &document, b"")
        };
        let events: Vec<Message> = (1..=COUNT).map(event).collect();
        let place = |flow: &str| folder.path().join(flow);
        let mut files = ["prod", "dev"].map(|flow| {
            let address = format!("file://{}", place(flow).display());
            let endpoint = Endpoint::parse(&address).unwrap();
            (flow, publisher(&endpoint, &Options::default()).unwrap())
        });
        for batch in events.chunks(1000) {
            for (flow, files) in &mut files {
                let of_flow = batch.iter().filter(|event| event.envelope.flow == *flow);
                let of_flow: Vec<Message> = of_flow.cloned().collect();
                assert_eq!(files.publish(&of_flow).settled, of_flow.len());
            }
        }
        for wanted in ["prod", "dev"] {
            let file = fs::read_dir(place(wanted)).unwrap().next().unwrap();
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            let number = |line: &str| {
                let event = Bytes::copy_from_slice(line.as_bytes());
                let message = Message::read(event, Bytes::new()).unwrap();
                assert_eq!(message.envelope.flow, wanted);
                message.stamp.unwrap().sequence
            };
            let expected = (1..=COUNT).filter(|number| flow(*number) == wanted);
            assert!(text.lines().map(number).eq(expected), "{wanted}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_a_fault() {
        for (address, sentence) in [
            ("file:///proc/none", "file:///proc/none: "),
            ("file:///tmp?max-file=1", "did you mean 'max-files'?"),
        ] {
            let endpoint = Endpoint::parse(address).unwrap();
            let fault = publisher(&endpoint, &Options::default()).err().unwrap();
            assert_eq!(fault.kind, FaultKind::Local);
            assert!(fault.to_string().contains(sentence), "{fault}");
        }
    }

    const TICK: &str = r#"{"specversion":"1.0","type":"com.roundhouse.tick.v1","source":"/hall/fsefuse/1","id":"1-1","time":"2026-03-01T06:00:03.5Z","data":{}}"#;
}
