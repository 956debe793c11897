// SPDX-License-Identifier: MIT OR Apache-2.0
//! What errors of a connection's elements mean for the camera.

use super::loss::Loss;
use super::uri::masked;

/// What `error` says about the camera. No secret is left in it.
pub fn loss_of(error: &gst::message::Error) -> Loss {
    let cause = error.error();
    let words = || masked(&words_of(&cause, error.debug().as_deref()));
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

/// The error in one line: elements put what happened into the last line of the debug text, in brackets or not.
fn words_of(cause: &gst::glib::Error, debug: Option<&str>) -> String {
    let sentence = cause.message().trim_end_matches('.');
    let detail = debug.and_then(|debug| debug.lines().skip(1).last());
    match detail.map(|detail| detail.trim().trim_end_matches('.')) {
        Some(detail) if !detail.is_empty() && detail != sentence => format!("{sentence}: {detail}"),
        _ => sentence.to_owned(),
    }
}
