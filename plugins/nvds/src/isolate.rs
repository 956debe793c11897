// SPDX-License-Identifier: MIT OR Apache-2.0
//! A batch for one branch alone.
//!
//! Behind a `tee` all branches hold the same buffer and with it the same metas. The library can copy a batch, but its
//! copy turns lists around, forgets the sizes of the muxer, the types of classifiers and who is whose parent; and before
//! `GStreamer` 1.24 a copied buffer does not keep the surface of the first one. Here all that is put right.

use std::ffi::c_void;
use std::ptr::NonNull;

use gst::glib::ffi::GList;

use crate::batch::{Batch, MOST_ELEMENTS};
use crate::error::Error;
use crate::frame::MOST_FRAMES;
use crate::layout::{
    BatchMeta, ClassifierMeta, DisplayMeta, FrameMeta, LabelInfo, ObjectMeta, UserMeta,
};
use crate::list::List;
use crate::object::{MOST_LABELS, object_field};

/// A buffer that no other branch writes to.
#[derive(Debug)]
pub struct Isolated {
    /// The buffer; its surface is still the one of all branches.
    pub buffer: gst::Buffer,
    /// User metas left behind: they bring no function to copy them, but one to free them.
    pub lost: u64,
}

/// Gives a branch a batch of its own: a deep copy, unless nobody else holds `buffer` or there is no batch on it.
///
/// Objects, classifiers, labels, display and user metas keep their order and objects their parents; the pixels are
/// shared, and kept as long as the copy lives. The copy's memory is read-only: an element that draws in place must
/// convert first, or it draws for everybody.
///
/// # Errors
/// The batch cannot be read, or somebody who does not take its lock changed it meanwhile.
pub fn isolate(buffer: gst::Buffer) -> Result<Isolated, Error> {
    let Some(source) = Batch::of(&buffer)?.filter(|_| !buffer.is_writable()) else {
        return Ok(Isolated { buffer, lost: 0 });
    };
    // SAFETY: the batch is live and locked.
    unsafe { set_size(source.raw) };
    let copy = copy(&buffer)?;
    let Some(batch) = Batch::of(&copy)? else {
        return Err(Error::NotCopied);
    };
    // SAFETY: both batches are live and locked, the copy is ours alone, and the library has just made it of the source.
    let lost = unsafe { Repair { batch: &batch }.batch(&source) }?;
    drop(batch);
    Ok(Isolated { buffer: copy, lost })
}

/// The library makes the pools of a copy by the size that the muxer has set, and falls over when that is 0.
///
/// # Safety
/// `batch` is live, and its lock is held.
unsafe fn set_size(batch: NonNull<BatchMeta>) {
    // SAFETY: by the contract of this function; the pool is NULL or live.
    unsafe {
        let batch = &mut *batch.as_ptr();
        if batch.max_frames_in_batch == 0
            && let Some(pool) = batch.frame_meta_pool.as_ref()
        {
            batch.max_frames_in_batch = pool.max_elements_in_pool.max(1);
        }
    }
}

/// A buffer with the memory and the metas of `buffer`, which lives as long.
fn copy(buffer: &gst::Buffer) -> Result<gst::Buffer, Error> {
    let mut copy = if buffer.n_memory() == 0 {
        gst::Buffer::new()
    } else {
        let mapped = buffer.clone().into_mapped_buffer_readable();
        gst::Buffer::from_slice(mapped.map_err(|_| Error::NotCopied)?)
    };
    let what =
        gst::BufferCopyFlags::FLAGS | gst::BufferCopyFlags::TIMESTAMPS | gst::BufferCopyFlags::META;
    buffer
        .copy_into(copy.make_mut(), what, ..)
        .map_err(|_| Error::NotCopied)?;
    Ok(copy)
}

/// Makes a copy what its source is.
///
/// # Safety
/// Of all functions: what they are given is a live source and its live copy, of locked batches, and nobody else knows
/// the copy.
struct Repair<'a> {
    /// The copy.
    batch: &'a Batch<'a>,
}

/// Who carries user metas.
#[derive(Clone, Copy)]
enum Owner {
    Batch(NonNull<BatchMeta>),
    Frame(NonNull<c_void>),
    Object(NonNull<c_void>),
}

