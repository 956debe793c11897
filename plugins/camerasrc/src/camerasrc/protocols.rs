// SPDX-License-Identifier: MIT OR Apache-2.0
//! How RTP travels.

use gst::glib;

/// How RTP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, glib::Enum)]
#[repr(u32)]
#[enum_type(name = "RoundhouseCameraProtocols")]
pub enum Protocols {
    /// Inside the RTSP connection.
    #[default]
    #[enum_value(name = "Inside the RTSP connection (TCP)", nick = "tcp")]
    Tcp,
    /// UDP.
    #[enum_value(name = "UDP", nick = "udp")]
    Udp,
    /// UDP to a group.
    #[enum_value(name = "UDP multicast", nick = "multicast")]
    Multicast,
    /// UDP; if nothing comes, TCP.
    #[enum_value(name = "UDP, or TCP if nothing comes", nick = "auto")]
    Auto,
    /// RTSP inside HTTP.
    #[enum_value(name = "Tunnelled through HTTP", nick = "http")]
    Http,
}

impl Protocols {
    /// As `rtspsrc` writes it.
    pub fn of_rtspsrc(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Multicast => "udp-mcast",
            Self::Auto => "tcp+udp",
            Self::Http => "http",
        }
    }
}
