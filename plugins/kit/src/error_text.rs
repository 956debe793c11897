// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an ERROR or WARNING message says, as one sentence.

use gst::glib;

use super::mask_passwords;

/// How the text begins that GStreamer takes where an element gave none of its own.
const GENERIC: &str = "GStreamer encountered a general";

/// The text of a message: what the element says of this case, which may stand in the debug field only, without passwords.
///
/// The debug field is `file(line): function (): /path/of/element:` and, on the next line, what the element adds.
#[must_use]
pub fn error_text(error: &glib::Error, debug: Option<&str>) -> String {
    let text = error.message().trim();
    let detail = debug.and_then(|debug| debug.split_once('\n'));
    let detail = detail.map_or("", |(_, detail)| detail.trim());
    let sentence = if detail.is_empty() || text.contains(detail) {
        text.to_owned()
    } else if text.is_empty() || text.starts_with(GENERIC) {
        detail.to_owned()
    } else {
        format!("{}: {detail}", text.trim_end_matches('.'))
    };
    mask_passwords(&sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: &str, debug: &str) -> String {
        let error = glib::Error::new(gst::StreamError::Failed, message);
        error_text(&error, Some(debug))
    }

    #[test]
    fn the_elements_own_words_stand_in_the_debug_field() {
        let place = "src/imp.rs(7): imp (): /GstPipeline:pipeline0/FrameMux:mux:";
        let generic = "GStreamer encountered a general stream error.";
        assert_eq!(
            text(generic, &format!("{place}\nno caps on sink_1")),
            "no caps on sink_1"
        );
        assert_eq!(text(generic, place), generic);
        assert_eq!(
            text(
                "Resource not found.",
                &format!("{place}\nNo such file \"a.mp4\"")
            ),
            "Resource not found: No such file \"a.mp4\""
        );
        assert_eq!(text("labels do not fit", place), "labels do not fit");
    }

    #[test]
    fn a_password_is_not_told() {
        let debug = "a.c(1): f (): /a:\nFailed to connect to rtsp://admin:secret@camera-1/stream";
        assert_eq!(
            text("Not found.", debug),
            "Not found: Failed to connect to rtsp://admin:***@camera-1/stream"
        );
    }
}
