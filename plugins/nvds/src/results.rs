// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our own results as user metas of `DeepStream`: shared by copies of the batch, freed with the last of them.

use std::any::Any;
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use crate::error::Error;
use crate::layout::{BatchMeta, UserMeta};
use crate::library::Library;

/// A result of ours; whoever put it on knows its type.
pub type Results = Arc<dyn Any + Send + Sync>;

/// A user meta from the pool of `batch` that carries `results`.
///
/// # Safety
/// `batch` is a live batch meta, its lock is held by this thread, and the meta is put into it.
pub unsafe fn wrap(
    library: &Library,
    batch: *mut BatchMeta,
    results: Results,
) -> Result<*mut UserMeta, Error> {
    // SAFETY: the batch is live by the contract of this function.
    let meta = NonNull::new(unsafe { (library.acquire_user_meta)(batch) })
        .ok_or(Error::PoolEmpty { meta: "user" })?
        .as_ptr();
    // SAFETY: the pool has just given this meta to us alone. A used one still has its old fields: all are set.
    unsafe {
        (*meta).base_meta.meta_type = library.results_type;
        (*meta).base_meta.u_context = ptr::null_mut();
        (*meta).base_meta.copy_func = Some(copy);
        (*meta).base_meta.release_func = Some(release);
        (*meta).user_meta_data = Box::into_raw(Box::new(results)).cast();
    }
    Ok(meta)
}

/// The results that `meta` carries, if it is one of ours.
///
/// # Safety
/// `meta` is a live user meta.
pub unsafe fn unwrap(library: &Library, meta: NonNull<UserMeta>) -> Option<Results> {
    // SAFETY: live by the contract of this function.
    let meta = unsafe { meta.as_ref() };
    let ours = meta.base_meta.meta_type == library.results_type
        && meta.base_meta.release_func.is_some_and(|function| {
            ptr::fn_addr_eq(function, release as crate::layout::ReleaseFunc)
        });
    if !ours {
        return None;
    }
    // SAFETY: the release function is ours, so `wrap` or `copy` made the payload, and it is not released yet.
    unsafe { meta.user_meta_data.cast::<Results>().as_ref() }.cloned()
}

/// `copy_func` of our user metas: the copy shares the results.
unsafe extern "C" fn copy(data: *mut c_void, _: *mut c_void) -> *mut c_void {
    // SAFETY: DeepStream calls this with a live user meta that `wrap` or `copy` filled.
    let results = unsafe {
        (*data.cast::<UserMeta>())
            .user_meta_data
            .cast::<Results>()
            .as_ref()
    };
    results.map_or(ptr::null_mut(), |results| {
        Box::into_raw(Box::new(Arc::clone(results))).cast()
    })
}

/// `release_func` of our user metas.
unsafe extern "C" fn release(data: *mut c_void, _: *mut c_void) {
    // SAFETY: DeepStream calls this once per user meta that `wrap` or `copy` filled; the pointer is taken out.
    unsafe {
        let meta = &mut *data.cast::<UserMeta>();
        let results =
            std::mem::replace(&mut meta.user_meta_data, ptr::null_mut()).cast::<Results>();
        if !results.is_null() {
            drop(Box::from_raw(results));
        }
    }
}
