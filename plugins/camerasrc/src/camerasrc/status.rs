// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a camera is.

use gst::glib;
use messages::Health;
use picture::Condition;

/// How a camera is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "RoundhouseCameraStatus")]
pub enum Status {
    /// Not wanted: the property `enabled` is off, or the element does not play.
    #[default]
    #[enum_value(name = "Disabled", nick = "disabled")]
    Disabled,
    /// The first attempt since the start.
    #[enum_value(
        name = "Connecting: the first attempt since the start",
        nick = "connecting"
    )]
    Connecting,
    /// Pictures come.
    #[enum_value(name = "Online: pictures come", nick = "online")]
    Online,
    /// Pictures came, then none, while the connection stood.
    #[enum_value(
        name = "Stalled: the connection stands, pictures stopped",
        nick = "stalled"
    )]
    Stalled,
    /// Pictures come, and have been the same for long.
    #[enum_value(name = "Frozen: the same picture for long", nick = "frozen")]
    Frozen,
    /// Pictures come that do not show the hall.
    #[enum_value(
        name = "Blind: pictures are black, white, covered or damaged",
        nick = "blind"
    )]
    Blind,
    /// The camera looks elsewhere than its reference picture.
    #[enum_value(
        name = "Moved: it looks elsewhere than its reference picture",
        nick = "moved"
    )]
    Moved,
    /// Pictures are less sharp than they were.
    #[enum_value(name = "Blurred: pictures are out of focus", nick = "blurred")]
    Blurred,
    /// It cannot be had; attempts go on.
    #[enum_value(name = "Offline: cannot be reached, attempts go on", nick = "offline")]
    Offline,
}

impl Status {
    /// The word in properties and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Connecting => "connecting",
            Self::Online => "online",
            Self::Stalled => "stalled",
            Self::Frozen => "frozen",
            Self::Blind => "blind",
            Self::Moved => "moved",
            Self::Blurred => "blurred",
            Self::Offline => "offline",
        }
    }

    /// What it means for those who use its pictures.
    pub fn health(self) -> Health {
        match self {
            Self::Disabled => Health::Disabled,
            Self::Connecting => Health::Connecting,
            Self::Online | Self::Blurred => Health::Online,
            Self::Stalled => Health::Stalled,
            Self::Frozen => Health::Frozen,
            Self::Blind => Health::Blind,
            Self::Moved => Health::Moved,
            Self::Offline => Health::Offline,
        }
    }

    /// How a camera is whose pictures are in this `condition`.
    pub fn of(condition: Condition) -> Self {
        match condition {
            Condition::Good => Self::Online,
            Condition::Frozen => Self::Frozen,
            Condition::Damaged | Condition::Black | Condition::White | Condition::Covered => {
                Self::Blind
            }
            Condition::Moved(_) | Condition::Elsewhere => Self::Moved,
            Condition::OutOfFocus => Self::Blurred,
        }
    }

    /// Whether pictures come that are passed on.
    pub fn delivers(self) -> bool {
        matches!(self, Self::Online | Self::Moved | Self::Blurred)
    }
}
