// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a pipeline is live, and what its sinks need then.
//!
//! A pipeline is live if any of its sources is: a source element that says so of itself, one with `is-live=true` (as
//! `rtspsrc` has by default), or a bin with an address of a live kind, such as `rtsp://`. GStreamer decides the same way.

use gst::glib;
use gst::prelude::*;
use gst_base::prelude::*;

/// Kinds of addresses behind which something is live.
const LIVE_SCHEMES: [&str; 7] = ["rtsp", "rtmp", "rtp", "srt", "udp", "onvif", "v4l2"];

/// Whether any source of `pipeline` is live.
pub fn is_live(pipeline: &gst::Pipeline) -> bool {
    let mut elements = pipeline.iterate_recurse().into_iter().flatten();
    elements.any(|element| is_live_source(&element))
}

/// Whether `element` is a live source.
pub fn is_live_source(element: &gst::Element) -> bool {
    if !element.element_flags().contains(gst::ElementFlags::SOURCE) {
        return false;
    }
    let base = element.downcast_ref::<gst_base::BaseSrc>();
    base.is_some_and(BaseSrcExt::is_live)
        || value(element, "is-live").unwrap_or(false)
        || value(element, "uri").is_some_and(|uri: String| is_live_address(&uri))
}

/// Lets no sink wait for its first packet before the pipeline plays. A camera that fails at the start must not hold up the
/// others, and an error while a sink waits stops the pipeline on its way to PLAYING.
pub fn start_without_preroll(pipeline: &gst::Pipeline) {
    let elements = pipeline.iterate_recurse().into_iter().flatten();
    for element in elements {
        let is_sink = element.element_flags().contains(gst::ElementFlags::SINK);
        if is_sink && !element.is::<gst::Bin>() && value::<bool>(&element, "async").is_some() {
            element.set_property("async", false);
        }
    }
}

/// Whether what is behind an address is live.
fn is_live_address(uri: &str) -> bool {
    let scheme = uri.split_once("://").map(|(scheme, _)| scheme);
    // rtspt, rtsps, rtsp-sdp and their like are RTSP, too.
    scheme.is_some_and(|scheme| LIVE_SCHEMES.iter().any(|live| scheme.starts_with(live)))
}

/// The value of the property `name`, if `element` has one of this type and it is set.
pub fn value<T: for<'v> glib::value::FromValue<'v> + 'static>(
    element: &gst::Element,
    name: &str,
) -> Option<T> {
    element.find_property(name)?;
    element.property_value(name).get::<T>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline(text: &str) -> gst::Pipeline {
        gst::init().unwrap();
        gst::parse::launch(text).unwrap().downcast().unwrap()
    }

    #[test]
    fn one_live_source_makes_a_pipeline_live() {
        for (text, live) in [
            ("videotestsrc ! fakesink", false),
            ("videotestsrc is-live=true ! fakesink", true),
            (
                "filesrc location=a ! fakesink videotestsrc is-live=true ! fakesink",
                true,
            ),
            ("udpsrc port=5000 ! fakesink", true),
            ("uridecodebin uri=file:///a.mp4 ! fakesink", false),
            ("uridecodebin uri=rtsps://camera-1/stream ! fakesink", true),
        ] {
            assert_eq!(is_live(&pipeline(text)), live, "{text}");
        }
    }

    #[test]
    fn no_sink_waits_for_its_first_packet() {
        let pipeline =
            pipeline("videotestsrc is-live=true ! tee name=t t. ! fakesink t. ! ( fakesink )");
        start_without_preroll(&pipeline);
        let sinks = pipeline.iterate_sinks().into_iter().flatten();
        for sink in sinks.filter(|sink| !sink.is::<gst::Bin>()) {
            assert!(!sink.property::<bool>("async"), "{}", sink.name());
        }
    }
}
