// SPDX-License-Identifier: MIT OR Apache-2.0
//! The batch on a buffer, locked.

use std::marker::PhantomData;
use std::ptr::NonNull;

use gst::glib::ffi::GList;

use crate::error::Error;
use crate::layout::{BatchMeta, Family, MetaPool, TENSOR_META, UserMeta};
use crate::library::Library;
use crate::list::List;
use crate::results::{self, Results};
use crate::skipped::Skipped;
use crate::tensors::{self, Tensor};

/// Most objects of a frame and most user metas of anything: more is taken for a corrupt list.
pub const MOST_ELEMENTS: usize = 1 << 16;

/// The metadata of `DeepStream` on a buffer. Its lock is held as long as this lives: no slow work meanwhile.
#[derive(Debug)]
pub struct Batch<'b> {
    pub(crate) library: &'static Library,
    pub(crate) raw: NonNull<BatchMeta>,
    family: Family,
    buffer: PhantomData<&'b gst::BufferRef>,
}

impl<'b> Batch<'b> {
    /// The batch on `buffer`, locked; `None` when it carries none.
    ///
    /// # Errors
    /// `DeepStream`'s libraries cannot be opened, or the batch has an unknown layout. Without a batch on the buffer
    /// neither is looked at.
    pub fn of(buffer: &'b gst::BufferRef) -> Result<Option<Self>, Error> {
        let carries = buffer
            .iter_meta::<gst::Meta>()
            .any(|meta| meta.api().name() == "NvDsMetaAPI");
        if !carries {
            return Ok(None);
        }
        let library = Library::get()?;
        // SAFETY: the buffer lives; the function only reads it.
        let raw = unsafe { (library.batch_of_buffer)(buffer.as_ptr().cast_mut()) };
        let Some(raw) = NonNull::new(raw) else {
            return Ok(None);
        };
        // SAFETY: the library says that this is a batch meta; its pools are fixed when it is made.
        let family = unsafe { family(raw.as_ref()) }?;
        // SAFETY: a live batch meta; given back in `drop`, on this very thread, as a `Batch` is not `Send`.
        unsafe { (library.acquire_lock)(raw.as_ptr()) };
        Ok(Some(Self {
            library,
            raw,
            family,
            buffer: PhantomData,
        }))
    }

    /// The layout family.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// The tensors of `components` and our own results in a list of user metas.
    ///
    /// # Safety
    /// `list` is a live list of user metas of this batch.
    pub(crate) unsafe fn read_user_metas(
        &self,
        name: &'static str,
        list: *mut GList,
        components: &[u32],
        skipped: &mut Skipped,
    ) -> Result<(Vec<Tensor>, Vec<Results>), Error> {
        let (mut found, mut ours) = (Vec::new(), Vec::new());
        // SAFETY: by the contract of this function.
        for meta in unsafe { List::<UserMeta>::new(name, list, MOST_ELEMENTS) } {
            let meta = meta?;
            // SAFETY: an element of the list is a live user meta, and its type says what its payload is.
            unsafe {
                ours.extend(results::unwrap(self.library, meta));
                let meta = meta.as_ref();
                if meta.base_meta.meta_type != TENSOR_META {
                    continue;
                }
                let Some(payload) = NonNull::new(meta.user_meta_data) else {
                    skipped.tensors += 1;
                    continue;
                };
                if components.contains(&payload.cast::<u32>().read()) {
                    found.extend(tensors::read(payload, skipped));
                }
            }
        }
        Ok((found, ours))
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // SAFETY: this thread took the lock in `of`, and the buffer still keeps the batch alive.
        unsafe { (self.library.release_lock)(self.raw.as_ptr()) };
    }
}

/// The family of a batch, by the sizes of the elements in its pools.
///
/// # Safety
/// The pools of `batch` are NULL or live.
pub unsafe fn family(batch: &BatchMeta) -> Result<Family, Error> {
    // SAFETY: by the contract of this function.
    let size =
        |pool: *mut MetaPool| unsafe { pool.as_ref() }.map_or(0, |pool| pool.element_size as usize);
    let (frame, object) = (size(batch.frame_meta_pool), size(batch.obj_meta_pool));
    Family::of_sizes(frame, object).ok_or(Error::UnknownLayout { frame, object })
}
