// SPDX-License-Identifier: MIT OR Apache-2.0
//! How old scans are when they reach the fusion of a live pipeline.
//!
//! A pipeline that is slower than its cameras, and drops nothing, falls behind further and further while its states still
//! look fresh. Each pad of each `fsefuse` is watched, also of those that a reload brings.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gst::prelude::*;

/// Scans older than this on arrival are late: more than cameras, networks and detectors need.
const LATE: gst::ClockTime = gst::ClockTime::from_seconds(5);
/// Scans younger than this are in time again.
const IN_TIME: gst::ClockTime = gst::ClockTime::from_mseconds(2500);

/// Has every `fsefuse` of `pipeline` post a message `roundhouse-arrival` when its scans become late and when they are in
/// time again.
pub fn watch(pipeline: &gst::Pipeline) {
    for element in pipeline.iterate_recurse().into_iter().flatten() {
        watch_fusion(&element);
    }
    pipeline.connect_deep_element_added(|_, _, element| watch_fusion(element));
}

/// Watches the pads of `element`, if it is a fusion.
fn watch_fusion(element: &gst::Element) {
    let factory = element.factory();
    if factory.is_none_or(|factory| factory.name() != "fsefuse") {
        return;
    }
    let is_late = Arc::new(AtomicBool::new(false));
    for pad in element.sink_pads() {
        watch_pad(&pad, is_late.clone());
    }
    element.connect_pad_added(move |_, pad| {
        if pad.direction() == gst::PadDirection::Sink {
            watch_pad(pad, is_late.clone());
        }
    });
}

/// Watches what comes to one pad; `is_late` is that of its element.
fn watch_pad(pad: &gst::Pad, is_late: Arc<AtomicBool>) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let age = info.buffer().and_then(|buffer| age(pad, buffer));
        if let Some((element, age)) = pad.parent_element().zip(age) {
            let was_late = is_late.load(Ordering::Relaxed);
            let now_late = age > if was_late { IN_TIME } else { LATE };
            if now_late != was_late && is_late.swap(now_late, Ordering::Relaxed) == was_late {
                post(&element, age, now_late);
            }
        }
        gst::PadProbeReturn::Ok
    });
}

/// How long ago the moment of `buffer` was.
fn age(pad: &gst::Pad, buffer: &gst::BufferRef) -> Option<gst::ClockTime> {
    let segment = pad.sticky_event::<gst::event::Segment>(0)?;
    let segment = segment.segment().downcast_ref::<gst::ClockTime>()?;
    let time = segment.to_running_time(buffer.pts()?)?;
    let now = pad.parent_element()?.current_running_time()?;
    now.checked_sub(time)
}

/// Says on the bus that scans have become late, or are in time again.
fn post(element: &gst::Element, age: gst::ClockTime, late: bool) {
    let structure = gst::Structure::builder("roundhouse-arrival")
        .field("age", age)
        .field("late", late)
        .build();
    let message = gst::message::Element::builder(structure)
        .src(element)
        .build();
    // Without a bus nobody wants to know.
    let _ = element.post_message(message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_a_buffer_counts_from_its_running_time() {
        gst::init().unwrap();
        let pipeline = gst::parse::launch(
            "appsrc name=in is-live=true format=time ! fakesink name=out async=false sync=false",
        );
        let pipeline = pipeline.unwrap().downcast::<gst::Pipeline>().unwrap();
        let (told, ages) = std::sync::mpsc::channel();
        let pad = pipeline.by_name("out").unwrap().static_pad("sink").unwrap();
        pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
            told.send(age(pad, info.buffer().unwrap())).unwrap();
            gst::PadProbeReturn::Ok
        });
        let clock = gst::SystemClock::obtain();
        pipeline.use_clock(Some(&clock));
        pipeline.set_start_time(gst::ClockTime::NONE);
        pipeline.set_base_time(clock.time() - gst::ClockTime::from_seconds(60));
        pipeline.set_state(gst::State::Playing).unwrap();
        let mut buffer = gst::Buffer::from_slice([0_u8]);
        buffer.make_mut().set_pts(gst::ClockTime::from_seconds(50));
        let input = pipeline.by_name("in").unwrap();
        let result: gst::FlowReturn = input.emit_by_name("push-buffer", &[&buffer]);
        assert_eq!(result, gst::FlowReturn::Ok);
        let age = ages
            .recv_timeout(std::time::Duration::from_secs(20))
            .unwrap()
            .unwrap();
        assert!((10..30).contains(&age.seconds()), "{age}");
        pipeline.set_state(gst::State::Null).unwrap();
    }
}