impl Repair<'_> {
    /// The batch; how many user metas are lost.
    unsafe fn batch(&self, source: &Batch) -> Result<u64, Error> {
        let copy = self.batch.raw;
        // SAFETY: by the contract of this type.
        unsafe {
            let (from, to) = (source.raw.as_ref(), &mut *copy.as_ptr());
            let frames = (from.frame_meta_list, to.frame_meta_list);
            // Frames and what is on the batch itself are appended, all else is put first.
            let frames = paired::<FrameMeta<()>>("frames", frames, MOST_FRAMES, true, |a, b| {
                (a.pad_index, a.frame_num, a.source_id) == (b.pad_index, b.frame_num, b.source_id)
            })?;
            let mut lost = self.users(
                from.batch_user_meta_list,
                &raw mut to.batch_user_meta_list,
                Owner::Batch(copy),
            )?;
            for (from, to) in frames {
                lost += self.frame(from, to)?;
            }
            Ok(lost)
        }
    }

    /// A frame with its objects; how many user metas are lost.
    unsafe fn frame(
        &self,
        source: NonNull<FrameMeta<()>>,
        copy: NonNull<FrameMeta<()>>,
    ) -> Result<u64, Error> {
        // SAFETY: by the contract of this type.
        unsafe {
            let (from, to) = (source.as_ref(), &mut *copy.as_ptr());
            (to.pipeline_width, to.pipeline_height) = (from.pipeline_width, from.pipeline_height);
            let displays = (from.display_meta_list, to.display_meta_list);
            paired::<DisplayMeta>("display metas", displays, MOST_ELEMENTS, false, |a, b| {
                a.numbers == b.numbers
            })?;
            let mut lost = self.users(
                from.frame_user_meta_list,
                &raw mut to.frame_user_meta_list,
                Owner::Frame(copy.cast()),
            )?;
            let objects = (from.obj_meta_list, to.obj_meta_list);
            // Everything up to the rectangle is the same in all families.
            let objects =
                paired::<ObjectMeta<()>>("objects", objects, MOST_ELEMENTS, false, alike)?;
            for &(from, to) in &objects {
                let parent = from.as_ref().parent;
                let parent = objects
                    .iter()
                    .find(|(other, _)| other.as_ptr().cast() == parent);
                (*to.as_ptr()).parent =
                    parent.map_or(std::ptr::null_mut(), |(_, copy)| copy.as_ptr().cast());
                lost += self.object(from.cast(), to.cast())?;
            }
            Ok(lost)
        }
    }

    /// An object with its classifiers; how many user metas are lost.
    unsafe fn object(&self, source: NonNull<c_void>, copy: NonNull<c_void>) -> Result<u64, Error> {
        let family = self.batch.family();
        // SAFETY: by the contract of this type.
        unsafe {
            let classifiers = (
                *object_field!(family, source, classifier_meta_list),
                *object_field!(family, copy, classifier_meta_list),
            );
            let classifiers = paired::<ClassifierMeta>(
                "classifier metas",
                classifiers,
                MOST_LABELS,
                false,
                |a, b| a.unique_component_id == b.unique_component_id,
            )?;
            for (from, to) in classifiers {
                let (from, to) = (from.as_ref(), &mut *to.as_ptr());
                to.classifier_type = from.classifier_type;
                let labels = (from.label_info_list, to.label_info_list);
                paired::<LabelInfo>("labels", labels, MOST_LABELS, false, |a, b| {
                    (a.label_id, a.result_class_id) == (b.label_id, b.result_class_id)
                })?;
            }
            self.users(
                *object_field!(family, source, obj_user_meta_list),
                object_field!(family, copy, obj_user_meta_list),
                Owner::Object(copy),
            )
        }
    }

    /// User metas that nobody copies and nobody frees are as good on the copy as on the source: they are put on it too.
    unsafe fn users(
        &self,
        source: *mut GList,
        copy: *mut *mut GList,
        owner: Owner,
    ) -> Result<u64, Error> {
        const NAME: &str = "user metas";
        // SAFETY: by the contract of this type.
        unsafe {
            let from = walked::<UserMeta>(NAME, source, MOST_ELEMENTS)?;
            let copied = from
                .iter()
                .filter(|meta| meta.as_ref().base_meta.copy_func.is_some());
            let to = walked::<UserMeta>(NAME, *copy, MOST_ELEMENTS)?;
            let appended = matches!(owner, Owner::Batch(_));
            let mut to = in_order(NAME, &copied.copied(), to, appended, |a, b| {
                let key = |meta: &UserMeta| (meta.base_meta.meta_type, meta.base_meta.u_context);
                key(a) == key(b)
            })?
            .into_iter();
            let (mut ordered, mut lost) = (Vec::with_capacity(from.len()), 0);
            for meta in from {
                let base = &meta.as_ref().base_meta;
                if base.copy_func.is_some() {
                    ordered.extend(to.next());
                } else if base.release_func.is_none() {
                    ordered.push(self.share(meta, owner)?);
                } else {
                    lost += 1;
                }
            }
            arrange(*copy, &ordered);
            Ok(lost)
        }
    }

    /// A user meta on `owner` with the payload of `meta`.
    unsafe fn share(
        &self,
        meta: NonNull<UserMeta>,
        owner: Owner,
    ) -> Result<NonNull<UserMeta>, Error> {
        let library = self.batch.library;
        // SAFETY: by the contract of this type; a used meta still has its old fields: all are set.
        unsafe {
            let copy = NonNull::new((library.acquire_user_meta)(self.batch.raw.as_ptr()))
                .ok_or(Error::PoolEmpty { meta: "user" })?;
            let (from, to) = (meta.as_ref(), &mut *copy.as_ptr());
            to.base_meta.meta_type = from.base_meta.meta_type;
            to.base_meta.u_context = from.base_meta.u_context;
            (to.base_meta.copy_func, to.base_meta.release_func) = (None, None);
            to.user_meta_data = from.user_meta_data;
            match owner {
                Owner::Batch(batch) => {
                    (library.add_user_meta_to_batch)(batch.as_ptr(), copy.as_ptr());
                }
                Owner::Frame(frame) => {
                    (library.add_user_meta_to_frame)(frame.as_ptr(), copy.as_ptr());
                }
                Owner::Object(object) => {
                    (library.add_user_meta_to_object)(object.as_ptr(), copy.as_ptr());
                }
            }
            Ok(copy)
        }
    }
}

