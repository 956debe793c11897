// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the elements behind are told of the camera, so that who fuses does not take a camera that is away for one that sees
//! nothing.

use messages::{CameraHealth, Health, Timestamp};

use super::status::Status;
use super::supervisor::Report;

/// The health of `camera` by this report, and since when.
pub fn of(report: &Report, camera: &str) -> (CameraHealth, Timestamp) {
    let health = match report.status {
        Status::Disabled => Health::Disabled,
        Status::Connecting => Health::Connecting,
        Status::Online | Status::Blurred => Health::Online,
        // Such pictures are not passed on.
        Status::Stalled | Status::Blind => Health::Stalled,
        Status::Frozen => Health::Frozen,
        Status::Moved => Health::Moved,
        Status::Offline => Health::Offline,
    };
    let fault = report.fault.as_ref();
    let since = report.since.as_ref().and_then(|since| since.parse().ok());
    (
        CameraHealth {
            reason: fault.map(|fault| kit::mask_passwords(&fault.sentence(camera))),
            ..CameraHealth::new(camera, health)
        },
        since.unwrap_or_else(kit::clock::now),
    )
}
