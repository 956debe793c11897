// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stand-in for `DeepStream`: built for a version, and batches made through its own functions.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::ffi::{c_int, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libloading::os::unix::Library;

use serde_json::Value;

pub type Raw = *mut c_void;

/// Environment variable: the table of the stand-in's layout.
pub const TABLE: &str = "ROUNDHOUSE_TEST_TABLE";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../nvds");

/// The table of a version's layout.
pub fn table(version: &str) -> PathBuf {
    Path::new(ROOT).join(format!("tests/data/deepstream-{version}.json"))
}

/// Builds both libraries with the layout of `version`.
pub fn build(version: &str) -> tempfile::TempDir {
    let layout: Value =
        serde_json::from_str(&std::fs::read_to_string(table(version)).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = Command::new("pkg-config")
        .args(["--cflags", "--libs", "gstreamer-1.0"])
        .output()
        .unwrap();
    let flags = String::from_utf8(flags.stdout).unwrap();
    let define = |name: &str, value: &Value| format!("-D{name}={value}");
    let object = &layout["NvDsObjectMeta"];
    let library = folder.path().join("libnvds_meta.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-g", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(Path::new(ROOT).join("tests/double/nvds.c"))
        .arg(define("FRAME_SIZE", &layout["NvDsFrameMeta"]["size"]))
        .arg(define("OBJECT_SIZE", &object["size"]))
        .arg(define(
            "OBJECT_CLASSIFIERS",
            &object["fields"]["classifier_meta_list"][0],
        ))
        .arg(define(
            "OBJECT_USERS",
            &object["fields"]["obj_user_meta_list"][0],
        ))
        .args(flags.split_whitespace())
        .status()
        .unwrap();
    assert!(built.success());
    // One file holds both libraries; the second name leads to the first.
    std::os::unix::fs::symlink(&library, folder.path().join("libnvdsgst_meta.so")).unwrap();
    folder
}

/// The library under test and the table of its layout.
pub struct Fixture {
    library: Library,
    gst_library: Library,
    pub table: Value,
}

/// The libraries of this process.
pub fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        gst::init().unwrap();
        let folder = std::env::var_os("ROUNDHOUSE_DEEPSTREAM_LIB").unwrap();
        // SAFETY: the stand-in has no initialisers.
        let open = |name: &str| unsafe { Library::new(Path::new(&folder).join(name)) }.unwrap();
        let table = std::fs::read_to_string(std::env::var_os(TABLE).unwrap()).unwrap();
        Fixture {
            library: open("libnvds_meta.so"),
            gst_library: open("libnvdsgst_meta.so"),
            table: serde_json::from_str(&table).unwrap(),
        }
    })
}

impl Fixture {
    pub fn acquire(&self, kind: &str, batch: Raw) -> Raw {
        let name = format!("nvds_acquire_{kind}_meta_from_pool");
        // SAFETY: the signature of all these functions.
        unsafe {
            (self
                .library
                .get::<unsafe extern "C" fn(Raw) -> Raw>(name)
                .unwrap())(batch)
        }
    }

    pub fn add(&self, name: &str, owner: Raw, element: Raw) {
        // SAFETY: the signature of all these functions.
        unsafe {
            (self
                .library
                .get::<unsafe extern "C" fn(Raw, Raw)>(name)
                .unwrap())(owner, element);
        }
    }

    pub fn add_object(&self, frame: Raw, object: Raw, parent: Raw) {
        // SAFETY: the function's signature.
        unsafe {
            (self
                .library
                .get::<unsafe extern "C" fn(Raw, Raw, Raw)>("nvds_add_obj_meta_to_frame")
                .unwrap())(frame, object, parent);
        }
    }

    pub fn set<T>(&self, object: Raw, structure: &str, field: &str, value: T) {
        let offset = self.table[structure]["fields"][field][0].as_u64().unwrap() as usize;
        // SAFETY: the table says that a `T` lies there.
        unsafe { object.byte_add(offset).cast::<T>().write_unaligned(value) }
    }

    /// A buffer with a batch of `frames` empty frames, and the batch and its frames.
    pub fn batch(&self, frames: u32) -> (gst::Buffer, Raw, Vec<Raw>) {
        // SAFETY: the signatures of the functions; the buffer is ours alone.
        unsafe {
            let create = self
                .library
                .get::<unsafe extern "C" fn(u32) -> Raw>("nvds_create_batch_meta")
                .unwrap();
            let copy = self
                .library
                .get::<unsafe extern "C" fn()>("nvds_batch_meta_copy_func")
                .unwrap();
            let release = self
                .library
                .get::<unsafe extern "C" fn()>("nvds_batch_meta_release_func")
                .unwrap();
            let add = self
                .gst_library
                .get::<unsafe extern "C" fn(
                    Raw,
                    Raw,
                    Raw,
                    unsafe extern "C" fn(),
                    unsafe extern "C" fn(),
                ) -> Raw>("gst_buffer_add_nvds_meta")
                .unwrap();
            let batch = create(frames.max(1));
            let mut buffer = gst::Buffer::new();
            let meta = add(
                buffer.make_mut().as_mut_ptr().cast(),
                batch,
                std::ptr::null_mut(),
                *copy,
                *release,
            );
            self.set::<c_int>(meta, "NvDsMeta", "meta_type", 4097);
            let frames = (0..frames)
                .map(|source| {
                    let frame = self.acquire("frame", batch);
                    self.set::<u32>(frame, "NvDsFrameMeta", "source_id", source + 10);
                    self.add("nvds_add_frame_meta_to_batch", batch, frame);
                    frame
                })
                .collect();
            (buffer, batch, frames)
        }
    }

    pub fn object(&self, batch: Raw, frame: Raw, parent: Raw, left: f32) -> Raw {
        let object = self.acquire("obj", batch);
        let rect = self.table["NvDsObjectMeta"]["fields"]["rect_params"][0]
            .as_u64()
            .unwrap() as usize;
        // SAFETY: the table says that the rectangle begins there.
        let rect = unsafe { object.byte_add(rect) };
        for (field, value) in [
            ("left", left),
            ("top", 2.0),
            ("width", 30.0),
            ("height", 40.0),
        ] {
            self.set(rect, "NvOSD_RectParams", field, value);
        }
        self.set::<c_int>(object, "NvDsObjectMeta", "unique_component_id", 7);
        self.set::<u64>(object, "NvDsObjectMeta", "object_id", u64::MAX);
        self.set::<f32>(object, "NvDsObjectMeta", "confidence", 0.5);
        self.set::<[u8; 5]>(object, "NvDsObjectMeta", "obj_label", *b"head\0");
        self.add_object(frame, object, parent);
        object
    }
}
