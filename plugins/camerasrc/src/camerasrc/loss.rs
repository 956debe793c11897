// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a camera gives no pictures, and what to do about it.

use std::time::Duration;

use thiserror::Error;

/// How long a camera is left alone after it refused user and password: many lock an account after a few attempts.
pub const PATIENCE_AFTER_REFUSAL: Duration = Duration::from_mins(1);

/// Why a camera gives no pictures. Its text goes on after the camera's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Loss {
    /// The address cannot be read.
    #[error("{0}")]
    Address(#[from] facility::AddressError),
    /// User and password cannot be read.
    #[error("has no credentials: {0}")]
    Credentials(String),
    /// User or password are wrong.
    #[error(
        "refuses user or password: correct the property credentials; the next attempt is in {} s at the earliest, so that no account is locked",
        PATIENCE_AFTER_REFUSAL.as_secs()
    )]
    Unauthorised,
    /// The path is wrong.
    #[error(
        "does not know the path of its address, or the file is not there: correct the property uri ({0})"
    )]
    NotFound(String),
    /// Nobody listens there, or the way is cut.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// Somebody listens, but nothing comes.
    #[error("did not answer within {:.1} s", .0.as_secs_f64())]
    NoAnswer(Duration),
    /// There are streams, but none of video.
    #[error("has no video stream: correct the property uri")]
    NoVideo,
    /// No decoder of this machine takes its stream.
    #[error("sends {0}, which nothing here decodes: install a decoder, or set the camera to H.264")]
    NoDecoder(String),
    /// Data comes, but no picture.
    #[error("sends data that gave no picture for {:.1} s", .0.as_secs_f64())]
    NoPicture(Duration),
    /// Pictures came, then none.
    #[error("sent no picture for {:.1} s", .0.as_secs_f64())]
    Stalled(Duration),
    /// It ended the stream.
    #[error("ended its stream")]
    Ended,
    /// Anything else.
    #[error("failed: {0}")]
    Failed(String),
}

impl Loss {
    /// One word for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Credentials(_) => "credentials",
            Self::Unauthorised => "unauthorised",
            Self::NotFound(_) => "not-found",
            Self::Unreachable(_) => "unreachable",
            Self::NoAnswer(_) => "no-answer",
            Self::NoVideo => "no-video",
            Self::NoDecoder(_) => "no-decoder",
            Self::NoPicture(_) => "no-picture",
            Self::Stalled(_) => "stalled",
            Self::Ended => "ended",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether somebody has to do something before the camera can come back, so that it is said again when it becomes so.
    pub fn needs_a_person(&self) -> bool {
        matches!(
            self,
            Self::Address(_)
                | Self::Credentials(_)
                | Self::Unauthorised
                | Self::NotFound(_)
                | Self::NoVideo
                | Self::NoDecoder(_)
        )
    }

    /// The shortest time until the next attempt.
    pub fn patience(&self) -> Duration {
        match self {
            Self::Unauthorised => PATIENCE_AFTER_REFUSAL,
            _ => Duration::ZERO,
        }
    }
}
