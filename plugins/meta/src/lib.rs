// SPDX-License-Identifier: MIT OR Apache-2.0
//! What rides on a GstBuffer: frames, detections, reports, packets.
