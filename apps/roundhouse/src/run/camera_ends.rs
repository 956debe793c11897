// SPDX-License-Identifier: MIT OR Apache-2.0
//! The end of a camera's stream, told on the bus. A camera whose server goes away often ends its stream without an error.

use gst::prelude::*;

/// Name of the message's structure.
const NAME: &str = "roundhouse-camera-ended";

/// Has each of these pads of an aggregator post a message when its stream ends.
pub fn watch(pads: &[gst::Pad]) {
    for pad in pads {
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, |pad, info| {
            if info
                .event()
                .is_some_and(|event| event.type_() == gst::EventType::Eos)
            {
                post(pad);
            }
            gst::PadProbeReturn::Ok
        });
    }
}

/// The pad whose stream has ended, if `message` says that.
pub fn ended_pad(message: &gst::Message) -> Option<gst::Pad> {
    let gst::MessageView::Application(message) = message.view() else {
        return None;
    };
    let structure = message
        .structure()
        .filter(|structure| structure.name() == NAME)?;
    structure.get::<gst::Pad>("pad").ok()
}

/// Says on the bus that the stream of `pad` has ended.
fn post(pad: &gst::Pad) {
    let Some(element) = pad.parent_element() else {
        return;
    };
    let structure = gst::Structure::builder(NAME).field("pad", pad).build();
    let message = gst::message::Application::builder(structure)
        .src(&element)
        .build();
    // Without a bus nobody wants to know.
    let _ = element.post_message(message);
}
