// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stand-in for `DeepStream`: built for a version, and batches made through its own functions.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

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

/// Builds both libraries with the layout of `version` in `folder`, in place of what it holds.
pub fn build(version: &str, folder: &Path) {
    let layout: Value =
        serde_json::from_str(&std::fs::read_to_string(table(version)).unwrap()).unwrap();
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    let flags = Command::new("pkg-config")
        .args(["--cflags", "--libs", "gstreamer-1.0"])
        .output()
        .unwrap();
    let flags = String::from_utf8(flags.stdout).unwrap();
    let size = |structure: &str| layout[structure]["size"].as_u64().unwrap();
    // 0 when the layout has no such field.
    let at = |structure: &str, field: &str| {
        let place = &layout[structure]["fields"][field][0];
        place.as_u64().unwrap_or(0)
    };
    let defines = [
        ("FRAME_SIZE", size("NvDsFrameMeta")),
        ("SENSOR", at("NvDsFrameMeta", "sensorInfo_meta")),
        ("OBJECT_SIZE", size("NvDsObjectMeta")),
        ("OBJECT_MASK", at("NvDsObjectMeta", "mask_params")),
        ("OBJECT_TEXT", at("NvDsObjectMeta", "text_params")),
        (
            "OBJECT_CLASSIFIERS",
            at("NvDsObjectMeta", "classifier_meta_list"),
        ),
        ("OBJECT_USERS", at("NvDsObjectMeta", "obj_user_meta_list")),
        ("DISPLAY_SIZE", size("NvDsDisplayMeta")),
    ]
    .map(|(name, value)| format!("-D{name}={value}"));
    let library = folder.join("libnvds_meta.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-g", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(Path::new(ROOT).join("tests/double/nvds.c"))
        .args(defines)
        .args(flags.split_whitespace())
        .status()
        .unwrap();
    assert!(built.success());
    // One file holds both libraries; the second name leads to the first.
    std::os::unix::fs::symlink(&library, folder.join("libnvdsgst_meta.so")).unwrap();
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
        let offset = self.place(structure, field).unwrap();
        // SAFETY: the table says that a `T` lies there.
        unsafe { object.byte_add(offset).cast::<T>().write_unaligned(value) }
    }

    fn place(&self, structure: &str, field: &str) -> Option<usize> {
        let place = self.table[structure]["fields"][field][0].as_u64()?;
        Some(place as usize)
    }

    /// Names the sensor of a frame, if the layout has one; whether it has.
    pub fn set_sensor(&self, frame: Raw, id: &str) -> bool {
        let Some(sensor) = self.place("NvDsFrameMeta", "sensorInfo_meta") else {
            return false;
        };
        let within = self.place("NvDsSensorInfo_meta", "sensor_id").unwrap();
        let id = CString::new(id).unwrap();
        // SAFETY: the tables say that the pointer lies there; the library frees the text with g_free.
        unsafe {
            let place = frame.byte_add(sensor + within);
            place
                .cast::<*mut c_char>()
                .write(gst::glib::ffi::g_strdup(id.as_ptr()));
        }
        true
    }

    /// A user meta that carries a raw output of `component`, in this layout's size to the byte; not yet on anything.
    pub fn tensor(
        &self,
        batch: Raw,
        component: u32,
        name: &str,
        dims: &[u32],
        values: &[f32],
    ) -> Raw {
        let output = Output::new(self, component, name, dims, values);
        let data = output.meta.as_ptr();
        let meta = self.acquire("user", batch);
        self.set::<c_int>(meta, "NvDsBaseMeta", "meta_type", 12);
        let owner = Arc::into_raw(Arc::new(output));
        self.set(meta, "NvDsBaseMeta", "uContext", owner);
        self.set(meta, "NvDsBaseMeta", "copy_func", copy_output as *const ());
        self.set(
            meta,
            "NvDsBaseMeta",
            "release_func",
            release_output as *const (),
        );
        self.set(meta, "NvDsUserMeta", "user_meta_data", data);
        meta
    }

    /// A user meta that nobody copies; not yet on anything.
    pub fn user(&self, batch: Raw, kind: c_int, release: *const (), data: Raw) -> Raw {
        let meta = self.acquire("user", batch);
        self.set::<c_int>(meta, "NvDsBaseMeta", "meta_type", kind);
        self.set(meta, "NvDsBaseMeta", "release_func", release);
        self.set(meta, "NvDsUserMeta", "user_meta_data", data);
        meta
    }

    /// The number of a kind of user metas in this process.
    pub fn user_type(&self, name: &'static CStr) -> c_int {
        // SAFETY: the function's signature; the name lives for ever.
        unsafe {
            (self
                .library
                .get::<unsafe extern "C" fn(*const c_char) -> c_int>("nvds_get_user_meta_type")
                .unwrap())(name.as_ptr())
        }
    }

    /// Sets a field of the structure `inner` that is the field `outer` of a `structure`.
    pub fn set_within<T>(
        &self,
        object: Raw,
        structure: &str,
        outer: &str,
        inner: &str,
        field: &str,
        value: T,
    ) {
        let place = self.place(structure, outer).unwrap();
        // SAFETY: the table says that it begins there.
        self.set(unsafe { object.byte_add(place) }, inner, field, value);
    }

    /// The value of a field.
    pub fn get<T>(&self, object: Raw, structure: &str, field: &str) -> T {
        let place = self.place(structure, field).unwrap();
        // SAFETY: the table says that a `T` lies there.
        unsafe { object.byte_add(place).cast::<T>().read_unaligned() }
    }

    /// The elements of a list.
    pub fn list(&self, owner: Raw, structure: &str, field: &str) -> Vec<Raw> {
        let mut link: *const gst::glib::ffi::GList = self.get(owner, structure, field);
        let mut elements = Vec::new();
        while !link.is_null() {
            // SAFETY: a link of a list that nobody else changes.
            unsafe {
                elements.push((*link).data);
                link = (*link).next;
            }
        }
        elements
    }

    /// The batch on a buffer.
    pub fn batch_of(&self, buffer: &gst::BufferRef) -> Raw {
        // SAFETY: the function's signature.
        unsafe {
            (self
                .gst_library
                .get::<unsafe extern "C" fn(Raw) -> Raw>("gst_buffer_get_nvds_batch_meta")
                .unwrap())(buffer.as_ptr().cast_mut().cast())
        }
    }

    /// A buffer with a batch of `frames` empty frames, and the batch and its frames.
    pub fn batch(&self, frames: u32) -> (gst::Buffer, Raw, Vec<Raw>) {
        let mut buffer = gst::Buffer::new();
        let (batch, frames) = self.batch_on(buffer.make_mut(), frames);
        (buffer, batch, frames)
    }

    /// Puts a batch of `frames` empty frames on a buffer; the batch and its frames.
    pub fn batch_on(&self, buffer: &mut gst::BufferRef, frames: u32) -> (Raw, Vec<Raw>) {
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
            // The muxer's business, not the library's.
            let size = frames.max(1);
            self.set::<u32>(batch, "NvDsBatchMeta", "max_frames_in_batch", size);
            let meta = add(
                buffer.as_mut_ptr().cast(),
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
            (batch, frames)
        }
    }

    pub fn object(&self, batch: Raw, frame: Raw, parent: Raw, left: f32) -> Raw {
        let object = self.unattached(batch, left);
        self.add_object(frame, object, parent);
        object
    }

    /// An object that is not yet on a frame.
    pub fn unattached(&self, batch: Raw, left: f32) -> Raw {
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
        object
    }
}

