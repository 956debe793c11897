// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the stream waits for the network.

use gst::glib;

/// What happens when messages come faster than they are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, glib::Enum)]
#[enum_type(name = "RoundhouseBusSinkLeaky")]
pub enum Leaky {
    /// Recordings wait, live input does not.
    #[default]
    #[enum_value(
        name = "Wait with recordings, drop the oldest messages of live input",
        nick = "auto"
    )]
    Auto,
    /// The stream waits.
    #[enum_value(name = "Wait until there is room", nick = "no")]
    No,
    /// The oldest messages give way.
    #[enum_value(name = "Drop the oldest messages", nick = "downstream")]
    Downstream,
}

impl Leaky {
    /// Whether the stream waits, of `live` input or of recordings.
    pub fn waits(self, live: bool) -> bool {
        match self {
            Self::Auto => !live,
            Self::No => true,
            Self::Downstream => false,
        }
    }
}
