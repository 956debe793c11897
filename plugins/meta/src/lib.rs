// SPDX-License-Identifier: MIT OR Apache-2.0
//! What rides on a `GstBuffer`: frames with detections and reports, and packets of frames.
//!
//! * A *frame* is a video buffer with a [`FrameInfo`]: camera, capture time, detections, reports.
//! * A *packet* is an empty buffer with a [`Packet`]: one slot per camera, each a reference to a frame.
//!
//! Between the buffers, [`health_event`]s say whether cameras deliver.
//!
//! Elements do not care which of the two they are given, or whether it is a batch of `DeepStream`: a [`View`] reads
//! and writes the frames of all three. [`frames`] reads those of the first two, [`update_frames`] writes them, copy-on-write, so that branches behind a `tee` never see each other's work.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! gst::init()?;
//! let mut buffer = gst::Buffer::new();
//! roundhouse_meta::FrameInfo::new("C1", 0, messages::Timestamp::from_nanos(0)).attach(buffer.make_mut());
//! roundhouse_meta::update_frames(buffer.make_mut(), |frame| frame.inferred_by.push(1));
//! assert!(roundhouse_meta::frames(&buffer).all(|frame| frame.info.inferred_by == [1]));
//! # Ok(())
//! # }
//! ```
#![deny(unsafe_op_in_unsafe_fn)]

mod caps;
mod capture;
mod deepstream;
mod detection;
mod frame;
mod glue;
mod health;
mod liveness;
mod packet;
mod regions;
mod view;

pub use caps::frame_caps;
pub use capture::{after, reference_time};
pub use deepstream::{View, ViewError};
pub use detection::{BoundingBox, Classification, Detection, Tensor};
pub use frame::FrameInfo;
pub use health::{health_event, health_of};
pub use liveness::input_is_live;
pub use packet::{Packet, Slot, SlotStatus};
pub use regions::publish_regions;
pub use view::{Frame, frames, update_frames};

/// Caps name of a packet of frames, one slot per camera.
pub const PACKET_CAPS: &str = "multistream/x-frame-packet";
/// Caps name of estimator reports: one CloudEvents document and one line feed per buffer.
pub const REPORT_CAPS: &str = "application/x-roundhouse-report";
/// Caps name of facility states: one CloudEvents document and one line feed per buffer.
pub const STATE_CAPS: &str = "application/x-roundhouse-state";
