// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stream of one caps event: what is to be sent of what reaches the element.

use std::time::{Duration, Instant};

use messages::{CameraHealth, Timestamp};

use crate::wire::{Disassembly, Outgoing};

/// What a live stream announces is said again so often, for those who join late.
const REPEAT: Duration = Duration::from_secs(1);

/// What reaches the element.
pub enum Item {
    /// A buffer at this running time.
    Buffer(gst::Buffer, Option<gst::ClockTime>),
    /// Time has gone on to here without a buffer.
    Gap(Option<gst::ClockTime>),
    /// The health of a camera, as of this time.
    Health(CameraHealth, Timestamp),
    /// Nothing more comes.
    End,
}

impl Item {
    /// Whether a newer one may take its place.
    pub fn is_buffer(&self) -> bool {
        matches!(self, Self::Buffer(..))
    }
}

/// The stream.
pub struct Stream {
    /// Takes its buffers apart.
    disassembly: Disassembly,
    live: bool,
    announced: Option<Instant>,
}

/// What is to be sent.
#[derive(Default)]
pub struct Taken {
    /// The messages.
    pub messages: Vec<Outgoing>,
    /// Why a buffer is not sent.
    pub refused: Option<String>,
    /// Raw results of networks that stayed behind so far.
    pub tensors: u64,
}

impl Stream {
    /// A stream that was not announced yet.
    pub fn new(disassembly: Disassembly, live: bool) -> Self {
        Self {
            disassembly,
            live,
            announced: None,
        }
    }

    /// What is to be sent of an item.
    pub fn take(&mut self, item: Item) -> Taken {
        let mut taken = Taken::default();
        match item {
            Item::Buffer(buffer, running) => {
                taken.messages = self.announcement();
                match self.disassembly.take(&buffer, running) {
                    Ok(messages) => taken.messages.extend(messages),
                    Err(sentence) => taken.refused = Some(sentence),
                }
            }
            Item::Gap(running) => taken.messages = self.disassembly.take_gap(running),
            Item::Health(health, time) => match self.disassembly.take_health(health, time) {
                Ok(message) => taken.messages.push(message),
                Err(sentence) => taken.refused = Some(sentence),
            },
            Item::End => taken.messages = self.disassembly.end(),
        }
        taken.tensors = self.disassembly.tensors_left_behind();
        taken
    }

    /// What the stream announces, if it is time to say it.
    fn announcement(&mut self) -> Vec<Outgoing> {
        let now = Instant::now();
        let due = match self.announced {
            None => true,
            Some(said) => self.live && now.saturating_duration_since(said) >= REPEAT,
        };
        if !due {
            return Vec::new();
        }
        self.announced = Some(now);
        self.disassembly.announce()
    }
}
