// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an error of GStreamer means for a camera, and what to do about it.

/// A sentence about `error`.
pub fn sentence(error: &gst::message::Error) -> String {
    let cause = error.error();
    let words = words(&cause, error.debug().as_deref());
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

/// The error in one line: elements put what happened into the last line of the debug text, in brackets or not.
fn words(cause: &gst::glib::Error, debug: Option<&str>) -> String {
    let sentence = cause.message().trim_end_matches('.');
    let detail = debug.and_then(|debug| debug.lines().skip(1).last());
    match detail.map(|detail| detail.trim().trim_end_matches('.')) {
        Some(detail) if !detail.is_empty() && detail != sentence => format!("{sentence}: {detail}"),
        _ => sentence.to_owned(),
    }
}