/// Whether `copy` can be the copy of `object`: one detector, one box.
fn alike(object: &ObjectMeta<()>, copy: &ObjectMeta<()>) -> bool {
    let key = |object: &ObjectMeta<()>| {
        let rect = &object.rect_params;
        (
            object.unique_component_id,
            object.class_id,
            object.object_id,
            // Bits: a box may be no number.
            [
                rect.left,
                rect.top,
                rect.width,
                rect.height,
                object.confidence,
            ]
            .map(f32::to_bits),
        )
    };
    key(object) == key(copy)
}

/// Elements of a source, each with its copy.
type Pairs<T> = Vec<(NonNull<T>, NonNull<T>)>;

/// Puts the copied list in the order of the source's, and pairs their elements.
///
/// # Safety
/// Both lists are live, of `T`, nobody changes the source's, and the copied one is known to nobody else.
unsafe fn paired<T>(
    name: &'static str,
    (source, copied): (*mut GList, *mut GList),
    longest: usize,
    appended: bool,
    same: impl Fn(&T, &T) -> bool,
) -> Result<Pairs<T>, Error> {
    // SAFETY: by the contract of this function.
    unsafe {
        let from = walked::<T>(name, source, longest)?;
        let to = walked::<T>(name, copied, longest)?;
        let to = in_order(name, &from.iter().copied(), to, appended, same)?;
        arrange(copied, &to);
        Ok(from.into_iter().zip(to).collect())
    }
}

/// The elements of a list.
///
/// # Safety
/// As for [`List::new`].
unsafe fn walked<T>(
    name: &'static str,
    head: *mut GList,
    longest: usize,
) -> Result<Vec<NonNull<T>>, Error> {
    // SAFETY: by the contract of this function.
    unsafe { List::new(name, head, longest) }.collect()
}

/// The copies in the order of their sources. The library is known to turn around what it does not append; should a
/// version do otherwise, the elements themselves show it.
///
/// # Safety
/// All elements are live.
unsafe fn in_order<T>(
    name: &'static str,
    sources: &(impl Iterator<Item = NonNull<T>> + Clone),
    mut copies: Vec<NonNull<T>>,
    appended: bool,
    same: impl Fn(&T, &T) -> bool,
) -> Result<Vec<NonNull<T>>, Error> {
    let fits = |copies: &[NonNull<T>]| {
        // SAFETY: by the contract of this function.
        let same = |(a, b): (NonNull<T>, &NonNull<T>)| unsafe { same(a.as_ref(), b.as_ref()) };
        sources.clone().count() == copies.len() && sources.clone().zip(copies).all(same)
    };
    if !appended {
        copies.reverse();
    }
    if !fits(&copies) {
        copies.reverse();
        if !fits(&copies) {
            return Err(Error::Corrupt {
                list: name,
                reason: "its copy differs: an element of another branch changed it meanwhile; give every branch its own \
                         flowbin"
                    .to_owned(),
            });
        }
    }
    Ok(copies)
}

/// Writes `elements` into the links of a list, from its head.
///
/// # Safety
/// The list is live, has as many links, and nobody else knows it.
unsafe fn arrange<T>(head: *mut GList, elements: &[NonNull<T>]) {
    let mut link = head;
    for element in elements {
        if link.is_null() {
            return;
        }
        // SAFETY: a link of the list by the contract of this function.
        unsafe {
            (*link).data = element.as_ptr().cast();
            link = (*link).next;
        }
    }
}
