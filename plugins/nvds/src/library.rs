// SPDX-License-Identifier: MIT OR Apache-2.0
//! `DeepStream`'s two metadata libraries, opened at first use and kept for the life of the process.

use std::ffi::{OsStr, c_char, c_int, c_uint, c_void};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gst::glib::ffi::GType;
use libloading::os::unix::{Library as Handle, RTLD_LOCAL, RTLD_NOW};

use crate::error::Error;
use crate::layout::{BatchMeta, UserMeta};

/// Environment variable: the folder that holds `libnvds_meta.so` and `libnvdsgst_meta.so`. Without it the loader's own
/// search path is used, then `DeepStream`'s usual folder.
pub const LIBRARY_FOLDER: &str = "ROUNDHOUSE_DEEPSTREAM_LIB";

const META: &str = "libnvds_meta.so";
const GST_META: &str = "libnvdsgst_meta.so";
const USUAL_FOLDER: &str = "/opt/nvidia/deepstream/deepstream/lib";

/// The functions this crate calls, with their C signatures.
#[derive(Debug)]
pub struct Library {
    pub batch_of_buffer: unsafe extern "C" fn(*mut gst::ffi::GstBuffer) -> *mut BatchMeta,
    pub create_batch: unsafe extern "C" fn(c_uint) -> *mut BatchMeta,
    pub destroy_batch: unsafe extern "C" fn(*mut BatchMeta) -> c_int,
    pub acquire_lock: unsafe extern "C" fn(*mut BatchMeta),
    pub release_lock: unsafe extern "C" fn(*mut BatchMeta),
    pub acquire_user_meta: unsafe extern "C" fn(*mut BatchMeta) -> *mut UserMeta,
    pub add_user_meta_to_batch: unsafe extern "C" fn(*mut BatchMeta, *mut UserMeta),
    pub add_user_meta_to_frame: unsafe extern "C" fn(*mut c_void, *mut UserMeta),
    pub add_user_meta_to_object: unsafe extern "C" fn(*mut c_void, *mut UserMeta),
    /// Number of our own user metas in this process.
    pub results_type: c_int,
    /// Where the loader found the metadata library.
    pub file: PathBuf,
}

impl Library {
    /// The libraries, opened at the first call; a failure is remembered as well.
    pub fn get() -> Result<&'static Self, Error> {
        static LIBRARY: OnceLock<Result<Library, Error>> = OnceLock::new();
        LIBRARY
            .get_or_init(Self::open)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Opens both libraries and looks all functions up.
    fn open() -> Result<Self, Error> {
        let (meta, file) = open(META)?;
        let (gst_meta, _) = open(GST_META)?;
        // SAFETY: the signatures are those of DeepStream's nvdsmeta.h and gstnvdsmeta.h, the same from 6.2 to 9.2.
        let (library, api_type, user_meta_type) = unsafe {
            (
                Self {
                    batch_of_buffer: function(
                        &gst_meta,
                        GST_META,
                        "gst_buffer_get_nvds_batch_meta",
                    )?,
                    create_batch: function(&meta, META, "nvds_create_batch_meta")?,
                    destroy_batch: function(&meta, META, "nvds_destroy_batch_meta")?,
                    acquire_lock: function(&meta, META, "nvds_acquire_meta_lock")?,
                    release_lock: function(&meta, META, "nvds_release_meta_lock")?,
                    acquire_user_meta: function(&meta, META, "nvds_acquire_user_meta_from_pool")?,
                    add_user_meta_to_batch: function(&meta, META, "nvds_add_user_meta_to_batch")?,
                    add_user_meta_to_frame: function(&meta, META, "nvds_add_user_meta_to_frame")?,
                    add_user_meta_to_object: function(&meta, META, "nvds_add_user_meta_to_obj")?,
                    results_type: 0,
                    file,
                },
                function::<unsafe extern "C" fn() -> GType>(
                    &gst_meta,
                    GST_META,
                    "nvds_meta_api_get_type",
                )?,
                function::<unsafe extern "C" fn(*mut c_char) -> c_int>(
                    &meta,
                    META,
                    "nvds_get_user_meta_type",
                )?,
            )
        };
        // The functions above are used for as long as the process lives.
        std::mem::forget((meta, gst_meta));
        // SAFETY: takes nothing; until it has run once no batch is found on any buffer.
        unsafe { api_type() };
        // SAFETY: the text is a constant: it lives for ever, as the function demands, and is not written to.
        let results_type = unsafe { user_meta_type(c"ROUNDHOUSE.RESULTS".as_ptr().cast_mut()) };
        Ok(Self {
            results_type,
            ..library
        })
    }
}

/// Opens `name` in the first place that has it; tells where.
fn open(name: &'static str) -> Result<(Handle, PathBuf), Error> {
    let places = std::env::var_os(LIBRARY_FOLDER).map_or_else(
        || vec![PathBuf::from(name), Path::new(USUAL_FOLDER).join(name)],
        |folder| vec![Path::new(&folder).join(name)],
    );
    let mut reasons = Vec::new();
    for place in places {
        // SAFETY: loading runs the initialisers of the library: it is the one the user installed as DeepStream's.
        match unsafe { Handle::open(Some(AsRef::<OsStr>::as_ref(&place)), RTLD_NOW | RTLD_LOCAL) } {
            Ok(handle) => return Ok((handle, place)),
            Err(error) => reasons.push(reason(&error)),
        }
    }
    Err(Error::LibraryMissing {
        library: name,
        reason: reasons.join("; "),
        variable: LIBRARY_FOLDER,
    })
}

/// What the loader itself said.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// # Safety
/// `F` is the type of the C function `name`.
unsafe fn function<F: Copy>(
    handle: &Handle,
    library: &'static str,
    name: &'static str,
) -> Result<F, Error> {
    // SAFETY: by the contract of this function; the handle is never closed.
    unsafe { handle.get::<F>(name) }
        .map(|symbol| *symbol)
        .map_err(|_| Error::FunctionMissing {
            library,
            function: name,
        })
}
