// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the element says on the bus about its camera.

use gst::prelude::*;
use picture::Condition;

use super::CameraSrc;
use super::fault::Fault;
use super::status::Status;

/// Says that the camera's status changed.
pub fn status(element: &CameraSrc, camera: &str, status: Status, fault: Option<&Fault>) {
    let sentence = match (status, fault) {
        (_, Some(fault)) => fault.sentence(camera),
        (Status::Disabled, None) => format!("camera {camera} is switched off"),
        (Status::Connecting, None) => format!("camera {camera} is being connected"),
        (_, None) => format!("camera {camera} is online"),
    };
    let reason = fault.map_or("none", Fault::word);
    let mut structure = announcement(element, camera, status.word(), reason, &sentence);
    set_shift(&mut structure, fault);
    post(element, structure);
}

/// Writes how far a camera has moved, if that is its `fault`: pixels to the right and down, degrees clockwise.
pub fn set_shift(structure: &mut gst::Structure, fault: Option<&Fault>) {
    if let Some(Fault::Picture(Condition::Moved(shift))) = fault {
        structure.set("shift-x", shift.x);
        structure.set("shift-y", shift.y);
        structure.set("rotation", shift.rotation);
    }
}

/// Says that the camera cannot be compared with its reference picture, and why.
pub fn no_reference(element: &CameraSrc, camera: &str, mistake: &str) {
    let sentence = format!("nobody notices when camera {camera} is moved: {mistake}");
    let structure = announcement(element, camera, "no-reference", "reference", &sentence);
    post(element, structure);
}

/// Says that the camera's clock is wrong by `offset` ns.
pub fn wrong_clock(element: &CameraSrc, camera: &str, offset: i64) {
    let seconds = offset as f64 / 1e9;
    let sentence = format!(
        "camera {camera} has a clock that is {seconds:+.1} s off: the arrival of its pictures is used instead; let it \
         synchronise its clock (NTP)"
    );
    let mut structure = announcement(element, camera, "wrong-clock", "clock", &sentence);
    structure.set("clock-offset", offset);
    post(element, structure);
}

/// Says that recordings cannot be written, and why, or that they can again.
pub fn recording(element: &CameraSrc, camera: &str, reason: Option<&str>) {
    let (state, sentence) = match reason {
        Some(reason) => (
            "recording-failed",
            format!(
                "camera {camera} is not recorded: {reason}. Make room, or correct the property record; it is tried again \
                 every 10 s"
            ),
        ),
        None => ("recording", format!("camera {camera} is recorded again")),
    };
    let structure = announcement(element, camera, state, "recording", &sentence);
    post(element, structure);
}

/// An element message `roundhouse-camera`.
fn announcement(
    element: &CameraSrc,
    camera: &str,
    state: &str,
    reason: &str,
    sentence: &str,
) -> gst::Structure {
    gst::Structure::builder("roundhouse-camera")
        .field("camera", camera)
        .field("state", state)
        .field("reason", reason)
        .field("message", sentence)
        .field_if_some("running-time", element.current_running_time())
        .build()
}

/// Posts `structure` as an element message.
fn post(element: &CameraSrc, structure: gst::Structure) {
    let message = gst::message::Element::builder(structure)
        .src(element)
        .build();
    // Nobody listens before the element is in a pipeline.
    let _ = element.post_message(message);
}
