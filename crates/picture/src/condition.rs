// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a camera's pictures.

use std::fmt;

use crate::registration::Shift;

/// What is wrong with a camera's pictures, the gravest first where several things are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// Nothing.
    Good,
    /// Parts are flat or repeat one row: data was lost on the way.
    Damaged,
    /// The same picture, or the same burnt-in clock, for too long.
    Frozen,
    /// Nothing is lit.
    Black,
    /// Everything is overexposed.
    White,
    /// Light, but nothing to see: something is before the lens.
    Covered,
    /// It looks elsewhere than its reference picture.
    Moved(Shift),
    /// It shows nothing of its reference picture: it was turned far away, or something large stands before it.
    Elsewhere,
    /// Blurred, compared with what it delivered before or with its reference picture.
    OutOfFocus,
}

impl Condition {
    /// The word for it in documents and messages.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Damaged => "damaged",
            Self::Frozen => "frozen",
            Self::Black => "black",
            Self::White => "white",
            Self::Covered => "covered",
            Self::Moved(_) => "moved",
            Self::Elsewhere => "elsewhere",
            Self::OutOfFocus => "out-of-focus",
        }
    }

    /// Whether frames in this condition still show what stands in the hall.
    #[must_use]
    pub fn shows_the_hall(&self) -> bool {
        matches!(
            self,
            Self::Good | Self::Moved(_) | Self::Elsewhere | Self::OutOfFocus
        )
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Good => "nothing to do",
            Self::Damaged => {
                "data is lost between camera and decoder: use TCP, a better link or a lower bit rate"
            }
            Self::Frozen => "restart the camera or its encoder",
            Self::Black => "switch on the light or check the camera's power and lens cap",
            Self::White => "check the camera's exposure and what shines into it",
            Self::Covered => "look what hangs before the lens, or clean it",
            Self::Moved(_) => {
                "turn the camera back, or calibrate it anew and take a new reference picture: its metres are wrong"
            }
            Self::Elsewhere => {
                "look whether it was turned, or whether something large stands before it; if it looks as it should, take a new \
                 reference picture"
            }
            Self::OutOfFocus => "focus or clean the lens",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved(shift) => write!(
                formatter,
                "moved by {:+.1}, {:+.1} pixels and {:+.2} degrees",
                shift.x, shift.y, shift.rotation
            ),
            other => formatter.write_str(&other.word().replace('-', " ")),
        }
    }
}
