// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where things are: tracks, cameras, calibration, pixel to track metre.
