// SPDX-License-Identifier: MIT OR Apache-2.0
//! The element without `DeepStream`: its properties, its pads, and what it does with buffers that carry no batch.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use gst::prelude::*;
use roundhouse_statetobatch::StateToBatch;

/// A harness around the element's pads for batches, and one for its states.
fn harnesses() -> (gst_check::Harness, gst_check::Harness) {
    gst::init().unwrap();
    let element: gst::Element = gst::glib::Object::new::<StateToBatch>().upcast();
    let mut batches = gst_check::Harness::with_element(&element, Some("sink"), Some("src"));
    let caps = "video/x-raw(memory:NVMM),format=NV12,width=16,height=16,framerate=5/1";
    batches.set_src_caps_str(caps);
    let mut states = gst_check::Harness::with_element(&element, Some("state"), None);
    states.set_src_caps_str("application/x-roundhouse-state");
    (batches, states)
}

#[test]
fn properties_can_be_read_and_set() {
    gst::init().unwrap();
    let element = gst::glib::Object::new::<StateToBatch>();
    assert_eq!(kit::properties::exercise(&element), ["repeat", "stats"]);
}

#[test]
fn buffers_without_a_batch_go_through_and_caps_pass() {
    let (mut batches, mut states) = harnesses();
    states
        .push(gst::Buffer::from_slice(b"{\"state\":1}\n"))
        .unwrap();
    // The end of the states is not that of the batches.
    assert!(states.push_event(gst::event::Eos::new()));
    batches.push(gst::Buffer::from_slice(b"x")).unwrap();
    let buffer = batches.pull().unwrap();
    assert_eq!(buffer.size(), 1);
    let element = batches.element().unwrap();
    let caps = element.static_pad("src").unwrap().current_caps().unwrap();
    assert!(caps.to_string().contains("width=(int)16"), "{caps}");
    let stats = element.property::<gst::Structure>("stats");
    assert_eq!(stats.get("without-frames"), Ok(1_u64));
    assert!(batches.push_event(gst::event::Eos::new()));
}
