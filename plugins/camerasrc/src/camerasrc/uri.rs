// SPDX-License-Identifier: MIT OR Apache-2.0
//! The address of a camera, and the same without its secrets, so that they reach no log, message or drawing.

pub use facility::{Address, AddressError as Mistake, AddressKind as Kind};
pub use kit::mask_passwords as masked;
