// SPDX-License-Identifier: MIT OR Apache-2.0
//! What errors of a connection's elements mean for the camera.

use super::loss::Loss;

/// What `error` says about the camera. No secret is left in it.
pub fn loss_of(error: &gst::message::Error) -> Loss {
    let cause = error.error();
    let words = || {
        let words = kit::error_text(&cause, error.debug().as_deref());
        words.trim_end_matches('.').to_owned()
    };
    if let Some(kind) = cause.kind::<gst::ResourceError>() {
        return match kind {
            gst::ResourceError::NotAuthorized => Loss::Unauthorised,
            gst::ResourceError::NotFound => Loss::NotFound(words()),
            gst::ResourceError::OpenRead
            | gst::ResourceError::OpenReadWrite
            | gst::ResourceError::Read
            | gst::ResourceError::Write
            | gst::ResourceError::Busy => Loss::Unreachable(words()),
            _ => Loss::Failed(words()),
        };
    }
    if cause.matches(gst::CoreError::MissingPlugin)
        || cause.matches(gst::StreamError::CodecNotFound)
    {
        return Loss::NoDecoder("a stream".to_owned());
    }
    if cause.matches(gst::StreamError::TypeNotFound) || cause.matches(gst::StreamError::WrongType) {
        return Loss::NoVideo;
    }
    Loss::Failed(words())
}
