// SPDX-License-Identifier: MIT OR Apache-2.0
//! The smallest unsafe glue: a Rust value as a `GstMeta` that is cloned with its buffer and dropped with it.

use std::ffi::{CStr, c_char};
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::LazyLock;

use gst::glib;
use gst::glib::translate::{FromGlib, IntoGlib};

/// A Rust value that rides on a buffer.
pub trait Payload: Clone + Send + Sync + 'static {
    /// Name of the meta's API type, global to the process.
    const API: &'static CStr;
    /// Name of the meta's implementation, global to the process.
    const IMPLEMENTATION: &'static CStr;
    /// What the value depends on ("video", "size"): transforms that change it must know how.
    const TAGS: &'static [&'static CStr];

    /// The value for a picture resized by `x` and `y`.
    fn scaled(&self, x: f32, y: f32) -> Self;
}

/// The C layout of a meta that holds `T`.
#[repr(C)]
struct RawMeta<T> {
    parent: gst::ffi::GstMeta,
    payload: T,
}

/// Registers the API type of `T`; call once and keep the result.
pub fn register_api<T: Payload>() -> glib::Type {
    let mut tags: Vec<*const c_char> = T::TAGS.iter().map(|tag| tag.as_ptr()).collect();
    tags.push(ptr::null());
    // SAFETY: `tags` is a NULL-terminated array of NUL-terminated strings that lives through the call, which copies it.
    unsafe {
        glib::Type::from_glib(gst::ffi::gst_meta_api_type_register(
            T::API.as_ptr(),
            tags.as_mut_ptr(),
        ))
    }
}

/// Registers the implementation of `T` for `api`; call once and keep the result.
pub fn register_info<T: Payload>(api: glib::Type) -> MetaInfo {
    // SAFETY: the three functions below match the layout whose size is given.
    MetaInfo(unsafe {
        gst::ffi::gst_meta_register(
            api.into_glib(),
            T::IMPLEMENTATION.as_ptr(),
            size_of::<RawMeta<T>>(),
            Some(init::<T>),
            Some(free::<T>),
            Some(transform::<T>),
        )
    })
}

/// A registered meta implementation.
pub struct MetaInfo(*const gst::ffi::GstMetaInfo);
// SAFETY: GStreamer never changes or frees a registered `GstMetaInfo`.
unsafe impl Send for MetaInfo {}
// SAFETY: as above, it is read-only.
unsafe impl Sync for MetaInfo {}

/// The value of type `T` that rides on `buffer`, if any.
pub fn get<T: Payload>(buffer: &gst::BufferRef, api: glib::Type) -> Option<&T> {
    // SAFETY: the buffer is borrowed for as long as the result, and only `add` attaches metas of this API type.
    unsafe {
        let meta = gst::ffi::gst_buffer_get_meta(buffer.as_ptr().cast_mut(), api.into_glib())
            .cast::<RawMeta<T>>();
        meta.as_ref().map(|meta| &meta.payload)
    }
}

/// The value of type `T` that rides on `buffer`, to change.
pub fn get_mut<T: Payload>(buffer: &mut gst::BufferRef, api: glib::Type) -> Option<&mut T> {
    // SAFETY: as in `get`; the buffer is borrowed mutably, so nobody else sees the value.
    unsafe {
        let meta = gst::ffi::gst_buffer_get_meta(buffer.as_mut_ptr(), api.into_glib())
            .cast::<RawMeta<T>>();
        meta.as_mut().map(|meta| &mut meta.payload)
    }
}

/// Puts `payload` on `buffer` as a new meta.
pub fn add<T: Payload>(buffer: &mut gst::BufferRef, info: &MetaInfo, payload: T) {
    let mut payload = ManuallyDrop::new(payload);
    // SAFETY: `info` was registered for `T`, whose `init` moves the value out of `payload`; it is not dropped here.
    // `BufferRef` is mutable, so GStreamer accepts the new meta.
    unsafe {
        gst::ffi::gst_buffer_add_meta(
            buffer.as_mut_ptr(),
            info.0,
            ptr::from_mut(&mut *payload).cast(),
        );
    }
}

/// Moves the payload into a new meta.
unsafe extern "C" fn init<T: Payload>(
    meta: *mut gst::ffi::GstMeta,
    params: glib::ffi::gpointer,
    _buffer: *mut gst::ffi::GstBuffer,
) -> glib::ffi::gboolean {
    // SAFETY: GStreamer calls this with a fresh `RawMeta<T>` and with the params given to `gst_buffer_add_meta`,
    // which only `add` calls, with a `T` that is moved here exactly once.
    unsafe {
        let payload = ptr::read(params.cast::<T>());
        ptr::write(&raw mut (*meta.cast::<RawMeta<T>>()).payload, payload);
    }
    glib::ffi::GTRUE
}

/// Drops the payload of a meta.
unsafe extern "C" fn free<T: Payload>(
    meta: *mut gst::ffi::GstMeta,
    _buffer: *mut gst::ffi::GstBuffer,
) {
    // SAFETY: the payload was written by `init` and nothing uses it after this.
    unsafe { ptr::drop_in_place(&raw mut (*meta.cast::<RawMeta<T>>()).payload) }
}

/// The transformation of a plain copy, as GStreamer's core names it.
static COPY: LazyLock<glib::Quark> = LazyLock::new(|| glib::Quark::from_str("gst-copy"));

/// Copies the payload onto another buffer, scaled as the picture is.
unsafe extern "C" fn transform<T: Payload>(
    destination: *mut gst::ffi::GstBuffer,
    meta: *mut gst::ffi::GstMeta,
    _source: *mut gst::ffi::GstBuffer,
    kind: glib::ffi::GQuark,
    data: glib::ffi::gpointer,
) -> glib::ffi::gboolean {
    // SAFETY: GStreamer hands over the meta that `init` made, of a buffer that lives through the call.
    let payload = unsafe { &(*meta.cast::<RawMeta<T>>()).payload };
    // SAFETY: no arguments; the quark is a constant of the process.
    let scale = unsafe { gst_video::ffi::gst_video_meta_transform_scale_get_quark() };
    let changed = if kind == COPY.into_glib() {
        payload.clone()
    } else if kind == scale && !data.is_null() {
        // SAFETY: with this quark the data is a `GstVideoMetaTransform` with two valid video infos.
        let (from, to) = unsafe {
            let transform = &*data.cast::<gst_video::ffi::GstVideoMetaTransform>();
            (&*transform.in_info, &*transform.out_info)
        };
        let ratio = |to: i32, from: i32| {
            if from > 0 {
                to as f32 / from as f32
            } else {
                1.0
            }
        };
        payload.scaled(ratio(to.width, from.width), ratio(to.height, from.height))
    } else {
        return glib::ffi::GFALSE;
    };
    // SAFETY: GStreamer copies metas only to a buffer that it may write; the info is the one of this very meta.
    unsafe {
        let info = MetaInfo((*meta).info);
        add(gst::BufferRef::from_mut_ptr(destination), &info, changed);
    }
    glib::ffi::GTRUE
}
