// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a camera is.

use gst::glib;

/// How a camera is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "RoundhouseCameraStatus")]
pub enum Status {
    /// Not wanted: the property `enabled` is off, or the element does not play.
    #[default]
    #[enum_value(name = "Disabled: not wanted", nick = "disabled")]
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
    /// It cannot be had; attempts go on.
    #[enum_value(name = "Offline: it cannot be had, attempts go on", nick = "offline")]
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
            Self::Offline => "offline",
        }
    }

    /// Whether pictures come.
    pub fn delivers(self) -> bool {
        matches!(self, Self::Online | Self::Frozen)
    }
}
