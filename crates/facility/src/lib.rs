// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where things are: tracks, cameras, calibration; from pixel to track metre and back.
//!
//! [`Facility::load`] reads a site's `facility.toml` once and checks everything in it; all mistakes are reported together,
//! each with its line. Plan coordinates are metres, right-handed with z up; the rail heads are the plane z = 0. Pixels are
//! measured from the image's top left corner: the centre of the first pixel is (0.5, 0.5).
//!
//! ```no_run
//! use roundhouse_facility::Facility;
//! let facility = Facility::load(std::path::Path::new("facility.toml"))?;
//! for camera in &facility.cameras {
//!     println!("{}: {:?}", camera.id, camera.covers);
//! }
//! # Ok::<(), roundhouse_facility::FacilityErrors>(())
//! ```

mod address;
mod calibration;
mod cover;
mod dlt;
mod hint;
mod lens;
mod mask;
mod mistake;
mod numbering;
mod polyline;
mod projection;
mod read;
mod section;
mod site;
mod track;

pub use address::{Address, AddressError, AddressKind, is_secret};
pub use calibration::{Calibration, Mark};
pub use cover::{END_HEIGHT, END_WIDTH, MAX_DISTANCE, MIN_HEIGHT_SHARE};
pub use credentials::Credentials;
pub use lens::Lens;
pub use mask::Mask;
pub use mistake::{FacilityErrors, Mistake};
pub use numbering::{Named, Numbering, SchemeText};
pub use polyline::{Polyline, PolylineError};
pub use projection::{PixelBox, Projection, SYSTEMATIC_FLOOR};
pub use site::{Camera, CameraCover, Facility, Model};
pub use track::{Gates, Track};

/// Reading any TOML file key by key, with all its mistakes by line: rules of alerts are written as facility files are.
pub mod toml {
    pub use crate::hint::hint;
    pub use crate::read::document::{document, finished, whole_file};
    pub use crate::section::{Entry, Noted, Notes, Read, Section};
}