/// The memory of a tensor meta and of all it points to; every copy of the user meta holds it.
struct Output {
    meta: Vec<u64>,
    _layer: Vec<u64>,
    _hosts: Vec<*const f32>,
    _values: Vec<f32>,
    _name: CString,
}

// SAFETY: written once, before anybody else knows it.
unsafe impl Send for Output {}
// SAFETY: as above.
unsafe impl Sync for Output {}

impl Output {
    fn new(nvds: &Fixture, component: u32, name: &str, dims: &[u32], values: &[f32]) -> Self {
        let room = |structure: &str| {
            let size = nvds.table[structure]["size"].as_u64().unwrap();
            vec![0_u64; size as usize / 8]
        };
        let (mut meta, mut layer) = (room("NvDsInferTensorMeta"), room("NvDsInferLayerInfo"));
        let (values, name) = (values.to_vec(), CString::new(name).unwrap());
        let hosts = vec![values.as_ptr()];
        let at: Raw = layer.as_mut_ptr().cast();
        nvds.set(at, "NvDsInferLayerInfo", "layerName", name.as_ptr());
        let place = nvds.place("NvDsInferLayerInfo", "inferDims").unwrap();
        // SAFETY: the table says that the dimensions begin there.
        let shape = unsafe { at.byte_add(place) };
        nvds.set(shape, "NvDsInferDims", "numDims", dims.len() as u32);
        let mut d = [0_u32; 8];
        d[..dims.len()].copy_from_slice(dims);
        nvds.set(shape, "NvDsInferDims", "d", d);
        let at: Raw = meta.as_mut_ptr().cast();
        nvds.set(at, "NvDsInferTensorMeta", "unique_id", component);
        nvds.set(at, "NvDsInferTensorMeta", "num_output_layers", 1_u32);
        let layers = layer.as_ptr();
        nvds.set(at, "NvDsInferTensorMeta", "output_layers_info", layers);
        let host = hosts.as_ptr();
        nvds.set(at, "NvDsInferTensorMeta", "out_buf_ptrs_host", host);
        Self {
            meta,
            _layer: layer,
            _hosts: hosts,
            _values: values,
            _name: name,
        }
    }
}

/// As nvinfer's: the copy shares the output.
unsafe extern "C" fn copy_output(user: Raw, _: Raw) -> Raw {
    // SAFETY: called with a user meta that `Fixture::tensor` filled: uContext lies at 16, the payload at 40.
    unsafe {
        Arc::increment_strong_count(user.byte_add(16).cast::<*const Output>().read());
        user.byte_add(40).cast::<Raw>().read()
    }
}

unsafe extern "C" fn release_output(user: Raw, _: Raw) {
    // SAFETY: as above, once for each meta.
    unsafe { Arc::decrement_strong_count(user.byte_add(16).cast::<*const Output>().read()) };
}
