// SPDX-License-Identifier: MIT OR Apache-2.0
//! `DeepStream`'s metadata for elements that are not built against it.
//!
//! [`Batch::of`] finds the batch on a buffer, takes its lock and tells by the sizes in its pools which layout
//! [`Family`] it has. [`Batch::read`] reads its frames with everything below them into plain values;
//! [`Frame::attach`] and [`Object::attach`] put results on as user metas that are copied and freed with the batch;
//! [`Batch::attach_message`] does so with what `nvmsgconv` is to send.
//!
//! `libnvds_meta.so` and `libnvdsgst_meta.so` are opened when the first batch is met, never before; where from, see
//! [`LIBRARY_FOLDER`]. [`isolate`] gives a branch behind a `tee` a batch of its own. All `unsafe` code of the project that reads or
//! writes `DeepStream`'s memory is in this crate. Every value that comes from there is checked or bounded: a corrupt list is an [`Error`], a bad value is left out and counted in [`Skipped`].
//!
//! What cannot be checked: that a non-NULL pointer of the batch points to the structure of its list.
#![deny(unsafe_op_in_unsafe_fn)]

mod batch;
pub mod elements;
mod error;
mod frame;
mod isolate;
mod layout;
mod library;
mod list;
pub mod machine;
mod message;
mod object;
mod results;
mod skipped;
mod tensors;
mod text;

pub use batch::Batch;
pub use error::Error;
pub use frame::{Content, Frame};
pub use isolate::{Isolated, isolate};
pub use layout::Family;
pub use library::LIBRARY_FOLDER;
pub use object::{Classification, Object};
pub use results::Results;
pub use skipped::Skipped;
pub use tensors::{DataType, Tensor};

use std::path::Path;

/// Opens `DeepStream`'s metadata libraries if that has not happened yet, and tells where they were found.
///
/// # Errors
/// [`Error::LibraryMissing`] or [`Error::FunctionMissing`]. Without `DeepStream` on the machine this is the normal
/// answer; nothing else asks before a batch arrives.
pub fn open() -> Result<&'static Path, Error> {
    library::Library::get().map(|library| library.file.as_path())
}
