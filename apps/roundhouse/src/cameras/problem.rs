// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an error of GStreamer means for a camera, and what to do about it.

/// A sentence about `error`.
pub fn sentence(error: &gst::message::Error) -> String {
    let cause = error.error();
    let words = kit::error_text(&cause, error.debug().as_deref());
    let words = words.trim_end_matches('.').to_owned();
    match cause.kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NotAuthorized) => {
            return "user or password is refused: set credentials = \"env:NAME\" or \"file:PATH\", which holds USER:PASSWORD"
                .to_owned();
        }
        Some(gst::ResourceError::NotFound) => {
            return format!("there is nothing at its address: check the path ({words})");
        }
        Some(_) => return words,
        None => (),
    }
    if cause.matches(gst::CoreError::MissingPlugin)
        || cause.matches(gst::StreamError::CodecNotFound)
    {
        return format!(
            "its codec cannot be read here: set the camera to H.264, H.265 or MJPEG ({words})"
        );
    }
    if cause.matches(gst::StreamError::TypeNotFound) || cause.matches(gst::StreamError::WrongType) {
        return "what it sends is no video: check the path of the address".to_owned();
    }
    words
}
