// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a picture says about its camera.
//!
//! A camera can deliver frames on time and still lie: the same picture for hours, black, white or covered, out of focus, turned
//! by somebody's ladder, or damaged by lost data. [`Checks`] looks at each frame's luma plane and says what is wrong
//! with the camera, and whether the frame may be used as an observation.

mod blocks;
mod checks;
mod condition;
mod focus;
mod luma;
mod registration;

pub use blocks::{Blocks, Measure};
pub use checks::{Checks, Settings, Verdict};
pub use condition::Condition;
pub use focus::{Sharpness, sharpness};
pub use luma::{Luma, WrongSize};
pub use registration::{Reference, Shift};
