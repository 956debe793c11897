// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a packet costs on its way into a flow: no pixel is copied, and nobody sees what another flow writes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::sync::{Arc, Mutex};

use gst::prelude::*;
use meta::{Packet, Slot, SlotStatus};
use support::{Play, frame};

/// Where the pixels of each frame of a packet are, and which components have inferred it.
type Frames = Vec<(usize, Vec<u32>)>;

fn frames(packet: &gst::BufferRef) -> Frames {
    let slots = &Packet::of(packet).unwrap().slots;
    let pixels = |slot: &Slot| {
        let frame = slot.frame.as_ref().unwrap();
        frame.map_readable().unwrap().as_ptr() as usize
    };
    let infos = meta::frames(packet).map(|frame| frame.info.inferred_by.clone());
    slots.iter().map(pixels).zip(infos).collect()
}

fn packet() -> gst::Buffer {
    let slots = (0..8).map(|source| Slot {
        camera: format!("C{source}").into(),
        source,
        status: SlotStatus::Fresh,
        frame: Some(frame(0)),
        video_info: None,
    });
    let mut buffer = gst::Buffer::new();
    let packet = Packet {
        slots: slots.collect(),
    };
    packet.attach(buffer.make_mut());
    buffer
}

#[test]
fn a_packet_of_eight_frames_enters_without_a_copy_of_pixels() {
    let play = Play::start(
        "t. ! flowbin name=prod leaky=no description=\"identity name=writer\" ! fakesink name=out-prod sync=false \
         t. ! flowbin name=dev leaky=no description=identity ! fakesink name=out-dev sync=false",
    );
    let writer = play.flow("writer").static_pad("src").unwrap();
    writer.add_probe(gst::PadProbeType::BUFFER, |_, info| {
        let buffer = info.buffer_mut().unwrap();
        meta::update_frames(buffer.make_mut(), |frame| frame.inferred_by.push(9));
        gst::PadProbeReturn::Ok
    });
    let seen = ["out-prod", "out-dev"].map(|name| {
        let seen = Arc::new(Mutex::new(Frames::new()));
        let kept = seen.clone();
        let pad = play.flow(name).static_pad("sink").unwrap();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            *kept.lock().unwrap() = frames(info.buffer().unwrap());
            gst::PadProbeReturn::Ok
        });
        seen
    });
    let packet = packet();
    play.push(&packet);
    // Nothing of it is text.
    play.end();
    let before = frames(&packet);
    assert_eq!(before.len(), 8);
    let [prod, dev] = seen.map(|seen| seen.lock().unwrap().clone());
    assert_eq!(dev, before);
    let written: Frames = before
        .into_iter()
        .map(|(pixels, mut inferred)| {
            inferred.push(9);
            (pixels, inferred)
        })
        .collect();
    assert_eq!(prod, written);
}
